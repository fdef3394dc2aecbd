"""The commands that the program has run, as lines: when, how long, how they ended, where, what."""

import shlex
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import PurePath
from typing import Final

from prodigy_tui.tui.model.line import Line, Role
from prodigy_tui.tui.model.text import clip, clock, fit, safe
from prodigy_tui.wording import plural

_SLOW_S: Final = 10.0
_FOLDER_CELLS: Final = 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """One command, without secrets."""

    number: int
    at: datetime
    words: str
    """As it would be typed into a shell."""
    folder: str
    took_s: float | None = None
    """`None`: it has not ended."""
    code: int | None = None


def heading(commands: tuple[Ran, ...], width: int, *, following: bool) -> Line:
    """Returns what stands above the lines."""
    running = sum(one.took_s is None for one in commands)
    failed = sum(bool(one.code) for one in commands)
    words = f" {plural(len(commands), 'command')}, {running} running, {failed} with an exit code"
    follow = "follow ● " if following else "follow ○ "
    return ((fit(words, max(0, width - 12)), "muted"), (follow, "muted"))


def command_line(one: Ran, width: int, zone: tzinfo | None) -> Line:
    """Returns one command as a line."""
    role: Role = "error" if one.code else "text"
    ended = "" if one.took_s is None else "ok" if not one.code else f"exit {one.code}"
    took = "…" if one.took_s is None else _took(one.took_s)
    slow = one.took_s is not None and one.took_s >= _SLOW_S
    folder = PurePath(one.folder).name or one.folder
    rest = max(0, width - 2 - 9 - 7 - 9 - _FOLDER_CELLS - 2)
    return (
        (f" {clock(one.at, zone)} ", "muted"),
        (fit(took, 6, right=True) + " ", "warning" if slow else "muted"),
        (f" {fit(ended, 8)}", role if one.code else "muted"),
        (f"{fit(safe(folder), _FOLDER_CELLS)}  ", "muted"),
        (clip(safe(one.words), rest), role),
    )


def typed(one: Ran) -> str:
    """Returns what repeats a command in a shell."""
    return safe(f"cd {shlex.quote(one.folder)} && {one.words}")


def _took(seconds: float) -> str:
    if seconds < 1:
        return f"{seconds * 1000:.0f}ms"
    return f"{seconds:.1f}s" if seconds < 100 else f"{seconds / 60:.0f}m"
