"""Counting the lines that agents have changed: only of those in view, one after the other, and each state once."""

from collections.abc import Callable, Coroutine, Iterable

from prodigy_tui.errors import ProdigyError
from prodigy_tui.events.item_state import ItemState
from prodigy_tui.tui.model.rows import Row
from prodigy_tui.tui.screens.stage import Stage
from prodigy_tui.tui.widgets.rowlist import RowList


class LineCounter:
    """Asks the repository. What cannot be counted is not asked for again."""

    def __init__(self, stage: Stage, rows: RowList, work: Callable[[Coroutine[None, None, None]], object]) -> None:
        self._stage = stage
        self._rows = rows
        self._work = work
        self._counting = False
        self._heads: dict[str, str] = {}
        """Item → the commit up to which its lines have been counted."""

    def forget(self) -> None:
        """Another run is shown."""
        self._heads.clear()

    def look(self) -> None:
        """Has the items in view counted, when their lines are shown."""
        rows = self._rows
        if self._counting or not rows.layout_of(rows.line_width)["lines"]:
            return
        shown = (rows.key_at(line) for line in rows.view)
        missing = self._uncounted(row.id for row in shown if row is not None and row.kind == "item")
        if missing and self._stage.world.diffs is not None:
            self._counting = True
            self._work(self._count(missing))

    def _uncounted(self, item_ids: Iterable[str]) -> list[ItemState]:
        items = self._stage.model.state.items
        found = (items.get(item_id) for item_id in item_ids)
        return [item for item in found if item is not None and item.head and self._heads.get(item.item.id) != item.head]

    async def _count(self, items: Iterable[ItemState]) -> None:
        try:
            for item in items:
                self._heads[item.item.id] = item.head
                await self._count_one(item)
        finally:
            self._counting = False

    async def _count_one(self, item: ItemState) -> None:
        diffs = self._stage.world.diffs
        if diffs is None:
            return
        try:
            changes = await diffs.changes(item.base, item.head)
            counts = await diffs.counts(changes, ignore_whitespace=False)
        except ProdigyError:
            return
        known = [pair for pair in counts.values() if pair is not None]
        total = sum(added for added, _ in known), sum(removed for _, removed in known)
        self._stage.model.lines[item.item.id] = total
        self._rows.refresh_lines_of([Row("item", item.item.id)])
