"""The fleet: every agent in a list, and beside or below it what the selected one prints."""

from collections.abc import Iterable
from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.containers import Container
from textual.widget import Widget
from textual.widgets import Input

from prodigy_tui.tui.actions.registry import bindings_for
from prodigy_tui.tui.desk import PlaceName
from prodigy_tui.tui.model.letters import item_story
from prodigy_tui.tui.model.line import Line
from prodigy_tui.tui.model.rows import Row
from prodigy_tui.tui.model.run import Dirty
from prodigy_tui.tui.screens.base import RunScreen
from prodigy_tui.tui.screens.stage import Stage
from prodigy_tui.tui.widgets.bars import Ticker
from prodigy_tui.tui.widgets.cursor import CursorList
from prodigy_tui.tui.widgets.logview import LogView
from prodigy_tui.tui.widgets.page import Page
from prodigy_tui.tui.widgets.rowlist import RowList


class FleetScreen(RunScreen):
    """The list of agents, the selected one's log or story, and the activity log where there is room."""

    place: ClassVar[PlaceName] = "fleet"
    hint_ids = ("merge.open", "agent.diff", "screen.log", "agent.retry", "agent.stop", "next-for-me", "run.pause")
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings_for("replay", "moving", "agent", "log", "everywhere"),
        ("escape", "back", "Back"),
    ]

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self.rows = RowList(stage.model, stage.feed.now, id="rows")
        self.log_view = LogView(stage.model, stage.feed.now, stage.world.outputs, id="log")
        self.story = Page(id="story")
        self.ticker = Ticker(stage.model, stage.feed.now, id="ticker")
        self.filter_input = Input(placeholder="words · !word · enter keeps · esc clears", id="filter", compact=True)

    def compose_body(self) -> Iterable[Widget]:
        self.story.entitle((("Story", "strong"),))
        self.ticker.entitle((("Activity", "strong"),))
        self._open_filter(False)
        yield self.filter_input
        yield Container(self.rows, self.log_view, self.story, id="body")
        yield self.ticker

    def on_mount(self) -> None:
        super().on_mount()
        self.rows.focus()

    def follow_body(self, dirty: Dirty) -> None:
        self.rows.follow(dirty)
        self.log_view.follow(dirty)
        self._tell_story()
        if dirty.state:
            self.ticker.update()

    def tick_body(self) -> None:
        self.rows.tick()
        self._tell_story()

    @on(CursorList.Selected)
    def _selected(self, event: CursorList.Selected) -> None:
        row = event.key
        if isinstance(row, Row) and row.kind not in ("fold", "gate"):
            self.log_view.show(row)
            self._tell_story()

    @on(CursorList.Opened)
    def _opened(self) -> None:
        self.enter()

    def _tell_story(self) -> None:
        if not self.story.display:
            return
        row = self.log_view.row
        told: list[Line] = [(("select an agent", "muted"),)]
        if row is not None and row.kind == "item":
            told = item_story(row.id, self.model.state, self.stage.feed.now(), self.model.zone)
        self.story.set_lines(told)

    @property
    def shown_row(self) -> Row | None:
        """The row whose output is shown."""
        return self.log_view.row

    @property
    def current_item(self) -> str | None:
        row = self.rows.selected
        return row.id if row is not None and row.kind == "item" else None

    @property
    def is_reading(self) -> bool:
        return not self.log_view.settled

    def show_item(self, item_id: str) -> None:
        """Puts the cursor on an item."""
        self.rows.select(Row("item", item_id))

    def move(self, lines: int) -> None:
        self.rows.pinned = True
        if self.log_view.has_focus:
            self.log_view.scroll_lines(lines)
        elif self.story.has_focus:
            self.story.move(lines)
        else:
            self.rows.move(lines)

    def page(self, direction: int) -> None:
        if self.log_view.has_focus:
            self.log_view.page(direction)
        elif self.story.has_focus:
            self.story.page(direction)
        else:
            self.rows.page(direction)

    def edge(self, direction: int) -> None:
        if self.log_view.has_focus:
            self.log_view.edge(direction)
        elif self.story.has_focus:
            self.story.edge(direction)
        else:
            self.rows.edge(direction)

    def enter(self) -> None:
        row = self.rows.key_at(self.rows.index)
        desk = self.stage.desk
        if row is None:
            return
        if row.kind == "fold":
            self.rows.toggle(row.id)
        elif row.kind == "gate":
            if (gate := self.model.state.gates.get(row.id)) is not None:
                desk.open_question(gate)
        else:
            desk.go_to("log")

    def perform(self, deed: str) -> None:
        match deed:
            case "filter":
                self._open_filter(True)
                self.filter_input.focus()
            case "facts":
                self.set_class(not self.has_class("-story"), "-story")
                self.call_after_refresh(self._tell_story)
            case "follow":
                self.rows.pinned = True
                self.log_view.hold_or_follow()
            case "left" | "right":
                self.log_view.sideways(1 if deed == "right" else -1)

    def action_back(self) -> None:
        """One level back: the filter first, then the focus; never out of the program."""
        if self.filter_input.display or self.model.rows.filter:
            self._set_filter("")
            self.filter_input.value = ""
            self._open_filter(False)
        self.rows.focus()

    @on(Input.Changed, "#filter")
    def _filter_changed(self, event: Input.Changed) -> None:
        self._set_filter(event.value)

    @on(Input.Submitted, "#filter")
    def _filter_kept(self) -> None:
        self._open_filter(False)
        self.rows.focus()

    def _open_filter(self, wanted: bool) -> None:
        """A filter that is not shown takes no keys either, not even those typed before the first frame."""
        self.filter_input.display = wanted
        self.filter_input.disabled = not wanted

    def _set_filter(self, text: str) -> None:
        self.model.rows.set_filter(text, self.model.state)
        self.rows.follow(Dirty(rows=True))
