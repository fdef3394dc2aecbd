"""Lines of code of foreign origin as text for the screen: what cannot be seen is shown, because it may matter."""

import re
from typing import Final

from prodigy_tui.tui.model.line import Line, Span
from prodigy_tui.tui.model.text import LONGEST, safe, width_of

_UNSEEN: Final = re.compile(
    "[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e0fff]|\x1b|\x9b"
)


def code_text(text: str) -> str:
    """Returns a line of code that a terminal cannot act on.

    Unlike a name's, its direction marks, joiners and escapes are told: they make code read other than it is.
    """
    cut = text[:LONGEST]
    if not cut.isascii() or "\x1b" in cut:
        cut = _UNSEEN.sub(lambda found: f"‹{ord(found[0]):X}›", cut)
    returned = cut.endswith("\r")
    shown = safe(cut.removesuffix("\r")) + ("␍" if returned else "")
    return f"{shown} … {len(text):,} characters" if len(text) > LONGEST else shown


def window(line: Line, start: int, width: int) -> Line:
    """Returns `width` cells of a line from cell `start` on; marks at its ends say that there is more."""
    if width <= 0:
        return ()
    spans: list[Span] = []
    skip, room = start, width
    for text, role in line:
        cells = width_of(text)
        if skip >= cells:
            skip -= cells
            continue
        rest, skip = (_drop(text, skip), 0) if skip else (text, 0)
        if room <= 0:
            return _marked(spans, room)
        taken = _take(rest, room)
        spans.append((taken, role))
        room -= width_of(taken)
        if taken != rest:
            return _marked(spans, room)
    return tuple(spans)


def _marked(spans: list[Span], room: int) -> Line:
    """Puts an ellipsis behind what is cut: into the cell that is left, else in the place of the last letter."""
    text, role = spans[-1]
    if room > 0:
        return (*spans[:-1], (text + "…", role))
    return (*spans[:-1], (text[:-1] + "…", role)) if text else tuple(spans)


def _take(text: str, room: int) -> str:
    if text.isascii():
        return text[:room]
    used = 0
    for index, letter in enumerate(text):
        used += width_of(letter)
        if used > room:
            return text[:index]
    return text


def _drop(text: str, cells: int) -> str:
    if text.isascii():
        return text[cells:]
    used = 0
    for index, letter in enumerate(text):
        if used >= cells:
            return " " * (used - cells) + text[index:]
        used += width_of(letter)
    return ""
