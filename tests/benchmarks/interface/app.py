"""The program's side: the app over a crowd, with a stopwatch on its loop, its keys and its frames.

`python -m tests.benchmarks.interface.app RESULT SCENARIO` is started in a pseudo-terminal by the program beside it and
writes what it has measured to RESULT as JSON.
"""

import asyncio
import json
import resource
import sys
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from datetime import UTC
from pathlib import Path
from typing import Any

from textual import events
from textual.screen import Screen

from prodigy_tui.events.bus import Bus
from prodigy_tui.events.schema import Envelope
from prodigy_tui.tui import app
from prodigy_tui.tui.app import ProdigyApp
from prodigy_tui.tui.feed import LiveFeed
from prodigy_tui.tui.ports import World
from tests.benchmarks.interface.crowd import at_work, beginning

THEMES = Path(__file__).parents[3] / "themes"
TICK_S = 0.005


class Stopwatched(ProdigyApp):
    """The app, which notes how late its loop is, and for each key when the next frame after it was handed over."""

    CSS_PATH = [Path(app.__file__).parent / sheet for sheet in ProdigyApp.CSS_PATH]  # noqa: RUF012  # declared so by Textual

    def __init__(self, feed: LiveFeed, ready: Path, script: Callable[["Stopwatched"], Any]) -> None:
        super().__init__(feed, World(), themes=THEMES, theme="dark", zone=UTC)
        self.ready = ready
        self.lags: list[float] = []
        self.painted: list[float] = []
        self.first_painted = 0.0
        self.results: dict[str, Any] = {}
        self._keys_pending = 0
        self._last_key: events.Key | None = None
        self._script = script

    def begin(self) -> None:
        """From here on it counts; the terminal's side is told."""
        self.lags.clear()
        self.painted.clear()
        self.ready.touch()

    def on_mount(self) -> None:
        super().on_mount()
        self.set_timer(0.05, self._play)

    def _play(self) -> None:
        self._task = asyncio.create_task(self._carry())

    async def _carry(self) -> None:
        self.ticker = asyncio.create_task(self._tick())
        try:
            await self._script(self)
        finally:
            self.ticker.cancel()
            self.exit("over")

    async def _tick(self) -> None:
        while True:
            due = time.monotonic() + TICK_S
            await asyncio.sleep(TICK_S)
            self.lags.append(time.monotonic() - due)

    async def on_event(self, event: events.Event) -> None:
        await super().on_event(event)
        if isinstance(event, events.Key) and event is not self._last_key:  # it comes again when it bubbles up
            self._last_key = event
            self._keys_pending += 1

    def _display(self, screen: Screen[Any], renderable: Any) -> None:
        super()._display(screen, renderable)
        now = time.monotonic()
        self.first_painted = self.first_painted or now
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


async def under_load(app: Stopwatched, bus: Bus, *, agents: int, rate: float, seconds: float) -> None:
    """A crowd at work while keys come in; what the interface's own thread has cost."""
    before = list(beginning(agents))
    for envelope in before:
        bus.publish(envelope)
    more = list(at_work(agents, int(rate * seconds), first=len(before) + 1))
    await at_peace(app)
    app.begin()
    publisher = Publisher(bus, more, rate)
    cpu, wall = time.thread_time(), time.monotonic()
    publisher.start()
    await asyncio.to_thread(publisher.join)
    app.results["cpu_share"] = (time.thread_time() - cpu) / (time.monotonic() - wall)
    app.results["publisher_gap_s"] = publisher.latest_gap_s
    lags, began = list(app.lags), time.monotonic()
    await at_peace(app)
    app.results["lags"] = lags
    app.results["settled_after_s"] = time.monotonic() - began
    app.results["lost"] = len(before) + len(more) - app.model.folded


async def at_rest(app: Stopwatched, bus: Bus, *, seconds: float) -> None:
    """Nothing happens: a run that is over."""
    from tests.support.make import make_run

    for envelope in make_run(items=200, max_parallel=8):
        bus.publish(envelope)
    await at_peace(app)
    app.ticker.cancel()  # the stopwatch itself must not count
    await asyncio.sleep(1.0)
    app.begin()
    cpu, wall = time.process_time(), time.monotonic()
    app.results["rests_from"] = wall
    await asyncio.sleep(seconds)
    app.results["rests_until"] = time.monotonic()
    app.results["cpu_share"] = (time.process_time() - cpu) / (time.monotonic() - wall)


async def much_to_remember(app: Stopwatched, bus: Bus, *, agents: int, events: int) -> None:
    """A long run of a crowd, at full speed."""
    number = 0
    for envelope in beginning(agents):
        bus.publish(envelope)
        number += 1
    for envelope in at_work(agents, events, first=number + 1):
        bus.publish(envelope)
        number += 1
        if number % 2_000 == 0:
            await at_peace(app)
    app.results["rss_mb"] = memory_mb()


SCENARIOS = {"under_load": under_load, "at_rest": at_rest, "much_to_remember": much_to_remember}


def main(arguments: Sequence[str]) -> int:
    """Runs a scenario and writes what was measured."""
    result, name, *words = arguments
    options = {key: float(value) if "." in value else int(value) for key, value in (word.split("=") for word in words)}
    bus = Bus()
    app = Stopwatched(
        LiveFeed(bus), Path(result).with_suffix(".ready"), lambda app: SCENARIOS[name](app, bus, **options)
    )
    app.run()
    if app.crash is not None:
        Path(result).with_suffix(".txt").write_text("".join(traceback.format_exception(app.crash)))
        return 1
    app.results.update(painted=app.painted, first_painted=app.first_painted, frames_left_out=app.frames_left_out)
    Path(result).write_text(json.dumps(app.results))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
