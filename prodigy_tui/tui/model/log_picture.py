"""A log as it is shown: which lines, in what order of columns, with what marked. Draws nothing and knows no widget."""

import sys
from array import array
from bisect import bisect_left
from datetime import tzinfo
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Final

from prodigy_tui.tui.model.line import Line, Role, Span, cells
from prodigy_tui.tui.model.log_cells import wrapped
from prodigy_tui.tui.model.log_long import LongLines
from prodigy_tui.tui.model.log_query import Query, TooSlow, shown
from prodigy_tui.tui.model.log_reading import LABELS, Kind, Reading
from prodigy_tui.tui.model.log_source import Budget, LogSource, moment_of
from prodigy_tui.tui.model.log_spans import cut, marked, role_of, skipped_in
from prodigy_tui.tui.model.text import LONGEST, clip, clock, safe, width_of

if TYPE_CHECKING:
    from prodigy_tui.tui.model.log_pages import Pages
    from prodigy_tui.tui.model.log_search import Search

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
        self._is_asked = False
        self._unmarked: Query | None = None
        """What takes too long to be marked."""
        self._texts = LongLines[str]()
        self._breaks = LongLines[list[tuple[int, int]]]()
        self._marks = LongLines[list[tuple[int, int]]]()
        self._blocks: dict[int, tuple[list[str], list[int]]] = {}
        self._read_whole = 0

    @cached_property
    def _pages(self) -> "Pages":
        from prodigy_tui.tui.model.log_pages import Pages

        return Pages(self.source)

    def step(self, used_up: Budget) -> bool:
        """Takes in what the log grew by until the budget is used up; returns whether something is left."""
        changing = [start for start in self._blocks if start + _BLOCK > min(self._read_whole, self.source.whole)]
        for start in changing:
            del self._blocks[start]
        self._read_whole = self.source.whole
        left = self.reading.step(used_up) if self.reading is not None else False
        if self._is_asked and not left:
            left = self._pages.make_ready(used_up)
        if self.search is not None:
            left = self.search.step(used_up) or left
        return left

    def look_for(self, query: Query | None, *, context: int | None = 0, errors: bool = False) -> None:
        """Looks for something, or for nothing any more."""
        wanted = query is not None or errors
        self._is_asked, self.search = False, None
        if wanted:
            from prodigy_tui.tui.model.log_search import Search

            self.search = Search(self.source, query, context=context, errors=errors, pages=self._pages)

    def expect_search(self) -> None:
        """Makes ready for something to be looked for: somebody is about to type it."""
        self._is_asked = self.search is None

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
        raw = self._read(number)[0]
        return self._texts.of(number, len(raw), raw, lambda: shown(raw))

    def _beginning(self, number: int, cells: int) -> str:
        """Returns at least so much of a line as may be seen in some cells."""
        return safe(self._read(number)[0], max(LONGEST, _AHEAD * cells))

    def moment(self, number: int) -> int:
        """Returns when a line began to be printed, in microseconds since 1970; 0 where nobody knows."""
        return self._read(number)[1]

    def rows(
        self, number: int, width: int, *, wrap: bool = False, sideways: int = 0, first: int = 0, most: int = sys.maxsize
    ) -> list[Line]:
        """Returns a line as rows of the screen, one unless it is wrapped: at most so many, from one of them on."""
        wrap = wrap or number in self.unfolded
        text = self.text(number) if wrap else self._beginning(number, sideways + width)
        kind = self.reading.kind_of(number, text) if self.reading is not None else "output"
        gutter, behind = self._gutter(number, kind, width), self._behind(number, kind)
        skipped, role = skipped_in(kind, text), self._role(number, kind, text)
        marks = [(start - skipped, end - skipped) for start, end in self._places(number, text) if end > skipped]
        room = max(1, width - cells(gutter) - cells(behind))
        if not wrap:
            return [(*gutter, *cut(text[skipped:], sideways, room, role, marks), *behind)]
        body = text[skipped:]
        indent: Line = ((" " * cells(gutter), "text"),)
        return [
            (*(indent if place else gutter), *marked(body, begin, end, role, marks), *(() if place else behind))
            for place, (begin, end) in islice(enumerate(self._broken(number, body, room)), first, first + most)
        ]

    def height(self, number: int, width: int, *, wrap: bool = False) -> int:
        """Returns how many rows a line takes."""
        if not wrap and number not in self.unfolded:
            return 1
        text = self.text(number)
        kind = self.reading.kind_of(number, text) if self.reading is not None else "output"
        room = max(1, width - cells(self._gutter(number, kind, width)) - cells(self._behind(number, kind)))
        return len(self._broken(number, text[skipped_in(kind, text) :], room))

    def _broken(self, number: int, body: str, room: int) -> list[tuple[int, int]]:
        """Returns where a line breaks."""
        return self._breaks.of(number, len(body), (body, room), lambda: wrapped(body, room))

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

    def _places(self, number: int, text: str) -> list[tuple[int, int]]:
        """Returns where what is looked for stands in a line."""
        search = self.search
        if search is None or search.query is None or search.problem or self._unmarked is search.query:
            return []
        query = search.query
        try:
            return self._marks.of(number, len(text), (text, query), lambda: query.places(text))
        except TooSlow:
            self._unmarked = query
            return []

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
