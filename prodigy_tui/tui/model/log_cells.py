"""Parts of long lines by cells: what is seen when scrolled sideways, and where a wrapped line breaks."""

import re
from typing import Final

from rich.cells import get_character_cell_size

_NARROW: Final = re.compile(r"[ -~\xa0-\xac\xae-\u02ff\u0370-\u0482\u2010-\u2027\u2500-\u25fc]*")
"""Usual text that takes one cell a character."""
_BACK: Final = 3
"""A line breaks at a space when that wastes no more than one part of so many."""


def slice_of(text: str, start: int, width: int) -> tuple[int, int, int]:
    """Returns from where to where a text stands in `width` cells that begin at cell `start`, and the blanks before it.

    The blank stands for the half of a wide character that the start has cut.
    """
    if text.isascii():
        return min(start, len(text)), min(start + width, len(text)), 0
    cell, first = 0, 0
    while first < len(text) and cell < start:
        cell += get_character_cell_size(text[first])
        first += 1
    lead = min(width, max(0, cell - start))
    return first, _filled(text, first, width - lead), lead


def wrapped(text: str, width: int) -> list[tuple[int, int]]:
    """Returns where a text breaks to fit into `width` cells: at a space where one is near."""
    if not text or (len(text) <= width and text.isascii()):
        return [(0, len(text))]
    pieces, first = [], 0
    while first < len(text):
        last = max(_filled(text, first, width), first + 1)
        if last < len(text) and text[last] != " ":
            space = text.rfind(" ", first + (last - first) * (_BACK - 1) // _BACK, last)
            last = space + 1 if space > first else last
        pieces.append((first, last))
        first = last
        while first < len(text) and text[first] == " " and first - last < 1:
            first += 1
    return pieces


def _filled(text: str, first: int, width: int) -> int:
    """Returns up to where a text from a character on fits into so many cells."""
    last, room = first, width
    while room > 1 and last < len(text):
        part = text[last : last + room]
        if _NARROW.fullmatch(part):
            room -= len(part)
        else:
            part = part[: room // 2]  # no character takes more than two
            room -= sum(map(get_character_cell_size, part))
        last += len(part)
    while last < len(text) and (size := get_character_cell_size(text[last])) <= room:
        room, last = room - size, last + 1
    return last
