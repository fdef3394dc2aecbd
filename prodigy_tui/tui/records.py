"""The way to other runs: what there is, opening one, figures, comparisons, and starting a workflow."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from prodigy_tui.errors import ProdigyError
from prodigy_tui.tui.model.line import BLANK, Line
from prodigy_tui.tui.model.text import safe

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from prodigy_tui.report.compare import Comparison
    from prodigy_tui.report.model import Report
    from prodigy_tui.tui.desk import PlaceName
    from prodigy_tui.tui.feed import Feed
    from prodigy_tui.tui.model.recorded import Found, PlannedRun, RunSummary
    from prodigy_tui.tui.model.run import RunModel
    from prodigy_tui.tui.ports import World
    from prodigy_tui.tui.recordports import Form, OpenedRun, RunsSource
    from prodigy_tui.tui.viewing import Viewing

T = TypeVar("T")
NO_SOURCE: Final = "the records of other runs are not at hand here"


class Turner(Protocol):
    """Turns the interface to another run, and does work beside it."""

    def show(self, feed: Feed, world: World, *, closing: Callable[[], None] = ...) -> None: ...
    def back(self) -> bool: ...
    def work_beside(self, work: Coroutine[None, None, None]) -> None: ...
    def say_from_afar(self, text: str) -> None:
        """Says something; from any thread."""
        ...

    def close_to_start(self) -> None:
        """Closes the interface, so that something else can be started."""
        ...


class Teller(Protocol):
    """Says what came of it, and goes places."""

    def say(self, text: str) -> None: ...
    def go_to(self, place: PlaceName) -> None: ...
    def open_run_comparison(self, comparison: Comparison) -> None: ...
    def confirm(self, title: str, told: list[Line], verb: str, do: Callable[[], None]) -> None: ...
    def tell(self, title: str, told: list[Line]) -> None: ...


class Records:
    """What one app knows of the runs on disk. Without a source it knows only the run that is shown."""

    def __init__(
        self, source: RunsSource | None, turner: Turner, teller: Teller, viewing: Viewing, model: RunModel
    ) -> None:
        self._source = source
        self._turner = turner
        self._teller = teller
        self._viewing = viewing
        self._model = model
        self.trouble = ""
        """Why the last look failed."""
        self.looked = False
        """Whether anything has been looked at yet."""
        self.report_of = ""
        """The run whose report is asked for; empty: the one that is shown."""

    @cached_property
    def found(self) -> Found:
        """What there was when it was looked last."""
        from prodigy_tui.tui.model.recorded import Found

        return Found()

    @property
    def at_hand(self) -> bool:
        """Whether there are records to look at."""
        return self._source is not None

    def run(self, run_id: str) -> RunSummary | None:
        """Returns what is known of a run."""
        return next((run for run in self.found.runs if run.run_id == run_id), None)

    async def look(self) -> None:
        """Looks what there is; the last picture stays when that fails."""
        if self._source is None:
            self.trouble = NO_SOURCE
            return
        try:
            self.found, self.trouble = await self._source.look(), ""
        except ProdigyError as error:
            self.trouble = safe(str(error))
        self.looked = True

    async def report(self, run_id: str, upto: int | None = None) -> Report | None:
        """Returns the figures of a run; `None` when they cannot be had, and says why."""
        return await self._asked(lambda source: source.report(run_id, upto))

    def open(self, run_id: str, place: PlaceName = "fleet") -> None:
        """Shows a run, in a moment."""
        if not self._viewing.empty and run_id == self._model.state.run_id:
            self._teller.go_to(place)
            return
        self._turner.work_beside(self._open(run_id, place))

    async def _open(self, run_id: str, place: PlaceName) -> None:
        driven = self._viewing.driven_state
        if driven is not None and driven.run_id == run_id:
            while self._turner.back():
                pass
            self._teller.go_to(place)
            return
        opened: OpenedRun | None = await self._asked(lambda source: source.open(run_id, self._turner.say_from_afar))
        if opened is not None:
            self._turner.show(opened.feed, opened.world, closing=opened.closing)
            self._teller.go_to(place)

    def compare(self, a: str, b: str) -> None:
        """Shows what differs between two runs, the older one first."""
        self._turner.work_beside(self._compare(a, b))

    async def _compare(self, a: str, b: str) -> None:
        comparison: Comparison | None = await self._asked(lambda source: source.compare(a, b))
        if comparison is not None:
            self._teller.open_run_comparison(comparison)

    def export(self, run_id: str, form: Form) -> None:
        """Writes the report of a run into a file."""
        self._turner.work_beside(self._export(run_id, form))

    async def _export(self, run_id: str, form: Form) -> None:
        written: str | None = await self._asked(lambda source: source.export(run_id, form))
        if written is not None:
            self._teller.say(f"written to {safe(written)}")

    def plan(self, path: str) -> None:
        """Shows what a workflow would do, and asks whether it is started."""
        self._turner.work_beside(self._plan(path))

    async def _plan(self, path: str) -> None:
        source = self._source
        plan: PlannedRun | None = await self._asked(lambda source: source.plan(path))
        if plan is None or source is None:
            return
        from prodigy_tui.tui.model.home import plan_lines

        title, told = safe(plan.path, 60), plan_lines(plan)
        why_not = plan.problem or source.no_start()
        if why_not:
            self._teller.tell(title, told if plan.problem else [((safe(why_not), "warning"),), *told])
            return

        def start() -> None:
            source.start(path)
            self._turner.close_to_start()

        self._teller.confirm(title, told, "starts it: this screen gives way to the run's own", start)

    @property
    def may_take_up(self) -> bool:
        """Whether this process can take up a run that nobody drives."""
        return self._source is not None and not self._source.no_start()

    @property
    def takes_up(self) -> bool:
        """Whether the run that is shown is at rest, seen as it is now, and can be taken up from here."""
        viewing, replay = self._viewing, self._viewing.replay
        if replay is None or not viewing.world.lies_here or not self.may_take_up:
            return False
        at_end = replay.reading is None and replay.cursor >= replay.timeline.last_seq
        return at_end and viewing.live is None and not replay.trouble and self._model.state.caller is None

    def take_up(self, what: str, command: str) -> None:
        """Asks whether the run is taken up, and has it done: this screen gives way to one in which it goes on."""
        run_id = self._model.state.run_id

        def begin() -> None:
            self._turner.work_beside(self._take_up(run_id, command))

        asked: list[Line] = [
            ((what, "strong"),),
            (("the run is at rest: this screen gives way to one in which it goes on", "text"),),
            BLANK,
            (("the same from a shell:", "muted"),),
            ((safe(command, 400), "key"),),
        ]
        self._teller.confirm("Take the run up", asked, "takes it up", begin)

    async def _take_up(self, run_id: str, command: str) -> None:
        async def take(source: RunsSource) -> bool:
            await source.take_up(run_id, command)
            return True

        if await self._asked(take):
            self._turner.close_to_start()

    async def _asked(self, what: Callable[[RunsSource], Awaitable[T]]) -> T | None:
        """Asks the source; what it refuses is said."""
        if self._source is None:
            self._teller.say(NO_SOURCE)
            return None
        try:
            return await what(self._source)
        except ProdigyError as error:
            self._teller.say(safe(str(error), 600))
            return None
