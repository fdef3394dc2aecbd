"""The merge queue as a list with a cursor."""

from collections.abc import Callable
from datetime import datetime

from prodigy_tui.tui.model.line import Line
from prodigy_tui.tui.model.merge_lines import merge_line, merges_heading, needing_words
from prodigy_tui.tui.model.merges import MergeRow
from prodigy_tui.tui.model.run import RunModel
from prodigy_tui.tui.model.text import fit
from prodigy_tui.tui.widgets.cursor import CursorList


class MergeList(CursorList[MergeRow]):
    """What needs a person, what is merged now, who waits, what is merged."""

    def __init__(self, model: RunModel, now: Callable[[], datetime], *, id: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(id=id)
        self._model = model
        self._now = now

    def count(self) -> int:
        return len(self._model.merges)

    def key_at(self, index: int) -> MergeRow | None:
        return self._model.merges.row(index)

    def index_of(self, key: MergeRow) -> int | None:
        return self._model.merges.place(key)

    def first_choice(self) -> MergeRow | None:
        first = self.key_at(0)
        return self.key_at(1) if first is not None and first.kind == "head" else first

    def heading(self, width: int) -> Line:
        if not self.count():
            return ((fit(" nothing has been merged, and nothing waits", width), "muted"),)
        return merges_heading(width, self._model.longest_name)

    def line(self, key: MergeRow, width: int) -> Line:
        model = self._model
        return merge_line(key, model.merges, model.state, self._now(), width, model.longest_name)

    def follow(self) -> None:
        """Brings the list up to date with the model; an item keeps the cursor where it goes."""
        if self.selected is not None:
            place = self._model.merges.place(self.selected)
            self.selected = self.key_at(place) if place is not None else None
        told = needing_words(self._model.merges)
        self.entitle((("Merges", "strong"),), ((told, "warning"),) if told else ())
        self.lines_moved()
        if self.selected is None and self.count():
            self.selected = self.key_at(min(self._index, self.count() - 1))

    def tick(self) -> None:
        """Draws ages anew."""
        self.refresh_indexes(
            [line for line in self.view if (row := self.key_at(line)) is not None and row.kind != "merged"]
        )
