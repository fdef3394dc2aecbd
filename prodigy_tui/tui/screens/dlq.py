"""The dead letter queue: what failed for good, every attempt of it, and the way back to work."""

from collections.abc import Iterable
from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.containers import Container
from textual.widget import Widget

from prodigy_tui.tui.actions.registry import bindings_for
from prodigy_tui.tui.desk import PlaceName
from prodigy_tui.tui.model.letters import item_story
from prodigy_tui.tui.model.line import Line
from prodigy_tui.tui.model.run import Dirty
from prodigy_tui.tui.screens.base import RunScreen
from prodigy_tui.tui.screens.stage import Stage
from prodigy_tui.tui.widgets.cursor import CursorList
from prodigy_tui.tui.widgets.letterlist import LetterList
from prodigy_tui.tui.widgets.page import Page


class DlqScreen(RunScreen):
    """Dead letters, and the story of the selected one."""

    place: ClassVar[PlaceName] = "dlq"
    hint_ids = ("agent.retry", "dlq.mark", "dlq.mark-all", "screen.log")
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings_for("replay", "moving", "dlq", "agent", "everywhere"),
        ("escape", "app.do('screen.fleet')", "Back"),
    ]

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self.letters = LetterList(stage.model, stage.feed.now, id="rows")
        self.story = Page(id="detail")

    def compose_body(self) -> Iterable[Widget]:
        self.story.entitle((("Every attempt", "strong"),))
        yield Container(self.letters, self.story, id="body")

    def on_mount(self) -> None:
        super().on_mount()
        self.letters.focus()

    def follow_body(self, dirty: Dirty) -> None:
        if dirty.state or dirty.rows or dirty.jumped:
            self.letters.follow()
            self._tell()

    def tick_body(self) -> None:
        self.letters.tick()
        self._tell()

    @on(CursorList.Selected)
    def _tell(self) -> None:
        chosen = self.letters.selected
        told: list[Line] = [(("nothing has failed for good", "success"),)]
        if chosen is not None:
            told = item_story(chosen, self.model.state, self.stage.feed.now(), self.model.zone)
        self.story.set_lines(told)

    @on(CursorList.Opened)
    def _opened(self) -> None:
        self.enter()

    @property
    def chosen_items(self) -> tuple[str, ...]:
        if self.letters.marked:
            return tuple(item_id for item_id in self.model.dead_letters if item_id in self.letters.marked)
        return super().chosen_items

    @property
    def current_item(self) -> str | None:
        return self.letters.selected

    def move(self, lines: int) -> None:
        if self.story.has_focus:
            self.story.move(lines)
        else:
            self.letters.move(lines)

    def page(self, direction: int) -> None:
        if self.story.has_focus:
            self.story.page(direction)
        else:
            self.letters.page(direction)

    def edge(self, direction: int) -> None:
        if self.story.has_focus:
            self.story.edge(direction)
        else:
            self.letters.edge(direction)

    def enter(self) -> None:
        if self.letters.selected is not None:
            self.stage.desk.go_to("log")

    def perform(self, deed: str) -> None:
        match deed:
            case "mark":
                self.letters.mark()
            case "mark-all":
                self.letters.mark_all()
            case "unmark":
                self.letters.unmark()
