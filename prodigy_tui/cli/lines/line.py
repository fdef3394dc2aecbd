"""What a line is made of: parts in colours, words for statuses, for values and for who has asked."""

from typing import Any, TypeAlias

import msgspec
from msgspec import Struct

from prodigy_tui.cli.output import Painted, Part
from prodigy_tui.events.values import Failure

Parts: TypeAlias = tuple[Part, ...]

_COLOURS = {
    "ok": "green",
    "success": "green",
    "succeeded": "green",
    "merged": "green",
    "landed": "green",
    "handed_over": "green",
    "failed": "red",
    "dead": "red",
    "damaged": "red",
    "refused": "red",
    "conflict": "red",
    "stopped": "yellow",
    "waiting": "yellow",
    "unmerged": "yellow",
    "paused": "yellow",
    "interrupted": "yellow",
    "cancelled": "yellow",
    "tolerated": "yellow",
    "running": "cyan",
}


class Line(Struct, frozen=True, kw_only=True):
    """What is said about one event."""

    level: int
    """0: always; 1: with `-v`; 2: with `-vv`."""
    parts: Parts


def status_word(status: str) -> Painted:
    """Returns a status in its colour."""
    return Painted(status.replace("_", " "), _COLOURS.get(status))


def value_text(value: Any) -> str:
    """Returns a value as people write it: text as it is, all else as JSON."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


_ASKERS = {
    "cli": "the command line",
    "command line": "the command line",
    "signal": "the command line",  # as older logs have it
    "interface": "the interface",
}


def asker(source: str) -> str:
    """Returns what people call what a request or an answer came from."""
    return _ASKERS.get(source, source)


def line(*parts: Part, level: int = 0) -> Line:
    """Returns a line of these parts."""
    return Line(level=level, parts=parts)


def why_of(failure: Failure | None) -> str:
    """Returns where and why something failed, to be put behind what did; empty where it did not."""
    if failure is None:
        return ""
    where = f" at {failure.step}" if failure.step else ""
    return f"{where}: {failure.message}"
