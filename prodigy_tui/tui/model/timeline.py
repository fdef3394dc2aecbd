"""The replay bar as data: how busy each stretch of the run was, its marks, phases, and clock times below them.

What it costs depends on its width and hardly on the length of the run, so that a run that goes on can be drawn anew.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo
from typing import Final

from prodigy_tui.events.marks import MarkKind
from prodigy_tui.events.timeline import Timeline
from prodigy_tui.tui.model.bookmarks import Bookmark
from prodigy_tui.tui.model.line import Line, Role, Span
from prodigy_tui.tui.model.text import clip, safe

_BARS: Final = "▁▂▃▄▅▆▇█"
_MARKS: Final[dict[MarkKind, tuple[str, Role]]] = {
    "dead_letter": ("†", "error"),
    "failure": ("✗", "error"),
    "question": ("!", "warning"),
    "phase": ("│", "primary"),
    "merge": ("⇄", "muted"),
}
"""Glyphs of marks, the most telling first: it wins where several fall into one cell."""
_BOOKMARK: Final[Span] = ("★", "accent")
_TICK_EVERY: Final = 20
"""Cells from one clock time to the next, about."""
_STEPS_S: Final = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400)

Cells = list[Span]


class TimelinePicture:
    """The bar of one timeline at one width; made anew when either changes."""

    def __init__(
        self,
        timeline: Timeline,
        start: datetime,
        end: datetime,
        width: int,
        *,
        bookmarks: Sequence[Bookmark] = (),
        zone: tzinfo | None = None,
    ) -> None:
        self.start, self.end, self.width = start, end, max(1, width)
        self._zone = zone
        self._seconds = max(1e-6, (end - start).total_seconds())
        self._ends = self._edges(timeline)
        self.bars = self._bars()
        self.marks = self._marks(timeline, bookmarks)
        self.ticks = self._ticks()

    def column(self, moment: datetime) -> int:
        """Returns the cell of an instant."""
        share = (moment - self.start).total_seconds() / self._seconds
        return min(max(int(share * self.width + 1e-3), 0), self.width - 1)

    def moment(self, column: int) -> datetime:
        """Returns the instant at which a cell begins; of the last cell, the end."""
        if column >= self.width - 1:
            return self.end
        return self.start + timedelta(seconds=max(column, 0) / self.width * self._seconds)

    def _edges(self, timeline: Timeline) -> list[int]:
        """Returns the last event of each cell, read or not."""
        edges = (self.start + timedelta(seconds=self._seconds * n / self.width) for n in range(1, self.width))
        ends = [timeline.seq_at(edge) for edge in edges]
        return [*ends, timeline.total]

    def _bars(self) -> str:
        counts = [end - begin for begin, end in zip([0, *self._ends], self._ends, strict=False)]
        most = max(counts, default=0) or 1
        # The square root keeps a quiet stretch visible beside a burst.
        return "".join(
            _BARS[min(len(_BARS) - 1, int((count / most) ** 0.5 * (len(_BARS) - 1) + 0.5))] if count > 0 else " "
            for count in counts
        )

    def _marks(self, timeline: Timeline, bookmarks: Sequence[Bookmark]) -> tuple[Span, ...]:
        cells: Cells = []
        begin = 0
        for end in self._ends:
            kind = next((kind for kind in _MARKS if timeline.marked(kind, begin, end)), None)
            cells.append(_MARKS[kind] if kind is not None else (" ", "muted"))
            begin = max(begin, end)
        for bookmark in bookmarks:
            cells[self.column(bookmark.at)] = _BOOKMARK
        self._name_phases(timeline, cells)
        return tuple(cells)

    def _name_phases(self, timeline: Timeline, cells: Cells) -> None:
        """Writes the names of phases behind their marks, where nothing else stands."""
        for mark in timeline.first_of("phase", 64):
            column = self.column(mark.at)
            if cells[column][0] != "│":
                continue
            name = safe(mark.text, 24)
            room = 0
            while column + 1 + room < len(cells) and cells[column + 1 + room][0] == " " and room < len(name):
                room += 1
            if room >= min(len(name), 3):
                for offset, letter in enumerate(clip(name, room).ljust(room)):
                    cells[column + 1 + offset] = (letter, "primary")

    def _ticks(self) -> str:
        """Returns clock times at round moments, from left to right."""
        wanted = self._seconds / max(1, self.width // _TICK_EVERY)
        step = next((step for step in _STEPS_S if step >= wanted), _STEPS_S[-1] * (1 + int(wanted // _STEPS_S[-1])))
        form = "%H:%M:%S" if step < 60 else "%H:%M" if step < 86_400 else "%m-%d"
        local = self.start.astimezone(self._zone)
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
        number = int((local - midnight).total_seconds() // step) + 1
        line = f"{local:{form}}"
        while (moment := midnight + timedelta(seconds=number * step)) <= self.end:
            column, number = self.column(moment), number + 1
            text = f"{moment:{form}}"
            if column >= len(line) + 2 and column + len(text) <= self.width:
                line = line.ljust(column) + text
        return line.ljust(self.width)[: self.width]


def overlaid(cells: Sequence[Span], column: int, over: Span) -> Line:
    """Returns cells as a line with something standing over some of them; neighbours of one role are joined."""
    covered = [*cells]
    for offset, letter in enumerate(over[0]):
        if 0 <= column + offset < len(covered):
            covered[column + offset] = (letter, over[1])
    spans: list[Span] = []
    for text, role in covered:
        if spans and spans[-1][1] == role:
            spans[-1] = (spans[-1][0] + text, role)
        else:
            spans.append((text, role))
    return tuple(spans)
