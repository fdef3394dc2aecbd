"""What the screens about many runs share: they look at the records while they are up, and only then."""

from datetime import datetime
from typing import ClassVar, Final

from textual.binding import BindingType
from textual.timer import Timer
from textual.worker import Worker

from prodigy_tui.tui.actions.registry import hints
from prodigy_tui.tui.model.home import home_title
from prodigy_tui.tui.model.line import Line, between
from prodigy_tui.tui.records import Records
from prodigy_tui.tui.screens.base import RunScreen
from prodigy_tui.tui.screens.stage import Stage
from prodigy_tui.tui.widgets.bars import WIDE, RunBar

LOOK_EVERY_S: Final = 3.0
_MORE_S: Final = 0.05
"""How soon it is looked again when there was not time for all."""


class RecordsTitle(RunBar):
    """Where this is, how many runs are live and how much waits; on wide screens the tabs below."""

    def __init__(self, screen: "RecordsScreen") -> None:
        super().__init__(screen.model, screen.now)
        self._of = screen

    def lines(self, width: int) -> list[Line]:
        title = between(home_title(self._of.records.found), self._of.look_note(), width)
        return [title] if width < WIDE else [title, self._of._tabs()]

    def clicked(self, row: int, place: int, line: Line) -> None:  # noqa: ARG002  # as of all bars
        if row == 1:
            self._of.open_tab(place)


class RecordsScreen(RunScreen):
    """A screen about the runs on disk. Keys mean runs here, also while the past of one is shown behind it."""

    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self._timer: Timer | None = None
        self._looking: Worker[None] | None = None

    @property
    def records(self) -> Records:
        """The way to other runs."""
        return self.stage.desk.records

    def now(self) -> datetime:
        """Returns the present: what is said of other runs is never of the moment of a past one that is shown."""
        return self.stage.feed.clock.now()

    def make_title(self) -> RunBar:
        return RecordsTitle(self)

    def on_mount(self) -> None:
        super().on_mount()
        self._timer = self.set_interval(LOOK_EVERY_S, self.look, pause=True)

    def on_screen_resume(self) -> None:
        super().on_screen_resume()
        if self._timer is not None:
            self._timer.resume()
        self.look()

    def on_screen_suspend(self) -> None:
        super().on_screen_suspend()
        if self._timer is not None:
            self._timer.pause()

    def look(self) -> None:
        """Looks at the records, unless that is being done."""
        if self._looking is None or self._looking.is_finished:
            self._looking = self.run_worker(self._look(), group="look")

    async def _look(self) -> None:
        await self.records.look()
        if not self.is_attached:
            return
        self.found()
        self._update_bars()
        if self.records.found.unread and self.is_current:
            self.set_timer(_MORE_S, self.look)

    def found(self) -> None:
        """Shows what has been found."""
        raise NotImplementedError

    def look_note(self) -> Line:
        """Returns what is said of the look itself."""
        records = self.records
        if records.trouble:
            return ((f"{records.trouble} ", "error"),)
        if not records.looked:
            return (("looking… ", "muted"),)
        return ((f"{records.found.unread} more being read… ", "muted"),) if records.found.unread else ()

    def _hints(self) -> list[tuple[str, str]]:
        return hints(self.hint_ids, self.stage.desk)
