"""A run beside the interface: the engine in a thread with a loop of its own, Textual on the main thread.

The two share the bus (events one way) and `RunSession.send` (signals the other way), nothing else. The engine lives
until the person leaves, so that a finished run can be given items back. A run that is still at work then goes on
without the interface.
"""

import asyncio
import signal as signals
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace

from prodigy_tui.cli.bell import Bell
from prodigy_tui.cli.bookmarks import BookmarkFile
from prodigy_tui.cli.diffs import GitDiffs
from prodigy_tui.cli.drive import Driven, Plan, opened, printer
from prodigy_tui.cli.hangup import watched_terminal
from prodigy_tui.cli.interrupts import InterruptedEarly, Interrupts, taken
from prodigy_tui.cli.item_attempts import ItemAttempts
from prodigy_tui.cli.item_filters import FilterFile, LanguageExpressions
from prodigy_tui.cli.kept import Person
from prodigy_tui.cli.letters.deciding import LiveDecisions
from prodigy_tui.cli.names import Names
from prodigy_tui.cli.output import Output
from prodigy_tui.cli.reporting import figures_of
from prodigy_tui.cli.shipped import shipped
from prodigy_tui.errors import ProdigyError
from prodigy_tui.events.schema import Envelope, GateOpened, KnownEvent, SignalReceived, Unknown
from prodigy_tui.events.state import RunState
from prodigy_tui.tui.app import ProdigyApp
from prodigy_tui.tui.feed import LiveFeed
from prodigy_tui.tui.ports import World

if TYPE_CHECKING:
    from prodigy_tui.engine.assembly import Services
    from prodigy_tui.engine.session import RunSession


class Engine:
    """The thread that drives the run."""

    def __init__(self, plan: Plan, services: "Services") -> None:
        self._plan = plan
        self._services = services
        self._thread = threading.Thread(target=self._run, name="engine")
        self._ready = threading.Event()
        self._feed: LiveFeed | None = None
        self._session: RunSession | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._woken = asyncio.Event()
        self._leaving = False
        self._error: BaseException | None = None
        self._state = RunState()
        self._close_interface: Callable[[], object] = lambda: None
        self.interrupts = Interrupts()

    def start(self) -> LiveFeed:
        """Opens the run and begins to drive it; returns where its events come from.

        Raises:
            ProdigyError: the run cannot be opened.
        """
        self._thread.start()
        self._ready.wait()
        if self._feed is None or self._session is None:
            self._thread.join()
            raise self._error or RuntimeError("the engine ended before it began")
        return self._feed

    def beside(self, close: Callable[[], object]) -> None:
        """Calls `close`, from the engine's thread, when there is nothing left to watch: an error, a signal."""
        self._close_interface = close
        if not self._thread.is_alive():
            close()

    @property
    def session(self) -> "RunSession | None":
        """The run, as soon as it is open."""
        return self._session

    def send(self, signal: SignalReceived) -> None:
        """Hands a signal to the run; from any thread, and harmless once the run is closed."""
        if self._session is not None:
            with suppress(RuntimeError):  # its loop is closed
                self._session.send(signal)

    def interrupt(self, number: signals.Signals) -> None:
        """Takes a signal from outside: the run stops, and the interface closes when nothing is at work any more."""
        self.interrupts.take(number)
        self._on_its_loop(self._close_if_over)

    def leave(self, output: Output, *, why: str = "") -> RunState:
        """Waits until the run has come to rest without the interface, and returns its state.

        `why` is said, in front of what is said anyway, when the run is still at work.

        Raises:
            ProdigyError: the run had to be left where it was.
        """
        self._on_its_loop(lambda: self._go_on_alone(output, why))
        self._thread.join()
        if self._error is not None:
            if isinstance(self._error, ProdigyError):
                self.interrupts.explain(self._error, self._plan.folder)
            raise self._error
        return self._state

    def _on_its_loop(self, work: Callable[[], None]) -> None:
        if self._loop is not None:
            with suppress(RuntimeError):  # it is closed
                self._loop.call_soon_threadsafe(work)

    def _close_if_over(self) -> None:
        if self._session is not None and self._session.state.ended_at is not None:
            self._close_interface()

    def _run(self) -> None:
        try:
            asyncio.run(self._drive())
        except BaseException as error:  # noqa: BLE001 - the thread's edge: the main thread raises it again
            self._error = error
        finally:
            self._ready.set()
            self._close_interface()

    async def _drive(self) -> None:
        self._loop = loop = asyncio.get_running_loop()
        opening = asyncio.current_task()
        assert opening is not None
        self.interrupts.give_up = lambda: loop.call_soon_threadsafe(opening.cancel)
        try:
            await self._drive_opened()
        except asyncio.CancelledError:
            if not self.interrupts.received:
                raise
            raise InterruptedEarly(self.interrupts.received[0], self._plan.folder) from None

    async def _drive_opened(self) -> None:
        async with opened(self._plan, self._services, self._with_history) as session:
            self._session = session
            self.interrupts.send = self.send
            self._services.bus.subscribe(lambda _: self._woken.set())
            if self.interrupts.received:  # while it was being opened
                session.take(SignalReceived(signal="stop", source=self.interrupts.received[0].name))
            self._ready.set()
            while True:
                self._state = await session.run()
                if self.interrupts.received:
                    self._close_interface()
                while session.state.ended_at is not None and not self._leaving:
                    self._woken.clear()
                    await self._woken.wait()
                if session.state.ended_at is not None:
                    return

    def _with_history(self, envelopes: tuple[Envelope, ...]) -> None:
        self._feed = LiveFeed(self._services.bus, history=envelopes, log=self._plan.folder.events)

    def _go_on_alone(self, output: Output, why: str) -> None:
        """There is no interface any more: lines are printed instead, and silence is no yes to a question."""
        self._leaving = True
        self._woken.set()
        state = self._session.state if self._session is not None else None
        if state is None or state.ended_at is not None:
            return
        if state.paused and state.stop is None:
            said = f"stays paused; it goes on with: prodigy-tui signal {state.run_id} resume"
        else:
            said = "goes on without the interface"
        output.say(f"{why}the run {said}; Ctrl-C stops it")
        self._services.bus.subscribe(printer(output, self._plan.drive, Names.of(state)))
        self._services.bus.subscribe(lambda envelope: self._decline(envelope.event))
        self.send(SignalReceived(signal="leave", source="interface"))
        if state.gate is not None:
            self._decline(state.gate)

    def _decline(self, event: KnownEvent | Unknown) -> None:
        if isinstance(event, GateOpened) and event.kind == "landing":
            self.send(SignalReceived(signal="answer", gate=event.gate, answer="later", source="nobody there"))


def run_beside_interface(output: Output, plan: Plan, services: "Services", person: Person) -> Driven:
    """Opens the interface on a run and drives it until the person leaves, or without it when it fails."""
    bell = Bell()
    engine = Engine(plan, replace(services, bell=bell.ring))
    crash: Exception | None = None
    gone = partial(engine.interrupt, signals.SIGHUP)
    with taken(lambda number, _: engine.interrupt(signals.Signals(number))), watched_terminal(sys.stdin.fileno(), gone):
        feed = engine.start()
        try:
            world = World(
                control=engine,
                decisions=LiveDecisions(lambda: engine.session),
                outputs=plan.folder.output,
                diffs=GitDiffs(plan.repository.top),
                bookmarks=BookmarkFile(plan.folder.bookmarks),
                expressions=LanguageExpressions(),
                filters=FilterFile(plan.folder.filters),
                groups=FilterFile(plan.folder.patterns),
                attempts=ItemAttempts(),
                figures=figures_of(plan.folder.events),
            )
            app = ProdigyApp(
                feed,
                world,
                themes=shipped("themes"),
                personal=person.personal,
                keys=person.keys,
                runs=person.runs,
                machine=person.machine,
            )
            engine.beside(lambda: app.call_later(app.exit))
            bell.interface = lambda: app.call_later(app.bell)
            app.run(mouse=person.personal.preferences.mouse)
            crash = app.crash
        except Exception as error:  # noqa: BLE001 - the run must not end because its picture does
            crash = error
        finally:
            bell.interface = None
            state = engine.leave(output, why="the interface failed: " if crash is not None else "")
    return Driven(state=state, exit_code=engine.interrupts.exit_code(state), crash=crash)
