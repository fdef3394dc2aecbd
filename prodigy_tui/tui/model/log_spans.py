"""The text of one line of a log as spans: its colour, what of it fits, and what in it was looked for."""

import re
from bisect import bisect_left, bisect_right
from operator import itemgetter
from typing import Final

from prodigy_tui.tui.model.line import Line, Role, Span
from prodigy_tui.tui.model.log_cells import slice_of
from prodigy_tui.tui.model.log_reading import Kind

ERROR: Final = re.compile(
    r"\s*(?:\w*error\b|fatal\b|failed\b|\w*exception\b|traceback\b|panic|E   \S)|.{0,160}?\berror(?:\[\w+\])?: ",
    re.IGNORECASE,
)
_WARNING: Final = re.compile(r"\s*(?:warn(?:ing)?\b|deprecated\b)", re.IGNORECASE)
_PREFIX: Final = 6
"""Characters of the word before what an agent says or does."""
_begin, _end = itemgetter(0), itemgetter(1)


def role_of(text: str) -> Role:
    """Returns how output is drawn that says of itself that something is wrong."""
    if text.startswith(("$ ", "+ ")):
        return "primary"
    if ERROR.match(text[:400]) is not None:
        return "error"
    return "warning" if _WARNING.match(text) is not None else "text"


def skipped_in(kind: Kind, text: str) -> int:
    """Returns how many characters stand before the text that a column says in other words."""
    if kind in ("shell", "prompt"):
        return 2 if text[:2] in ("$ ", "> ") else 0
    if kind in ("output", "note"):
        return 0
    if kind == "check":
        return _PREFIX if text.startswith("check ") else 0
    word = text[:_PREFIX].strip()
    return min(len(text), _PREFIX) if not word or word.isalpha() else 0


def cut(text: str, sideways: int, room: int, role: Role, marks: list[tuple[int, int]]) -> Line:
    """Returns what of a line fits, with a sign at its edges where something is cut off."""
    before: Line = (("…", "muted"),) if sideways and room > 2 and text else ()
    first, last, lead = slice_of(text, sideways + len(before), room - len(before))
    after: Line = ()
    if last < len(text) and room > 2:
        first, last, lead = slice_of(text, sideways + len(before), room - len(before) - 1)
        after = (("…", "muted"),)
    blank: Line = ((" " * lead, role),) if lead else ()
    return (*before, *blank, *marked(text, first, last, role, marks), *after)


def marked(text: str, first: int, last: int, role: Role, marks: list[tuple[int, int]]) -> Line:
    """Returns a part of a line with what was looked for marked."""
    if not marks:
        return ((text[first:last], role),)
    spans: list[Span] = []
    at = first
    for begin, stop in marks[bisect_right(marks, first, key=_end) : bisect_left(marks, last, key=_begin)]:
        start, end = max(begin, at), min(stop, last)
        if start >= end:
            continue
        if start > at:
            spans.append((text[at:start], role))
        spans.append((text[start:end], "badge"))
        at = end
    if at < last:
        spans.append((text[at:last], role))
    return tuple(spans)
