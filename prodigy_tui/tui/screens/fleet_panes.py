"""The panes beside the fleet that show one item: its facts, and what it has changed."""

from functools import partial
from typing import Final

from textual.worker import Worker

from prodigy_tui.errors import ProdigyError
from prodigy_tui.events.item_state import ItemState
from prodigy_tui.events.schema import Envelope
from prodigy_tui.tui.model.cells import item_name
from prodigy_tui.tui.model.facts import item_facts
from prodigy_tui.tui.model.group_facts import group_lines
from prodigy_tui.tui.model.keynames import key
from prodigy_tui.tui.model.line import Line
from prodigy_tui.tui.model.phase_facts import phase_facts, step_facts
from prodigy_tui.tui.model.rows import Row
from prodigy_tui.tui.model.stories import Chronicle
from prodigy_tui.tui.model.text import agent_name, safe
from prodigy_tui.tui.screens.stage import Stage
from prodigy_tui.tui.widgets.page import DiffLines, Page

_SELECT: Final[Line] = (("select an agent", "muted"),)


class FactsPane(Page):
    """Everything that is known of an item."""

    def __init__(self, stage: Stage, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(id=id)
        self._stage = stage
        self._chronicle: Chronicle | None = None
        self._wanted: Row | None = None
        self._shown: Row | None = None

    def on_mount(self) -> None:
        self.entitle((("Facts", "strong"),))

    def on_show(self) -> None:
        # The terminal may have become large enough for the pane while nothing happened.
        self.tell(self._wanted)

    def tell(self, row: Row | None) -> None:
        """Says what is known now; nothing is made while the pane is hidden."""
        self._wanted = row
        if not self.display or not self.is_mounted:
            return
        if row != self._shown:
            self._shown = row
            self.edge(-1)
        self.set_lines(self._facts(row))

    def _facts(self, row: Row | None) -> list[Line]:
        model, now = self._stage.model, self._stage.feed.now()
        if row is not None and row.kind == "phase":
            return phase_facts(row.id, model.state, now, model.zone)
        if row is not None and row.kind == "step":
            return step_facts(row.id, model.state, now, model.zone)
        if row is not None and row.kind == "fold":
            return group_lines(row, model.rows.section(row.id), model.glance(now))
        item = model.state.items.get(row.id) if row is not None and row.kind == "item" else None
        if item is None:
            return [_SELECT]
        story = self._chronicled(item) if model.past else model.stories.of(item.item.id)
        return item_facts(item.item.id, model.glance(now), story, model.zone)

    def _chronicled(self, item: ItemState) -> tuple[Envelope, ...]:
        replay = self._stage.desk.replay
        if replay is None:
            return ()
        if self._chronicle is None or self._chronicle.events is not replay.timeline.events:
            self._chronicle = Chronicle(replay.timeline.events)
        return self._chronicle.of(item.item.id, item.started_seq, replay.cursor)


class ChangesPane(Page):
    """What an item has changed, as one text; a review shows more."""

    def __init__(self, stage: Stage, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(wrapped=False, id=id)
        self._stage = stage
        self._wanted: Row | None = None
        self._shown = ("", "")

    def on_show(self) -> None:
        self.tell(self._wanted)

    def tell(self, row: Row | None) -> None:
        """Shows the changes of an item; they are read only when they are others, and while the pane is shown."""
        self._wanted = row
        if not self.display or not self.is_mounted:
            return
        state, diffs = self._stage.model.state, self._stage.world.diffs
        item = state.items.get(row.id) if row is not None and row.kind == "item" else None
        if item is None or not item.head or diffs is None:
            self._shown = ("", "")
            why = _SELECT[0][0] if item is None else "nothing has been committed yet"
            if row is not None and row.kind == "fold":
                why = f"a group is selected: {key('move.enter')} on it shows its agents"
            self.entitle((("Changes", "strong"),))
            self.set_lines([((why if diffs is not None else "the repository is not at hand", "muted"),)])
            return
        if (item.base, item.head) == self._shown:
            return
        self._shown = (item.base, item.head)
        name = f" {agent_name(item.position)} {item_name(item)}"
        self.entitle((("Changes", "strong"), (name, "muted")), (("enter reviews", "muted"),))
        self.set_lines([(("reading the changes…", "muted"),)])
        # Not the coroutine itself: one that another item replaces before it began would be left unawaited.
        _: Worker[None] = self.run_worker(partial(self._load, item.base, item.head), exclusive=True)

    async def _load(self, base: str, head: str) -> None:
        diffs = self._stage.world.diffs
        if diffs is None:
            return
        try:
            text = await diffs.diff(base, head)
        except ProdigyError as error:
            self.set_lines([((safe(str(error)), "error"),)])
            return
        if (base, head) == self._shown:
            self.edge(-1)
            self.set_lines(DiffLines(text) if text else [(("no difference", "muted"),)])
