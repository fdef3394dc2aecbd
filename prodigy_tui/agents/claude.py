"""The provider `claude`: Claude Code's command line in its headless mode (language 5.5)."""

import os
import shutil
from collections import deque
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

from msgspec import Meta

from prodigy_tui.agents.claude_stream import ClaudeStream, Facts, called_command
from prodigy_tui.agents.claude_verdict import is_lost, is_unknown, judge
from prodigy_tui.agents.options import Options, problems_of, read_options
from prodigy_tui.agents.provider import AgentCall, AgentResult, Message, not_run
from prodigy_tui.clock import Clock
from prodigy_tui.process import Child, Masker, ProgramMissing, StopRequest, Stream, run_child

PROGRAM = "claude"
DEFAULT_TOOLS = ("Read", "Write", "Edit", "Glob", "Grep", "Bash")
PermissionMode: TypeAlias = Literal["dontAsk", "acceptEdits", "auto", "bypassPermissions", "default", "manual", "plan"]
ToolRule: TypeAlias = Annotated[str, Meta(pattern=r"^[A-Za-z_][^\x00-\x1f]*\Z")]
"""A tool's name, or a rule such as `Bash(git *)`."""

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
_REFUSED_AS_ROOT = "claude does not skip permissions for root; use options.allowed_tools or another user"


class ClaudeOptions(Options, frozen=True, kw_only=True):
    """What `options` of a claude step may hold."""

    permission_mode: PermissionMode = "dontAsk"
    allowed_tools: tuple[ToolRule, ...] = DEFAULT_TOOLS
    disallowed_tools: tuple[ToolRule, ...] = ()
    max_turns: Annotated[int, Meta(ge=1)] | None = None
    append_system_prompt: str | None = None
    skip_permissions: bool = False
    """Every tool is permitted. The CLI refuses that to root."""
    allow_denied: bool = False
    """A denied tool is no failure."""

    @property
    def permits_everything(self) -> bool:
        return self.skip_permissions or self.permission_mode == "bypassPermissions"


class ClaudeProvider:
    """Claude Code."""

    name = "claude"
    resumes = True

    def __init__(self, *, program: str = PROGRAM) -> None:
        """Makes the provider; `program` is another name or path of the program."""
        self._program = program

    def check_options(self, options: Mapping[str, Any]) -> tuple[str, ...]:
        return problems_of(ClaudeOptions, options)

    def knows_price(self, model: str | None) -> bool:  # noqa: ARG002 - it tells the cost of every model
        return True

    def find(self, env: Mapping[str, str]) -> str | None:
        """Returns the path of the program."""
        return find_program(env, self._program)

    def missing(self, env: Mapping[str, str]) -> str | None:
        if self.find(env) is not None:
            return None
        return (
            f"cannot find the program '{self._program}' on PATH; install Claude Code"
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
        program = self.find(call.env)
        if program is None:
            raise ProgramMissing(self._program)
        if problems := self.check_options(call.options):
            return not_run(problems[0])
        options = read_options(ClaudeOptions, call.options)
        if options.permits_everything and os.geteuid() == 0 and not call.env.get("IS_SANDBOX"):
            return not_run(_REFUSED_AS_ROOT)
        # In a conversation that goes on a slash is nothing but text: a person's words, not the workflow's.
        command = called_command(call.prompt) if call.resume is None else None
        stream, stop = ClaudeStream(str(call.cwd), seen_usd=call.resumed_usd), call.stop
        stream.facts.denied.extend(call.denied)
        error_lines: deque[str] = deque(maxlen=_ERROR_LINES)

        def on_output(name: Stream, text: str) -> None:
            raw(name, text)
            if name == "stderr":
                error_lines.extend(text.splitlines())
                return
            for message in stream.feed(text):
                emit(message)
            _mind_the_end(stream.facts, command, stop)

        ended = await run_child(_child(call, options, program), on_output, clock=clock, masker=masker, stop=stop)
        for message in stream.close():
            emit(message)
        facts = stream.facts
        verdict = judge(
            facts,
            ended,
            command=command,
            allow_denied=options.allow_denied,
            stderr=error_lines,
            now=clock.now(),
        )
        ok = verdict.kind == "ok"
        return AgentResult(
            ok=ok,
            text=verdict.text,
            exit_code=0 if ok else ended.exit_code or 1,
            reason=verdict.reason,
            kind=verdict.kind,
            lost=call.resume is not None and is_lost(facts, error_lines),
            empty=ok and not verdict.text.strip(),
            session_id=facts.session_id,
            usage=facts.usage,
            limit_s=verdict.limit_s,
            duration_s=ended.duration_s,
        )


def find_program(env: Mapping[str, str], program: str = PROGRAM) -> str | None:
    """Returns the path of the CLI: on the PATH of `env`, else the one that the installed SDK carries."""
    found = shutil.which(program, path=env.get("PATH", os.defpath))
    if found is not None or program != PROGRAM:
        return found
    spec = find_spec("claude_agent_sdk")
    folders = spec.submodule_search_locations if spec is not None else None
    bundled = (Path(folder, "_bundled", PROGRAM) for folder in folders or ())
    return next((str(path) for path in bundled if os.access(path, os.X_OK)), None)


def _child(call: AgentCall, options: ClaudeOptions, program: str) -> Child:
    # The prompt goes to standard input: no length limit, no prompt that looks like a flag, nothing for `ps` to show.
    argv = [program, "-p", "--output-format", "stream-json", "--verbose"]
    argv += ["--session-id", call.session_id] if call.resume is None else ["--resume", call.resume]
    if options.skip_permissions:
        argv.append("--dangerously-skip-permissions")
    else:
        argv += ["--permission-mode", options.permission_mode]
    for flag, rules in (("--allowedTools", options.allowed_tools), ("--disallowedTools", options.disallowed_tools)):
        if rules:
            argv += [flag, ",".join(rules)]
    if call.model is not None:
        argv += ["--model", call.model]
    if options.max_turns is not None:
        argv += ["--max-turns", str(options.max_turns)]
    if options.append_system_prompt is not None:
        argv += ["--append-system-prompt", options.append_system_prompt]
    return Child(
        argv=tuple(argv),
        cwd=call.cwd,
        env={**_SETTINGS_IF_UNSET, **call.env, **_SETTINGS},
        stdin=call.prompt.encode("utf-8", "surrogateescape"),
        timeout_s=call.timeout_s,
        idle_timeout_s=call.idle_timeout_s,
        interrupt_first=True,
        grace_s=call.grace_s,
        marker=call.marker,
    )


def _mind_the_end(facts: Facts, command: str | None, stop: StopRequest) -> None:
    """Asks for the end of an agent that works on something else than it was told, or that stays after its last word."""
    if is_unknown(command, facts):
        stop.ask()
    elif facts.results and not facts.working:
        stop.ask(after_s=AFTER_RESULT_S)
    else:
        stop.withdraw()
