"""Logs over the whole screen: one, several as one by time, or tiles of up to nine."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual.binding import BindingType
from textual.widget import Widget

from prodigy_tui.storage.output import OutputReader
from prodigy_tui.tui.actions.registry import bindings_for
from prodigy_tui.tui.desk import PlaceName
from prodigy_tui.tui.model.line import Line
from prodigy_tui.tui.model.log_choices import Choice, choice_line, choices
from prodigy_tui.tui.model.rows import Row
from prodigy_tui.tui.model.run import Dirty
from prodigy_tui.tui.screens.base import RunScreen
from prodigy_tui.tui.screens.choose_log import ChooseLogScreen
from prodigy_tui.tui.screens.log_deeds import LogDeeds
from prodigy_tui.tui.screens.stage import Stage
from prodigy_tui.tui.widgets.logview import LogView
from prodigy_tui.tui.widgets.tiles import TileWall


class LogScreen(RunScreen):
    """What agents print."""

    place: ClassVar[PlaceName] = "log"
    hint_ids = ("log.look", "log.choose", "log.tiles", "log.merged", "log.follow", "agent.diff", "merge.open")
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings_for("replay", "moving", "agent", "log", "everywhere"),
        ("escape", "back", "Back"),
    ]

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self.log_view = LogView(stage.model, stage.feed.now, lambda: stage.world.outputs, wake=stage.wake, id="log")
        self.wall = TileWall(stage.model, stage.feed.now, lambda: stage.world.outputs, id="tiles")
        self.wall.display = False
        self._deeds = LogDeeds(self, self.log_view)
        self._row: Row | None = None
        self.opened_from: PlaceName = "fleet"
        """Where esc goes back to: a list of agents that somebody went into."""

    def compose_body(self) -> Iterable[Widget]:
        yield self.log_view
        yield self.wall

    @property
    def tiled(self) -> bool:
        """Whether several logs are shown side by side."""
        return self.wall.display

    def show(self, row: Row | None) -> None:
        """Points the screen at the output of a row."""
        self._turn(tiled=False)
        if self._row == row and self.log_view.subject.row == row and self.log_view.subject.merged is None:
            return  # with what is looked for, and where it was left
        self._row = row
        if self.is_mounted:
            self.log_view.show(row)

    def show_several(self, items: Sequence[str], *, tiled: bool) -> None:
        """Shows the logs of some items, or of all that are at work; what is shown already gives way to the one log."""
        merged = self.log_view.subject.merged is not None
        if self.is_current and (self.tiled if tiled else merged and not self.tiled):
            self._turn(tiled=False)
            if merged:
                self.log_view.show(self._row)
        elif tiled:
            self.wall.tiles.show(items)
            self._turn(tiled=True)
        else:
            self._turn(tiled=False)
            self.log_view.show_merged(items)

    def _turn(self, *, tiled: bool) -> None:
        self.wall.display, self.log_view.display = tiled, not tiled
        if self.is_mounted:
            (self.wall if tiled else self.log_view).focus()
            self.wall.call_after_refresh(self.wall.update)

    def on_mount(self) -> None:
        super().on_mount()
        if self.log_view.subject.merged is None:
            self.log_view.show(self._row)
        (self.wall if self.tiled else self.log_view).focus()

    def begin_anew(self) -> None:
        self._row = None
        self.opened_from = "fleet"
        self._turn(tiled=False)
        self.log_view.look_for(None)
        self.log_view.show(None)

    def follow_body(self, dirty: Dirty) -> None:
        if self.tiled:
            self.wall.update()
        else:
            self.log_view.follow(dirty)

    def tick_body(self) -> None:
        if self.tiled:
            self.wall.update()

    @property
    def current_item(self) -> str | None:
        if self.tiled:
            return self.wall.tiles.item
        return self._row.id if self._row is not None and self._row.kind == "item" else None

    def read_on(self) -> bool:
        return not self.tiled and self.log_view.read_on()

    def move(self, lines: int) -> None:
        if self.tiled:
            self.wall.move_rows(lines)
        else:
            self.log_view.scroll_lines(lines)

    def page(self, direction: int) -> None:
        if not self.tiled:
            self.log_view.page(direction)

    def edge(self, direction: int) -> None:
        if self.tiled:
            self.wall.move(direction * len(self.wall.tiles.tiles))
        else:
            self.log_view.edge(direction)

    def enter(self) -> None:
        if not self.tiled:
            self.log_view.turn_fold()
        elif (item_id := self.wall.tiles.item) is not None:
            self.show(Row("item", item_id))

    def perform(self, deed: str) -> None:
        if self.tiled and deed in ("left", "right"):
            self.wall.move(1 if deed == "right" else -1)
        elif deed == "choose":
            self._choose()
        else:
            if self.tiled and deed not in ("left", "right"):
                self.enter()
            self._deeds.perform(deed)

    def action_back(self) -> None:
        """One level back: what is looked for, several logs, the screen."""
        if not self.tiled and self._deeds.back():
            return
        if self.tiled or self.log_view.subject.merged is not None:
            self._turn(tiled=False)
            self.log_view.show(self._row)
        else:
            self.stage.desk.go_to(self.opened_from)

    def _choose(self) -> None:
        """Lets a person choose what to open."""
        log, state, outputs = self.log_view, self.model.state, self.stage.world.outputs

        def is_there(stream: str) -> bool:
            return outputs is not None and not OutputReader(outputs / stream).missing

        def line_of(choice: Choice) -> Line:
            return choice_line(choice, log.picture, state, self.model.zone)

        found = choices(log.subject, log.picture, state, is_there=is_there)
        self.app.push_screen(ChooseLogScreen(found, line_of), self._chosen)

    def _chosen(self, choice: Choice | None) -> None:
        if choice is None:
            return
        self._turn(tiled=False)
        if choice.line is not None:
            self.log_view.go_to_line(choice.line)
            return
        if choice.row is not None:
            self._row = choice.row
        self.log_view.show(choice.row, choice.attempt, stream=choice.stream)
