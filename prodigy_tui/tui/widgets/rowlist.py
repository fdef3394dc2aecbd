"""The fleet list: rows of the view-model, whose text is made when it is in view, and only then."""

from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from typing import Final

from textual.geometry import Region
from textual.strip import Strip

from prodigy_tui.tui.model.columns import DEFAULT_COLUMNS, FEW_COLUMNS, ColumnName, Layout, lay_out
from prodigy_tui.tui.model.glance import Glance
from prodigy_tui.tui.model.line import Line, Span
from prodigy_tui.tui.model.ordering import SHOWS, Order
from prodigy_tui.tui.model.row_cells import Cells, draw, heading
from prodigy_tui.tui.model.rows import Row
from prodigy_tui.tui.model.run import Dirty, RunModel
from prodigy_tui.tui.model.text import clip, safe
from prodigy_tui.tui.widgets.cursor import CursorList
from prodigy_tui.wording import plural

_KEPT: Final = 512
"""Rows whose text is kept: several times as many as are in view."""
_FEW_BELOW: Final = 80
"""Cells of the terminal below which only the most needed columns show."""


class RowList(CursorList[Row]):
    """Rows of the model, sorted and folded there; here are only the cursor and the view."""

    def __init__(self, model: RunModel, now: Callable[[], datetime], *, id: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(id=id)
        self._model = model
        self._now = now
        self._cells: dict[Row, Cells] = {}
        """What was last drawn of the rows in view, to know when an age reads differently."""
        self._fresh: set[Row] = set()
        """Rows that read as they did when they were drawn: nothing has happened, and no second has passed since."""
        self._lines: dict[tuple[Row, bool], tuple[Cells, Layout, Line]] = {}
        """How they were drawn, marked or not, in what columns."""
        self._glance: Glance | None = None
        """The run as the frame shows it that is being drawn."""
        self.columns: tuple[ColumnName, ...] = DEFAULT_COLUMNS
        """Those that a person has chosen; as many of them show as fit."""
        self._layout = lay_out((), 0, 0)
        self._layout_of: tuple[object, ...] = ()

    def count(self) -> int:
        return len(self._model.rows)

    def key_at(self, index: int) -> Row | None:
        return self._model.rows.at(index)

    def index_of(self, key: Row) -> int | None:
        return self._model.rows.index_of(key)

    def layout_of(self, width: int) -> Layout:
        """Returns the columns in a width; the one that the list is sorted by shows unasked."""
        few, sort, longest = self.app.size.width < _FEW_BELOW, self._model.rows.order.sort, self._model.longest_name
        asked = (width, few, sort, longest, self.columns)
        if asked != self._layout_of:
            chosen = FEW_COLUMNS if few else self.columns
            self._layout_of = asked
            self._layout = lay_out(chosen, width, longest, kept=SHOWS.get(sort))
        return self._layout

    def choose(self, columns: tuple[ColumnName, ...]) -> None:
        """Shows other columns."""
        self.columns = columns
        self.refresh()

    def render_lines(self, crop: Region) -> list[Strip]:
        self._glance = self._model.glance(self._now())  # all lines of a frame are of one moment
        try:
            return super().render_lines(crop)
        finally:
            self._glance = None

    def heading(self, width: int) -> Line:
        return heading(self.layout_of(width))

    def line(self, key: Row, width: int) -> Line:
        if len(self._cells) > _KEPT:
            self._cells.clear()
            self._lines.clear()
            self._fresh.clear()
        if key not in self._fresh:
            self._cells[key] = self._model.cells(key, self._glance or self._model.glance(self._now()))
            self._fresh.add(key)
        cells = self._cells[key]
        marked, layout = key.kind == "item" and key.id in self._model.marks, self.layout_of(width)
        # Most rows that a list draws when it scrolls read as before, and finding that out costs a tenth of drawing.
        drawn = self._lines.get((key, marked))
        if drawn is None or drawn[1] is not layout or drawn[0] != cells:
            drawn = self._lines[key, marked] = cells, layout, draw(cells, layout, marked=marked)
        return drawn[2]

    def first_choice(self) -> Row | None:
        """Returns the first row with a log, so that the pane beside the list shows something from the start."""
        candidates = (self.key_at(line) for line in range(min(self.count(), 50)))
        return next((row for row in candidates if row is not None and row.kind in ("item", "phase", "step")), None)

    def follow(self, dirty: Dirty) -> None:
        """Brings the view up to date with the model."""
        self._fresh.clear()
        self.tell()
        if dirty.rows or dirty.jumped:
            self.lines_moved()
            return
        if dirty.state:
            self._draw_what_differs(dirty.told)

    def tick(self) -> None:
        """Draws the lines whose ages read differently by now."""
        self._fresh.clear()
        self._draw_what_differs()

    def lines_moved(self) -> None:
        self._fresh.clear()
        super().lines_moved()

    def refresh_lines_of(self, keys: Iterable[Row]) -> None:
        self._fresh.clear()
        super().refresh_lines_of(keys)

    def _draw_what_differs(self, among: Collection[str] | None = None) -> None:
        """Draws the lines in view that read differently now: of these items, or of all, and of what is no item.

        Most events change nothing that is to be read, and comparing costs a tenth of drawing.
        """
        glance = self._model.glance(self._now())
        stale: list[int] = []
        for line in self.view:
            row = self.key_at(line)
            if row is None or (among is not None and row.kind == "item" and row.id not in among):
                continue
            shown = self._cells.get(row)
            if shown is None or shown != self._model.cells(row, glance):
                stale.append(line)
        self.refresh_indexes(stale)

    def move_to(self, line: int) -> None:
        if self._model.calm is not None:
            self._model.calm.moved()
        super().move_to(line)

    def select(self, key: Row) -> None:
        if key.kind == "item" and self._model.rows.reveal(key.id):
            self.lines_moved()
        super().select(key)

    def toggle(self, section: str) -> None:
        """Folds or unfolds a section."""
        self._model.rows.toggle(section)
        self.lines_moved()

    def mark(self) -> None:
        """Marks the item under the cursor, or takes its mark away, and goes on to the next line."""
        row = self.key_at(self.index)
        if row is not None and row.kind == "item":
            self._model.marks.toggle(row.id)
            self.tell()
            self.refresh_indexes([self.index])
        self.move(1)

    def tell(self) -> None:
        """Says above the list what it shows, and how."""
        self.entitle((("Fleet", "strong"),), list_facts(self._model))


def list_facts(model: RunModel) -> Line:
    """Returns what is to be known of the list: marks, filter, order, and how many agents there are."""
    rows, total = model.rows, model.state.counts.total
    facts: list[Span] = []
    if len(model.marks):
        facts.append((f"{len(model.marks)} marked", "warning"))
    if rows.trouble:
        facts.append((safe(rows.trouble), "error"))
    if rows.failures:
        facts.append(("failures only", "warning"))
    if rows.filter:
        facts.append((f"filter: {clip(safe(rows.filter.text), 24)}", "warning"))
    if rows.order != Order():
        facts.append((order_words(rows.order), "muted"))
    if total:
        number = f"{rows.admitted} of {total}" if rows.narrowed else plural(total, "agent")
        facts.append((number, "muted"))
    if rows.filter:  # last, because a narrow frame cuts off the end
        facts.append(("esc clears", "muted"))
    return tuple(span for fact in facts for span in ((" · ", "muted"), fact))[1:]


def order_words(order: Order) -> str:
    """Returns how a list is sorted and grouped."""
    grouped = "" if order.group == "state" else f", {'one list' if order.group == 'none' else 'by step'}"
    return f"sort {order.sort}{' ▴' if order.reverse else ''}{grouped}"
