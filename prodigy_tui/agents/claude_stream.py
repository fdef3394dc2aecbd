"""Reads Claude Code's stream of JSON lines: neutral messages come out, and the facts by which an end is judged. Pure.

Only the fields that all versions share are relied on, each of them may be missing or of another type, and unknown types
of lines are ignored. A line that is not JSON (a warning of the runtime, say) is ignored too; the raw log has it.
"""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any, TypeAlias

import msgspec

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

Json: TypeAlias = Mapping[str, Any]

LONGEST_LINE = 16 * 1024 * 1024
"""A longer line is not looked at: no answer is that long, and memory is not free."""

_COMMAND = re.compile(r"/([A-Za-z0-9_:.-]+)(?:\s|$)")
_TOOL_SUBJECT = (
    "command", "file_path", "notebook_path", "path", "pattern", "url", "query", "description", "prompt", "skill",
)  # fmt: skip
"""Where the inputs of tools say what they are about, best first."""
_SYNTHETIC = "<synthetic>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
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


@dataclass(slots=True, kw_only=True)
class Facts:
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

    def __init__(self, cwd: str) -> None:
        self.facts = Facts()
        self._cwd = cwd
        self._parts: list[str] = []
        self._length = 0
        self._seen_usd = 0.0

    def feed(self, text: str) -> Iterator[Message]:
        """Takes the next piece of output."""
        *lines, rest = text.split("\n")
        for line in lines:
            yield from self._line("".join([*self._parts, line]) if self._length <= LONGEST_LINE else "")
            self._parts, self._length = [], 0
        self._length += len(rest)
        if self._length > LONGEST_LINE:
            self._parts.clear()
        elif rest:
            self._parts.append(rest)

    def close(self) -> Iterator[Message]:
        """Takes the end of output: a last line may have come without its newline."""
        yield from self.feed("\n")

    def _line(self, line: str) -> Iterator[Message]:
        try:
            data = msgspec.json.decode(line.encode("utf-8", "replace"))
        except msgspec.DecodeError:
            return
        if not isinstance(data, dict):
            return
        match _text(data, "type"), _text(data, "subtype"):
            case "system", "init":
                yield from self._init(data)
            case "system", "api_retry":
                yield Retrying(
                    delay_s=(_number(data, "retry_delay_ms") or 0) / 1000,
                    status=_whole(data, "error_status"),
                    attempt=_whole(data, "attempt") or 1,
                )
            case "system", "permission_denied":
                tool = one_line(_text(data, "tool_name"))
                self.facts.denied.append(tool)
                yield Denied(tool=tool, message=one_line(_text(data, "message")))
            case "assistant", _:
                yield from self._assistant(data)
            case "user", _:
                yield from _tool_answers(data)
            case "rate_limit_event", _:
                self._limit(_mapping(data, "rate_limit_info"))
            case "result", _:
                yield from self._result(data)

    def _init(self, data: Json) -> Iterator[Message]:
        self.facts.working = True
        commands = data.get("slash_commands")
        if isinstance(commands, list):
            self.facts.commands = frozenset(name for name in commands if isinstance(name, str))
        session_id = one_line(_text(data, "session_id"))
        if session_id and session_id != self.facts.session_id:
            self.facts.session_id = session_id
            yield Started(session_id=session_id, model=one_line(_text(data, "model")) or None)

    def _assistant(self, data: Json) -> Iterator[Message]:
        error = _text(data, "error") or _text(data, "api_error")
        if error:
            self.facts.error = error
        message = _mapping(data, "message")
        for block in _mappings(message, "content"):
            match _text(block, "type"):
                # The text of a failure comes once more in the result and becomes the reason.
                case "text" if not error and _text(block, "text").strip():
                    yield Said(text=_text(block, "text"))
                case "thinking" if _text(block, "thinking").strip():
                    yield Thought(text=_text(block, "thinking"))
                case "tool_use":
                    summary = _tool_summary(_mapping(block, "input"), self._cwd)
                    yield ToolCalled(name=one_line(_text(block, "name")), summary=summary)
        if _text(message, "model") != _SYNTHETIC and not error:
            self.facts.error = ""

    def _limit(self, info: Json) -> None:
        if _text(info, "status") != "rejected":
            return
        resets_at = _number(info, "resetsAt")
        if resets_at is not None and 0 < resets_at < 1e11:
            self.facts.limit_until = datetime.fromtimestamp(resets_at, UTC)

    def _result(self, data: Json) -> Iterator[Message]:
        denials = _mappings(data, "permission_denials")
        errors = data.get("errors")
        self.facts.results.append(
            Result(
                subtype=_text(data, "subtype"),
                is_error=data.get("is_error") is True,
                text=_text(data, "result"),
                errors=tuple(filter(None, map(str, errors))) if isinstance(errors, list) else (),
                turns=_whole(data, "num_turns"),
                status=_whole(data, "api_error_status"),
                terminal_reason=_text(data, "terminal_reason"),
                denied_tools=tuple(one_line(_text(denial, "tool_name")) for denial in denials),
            )
        )
        self.facts.working = False
        self.facts.session_id = one_line(_text(data, "session_id")) or self.facts.session_id
        used = self._used(data)
        self.facts.usage = (self.facts.usage or NOTHING_USED).plus(used)
        yield used

    def _used(self, data: Json) -> Used:
        """What this result adds. Total cost is counted per conversation: a resumed one begins with its past in it."""
        total = _number(data, "total_cost_usd")
        usd = None if total is None else max(0.0, total - self._seen_usd)
        self._seen_usd = total if total is not None else self._seen_usd
        fresh = data.get("model_usage_since_last_result")
        if isinstance(fresh, dict):
            models = [model for model in fresh.values() if isinstance(model, dict)]
            return Used(
                input_tokens=sum(
                    _sum(m, "inputTokens", "cacheReadInputTokens", "cacheCreationInputTokens") for m in models
                ),
                output_tokens=sum(_sum(model, "outputTokens") for model in models),
                usd=math.fsum(_number(model, "costUSD") or 0.0 for model in models),
            )
        usage = _mapping(data, "usage")
        return Used(
            input_tokens=_sum(usage, "input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens"),
            output_tokens=_sum(usage, "output_tokens"),
            usd=usd,
        )


def _tool_answers(data: Json) -> Iterator[Message]:
    for block in _mappings(_mapping(data, "message"), "content"):
        if _text(block, "type") == "tool_result":
            parts = block.get("content")
            text = (
                parts
                if isinstance(parts, str)
                else " ".join(_text(part, "text") for part in _mappings(block, "content"))
            )
            yield ToolAnswered(ok=block.get("is_error") is not True, summary=one_line(text))


def _tool_summary(tool_input: Json, cwd: str) -> str:
    for key in _TOOL_SUBJECT:
        subject = _text(tool_input, key)
        if subject:
            path = PurePosixPath(subject) if key.endswith("path") else None
            return one_line(str(path.relative_to(cwd)) if path and path.is_relative_to(cwd) else subject)
    return one_line(", ".join(f"{key}={value}" for key, value in tool_input.items()))


# Fields of foreign JSON: the value if it has the expected type, else a neutral one.


def _text(data: Json, key: str) -> str:
    value = data.get(key)
    return value if isinstance(value, str) else ""


def _number(data: Json, key: str) -> float | None:
    value = data.get(key)
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        return None
    return float(value)


def _whole(data: Json, key: str) -> int | None:
    value = _number(data, key)
    return None if value is None else int(value)


def _sum(data: Json, *keys: str) -> int:
    return sum(max(0, _whole(data, key) or 0) for key in keys)


def _mapping(data: Json, key: str) -> Json:
    value = data.get(key)
    return value if isinstance(value, dict) else {}


def _mappings(data: Json, key: str) -> list[Json]:
    value = data.get(key)
    return [part for part in value if isinstance(part, dict)] if isinstance(value, list) else []
