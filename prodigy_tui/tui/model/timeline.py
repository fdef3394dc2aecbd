"""The replay bar as data: how busy each stretch of the run was, its marks, and the playhead over them."""

from datetime import datetime, timedelta
from typing import Final

from prodigy_tui.events.source import MarkKind, Timeline
from prodigy_tui.tui.model.line import Role

_BARS: Final = "▁▂▃▄▅▆▇█"
_MARKS: Final[dict[MarkKind, tuple[str, Role]]] = {
    "dead_letter": ("†", "error"),
    "failure": ("✗", "error"),
    "question": ("!", "warning"),
    "phase": ("│", "primary"),
    "merge": ("⇄", "muted"),
}
"""Glyphs of marks, the most telling first: it wins where several fall into one cell."""


class TimelinePicture:
    """The bar of one timeline at one width; made anew when either changes."""

    def __init__(self, timeline: Timeline, start: datetime, end: datetime, width: int) -> None:
        self.start, self.end, self.width = start, end, max(1, width)
        self._seconds = max(1e-6, (end - start).total_seconds())
        self.bars = self._bars(timeline)
        self.marks = self._marks(timeline)

    def column(self, moment: datetime) -> int:
        """Returns the cell of an instant."""
        share = (moment - self.start).total_seconds() / self._seconds
        return min(max(int(share * (self.width - 1) + 0.5), 0), self.width - 1)

    def moment(self, column: int) -> datetime:
        """Returns the instant of a cell."""
        share = min(max(column, 0), self.width - 1) / max(1, self.width - 1)
        return self.start + timedelta(seconds=share * self._seconds)

    def _bars(self, timeline: Timeline) -> str:
        edges = [self.start + timedelta(seconds=self._seconds * n / self.width) for n in range(1, self.width)]
        ends = [*(timeline.seq_at(edge) for edge in edges), timeline.last_seq]
        counts = [end - begin for begin, end in zip([0, *ends], ends, strict=False)]
        most = max(counts, default=0) or 1
        # The square root keeps a quiet stretch visible beside a burst.
        return "".join(
            _BARS[min(len(_BARS) - 1, int((count / most) ** 0.5 * (len(_BARS) - 1) + 0.5))] if count else " "
            for count in counts
        )

    def _marks(self, timeline: Timeline) -> tuple[tuple[str, Role], ...]:
        cells: list[MarkKind | None] = [None] * self.width
        weight = {kind: rank for rank, kind in enumerate(_MARKS)}
        for mark in timeline.marks:
            column = self.column(mark.at)
            present = cells[column]
            if present is None or weight[mark.kind] < weight[present]:
                cells[column] = mark.kind
        return tuple(_MARKS[kind] if kind is not None else (" ", "muted") for kind in cells)
