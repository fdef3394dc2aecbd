"""Reads Claude Code's stream of JSON lines: neutral messages come out, and the facts by which an end is judged. Pure.

Only the fields that all versions share are relied on, each of them may be missing or of another type, and unknown types
of lines are ignored. A line that is not JSON (a warning of the runtime, say) is ignored too; the raw log has it.
"""

import math
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import PurePosixPath

from msgspec import Struct, field

from prodigy_tui.agents.foreign_json import (
    Json,
    Lines,
    mapping_of,
    mappings_of,
    number_of,
    parse,
    sum_of,
    text_of,
    whole_of,
)
from prodigy_tui.agents.oneline import one_line
from prodigy_tui.agents.provider import (
    NOTHING_USED,
    Denied,
    Message,
    Retrying,
    Said,
    Started,
    Thought,
    ToolAnswered,
    ToolCalled,
    Usage,
    Used,
)

_COMMAND = re.compile(r"/([A-Za-z0-9_:.-]+)(?:\s|$)")
_TOOL_SUBJECT = (
    "command", "file_path", "notebook_path", "path", "pattern", "url", "query", "description", "prompt", "skill",
)  # fmt: skip
"""Where the inputs of tools say what they are about, best first."""
_SYNTHETIC = "<synthetic>"


class Result(Struct, frozen=True, kw_only=True):
    """The fields of one `result` line that matter."""

    subtype: str
    is_error: bool
    text: str
    errors: tuple[str, ...]
    turns: int | None
    status: int | None
    terminal_reason: str
    denied_tools: tuple[str, ...]

    @property
    def was_interrupted(self) -> bool:
        """Whether it tells of a SIGINT."""
        return self.terminal_reason.startswith("aborted")


class Facts(Struct, kw_only=True):
    """What a stream has told so far."""

    session_id: str | None = None
    commands: frozenset[str] | None = None
    """Slash commands that the CLI knows; None where it did not say."""
    results: list[Result] = field(default_factory=list)
    working: bool = True
    """False between a result and the next turn: nothing more has to come."""
    denied: list[str] = field(default_factory=list)
    error: str = ""
    """The CLI's word for what went wrong with the service, such as `rate_limit`."""
    limit_until: datetime | None = None
    usage: Usage | None = None


def called_command(prompt: str) -> str | None:
    """Returns the name of the slash command that a prompt calls; a path such as `/etc/hosts` is none."""
    match = _COMMAND.match(prompt)
    return match.group(1) if match else None


class ClaudeStream:
    """Takes the text of standard output in any pieces and yields messages; `facts` grows meanwhile."""

    def __init__(self, cwd: str, *, seen_usd: float = 0.0) -> None:
        """Makes a reader; `seen_usd` is what a conversation that is gone on with had cost before."""
        self.facts = Facts()
        self._cwd = cwd
        self._lines = Lines()
        self._seen_usd = seen_usd

    def feed(self, text: str) -> Iterator[Message]:
        """Takes the next piece of output."""
        for line in self._lines.feed(text):
            yield from self._line(line)

    def close(self) -> Iterator[Message]:
        """Takes the end of output: a last line may have come without its newline."""
        for line in self._lines.close():
            yield from self._line(line)

    def _line(self, line: str) -> Iterator[Message]:
        data = parse(line)
        if data is None:
            return
        match text_of(data, "type"), text_of(data, "subtype"):
            case "system", "init":
                yield from self._init(data)
            case "system", "api_retry":
                yield Retrying(
                    delay_s=(number_of(data, "retry_delay_ms") or 0) / 1000,
                    status=whole_of(data, "error_status"),
                    attempt=whole_of(data, "attempt") or 1,
                )
            case "system", "permission_denied":
                tool = one_line(text_of(data, "tool_name"))
                self.facts.denied.append(tool)
                yield Denied(tool=tool, message=one_line(text_of(data, "message")))
            case "assistant", _:
                yield from self._assistant(data)
            case "user", _:
                yield from _tool_answers(data)
            case "rate_limit_event", _:
                self._limit(mapping_of(data, "rate_limit_info"))
            case "result", _:
                yield from self._result(data)

    def _init(self, data: Json) -> Iterator[Message]:
        self.facts.working = True
        commands = data.get("slash_commands")
        if isinstance(commands, list):
            self.facts.commands = frozenset(name for name in commands if isinstance(name, str))
        session_id = one_line(text_of(data, "session_id"))
        if session_id and session_id != self.facts.session_id:
            self.facts.session_id = session_id
            yield Started(session_id=session_id, model=one_line(text_of(data, "model")) or None)

    def _assistant(self, data: Json) -> Iterator[Message]:
        error = text_of(data, "error") or text_of(data, "api_error")
        if error:
            self.facts.error = error
        message = mapping_of(data, "message")
        for block in mappings_of(message, "content"):
            match text_of(block, "type"):
                # The text of a failure comes once more in the result and becomes the reason.
                case "text" if not error and text_of(block, "text").strip():
                    yield Said(text=text_of(block, "text"))
                case "thinking" if text_of(block, "thinking").strip():
                    yield Thought(text=text_of(block, "thinking"))
                case "tool_use":
                    summary = tool_summary(mapping_of(block, "input"), self._cwd)
                    yield ToolCalled(name=one_line(text_of(block, "name")), summary=summary)
        if text_of(message, "model") != _SYNTHETIC and not error:
            self.facts.error = ""

    def _limit(self, info: Json) -> None:
        if text_of(info, "status") != "rejected":
            return
        resets_at = number_of(info, "resetsAt")
        if resets_at is not None and 0 < resets_at < 1e11:
            self.facts.limit_until = datetime.fromtimestamp(resets_at, UTC)

    def _result(self, data: Json) -> Iterator[Message]:
        denials = mappings_of(data, "permission_denials")
        errors = data.get("errors")
        self.facts.results.append(
            Result(
                subtype=text_of(data, "subtype"),
                is_error=data.get("is_error") is True,
                text=text_of(data, "result"),
                errors=tuple(filter(None, map(str, errors))) if isinstance(errors, list) else (),
                turns=whole_of(data, "num_turns"),
                status=whole_of(data, "api_error_status"),
                terminal_reason=text_of(data, "terminal_reason"),
                denied_tools=tuple(one_line(text_of(denial, "tool_name")) for denial in denials),
            )
        )
        self.facts.working = False
        self.facts.session_id = one_line(text_of(data, "session_id")) or self.facts.session_id
        used = self._used(data)
        self.facts.usage = (self.facts.usage or NOTHING_USED).plus(used)
        yield used

    def _used(self, data: Json) -> Used:
        """What this result adds. Total cost is counted per conversation: a resumed one begins with its past in it."""
        total = number_of(data, "total_cost_usd")
        usd = None if total is None else max(0.0, total - self._seen_usd)
        self._seen_usd = total if total is not None else self._seen_usd
        fresh = data.get("model_usage_since_last_result")
        if isinstance(fresh, dict):
            models = [model for model in fresh.values() if isinstance(model, dict)]
            return Used(
                input_tokens=sum(
                    sum_of(m, "inputTokens", "cacheReadInputTokens", "cacheCreationInputTokens") for m in models
                ),
                output_tokens=sum(sum_of(model, "outputTokens") for model in models),
                usd=math.fsum(number_of(model, "costUSD") or 0.0 for model in models),
            )
        usage = mapping_of(data, "usage")
        return Used(
            input_tokens=sum_of(usage, "input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens"),
            output_tokens=sum_of(usage, "output_tokens"),
            usd=usd,
        )


def _tool_answers(data: Json) -> Iterator[Message]:
    for block in mappings_of(mapping_of(data, "message"), "content"):
        if text_of(block, "type") == "tool_result":
            parts = block.get("content")
            text = (
                parts
                if isinstance(parts, str)
                else " ".join(text_of(part, "text") for part in mappings_of(block, "content"))
            )
            yield ToolAnswered(ok=block.get("is_error") is not True, summary=one_line(text))


def tool_summary(tool_input: Json, cwd: str) -> str:
    for key in _TOOL_SUBJECT:
        subject = text_of(tool_input, key)
        if subject:
            path = PurePosixPath(subject) if key.endswith("path") else None
            return one_line(str(path.relative_to(cwd)) if path and path.is_relative_to(cwd) else subject)
    return one_line(", ".join(f"{key}={value}" for key, value in tool_input.items()))
