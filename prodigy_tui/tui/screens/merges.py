"""The merges: what needs a person on top, the queue in order and why it waits, what is merged below."""

from collections.abc import Iterable
from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.containers import Container
from textual.widget import Widget

from prodigy_tui.tui.actions.registry import bindings_for
from prodigy_tui.tui.desk import PlaceName
from prodigy_tui.tui.model.line import Line
from prodigy_tui.tui.model.merge_lines import merge_facts
from prodigy_tui.tui.model.reviewing import Subject, subject_of
from prodigy_tui.tui.model.run import Dirty
from prodigy_tui.tui.screens.base import RunScreen
from prodigy_tui.tui.screens.stage import Stage
from prodigy_tui.tui.widgets.cursor import CursorList
from prodigy_tui.tui.widgets.mergelist import MergeList
from prodigy_tui.tui.widgets.page import Page


class MergesScreen(RunScreen):
    """The list, and what is known of the selected line."""

    place: ClassVar[PlaceName] = "merges"
    hint_ids = ("move.enter", "merge.open", "merge.sweep", "agent.diff")
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings_for("replay", "moving", "agent", "everywhere"),
        ("escape", "app.do('screen.fleet')", "Back"),
    ]

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self.queue = MergeList(stage.model, stage.feed.now, id="queue")
        self.facts = Page(id="detail")

    def compose_body(self) -> Iterable[Widget]:
        self.facts.entitle((("What is known", "strong"),))
        yield Container(self.queue, self.facts, id="body")

    def on_mount(self) -> None:
        super().on_mount()
        self.queue.focus()

    def begin_anew(self) -> None:
        self.queue.selected, self.queue.pinned = None, False

    def follow_body(self, dirty: Dirty) -> None:
        if dirty.state or dirty.jumped:
            self.queue.follow()
            self._tell()

    def tick_body(self) -> None:
        self.queue.tick()
        self._tell()

    @on(CursorList.Selected)
    def _tell(self) -> None:
        chosen = self.queue.selected
        told: list[Line] = [(("what agents finish is merged here, one after the other", "muted"),)]
        if chosen is not None:
            now, model = self.stage.feed.now(), self.model
            told = merge_facts(chosen, model.merges, model.state, now, model.zone)
        self.facts.set_lines(told)

    @on(CursorList.Opened)
    def _opened(self) -> None:
        self.enter()

    @property
    def current_item(self) -> str | None:
        chosen = self.queue.selected
        if chosen is None:
            return None
        if chosen.kind == "gate":
            gate = self.model.state.gates.get(chosen.id)
            return gate.item_id if gate is not None else None
        return chosen.id if chosen.kind in ("conflict", "merging", "queued", "merged") else None

    def _focused(self) -> MergeList | Page:
        return self.facts if self.facts.has_focus else self.queue

    def move(self, lines: int) -> None:
        self._focused().move(lines)

    def page(self, direction: int) -> None:
        self._focused().page(direction)

    def edge(self, direction: int) -> None:
        self._focused().edge(direction)

    def enter(self) -> None:
        chosen, desk = self.queue.selected, self.stage.desk
        if chosen is None or chosen.kind == "head":
            return
        if chosen.kind == "landing":
            desk.open_review(Subject("run"))
        elif chosen.kind == "gate":
            gate = self.model.state.gates.get(chosen.id)
            if gate is not None and gate.kind == "landing":
                desk.open_question(gate)
            elif gate is not None:
                desk.open_review(subject_of(gate))
        else:
            desk.open_review(Subject("item", chosen.id))
