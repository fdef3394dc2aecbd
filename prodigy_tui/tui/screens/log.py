"""The log of one agent over the whole screen."""

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import BindingType
from textual.widget import Widget

from prodigy_tui.tui.actions.registry import bindings_for
from prodigy_tui.tui.desk import PlaceName
from prodigy_tui.tui.model.rows import Row
from prodigy_tui.tui.model.run import Dirty
from prodigy_tui.tui.screens.base import RunScreen
from prodigy_tui.tui.screens.stage import Stage
from prodigy_tui.tui.widgets.logview import LogView


class LogScreen(RunScreen):
    """What the agent selected in the fleet prints."""

    place: ClassVar[PlaceName] = "log"
    hint_ids = ("log.follow", "agent.diff", "merge.open", "agent.stop", "agent.retry")
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings_for("replay", "moving", "agent", "log", "everywhere"),
        ("escape", "app.do('screen.fleet')", "Back"),
    ]

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self.log_view = LogView(stage.model, stage.feed.now, stage.world.outputs, id="log")
        self._row: Row | None = None

    def compose_body(self) -> Iterable[Widget]:
        yield self.log_view

    def show(self, row: Row | None) -> None:
        """Points the screen at the output of a row."""
        self._row = row
        if self.is_mounted:
            self.log_view.show(row)

    def on_mount(self) -> None:
        super().on_mount()
        self.log_view.show(self._row)
        self.log_view.focus()

    def follow_body(self, dirty: Dirty) -> None:
        self.log_view.follow(dirty)

    @property
    def current_item(self) -> str | None:
        return self._row.id if self._row is not None and self._row.kind == "item" else None

    @property
    def is_reading(self) -> bool:
        return not self.log_view.settled

    def move(self, lines: int) -> None:
        self.log_view.scroll_lines(lines)

    def page(self, direction: int) -> None:
        self.log_view.page(direction)

    def edge(self, direction: int) -> None:
        self.log_view.edge(direction)

    def perform(self, deed: str) -> None:
        match deed:
            case "follow":
                self.log_view.hold_or_follow()
            case "left" | "right":
                self.log_view.sideways(1 if deed == "right" else -1)
