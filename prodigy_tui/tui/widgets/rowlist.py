"""The fleet list: rows of the view-model, whose text is made when it is in view, and only then."""

from collections.abc import Callable
from datetime import datetime

from prodigy_tui.tui.model.cells import Cells, draw, heading
from prodigy_tui.tui.model.line import Line
from prodigy_tui.tui.model.rows import Row
from prodigy_tui.tui.model.run import Dirty, RunModel
from prodigy_tui.tui.model.text import plural
from prodigy_tui.tui.widgets.cursor import CursorList


class RowList(CursorList[Row]):
    """Rows of the model, sorted and folded there; here are only the cursor and the view."""

    def __init__(self, model: RunModel, now: Callable[[], datetime], *, id: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(id=id)
        self._model = model
        self._now = now
        self._cells: dict[Row, Cells] = {}
        """What was last drawn of the rows in view, to know when an age reads differently."""

    def count(self) -> int:
        return len(self._model.rows)

    def key_at(self, index: int) -> Row | None:
        return self._model.rows.at(index)

    def index_of(self, key: Row) -> int | None:
        return self._model.rows.index_of(key)

    def heading(self, width: int) -> Line:
        return heading(width, self._model.longest_name)

    def line(self, key: Row, width: int) -> Line:
        if len(self._cells) > 4 * self.size.height:
            self._cells.clear()
        cells = self._cells[key] = self._model.cells(key, self._now())
        return draw(cells, width, self._model.longest_name)

    def first_choice(self) -> Row | None:
        """Returns the first row with a log, so that the pane beside the list shows something from the start."""
        candidates = (self.key_at(line) for line in range(min(self.count(), 50)))
        return next((row for row in candidates if row is not None and row.kind in ("item", "phase", "step")), None)

    def follow(self, dirty: Dirty) -> None:
        """Brings the view up to date with the model."""
        self._entitle()
        if dirty.rows or dirty.jumped:
            self.lines_moved()
            return
        keys = [Row("item", item_id) for item_id in dirty.items]
        if dirty.state:
            rows = (self.key_at(line) for line in self.view)
            keys += [row for row in rows if row is not None and row.kind != "item"]
        self.refresh_lines_of(keys)

    def tick(self) -> None:
        """Draws the lines whose ages read differently by now."""
        now = self._now()
        stale: list[int] = []
        for line in self.view:
            row = self.key_at(line)
            shown = self._cells.get(row) if row is not None else None
            if row is not None and shown is not None and shown != self._model.cells(row, now):
                stale.append(line)
        self.refresh_indexes(stale)

    def select(self, key: Row) -> None:
        if key.kind == "item":
            self._model.rows.reveal(key.id)
            self.lines_moved()
        super().select(key)

    def toggle(self, section: str) -> None:
        """Folds or unfolds a section."""
        self._model.rows.toggle(section)
        self.lines_moved()

    def _entitle(self) -> None:
        words = self._model.rows.filter.text
        total = self._model.state.counts.total
        number = plural(total, "agent") if total else ""
        right: Line = ((f"filter: {words} · esc clears", "warning"),) if words else ((number, "muted"),)
        self.entitle((("Fleet", "strong"),), right if number or words else ())
