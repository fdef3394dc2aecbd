"""Data in shell text (language 9): the public face of the scanner and the escaping.

A shell text is a list of pieces: the author's text, trusted values, data. `insert` makes the text that the shell gets.
"""

from collections.abc import Sequence
from typing import TypeAlias

import msgspec

from prodigy_tui.workflow.shell_assignments import assigned_names
from prodigy_tui.workflow.shell_cursor import MARK, Cursor, Datum, ShellTextError
from prodigy_tui.workflow.shell_plan import plan_for
from prodigy_tui.workflow.shell_quote import quote_word, quote_words
from prodigy_tui.workflow.shell_scan import scan

__all__ = [
    "MARK",
    "Datum",
    "Inspection",
    "Piece",
    "ShellTextError",
    "Trusted",
    "assigned_names",
    "insert",
    "inspect",
    "shell_words",
]


class Trusted(msgspec.Struct, frozen=True):
    """Text that is put in as it is."""

    text: str


Piece: TypeAlias = str | Trusted | Datum


def insert(pieces: Sequence[Piece]) -> str:
    """Returns the shell text with every datum escaped for the place where it stands.

    Raises:
        ShellTextError: a datum stands where it cannot be quoted (PT306), equals a here-document's delimiter (PT307),
            holds a NUL (PT308), or stands behind text that cannot be scanned (PT309).
    """
    text, data, inserted = _joined(pieces)
    if not data:
        return text
    if (plan := plan_for(text, data, inserted)) is not None:
        return plan.filled(data)
    cursor = Cursor(text, data, inserted)
    scan(cursor)
    return cursor.edited(0, len(text))


class Inspection(msgspec.Struct, frozen=True, kw_only=True):
    """What a shell text shows before its values are known; data are named by their number in the text, from 0."""

    faults: tuple[tuple[int, ShellTextError], ...]
    """Data that cannot be quoted where they stand (PT306); after a PT309 nothing more is said."""
    second_shell: tuple[int, ...]
    """Data in arguments of `eval`, `sh -c`, `ssh` and the like without `:sh` (PT311)."""


def inspect(pieces: Sequence[Piece]) -> Inspection:
    """Returns what can be said about a text with stand-ins for its data; a decimal number may stand everywhere."""
    cursor = Cursor(*_joined(pieces))
    cursor.faults = []
    scan(cursor)
    return Inspection(faults=tuple(cursor.faults), second_shell=tuple(cursor.second_shell))


def shell_words(text: str, words: Sequence[str] | None) -> str:
    """Returns the words that `:sh` makes of a value, for a second shell."""
    return quote_word(text) if words is None else quote_words(words)


def _joined(pieces: Sequence[Piece]) -> tuple[str, list[Datum], tuple[int, ...]]:
    """Returns one text with a mark for each datum, the data, and where trusted text begins."""
    chunks: list[str] = []
    data: list[Datum] = []
    inserted: list[int] = []
    length = 0
    for piece in pieces:
        if isinstance(piece, Datum):
            if "\0" in piece.text:
                raise ShellTextError("PT308", f"the value of '{piece.label}' holds a NUL character")
            data.append(piece)
            chunk = MARK
        else:
            chunk = piece.text if isinstance(piece, Trusted) else piece
            if MARK in chunk:
                raise ShellTextError("PT308", "the shell text holds a NUL character")
            if isinstance(piece, Trusted):
                inserted.append(length)
        chunks.append(chunk)
        length += len(chunk)
    return "".join(chunks), data, tuple(inserted)
