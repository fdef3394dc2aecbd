"""What the output of an agent program has told, and what its end amounts to (language 5.5). Pure.

Claude Code has a judge of its own (`claude_verdict`); the programs here are judged alike, by the same facts: its own
word for an error, whether a last word came, denied tools, and only then the exit code.
"""

import re
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Collection, Iterator

from msgspec import Struct, field

from prodigy_tui.agents.oneline import one_line
from prodigy_tui.agents.provider import NOTHING_USED, Kind, Message, Usage, Used
from prodigy_tui.process import Ended

_REFUSED_FOR_NOW = (429, 529)
_LIMIT = re.compile(
    r"\b(?:429|529)\b|rate.?limit|too many requests|quota (?:exceeded|will reset)|exceeded.{0,40}quota"
    r"|exhausted your.{0,20}(?:quota|capacity)|resource_exhausted|usage limit|overloaded",
    re.IGNORECASE,
)
_NO_MONEY = re.compile(r"insufficient_quota|\bbilling\b|credit balance", re.IGNORECASE)
"""An account without money answers 429 as well, and no waiting helps."""
_STATUS = re.compile(r"(?:status(?: code)?|error|\"code\")\W{1,3}([45]\d\d)\b", re.IGNORECASE)
_SECONDS = {"d": 86_400.0, "h": 3_600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_SPAN = r"\d+(?:\.\d+)?\s*(?:days?|hours?|hrs?|minutes?|mins?|seconds?|secs?|ms|[dhms])(?![a-z])"
_WAIT = re.compile(
    rf"(?:try again|retry|resets?|available)[\s\w]*?\b(?:in|after)\s+({_SPAN}(?:(?:,|\s|and)*{_SPAN})*)"
    rf"|retryDelay\W+({_SPAN})",
    re.IGNORECASE,
)
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|[dhms])", re.IGNORECASE)
_LOST = re.compile(
    r"(?:no|unknown|invalid|find|load)\b.{0,40}\b(?:session|conversation|thread|rollout)"
    r"|(?:session|conversation|thread|rollout)\b.{0,80}\b(?:not found|does not exist|invalid)",
    re.IGNORECASE,
)
_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,199}")
_ERROR_LINE = re.compile(r"(?:\x1b\[[\d;]*m)*(?:\w*error|fatal)\b", re.IGNORECASE)
_KEPT_LINES = 40
_SIGNAL_BASE = 128


class Story(Struct, kw_only=True):
    """What a program has told so far."""

    session_id: str | None = None
    finished: bool = False
    """Its last word has come: nothing more has to."""
    text: str = ""
    """Its final text as far as one can tell now."""
    error: str = ""
    """Why it failed, in its own words; empty where it does not say that it did."""
    hopeless: bool = False
    """Whatever it still does, it has failed: there is no use in waiting for its end."""
    status: int | None = None
    refused: bool = False
    """Something in its output shows that the service refuses for now: whatever ends it then, that is why."""
    limit_s: float | None = None
    denied: list[str] = field(default_factory=list)
    usage: Usage | None = None

    def use(self, used: Used) -> Used:
        """Adds to the usage; returns `used` for the message about it."""
        self.usage = (self.usage or NOTHING_USED).plus(used)
        return used


class Reader(ABC):
    """Reads one program's output, a line without its end at a time."""

    has_last_word = True
    """Whether the program prints something by which its end can be told; else its exit code has to do."""

    def __init__(self) -> None:
        self.story = Story()

    @abstractmethod
    def read(self, line: str) -> Iterator[Message]:
        """Takes a line of standard output."""

    def complain(self, line: str) -> Iterator[Message]:  # noqa: ARG002 - few programs say there what matters
        """Takes a line of the error output."""
        return iter(())

    def close(self) -> Iterator[Message]:
        """Takes the end of output."""
        return iter(())


class ErrorLines:
    """Keeps the beginning and the end of an error output; a stack trace of any length may follow what went wrong."""

    def __init__(self) -> None:
        self._first: list[str] = []
        self._last: deque[str] = deque(maxlen=_KEPT_LINES)

    def add(self, line: str) -> None:
        """Takes the next line."""
        if len(self._first) < _KEPT_LINES:
            self._first.append(line)
        else:
            self._last.append(line)

    def text(self) -> str:
        """Returns what is kept."""
        return "\n".join((*self._first, *self._last))

    def reason(self) -> str:
        """Returns the line that says best what went wrong: the last that calls itself an error, else the last one."""
        lines = [line.strip() for line in (*self._first, *self._last) if line.strip()]
        errors = [line for line in lines if _ERROR_LINE.match(line)]
        return one_line((errors or lines or [""])[-1])


class Verdict(Struct, frozen=True, kw_only=True):
    """The judged part of an `AgentResult`."""

    kind: Kind
    reason: str = ""
    text: str = ""
    limit_s: float | None = None
    lost: bool = False


def judge(
    name: str,
    story: Story,
    ended: Ended,
    *,
    allow_denied: bool,
    stderr: ErrorLines,
    resumed: bool = False,
    to_permit: str = "",
    success_codes: Collection[int] = (0,),
) -> Verdict:
    """Returns what an ended execution amounts to.

    Args:
        name: What people call the program.
        story: What its output told.
        ended: How its process ended.
        allow_denied: Whether denied tools are fine.
        stderr: Its error output.
        resumed: Whether it was to go on with a conversation.
        to_permit: What to do so that a denied tool is permitted.
        success_codes: The exit codes of a success.
    """
    text = story.text
    if ended.reason in ("timeout", "idle") and not story.finished:
        why = "ran out of time" if ended.reason == "timeout" else "was silent for too long"
        reason = f"{name} {why} and was stopped"
        if story.refused:
            waiting = f"{reason} while it waited for its service"
            return Verdict(kind="limit", reason=waiting, text=text, limit_s=story.limit_s)
        return Verdict(kind="timeout", reason=reason, text=text)
    if story.error:
        return _failed(story.error, story, resumed=resumed)
    if ended.reason == "cancelled" and not story.finished:
        return Verdict(kind="cancelled", reason=f"{name} was interrupted", text=text)
    if not story.finished and (ended.reason == "signal" or ended.exit_code not in success_codes):
        return _failed(_without_result(name, ended, stderr), story, resumed=resumed, also=stderr.text())
    if story.denied and not allow_denied:
        tools = ", ".join(dict.fromkeys(story.denied))
        hint = f"; {to_permit}" if to_permit else ""
        return Verdict(kind="denied", reason=one_line(f"not permitted: {tools}{hint}"), text=text)
    if not story.finished:
        return _failed(_without_result(name, ended, stderr), story, resumed=resumed)
    if ended.reason in ("exit", "signal") and ended.exit_code not in success_codes:
        return Verdict(kind="agent", reason=f"{name} {_how(ended)} after its answer", text=text)
    return Verdict(kind="ok", text=text)


def identifier(text: str) -> str | None:
    """Returns the name of a conversation, if it can be given back on a command line without meaning something else."""
    return text if _IDENTIFIER.fullmatch(text) else None


def status_in(text: str) -> int | None:
    """Returns the HTTP status that a message names."""
    match = _STATUS.search(text)
    return int(match.group(1)) if match else None


def wait_in(text: str) -> float | None:
    """Returns the seconds after which a message says that one may try again."""
    match = _WAIT.search(text)
    if match is None:
        return None
    parts = _PART.findall(match.group(1) or match.group(2))
    return sum(float(number) * _SECONDS[unit.lower()] for number, unit in parts)


def is_limit(text: str, status: int | None = None) -> bool:
    """Returns whether a message says that the service refuses for now."""
    return (status in _REFUSED_FOR_NOW or _LIMIT.search(text) is not None) and _NO_MONEY.search(text) is None


def _failed(reason: str, story: Story, *, resumed: bool, also: str = "") -> Verdict:
    whole = f"{reason}\n{also}"
    line = one_line(reason) or "the agent reported an error"
    if story.refused or is_limit(whole, story.status):
        wait_s = story.limit_s if story.limit_s is not None else wait_in(whole)
        return Verdict(kind="limit", reason=line, text=story.text, limit_s=wait_s)
    lost = resumed and story.usage is None and _LOST.search(whole) is not None
    return Verdict(kind="agent", reason=line, text=story.text, lost=lost)


def _without_result(name: str, ended: Ended, stderr: ErrorLines) -> str:
    said = stderr.reason()
    return f"{name} {_how(ended)} without a result" + (f": {said}" if said else "")


def _how(ended: Ended) -> str:
    by_signal = ended.reason == "signal" or ended.exit_code > _SIGNAL_BASE
    return f"was ended by signal {ended.exit_code - _SIGNAL_BASE}" if by_signal else f"exited with {ended.exit_code}"
