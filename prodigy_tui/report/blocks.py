"""The building blocks of a written report, whatever its format: sections of facts and tables.

A `Foreign` cell holds text that is not ours. Formats write it so that it stays text.
"""

from typing import Literal, TypeAlias

from msgspec import Struct

Mood: TypeAlias = Literal["plain", "good", "bad", "warn"]


class Foreign(Struct, frozen=True):
    """Text from an item, an agent, a workflow or a repository."""

    text: str


class Word(Struct, frozen=True):
    """A word of ours that has a mood: `failed` is bad."""

    text: str
    mood: Mood = "plain"


Cell: TypeAlias = str | Foreign | Word


class Facts(Struct, frozen=True, kw_only=True):
    """Names and what is so."""

    rows: tuple[tuple[str, Cell], ...]


class Table(Struct, frozen=True, kw_only=True):
    """Rows below a head."""

    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    numbers: frozenset[int] = frozenset()
    """Columns that stand on the right."""
    left_out: int = 0
    """How many rows there are besides."""


class Section(Struct, frozen=True, kw_only=True):
    """A part of a report with a title."""

    key: str
    """What formats know it by, to put a picture to it."""
    title: str
    about: str = ""
    """One line that says how to read it."""
    parts: tuple[Facts | Table, ...] = ()


_MOODS: dict[str, Mood] = {
    "ok": "good",
    "success": "good",
    "succeeded": "good",
    "merged": "good",
    "landed": "good",
    "same": "plain",
    "failed": "bad",
    "dead": "bad",
    "conflict": "bad",
    "refused": "bad",
    "not merged": "bad",
    "stopped": "warn",
    "suspect": "warn",
    "interrupted": "warn",
    "cancelled": "warn",
    "unmerged": "warn",
    "paused": "warn",
    "waiting": "warn",
    "skipped": "warn",
}


def word(text: str) -> Word:
    """Returns a status with its mood."""
    shown = text.replace("_", " ")
    return Word(shown, _MOODS.get(shown, "plain"))


def text_of(cell: Cell) -> str:
    """Returns the bare text of a cell."""
    return cell if isinstance(cell, str) else cell.text
