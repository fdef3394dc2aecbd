"""A log as it is shown: which lines, in what order of columns, with what marked. Draws nothing and knows no widget."""

import re
from array import array
from bisect import bisect_left
from datetime import tzinfo
from typing import Final

from prodigy_tui.tui.model.line import Line, Role, Span
from prodigy_tui.tui.model.log_cells import slice_of, wrapped
from prodigy_tui.tui.model.log_query import Query, shown
from prodigy_tui.tui.model.log_reading import LABELS, Kind, Reading
from prodigy_tui.tui.model.log_search import Search
from prodigy_tui.tui.model.log_source import Budget, LogSource, moment_of
from prodigy_tui.tui.model.text import LONGEST, clip, clock, safe, width_of

ERROR: Final = re.compile(
    r"\s*(?:\w*error\b|fatal\b|failed\b|\w*exception\b|traceback\b|panic|E   \S)|.{0,160}?\berror(?:\[\w+\])?: ",
    re.IGNORECASE,
)
_WARNING: Final = re.compile(r"\s*(?:warn(?:ing)?\b|deprecated\b)", re.IGNORECASE)
_PREFIX: Final = 6
"""Characters of the word before what an agent says or does."""
_LABEL: Final = 6
"""Columns of the word that says what a piece is."""
_NAME: Final = 12
_TIME: Final = 9
_NARROW: Final = 34
"""Columns below which nothing but the text is shown."""
_BLOCK: Final = 32
"""Lines that are read at once."""
_BLOCKS: Final = 8
_UNFOLDED: Final = 2000
"""Lines of a piece that are shown whole together."""
_AHEAD: Final = 8
"""Characters that are looked at for each cell that is shown, because some of them take none."""
_NAME_ROLES: Final[tuple[Role, ...]] = ("primary", "accent", "success", "strong", "text", "muted")


class LogPicture:
    """What is seen of one log: all of it, without what is folded away, or only what was looked for."""

    def __init__(self, source: LogSource, zone: tzinfo | None = None) -> None:
        self.source = source
        self.names: tuple[str, ...] = ()
        """Whose lines there are, where there are several."""
        self.reading: Reading | None = Reading(source)
        """What the lines are; `None` where they are not of one log."""
        self.search: Search | None = None
        self.timestamps = True
        self.unfolded: set[int] = set()
        """Lines that a person wants to see whole, wrapped where the others are cut."""
        self._zone = zone
        self._blocks: dict[int, tuple[list[str], list[int]]] = {}
        self._read_whole = 0

    def step(self, used_up: Budget) -> bool:
        """Takes in what the log grew by until the budget is used up; returns whether something is left."""
        changing = [start for start in self._blocks if start + _BLOCK > min(self._read_whole, self.source.whole)]
        for start in changing:
            del self._blocks[start]
        self._read_whole = self.source.whole
        left = self.reading.step(used_up) if self.reading is not None else False
        if self.search is not None:
            left = self.search.step(used_up) or left
        return left

    def look_for(self, query: Query | None, *, context: int | None = 0, errors: bool = False) -> None:
        """Looks for something, or for nothing any more."""
        wanted = query is not None or errors
        self.search = Search(self.source, query, context=context, errors=errors) if wanted else None

    @property
    def filtered(self) -> bool:
        """Whether only lines that were looked for are shown, with those around them."""
        return self.search is not None and self.search.shown is not None

    @property
    def _shown(self) -> "array[int] | None":
        if self.search is not None and (found := self.search.shown) is not None:
            return found
        return self.reading.seen if self.reading is not None else None

    @property
    def count(self) -> int:
        """How many lines are shown."""
        shown_lines = self._shown
        return len(shown_lines) if shown_lines is not None else self.source.count - self.source.first

    def number_at(self, index: int) -> int:
        """Returns the number of a shown line."""
        lines = self._shown
        if lines is None:
            return self.source.first + index
        if not lines:
            return self.source.first
        return lines[min(max(index, 0), len(lines) - 1)]

    def index_of(self, number: int) -> int:
        """Returns where a line is shown, or the next one that is; of what is folded away, where it is folded."""
        lines = self._shown
        if lines is None:
            return min(max(0, number - self.source.first), max(0, self.count - 1))
        index = bisect_left(lines, number)
        if index < len(lines) and lines[index] != number and index and not self.filtered:
            index -= 1
        return min(index, max(0, len(lines) - 1))

    def hidden_after(self, number: int) -> int:
        """Returns how many lines are folded away behind a line."""
        return 0 if self.filtered or self.reading is None else self.reading.hidden_after(number)

    def text(self, number: int) -> str:
        """Returns a line as it is shown, without columns."""
        return shown(self._read(number)[0])

    def _beginning(self, number: int, cells: int) -> str:
        """Returns at least so much of a line as may be seen in some cells."""
        return safe(self._read(number)[0], max(LONGEST, _AHEAD * cells))

    def moment(self, number: int) -> int:
        """Returns when a line began to be printed, in microseconds since 1970; 0 where nobody knows."""
        return self._read(number)[1]

    def rows(self, number: int, width: int, *, wrap: bool = False, sideways: int = 0) -> list[Line]:
        """Returns a line as rows of the screen, one unless it is wrapped."""
        wrap = wrap or number in self.unfolded
        text = self.text(number) if wrap else self._beginning(number, sideways + width)
        kind = self.reading.kind_of(number, text) if self.reading is not None else "output"
        gutter = self._gutter(number, kind, width)
        skipped = _skipped(kind, text)
        body, role = text[skipped:], self._role(number, kind, text)
        marks = [(start - skipped, end - skipped) for start, end in (self._places(text)) if end > skipped]
        behind = self._behind(number, kind)
        room = max(1, width - sum(width_of(part) for part, _ in gutter) - sum(width_of(part) for part, _ in behind))
        if not wrap:
            return [(*gutter, *_cut(body, sideways, room, role, marks), *behind)]
        indent: Line = ((" " * sum(width_of(part) for part, _ in gutter), "text"),)
        pieces = wrapped(body, room)
        return [
            (*(indent if place else gutter), *_spans(body, first, last, role, marks), *(() if place else behind))
            for place, (first, last) in enumerate(pieces)
        ]

    def height(self, number: int, width: int, *, wrap: bool = False) -> int:
        """Returns how many rows a line takes."""
        return len(self.rows(number, width, wrap=wrap)) if wrap or number in self.unfolded else 1

    def turn(self, number: int) -> int:
        """Unfolds the piece of a line and shows it whole, or folds it again; returns the line to stand on then."""
        reading = self.reading
        head, lines = number, range(number, number + 1)
        if reading is not None and not self.filtered:
            lines = reading.piece_of(number)
            is_output = reading.kind_of(lines[0], "") == "shell" or len(lines) > _UNFOLDED
            if is_output and number == lines[0]:
                reading.turn(number)
                return number
            if is_output:
                lines = range(number, number + 1)
            elif len(lines) > 1 and reading.is_folded(number) == self.unfolded.isdisjoint(lines):
                reading.turn(number)
            head = lines[0]
        if self.unfolded.isdisjoint(lines):
            self.unfolded.update(lines)
        else:
            self.unfolded.difference_update(lines)
        return head

    def _gutter(self, number: int, kind: Kind, width: int) -> Line:
        """Returns the columns before the text: when, whose, what."""
        spans: list[Span] = [(" ", "text")]
        if width < _NARROW:
            return tuple(spans)
        if self.timestamps:
            moment = self._read(number)[1]
            at = clock(moment_of(moment // 1_000_000 * 1_000_000), self._zone) if moment else ""
            spans.append((f"{at:<{_TIME}}", "muted"))
        if self.names:
            name = self.source.name(number)
            place = self.names.index(name) if name in self.names else 0
            wide = min(_NAME, max(map(width_of, self.names)))
            shown_name = clip(name, wide)
            spans.append((shown_name + " " * (wide + 1 - width_of(shown_name)), _NAME_ROLES[place % len(_NAME_ROLES)]))
        if self.reading is not None and self.reading.heads:
            label, role, _ = LABELS[kind]
            head = self.reading.head_of(number) == number
            spans.append((f"{label:<{_LABEL}}", role) if head else ("│ ", "muted"))
        return tuple(spans)

    def _behind(self, number: int, kind: Kind) -> Line:
        """Returns what stands behind a piece that is folded: how its call ended, and how much is not shown."""
        hidden = self.hidden_after(number)
        failed = self.reading is not None and not self.filtered and self.reading.has_failed(number)
        if not hidden:
            return ()
        if kind == "tool" and hidden == 1:
            return ((" ✗", "error"),) if failed else ((" ✓", "success"),)
        return ((f" ⋯ +{hidden:,}", "muted"), *(((" ✗", "error"),) if failed else ()))

    def _role(self, number: int, kind: Kind, text: str) -> Role:
        if self.search is not None and self.search.context and self.filtered:
            place = bisect_left(self.search.hits, number)
            if place >= len(self.search.hits) or self.search.hits[place] != number:
                return "muted"
        if kind == "tool" and self.reading is not None and self.reading.has_failed(number):
            return "error"
        return role_of(text) if kind == "output" else LABELS[kind][2]

    def _places(self, text: str) -> list[tuple[int, int]]:
        query = self.search.query if self.search is not None else None
        return query.places(text) if query is not None else []

    def _read(self, number: int) -> tuple[str, int]:
        start = number // _BLOCK * _BLOCK
        block = self._blocks.get(start)
        if block is None:
            if len(self._blocks) >= _BLOCKS:
                self._blocks.clear()
            first, last = max(start, self.source.first), min(start + _BLOCK, self.source.count)
            gap = first - start
            texts = [""] * gap + self.source.texts(first, last)
            times = [0] * gap + self.source.times(first, last)
            block = self._blocks[start] = (texts, times)
        place = number - start
        texts, times = block
        return texts[place] if place < len(texts) else "", times[place] if place < len(times) else 0


def role_of(text: str) -> Role:
    """Returns how output is drawn that says of itself that something is wrong."""
    if text.startswith(("$ ", "+ ")):
        return "primary"
    if ERROR.match(text[:400]) is not None:
        return "error"
    return "warning" if _WARNING.match(text) is not None else "text"


def _skipped(kind: Kind, text: str) -> int:
    """Returns how many characters stand before the text that a column says in other words."""
    if kind in ("shell", "prompt"):
        return 2 if text[:2] in ("$ ", "> ") else 0
    if kind in ("output", "note"):
        return 0
    if kind == "check":
        return _PREFIX if text.startswith("check ") else 0
    word = text[:_PREFIX].strip()
    return min(len(text), _PREFIX) if not word or word.isalpha() else 0


def _cut(text: str, sideways: int, room: int, role: Role, marks: list[tuple[int, int]]) -> Line:
    """Returns what of a line fits, with a sign at its edges where something is cut off."""
    before: Line = (("…", "muted"),) if sideways and room > 2 and text else ()
    first, last, lead = slice_of(text, sideways + len(before), room - len(before))
    after: Line = ()
    if last < len(text) and room > 2:
        first, last, lead = slice_of(text, sideways + len(before), room - len(before) - 1)
        after = (("…", "muted"),)
    blank: Line = ((" " * lead, role),) if lead else ()
    return (*before, *blank, *_spans(text, first, last, role, marks), *after)


def _spans(text: str, first: int, last: int, role: Role, marks: list[tuple[int, int]]) -> Line:
    """Returns a part of a line with what was looked for marked."""
    if not marks:
        return ((text[first:last], role),)
    spans: list[Span] = []
    at = first
    for begin, stop in marks:
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
