"""The commands that the program has run, as lines: when, how long, how they ended, where, what."""

import shlex
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import PurePath
from typing import Final

from prodigy_tui.tui.model.line import Line, Role, between, cells
from prodigy_tui.tui.model.text import clip, clock, fit, safe
from prodigy_tui.wording import plural

_SLOW_S: Final = 10.0
_LEAST_FOLDER: Final = 6
_LEAST_WORDS: Final = 36
"""Cells that the command itself has before its folder has any."""
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
    parts = [plural(len(commands), "command")]
    parts += [f"{running} running"] if running else []
    parts += [f"{failed} failed"] if failed else []
    follow = "follow ● " if following else "follow ○ "
    return between(((f" {', '.join(parts)}", "muted"),), ((follow, "muted"),), width)


def command_line(one: Ran, width: int, zone: tzinfo | None) -> Line:
    """Returns one command as a line."""
    role: Role = "error" if one.code else "text"
    ended = "" if one.took_s is None else "ok" if not one.code else f"exit {one.code}"
    took = "…" if one.took_s is None else _took(one.took_s)
    slow = one.took_s is not None and one.took_s >= _SLOW_S
    folder = safe(PurePath(one.folder).name or one.folder)
    room = max(0, width - 2 - 9 - 7 - 10)
    named = min(_FOLDER_CELLS, max(0, room - _LEAST_WORDS - 2))
    where = f"{fit(folder, named)}  " if named >= _LEAST_FOLDER else ""
    return (
        (f" {clock(one.at, zone)} ", "muted"),
        (fit(took, 6, right=True) + " ", "warning" if slow else "muted"),
        (f" {fit(ended, 9)}", role if one.code else "muted"),
        (where, "muted"),
        (clip(safe(one.words), room - cells(((where, "muted"),))), role),
    )


def typed(one: Ran) -> str:
    """Returns what repeats a command in a shell."""
    return safe(f"cd {shlex.quote(one.folder)} && {one.words}")


def _took(seconds: float) -> str:
    if seconds < 1:
        return f"{seconds * 1000:.0f}ms"
    return f"{seconds:.1f}s" if seconds < 100 else f"{seconds / 60:.0f}m"
