"""A run beside the interface: the engine in a thread with a loop of its own, Textual on the main thread.

The two share the bus (events one way) and `RunSession.send` (signals the other way), nothing else. The engine lives
until the person leaves, so that a finished run can be landed or given items back. Leaving a run that is still at work
stops it gently.
"""

import asyncio
import signal as signals
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

from prodigy_tui.cli.diffs import GitDiffs
from prodigy_tui.cli.drive import EXIT_OF_SIGNAL, Interrupts, Plan, opened
from prodigy_tui.cli.output import Output
from prodigy_tui.cli.shipped import shipped
from prodigy_tui.events.schema import Envelope, SignalReceived
from prodigy_tui.events.state import RunState
from prodigy_tui.tui.app import ProdigyApp
from prodigy_tui.tui.feed import LiveFeed

if TYPE_CHECKING:
    from prodigy_tui.engine.session import RunSession, Services


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
        self._leaving = False
        self._error: BaseException | None = None
        self._state = RunState()
        self.at_end: Callable[[], None] = lambda: None
        """Called, in the engine's thread, when the run can go on no more: an error, or a signal from outside."""
        self.interrupts = Interrupts(self.send)

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

    def send(self, signal: SignalReceived) -> None:
        """Hands a signal to the run; from any thread, and harmless once the run is closed."""
        if self._session is not None and self._thread.is_alive():
            self._session.send(signal)

    def leave(self, output: Output) -> RunState:
        """Ends the run's session, stopping what is still at work, and returns the run's state.

        Raises:
            ProdigyError: the run had to be left where it was.
        """
        self._leaving = True
        if self._session is not None and self._session.state.ended_at is None and self._thread.is_alive():
            output.say("stopping what is still at work; Ctrl-C kills it")
            self.interrupts.asked = True
            self.send(SignalReceived(signal="stop", source="interface"))
        self._wake()
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._state

    def _run(self) -> None:
        try:
            asyncio.run(self._drive())
        except BaseException as error:  # noqa: BLE001 - the thread's edge: the main thread raises it again
            self._error = error
        finally:
            self._ready.set()
            self.at_end()

    async def _drive(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._woken = asyncio.Event()
        async with opened(self._plan, self._services, self._with_history) as session:
            self._session = session
            self._services.bus.subscribe(lambda _: self._woken.set())
            self._ready.set()
            while True:
                self._state = await session.run()
                if self.interrupts.received:
                    self.at_end()
                while session.state.ended_at is not None and not self._leaving:
                    self._woken.clear()
                    await self._woken.wait()
                if session.state.ended_at is not None:
                    return

    def _with_history(self, envelopes: tuple[Envelope, ...]) -> None:
        self._feed = LiveFeed(self._services.bus, history=envelopes)

    def _wake(self) -> None:
        if self._loop is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._woken.set)


def run_beside_interface(output: Output, plan: Plan, services: "Services") -> tuple[RunState, int]:
    """Opens the interface on a run and drives it until the person leaves."""
    engine = Engine(plan, services)
    with _handled(engine.interrupts):
        app = ProdigyApp(
            engine.start(),
            control=engine,
            outputs=plan.folder.output,
            diffs=GitDiffs(plan.repository.top),
            themes=shipped("themes"),
        )
        engine.at_end = lambda: app.call_later(app.exit) and None
        try:
            app.run()
        finally:
            engine.at_end = lambda: None
            state = engine.leave(output)
    return state, engine.interrupts.exit_code(state)


@contextmanager
def _handled(interrupts: Interrupts) -> Iterator[None]:
    """Signals from outside mean the same as headless. In the interface Ctrl-C is a key and comes as none of them."""

    def take(number: int, _: FrameType | None) -> None:
        interrupts.take(signals.Signals(number))

    before = {number: signals.signal(number, take) for number in EXIT_OF_SIGNAL}
    try:
        yield
    finally:
        for number, handler in before.items():
            signals.signal(number, handler)
