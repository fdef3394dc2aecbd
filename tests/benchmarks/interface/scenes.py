"""What the app goes through to be measured: a crowd at work, a run that is over, a long memory."""

import asyncio
import time

from prodigy_tui.events.bus import Bus
from tests.benchmarks.interface.crowd import at_work, beginning
from tests.benchmarks.interface.stopwatch import Publisher, Stopwatched, at_peace, memory_mb
from tests.support.make import make_run


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
        if number % 10_000 == 0:
            await at_peace(app)
    app.results["rss_mb"] = memory_mb()
