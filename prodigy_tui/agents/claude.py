"""The provider `claude`: Claude Code's command line in its headless mode (language 5.5)."""

import os
import shutil
from collections import deque
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from prodigy_tui.agents.claude_stream import ClaudeStream, Facts, called_command
from prodigy_tui.agents.claude_verdict import judge
from prodigy_tui.agents.options import Checker, is_flag, is_text, is_texts, is_whole
from prodigy_tui.agents.provider import AgentCall, AgentResult, Message
from prodigy_tui.clock import Clock
from prodigy_tui.process import Child, Masker, ProgramMissing, StopRequest, Stream, run_child

PROGRAM = "claude"
DEFAULT_TOOLS = ("Read", "Write", "Edit", "Glob", "Grep", "Bash")
PERMISSION_MODES = ("dontAsk", "acceptEdits", "auto", "bypassPermissions", "default", "manual", "plan")

AFTER_RESULT_S = 30.0
"""The CLI sometimes stays after its last word; then it is stopped and its result counts."""
_ERROR_LINES = 20

_SETTINGS = {
    # A task in the background would keep the CLI alive after its result, for as long as it likes.
    "CLAUDE_CODE_DISABLE_BACKGROUND_TASKS": "1",
}
_SETTINGS_IF_UNSET = {
    # By default it tries for three minutes; the workflow's own retry policy and the shared limit know better.
    "CLAUDE_CODE_MAX_RETRIES": "2",
    # Dozens of agents in parallel must not replace the program under each other.
    "DISABLE_AUTOUPDATER": "1",
}

_CHECKER = Checker(
    "claude",
    {
        "permission_mode": ("one of " + ", ".join(PERMISSION_MODES), lambda value: value in PERMISSION_MODES),
        "allowed_tools": ("a list of texts", is_texts),
        "disallowed_tools": ("a list of texts", is_texts),
        "max_turns": ("a whole number above 0", is_whole),
        "append_system_prompt": ("a text", is_text),
        "skip_permissions": ("true or false", is_flag),
        "allow_denied": ("true or false", is_flag),
    },
)


class ClaudeProvider:
    """Claude Code."""

    name = "claude"

    def check_options(self, options: Mapping[str, Any]) -> tuple[str, ...]:
        problems = _CHECKER.problems(options)
        if not problems and options.get("skip_permissions") and "permission_mode" in options:
            return ("options.skip_permissions and options.permission_mode exclude each other",)
        return problems

    def missing(self, env: Mapping[str, str]) -> str | None:
        if find_program(env) is not None:
            return None
        return (
            f"cannot find the program '{PROGRAM}' on PATH; install Claude Code"
            " (npm install -g @anthropic-ai/claude-code) or the Python package claude-agent-sdk"
        )

    async def run(
        self,
        call: AgentCall,
        emit: Callable[[Message], None],
        raw: Callable[[Stream, str], None],
        *,
        clock: Clock,
        masker: Masker,
    ) -> AgentResult:
        program = find_program(call.env)
        if program is None:
            raise ProgramMissing(PROGRAM)
        if _asks_for_everything(call.options) and os.geteuid() == 0:
            return _refused_as_root(call)
        command = called_command(call.prompt)
        stream, stop = ClaudeStream(str(call.cwd)), StopRequest()
        error_lines: deque[str] = deque(maxlen=_ERROR_LINES)

        def on_output(name: Stream, text: str) -> None:
            raw(name, text)
            if name == "stderr":
                error_lines.extend(text.splitlines())
                return
            for message in stream.feed(text):
                emit(message)
            _mind_the_end(stream.facts, command, stop)

        ended = await run_child(_child(call, program), on_output, clock=clock, masker=masker, stop=stop)
        for message in stream.close():
            emit(message)
        facts = stream.facts
        verdict = judge(
            facts,
            ended,
            command=command,
            allow_denied=is_true(call.options.get("allow_denied")),
            stderr=error_lines,
            now=clock.now(),
        )
        ok = verdict.kind == "ok"
        return AgentResult(
            ok=ok,
            text=facts.results[-1].text if facts.results else "",
            exit_code=0 if ok else ended.exit_code or 1,
            reason=verdict.reason,
            kind=verdict.kind,
            empty=verdict.empty,
            session_id=facts.session_id,
            usage=facts.usage,
            limit_s=verdict.limit_s,
            duration_s=ended.duration_s,
        )


def find_program(env: Mapping[str, str]) -> str | None:
    """Returns the path of the CLI: on the PATH of `env`, else the one that the installed SDK carries."""
    found = shutil.which(PROGRAM, path=env.get("PATH", os.defpath))
    if found is not None:
        return found
    spec = find_spec("claude_agent_sdk")
    folders = spec.submodule_search_locations if spec is not None else None
    bundled = (Path(folder, "_bundled", PROGRAM) for folder in folders or ())
    return next((str(path) for path in bundled if os.access(path, os.X_OK)), None)
