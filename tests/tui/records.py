"""Records of runs as a source that keeps them in memory: events in, everything else as the interface gets it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC

from textual.pilot import Pilot

from prodigy_tui.cli.run_summaries import summary_of
from prodigy_tui.errors import ProdigyError
from prodigy_tui.events.bus import Bus
from prodigy_tui.events.evolve import fold
from prodigy_tui.events.schema import Envelope
from prodigy_tui.events.timeline import Timeline
from prodigy_tui.report.compare import Comparison, compare
from prodigy_tui.report.measure import measure
from prodigy_tui.report.model import Report
from prodigy_tui.tui.app import ProdigyApp
from prodigy_tui.tui.feed import EmptyFeed, Feed, LiveFeed, ReplayFeed
from prodigy_tui.tui.model.recorded import Found, PlannedRun, RunSummary, WorkflowFound
from prodigy_tui.tui.ports import World
from prodigy_tui.tui.recordports import Form, OpenedRun
from tests.support.clock import FakeClock
from tests.tui.changes import Diffs
from tests.tui.scene import THEMES, Control, Scene, clock_at, settle


class NotThere(ProdigyError):
    """No such run."""


@dataclass
class Shelf:
    """Implements the interface's `RunsSource` over events."""

    logs: Mapping[str, Sequence[Envelope]]
    live: frozenset[str] = frozenset()
    workflows: tuple[WorkflowFound, ...] = ()
    more: tuple[RunSummary, ...] = ()
    problem: str = ""
    refuses: str = ""
    clock: FakeClock = field(default_factory=FakeClock)
    control: Control = field(default_factory=Control)
    exported: list[tuple[str, str]] = field(default_factory=list)
    started: list[str] = field(default_factory=list)
    taken_up: list[str] = field(default_factory=list)
    held: frozenset[str] = frozenset()
    """Those that another process has taken up since."""
    closed: int = 0
    looks: int = 0

    async def look(self) -> Found:
        self.looks += 1
        runs = [summary_of(fold(events), live=name in self.live, run_id=name) for name, events in self.logs.items()]
        return Found(place="~/shop", runs=(*runs, *self.more), workflows=self.workflows)

    def _events(self, run_id: str) -> Sequence[Envelope]:
        if run_id not in self.logs:
            raise NotThere(f"no run {run_id!r}")
        return self.logs[run_id]

    async def open(self, run_id: str, say: Callable[[str], None]) -> OpenedRun:
        del say
        events = self._events(run_id)
        feed: Feed

        def closing() -> None:
            self.closed += 1

        if run_id in self.live:
            feed = LiveFeed(Bus(), history=events, clock=self.clock)
            world = World(control=self.control, diffs=Diffs(), figures=lambda upto: measure(events[:upto], live=True))
        else:
            replay = ReplayFeed(Timeline(events), clock=self.clock)
            replay.seek(events[-1].seq)
            feed, world = replay, World(diffs=Diffs(), figures=lambda upto: measure(events[:upto]), lies_here=True)
        return OpenedRun(feed=feed, world=world, closing=closing)

    async def report(self, run_id: str, upto: int | None = None) -> Report:
        return measure(self._events(run_id)[:upto])

    async def compare(self, a: str, b: str) -> Comparison:
        return compare(measure(self._events(a)), measure(self._events(b)))

    async def export(self, run_id: str, form: Form) -> str:
        self.exported.append((run_id, form))
        return f"report-{run_id}.{form}"

    async def plan(self, path: str) -> PlannedRun:
        return PlannedRun(
            path=path, lines=("three steps", "no agents"), problem=self.problem, command=f"prodigy-tui run {path}"
        )

    def no_start(self) -> str:
        return self.refuses

    def start(self, path: str) -> None:
        self.started.append(path)

    async def take_up(self, run_id: str, command: str) -> None:
        if run_id in self.held:
            raise NotThere(f"run {run_id!r} is driven")
        self.taken_up.append(command)


def make_app(shelf: Shelf, feed: Feed | None = None, world: World | None = None) -> ProdigyApp:
    """Returns the interface on no run, or on a feed, with other runs on the shelf; the clock stands still."""
    events = [events[-1] for events in shelf.logs.values()]
    shelf.clock = clock_at(sorted(events, key=lambda envelope: envelope.at)) if events else FakeClock()
    feed = feed or EmptyFeed(clock=shelf.clock)
    app = ProdigyApp(feed, world or World(), themes=THEMES, theme="dark", zone=UTC, runs=shelf)
    app.model.calm = None
    return app


@asynccontextmanager
async def at_home(
    shelf: Shelf, *, size: tuple[int, int] = (120, 32), feed: Feed | None = None, world: World | None = None
) -> AsyncIterator[Scene]:
    """Shows it."""
    app = make_app(shelf, feed, world)
    async with app.run_test(size=size, notifications=True) as pilot:
        scene = Scene(app=app, pilot=pilot, clock=shelf.clock, bus=Bus(), control=shelf.control)
        await done(scene)
        yield scene


async def done(scene: Scene) -> None:
    """Waits until what goes on beside the picture has come to its end."""
    await done_in(scene.pilot)


async def done_in(pilot: Pilot[str]) -> None:
    """The same, without a scene."""
    for _ in range(400):
        await settle(pilot)
        if all(worker.is_finished for worker in pilot.app.workers):
            break
        await asyncio.sleep(0.005)
    await pilot.pause(0)
    await settle(pilot)
