"""Opens the app over chosen events: scripted, quiet, with a clock that stands still."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from pathlib import Path

from textual import events
from textual.keys import _character_to_key
from textual.pilot import Pilot
from textual.widgets import Input

from prodigy_tui.events.bus import Bus
from prodigy_tui.events.schema import Envelope, GateOpened, SignalReceived
from prodigy_tui.events.timeline import Timeline
from prodigy_tui.storage import OutputWriter
from prodigy_tui.tui.actions.keymap import Keys
from prodigy_tui.tui.app import ProdigyApp
from prodigy_tui.tui.feed import Feed, LiveFeed, ReplayFeed
from prodigy_tui.tui.machine import Machine
from prodigy_tui.tui.model.rows import Row
from prodigy_tui.tui.ports import Decisions, SavedFilters, World
from prodigy_tui.tui.preferences import Personal
from prodigy_tui.tui.screens.fleet import FleetScreen
from tests.support.clock import FakeClock
from tests.support.make import make_run
from tests.tui.changes import Diffs

THEMES = Path(__file__).parents[2] / "themes"


class Control:
    """Keeps the signals."""

    def __init__(self) -> None:
        self.sent: list[SignalReceived] = []

    def send(self, signal: SignalReceived) -> None:
        self.sent.append(signal)


def index_of(events: Sequence[Envelope], kind: type) -> int:
    """Returns the seq of the first event of a kind."""
    return next(envelope.seq for envelope in events if isinstance(envelope.event, kind))


def until_gate(items: int = 4) -> tuple[Envelope, ...]:
    """Returns a run up to the open question whether to land."""
    events = make_run(items=items)
    return events[: index_of(events, GateOpened)]


def clock_at(events: Sequence[Envelope]) -> FakeClock:
    """Returns a clock that stands at the last event."""
    return FakeClock(start=events[-1].at)


@dataclass
class Scene:
    """The app at work, and what it asked for."""

    app: ProdigyApp
    pilot: Pilot[str]
    clock: FakeClock
    bus: Bus
    control: Control = field(default_factory=Control)

    @property
    def fleet(self) -> FleetScreen:
        return self.app.steering.fleet

    async def press(self, *keys: str) -> None:
        """Presses keys one after another; Pilot's own way waits for an idle processor, which takes long."""
        for key in keys:
            self.app.post_message(key_event(key))
            # The key goes down to the focused widget and up again; what it opens is mounted a turn later.
            await self.pilot.pause(0)
            await self.pilot.pause(0)
            await settle(self.pilot)

    async def press_at_once(self, *keys: str) -> None:
        """Presses keys before the first of them is heard, as they come from a paste or beside a busy machine."""
        for key in keys:
            self.app.post_message(key_event(key))
        await settle(self.pilot)

    async def publish(self, *events: Envelope) -> None:
        for envelope in events:
            self.bus.publish(envelope)
        await settle(self.pilot)

    async def shows(self, words: str) -> None:
        """Waits until words are on the screen: a box tells on what was typed into it when it finds time."""
        for _ in range(2000):
            if words in self.text():
                return
            await asyncio.sleep(0.001)
        raise AssertionError(f"never on the screen: {words!r}, but\n{self.text()}")

    def text(self) -> str:
        """Returns the screen as plain lines."""
        return screen_text(self.app)


def key_event(key: str) -> events.Key:
    """Returns what the terminal's driver tells of a key: a character, or a name."""
    character = key if len(key) == 1 else None
    return events.Key(_character_to_key(key) if character else key, character)


def screen_text(app: ProdigyApp) -> str:
    """Returns the screen that is up as plain lines."""
    strips = app.screen._compositor.render_strips()
    return "\n".join(strip.text.rstrip() for strip in strips)


async def settle(pilot: Pilot[str]) -> None:
    """Waits until the screen shows all that has happened: no event waits, no frame is due."""
    app = pilot.app
    assert isinstance(app, ProdigyApp)
    for _ in range(2000):
        await asyncio.sleep(0.001)
        if app.settled and has_heard(app):
            break
    else:
        raise AssertionError("the interface does not come to rest")
    for _ in range(100):  # a screen on its way out, or below a sheet, is never drawn
        if is_drawn(app) and is_typed_into(app):
            break
        await asyncio.sleep(0.001)
    await pilot.pause(0)


def has_heard(app: ProdigyApp) -> bool:
    """Whether no message waits for a widget: a key that was typed into a box is told on by the box."""
    nodes = (app, *app.screen.walk_children(with_self=True))
    return not any(node.message_queue_size or node._next_callbacks for node in nodes)


def is_typed_into(app: ProdigyApp) -> bool:
    """Whether the box of a screen that has one takes what is typed: it gets the focus when the screen is mounted."""
    box = getattr(app.screen, "input", None)
    return not isinstance(box, Input) or box.has_focus


def is_drawn(app: ProdigyApp) -> bool:
    """Whether nothing on the screen waits to be laid out or drawn."""
    screen = app.screen
    return not (screen._layout_required or screen._scroll_required or screen._repaint_required or screen._dirty_widgets)


def make_app(
    feed: Feed,
    *,
    control: Control | None = None,
    outputs: Path | None = None,
    theme: str = "",
    diffs: Diffs | None = None,
    personal: Personal | None = None,
    keys: Keys | None = None,
    decisions: Decisions | None = None,
    groups: SavedFilters | None = None,
    machine: Machine | None = None,
) -> ProdigyApp:
    """Returns an app with the shipped themes and UTC."""
    world = World(control=control, outputs=outputs, diffs=diffs or Diffs(), decisions=decisions, groups=groups)
    app = ProdigyApp(feed, world, themes=THEMES, theme=theme, zone=UTC, personal=personal, keys=keys, machine=machine)
    app.model.calm = None  # the clock stands still, and with it the pause between two sortings
    return app


@asynccontextmanager
async def live(
    events: Sequence[Envelope],
    *,
    size: tuple[int, int] = (120, 32),
    outputs: Path | None = None,
    steer: bool = True,
    diffs: Diffs | None = None,
    personal: Personal | None = None,
    keys: Keys | None = None,
    decisions: Decisions | None = None,
    groups: SavedFilters | None = None,
    machine: Machine | None = None,
) -> AsyncIterator[Scene]:
    """Shows a live run that has come as far as `events`."""
    clock, bus, control = clock_at(events), Bus(), Control()
    feed = LiveFeed(bus, clock=clock)
    app = make_app(
        feed,
        control=control if steer else None,
        outputs=outputs,
        diffs=diffs,
        personal=personal,
        keys=keys,
        decisions=decisions,
        groups=groups,
        machine=machine,
    )
    async with app.run_test(size=size, notifications=True) as pilot:
        scene = Scene(app=app, pilot=pilot, clock=clock, bus=bus, control=control)
        await scene.publish(*events)
        yield scene


@asynccontextmanager
async def replay(
    events: Sequence[Envelope],
    *,
    at: int = 0,
    size: tuple[int, int] = (120, 32),
    outputs: Path | None = None,
    keys: Keys | None = None,
    machine: Machine | None = None,
) -> AsyncIterator[Scene]:
    """Shows a past run at an event, by default the last."""
    clock, control = clock_at(events), Control()
    feed = ReplayFeed(Timeline(events), clock=clock)
    feed.seek(at or events[-1].seq)
    app = make_app(feed, control=control, outputs=outputs, keys=keys, machine=machine)
    async with app.run_test(size=size, notifications=True) as pilot:
        await settle(pilot)
        yield Scene(app=app, pilot=pilot, clock=clock, bus=Bus(), control=control)


async def check_one_frame(events: Sequence[Envelope], seq: int, row: Row) -> None:
    """Fails unless the live screen after event `seq` and the replay's at that event show the same."""
    async with live(events[:seq]) as lived:
        lived.fleet.rows.select(row)
        await lived.press("up", "down")
        now = lived.text().splitlines()
    async with replay(events, at=seq, size=(120, 38)) as past:
        past.fleet.rows.select(row)
        await past.press("up", "down")
        then = past.text().splitlines()

    body = slice(2, 26)
    # The frame of the log says up to when; everything else is one picture.
    assert [line[:58] for line in now[body]] == [line[:58] for line in then[body]], f"the list at event {seq}"
    assert [line[58:] for line in now[body][1:]] == [line[58:] for line in then[body][1:]], f"the log at event {seq}"


def write_output(outputs: Path, stem: str, events: Sequence[Envelope], lines: Sequence[str]) -> None:
    """Writes one line a second from the first event on."""
    with OutputWriter(outputs / stem) as writer:
        for number, line in enumerate(lines):
            writer.write(f"{line}\n", events[0].at + timedelta(seconds=number))
