"""The app with a stopwatch on its loop, its keys and its frames."""

import asyncio
import resource
import threading
import time
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any, Final

from textual.screen import Screen

from prodigy_tui.events.bus import Bus
from prodigy_tui.events.schema import Envelope
from prodigy_tui.tui import app
from prodigy_tui.tui.app import ProdigyApp

TICK_S: Final = 0.005


class Stopwatched(ProdigyApp):
    """The app, which notes how late its loop is, and for each key when the next frame after it was handed over."""

    CSS_PATH = [Path(app.__file__).parent / sheet for sheet in ProdigyApp.CSS_PATH]  # noqa: RUF012  # declared so by Textual

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.lags: list[float] = []
        self.painted: list[float] = []
        """For each key the time at which the first frame after it was handed over."""
        self.first_painted = 0.0
        self.results: dict[str, Any] = {}
        self.ready = Path()
        self.frame = asyncio.Event()
        """Set by every frame that is handed over."""
        self._keys_pending = 0
        self._script: Callable[[Stopwatched], Coroutine[Any, Any, None]] | None = None

    def goes_through(self, script: "Callable[[Stopwatched], Coroutine[Any, Any, None]]", ready: Path) -> None:
        """Plays a script when the app is up, and closes it then; `ready` is a file that appears when it begins."""
        self._script, self.ready = script, ready

    def begin(self) -> None:
        """From here on it counts; the terminal's side is told."""
        self.lags.clear()
        self.painted.clear()
        self.ready.touch()

    def on_mount(self) -> None:
        super().on_mount()
        if self._script is not None:
            self.set_timer(0.05, self._play)

    def _play(self) -> None:
        self.run_worker(self._carry())  # an error in it closes the app

    async def _carry(self) -> None:
        self.ticker = asyncio.create_task(self._tick())
        try:
            if self._script is not None:
                await self._script(self)
        finally:
            self.ticker.cancel()
            self.results["over_at"] = time.monotonic()
            self.exit("over")

    async def _tick(self) -> None:
        while True:
            due = time.monotonic() + TICK_S
            await asyncio.sleep(TICK_S)
            self.lags.append(time.monotonic() - due)

    def action_do(self, name: str) -> None:
        # Only now the key is handled: before, it waits in the queues of the app, the screen and the widget.
        super().action_do(name)
        self._keys_pending += 1

    def _display(self, screen: Screen[Any], renderable: Any) -> None:
        left_out = self.frames_left_out
        super()._display(screen, renderable)
        if renderable is None or self.is_away or self.frames_left_out != left_out:
            return  # nothing was handed over
        now = time.monotonic()
        self.first_painted = self.first_painted or now
        self.frame.set()
        self.painted += [now] * self._keys_pending
        self._keys_pending = 0


class Publisher(threading.Thread):
    """Publishes events at a rate from a thread of its own, as the engine does."""

    def __init__(self, bus: Bus, envelopes: Sequence[Envelope], rate: float) -> None:
        super().__init__(name="engine")
        self._bus, self._envelopes, self._rate = bus, envelopes, rate
        self.cpu_s = 0.0
        self.latest_gap_s = 0.0

    def run(self) -> None:
        began, sent, last = time.monotonic(), 0, time.monotonic()
        while sent < len(self._envelopes):
            now = time.monotonic()
            self.latest_gap_s = max(self.latest_gap_s, now - last)
            last = now
            due = min(len(self._envelopes), int((now - began) * self._rate))
            for envelope in self._envelopes[sent:due]:
                self._bus.publish(envelope)
            sent = due
            time.sleep(0.002)
        self.cpu_s = time.thread_time()


async def at_peace(shown: Stopwatched) -> None:
    """Waits until the picture shows all that has happened."""
    while not shown.settled:  # noqa: ASYNC110  # an event for it would be one more thing to be measured
        await asyncio.sleep(0.005)


def memory_mb() -> float:
    """What the process holds in memory."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6
