"""The fleet: every agent in a list or as a heat map, and beside or below it log, changes or facts of one of them."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar, Literal

from textual import on
from textual.binding import BindingType
from textual.containers import Container
from textual.widget import Widget

from prodigy_tui.tui.actions.registry import bindings_for
from prodigy_tui.tui.desk import PlaceName
from prodigy_tui.tui.model.filtering import FilterWrong
from prodigy_tui.tui.model.rows import Row
from prodigy_tui.tui.model.run import Dirty
from prodigy_tui.tui.screens.base import RunScreen
from prodigy_tui.tui.screens.fleet_choices import FleetChoices
from prodigy_tui.tui.screens.fleet_panes import ChangesPane, FactsPane
from prodigy_tui.tui.screens.line_counting import LineCounter
from prodigy_tui.tui.screens.log_deeds import LogDeeds
from prodigy_tui.tui.screens.stage import Stage
from prodigy_tui.tui.widgets.bars import Ticker
from prodigy_tui.tui.widgets.cursor import CursorList
from prodigy_tui.tui.widgets.filterbox import FilterBox
from prodigy_tui.tui.widgets.heatmap import HeatMap
from prodigy_tui.tui.widgets.logview import LogView
from prodigy_tui.tui.widgets.rowlist import RowList

if TYPE_CHECKING:
    from textual.widgets import Input

_BESIDE = 116
"""Columns from which on there is a pane beside the list."""


class FleetScreen(RunScreen):
    """The list of agents, the selected one's log, changes or facts, and the activity log where there is room."""

    place: ClassVar[PlaceName] = "fleet"
    hint_ids = (
        "merge.open", "agent.diff", "screen.log", "agent.retry", "view.facts", "agent.stop", "next-for-me", "run.pause"
    )  # fmt: skip
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings_for("replay", "moving", "fleet", "agent", "log", "everywhere"),
        ("escape", "back", "Back"),
    ]

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self.rows = RowList(stage.model, stage.feed.now, id="rows")
        self.heat = HeatMap(stage.model, stage.feed.now, id="heat")
        self.log_view = LogView(stage.model, stage.feed.now, lambda: stage.world.outputs, wake=stage.wake, id="log")
        self.log_deeds = LogDeeds(self, self.log_view)
        self.story = FactsPane(stage, id="story")
        self.changes = ChangesPane(stage, id="changes")
        self.ticker = Ticker(stage.model, stage.feed.now, id="ticker")
        self.filter_box = FilterBox()
        self.choices = FleetChoices(self)
        self.counter = LineCounter(stage, self.rows, self.run_worker)
        self._heat_from = 0
        """Where the cursor of the heat map was when it was shown."""
        # To be asked costs them as much as a start: not before the first picture, however long that takes.
        stage.model.attempts_of = lambda state: (
            stage.world.attempts(state) if stage.world.attempts and stage.feed.is_pictured else None
        )

    def compose_body(self) -> Iterable[Widget]:
        self.ticker.entitle((("Activity", "strong"),))
        yield self.filter_box
        yield Container(self.rows, self.heat, self.log_view, self.changes, self.story, id="body")
        yield self.ticker

    def on_mount(self) -> None:
        super().on_mount()
        self.rows.focus()

    def begin_anew(self) -> None:
        self.rows.begin_anew()
        self.heat.begin_anew()
        self.counter.forget()
        self.log_view.show(None)
        self.filter_box.clear()
        self.filter_box.show(False)

    def follow_body(self, dirty: Dirty) -> None:
        if self.heat_shown:
            self.heat.follow(dirty)
        else:
            self.rows.follow(dirty)
        self.log_view.follow(dirty)
        row = self.shown_row
        if dirty.jumped or (row is not None and row.id in dirty.told):
            self._tell()
        if dirty.state:
            self.ticker.update()

    def tick_body(self) -> None:
        if self.model.settle(self.stage.feed.now()):
            self.follow_body(Dirty(rows=True))
        (self.heat if self.heat_shown else self.rows).tick()
        self.story.tell(self.shown_row)
        self.counter.look()

    @on(CursorList.Selected)
    def _selected(self, event: CursorList.Selected) -> None:
        row = event.key
        if isinstance(row, Row):
            self._show(row)

    @on(HeatMap.Chosen)
    def _chosen(self, event: HeatMap.Chosen) -> None:
        self._show(Row("item", event.item_id))

    @on(CursorList.Opened)
    @on(HeatMap.Opened)
    def _opened(self) -> None:
        self.enter()

    def _show(self, row: Row) -> None:
        self.log_view.show(row)
        self._tell()
        self._update_bars()
        self.counter.look()

    def _tell(self) -> None:
        self.story.tell(self.shown_row)
        self.changes.tell(self.shown_row)

    @property
    def filter_input(self) -> "Input":
        """Where a filter is typed."""
        return self.filter_box.input

    @property
    def heat_shown(self) -> bool:
        """Whether the heat map stands in the place of the list."""
        return self.has_class("-heat")

    @property
    def shown_row(self) -> Row | None:
        """The row whose output is shown."""
        return self.log_view.row

    @property
    def current_item(self) -> str | None:
        if self.heat_shown:
            return self.heat.selected
        row = self.rows.selected
        return row.id if row is not None and row.kind == "item" else None

    @property
    def chosen_items(self) -> tuple[str, ...]:
        return self.model.marks.in_order(self.model.state) or super().chosen_items

    def read_on(self) -> bool:
        return self.log_view.read_on()

    def show_item(self, item_id: str) -> None:
        """Puts the cursor on an item."""
        if self.heat_shown:
            self.heat.select(item_id)
        self.rows.select(Row("item", item_id))

    def move(self, lines: int) -> None:
        self.rows.pinned = True
        if self.log_view.has_focus:
            self.log_view.scroll_lines(lines)
        else:
            self._moved.move(lines)

    def page(self, direction: int) -> None:
        if self.log_view.has_focus:
            self.log_view.page(direction)
        else:
            self._moved.page(direction)

    def edge(self, direction: int) -> None:
        if self.log_view.has_focus:
            self.log_view.edge(direction)
        else:
            self._moved.edge(direction)

    @property
    def _moved(self) -> "RowList | HeatMap | FactsPane | ChangesPane":
        """What arrows move, unless the log has the focus."""
        pane = next((pane for pane in (self.story, self.changes) if pane.has_focus), None)
        return pane or (self.heat if self.heat_shown else self.rows)

    def enter(self) -> None:
        if self.log_view.has_focus:
            self.log_view.turn_fold()
            return
        row = self.rows.key_at(self.rows.index)
        desk = self.stage.desk
        if self.changes.has_focus:
            desk.open_diff()
        elif self.heat_shown:
            desk.go_to("log")
        elif row is None:
            return
        elif row.kind == "fold":
            self.rows.toggle(row.id)
            self._show(row)
        elif row.kind == "gate":
            if (gate := self.model.state.gates.get(row.id)) is not None:
                desk.open_question(gate)
        else:
            desk.go_to("log")

    def perform(self, deed: str) -> None:
        match deed:
            case "filter" if self.log_view.has_focus:
                self.log_deeds.perform("look")
            case "filter":
                self.filter_box.show(True)
                self.filter_input.focus()
            case "filter-clear":
                self._clear_filter()
            case "failures":
                self.model.set_failures(not self.model.rows.failures, self.stage.feed.now())
                self.redraw()
            case "facts" | "diff":
                self._turn("story" if deed == "facts" else "diff")
            case "heat":
                self._turn_heat()
            case "mark" | "mark-all" | "unmark":
                self._mark(deed)
            case "follow":
                self.rows.pinned = True
                self.log_view.hold_or_follow()
            case "cell-left" | "cell-right":
                self.heat.sideways(1 if deed == "cell-right" else -1)
            case "left" | "right" if self.heat_shown and self.heat.has_focus:
                self.heat.sideways(1 if deed == "right" else -1)
            case "left" | "right":
                self.log_view.sideways(1 if deed == "right" else -1)
            case _ if self.log_deeds.perform(deed):
                pass
            case _:
                self.choices.perform(deed)

    def redraw(self) -> None:
        """Draws the list again after its order, filter or marks have changed."""
        dirty = Dirty(rows=True)
        self.rows.follow(dirty)
        if self.heat_shown:
            self.heat.follow(dirty)

    def _turn(self, pane: Literal["story", "diff"]) -> None:
        """Shows facts or changes instead of the log, and back; where there is no room for changes they open alone."""
        if pane == "diff" and self.app.size.width < _BESIDE:
            self.stage.desk.open_diff()
            return
        wanted = not self.has_class(f"-{pane}")
        self.set_class(wanted and pane == "story", "-story")
        self.set_class(wanted and pane == "diff", "-diff")
        if not wanted and (self.story.has_focus or self.changes.has_focus):
            self.rows.focus()
        self.call_after_refresh(self._tell)

    def _turn_heat(self) -> None:
        """Shows the heat map instead of the list, and back; the same agent stays selected."""
        item_id = self.current_item
        self.set_class(not self.heat_shown, "-heat")
        if self.heat_shown:
            self.heat.follow(Dirty(jumped=True))
            if item_id is not None:
                self.heat.select(item_id)
            self._heat_from = self.heat.index
            self.heat.focus()
        else:
            if item_id is not None and self.heat.index != self._heat_from:
                self.rows.select(Row("item", item_id))
            self.rows.follow(Dirty(rows=True))
            self.rows.focus()

    def _mark(self, deed: str) -> None:
        match deed:
            case "mark" if self.heat_shown:
                self.heat.mark()
            case "mark":
                self.rows.mark()
            case "mark-all":
                self.model.marks.toggle_all(self.model.rows.item_ids())
                self.redraw()
            case _:
                self.model.marks.clear()
                self.redraw()

    def action_back(self) -> None:
        """One level back: the filter, then the pane, then marks, then the run; never out of the program."""
        if self.log_view.has_focus and self.log_deeds.back():
            return
        if self.filter_box.display or self.model.rows.narrowed:
            self._clear_filter()
        elif self.has_class("-story") or self.has_class("-diff"):
            self.remove_class("-story", "-diff")
        elif len(self.model.marks) and self._moved in (self.rows, self.heat) and not self.log_view.has_focus:
            self._mark("unmark")
        elif (self.heat if self.heat_shown else self.rows).has_focus:
            self._leave()
        (self.heat if self.heat_shown else self.rows).focus()

    def _leave(self) -> None:
        """Goes out of the past, or else to where the run was chosen."""
        desk = self.stage.desk
        if not desk.travel.step_out() and self.stage.feed.began_empty:
            desk.go_to("home")

    def _clear_filter(self) -> None:
        if self.model.rows.failures:
            self.model.set_failures(False, self.stage.feed.now())
        self.set_filter("")
        self.filter_box.clear()
        self.filter_box.show(False)

    # Called by their names, not by the class of the box, which is not loaded before a filter is typed.

    def on_input_changed(self, event: "Input.Changed") -> None:
        """Filters as is typed."""
        self.set_filter(event.value)

    def on_input_submitted(self) -> None:
        """Keeps the filter."""
        if not self.filter_box.note.trouble:
            self.filter_box.show(False)
            (self.heat if self.heat_shown else self.rows).focus()

    def set_filter(self, text: str) -> None:
        """Filters by what was typed; what cannot be understood changes nothing and is said beside it."""
        try:
            self.model.set_filter(text, self.stage.feed.now(), self.stage.world.expressions)
        except FilterWrong as wrong:
            self.filter_box.tell(str(wrong))
            return
        self.filter_box.tell("")
        self.redraw()
