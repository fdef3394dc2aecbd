"""What the app goes through when the terminal is lent and the program stands still; and the same run seen afresh."""

import asyncio
import os
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from prodigy_tui.cli.lending import Lending
from prodigy_tui.clock import SystemClock
from prodigy_tui.events.bus import Bus
from prodigy_tui.events.schema import Envelope
from prodigy_tui.tui.machine import Machine
from tests.benchmarks.interface.crowd import at_work, beginning
from tests.benchmarks.interface.stopwatch import Publisher, Stopwatched, at_peace
from tests.support.make import START

_QUIET_S: Final = 1.5
"""Until the order of the list, too, has settled, and the last frame is out."""


class Standing(SystemClock):
    """A clock of which the time of day stands, so that ages are the same whenever they are drawn."""

    def now(self) -> datetime:
        return START + timedelta(hours=1)


def machine() -> Machine:
    """Returns a machine whose shell is the one in the environment."""
    return Machine(lending=Lending(os.environ))


def _events(agents: int, count: int) -> tuple[list[Envelope], list[Envelope]]:
    before = list(beginning(agents))
    return before, list(at_work(agents, count, first=len(before) + 1))


async def lent(app: Stopwatched, bus: Bus, *, agents: int, rate: float, seconds: float, more: float) -> None:
    """The terminal is lent to a shell while a crowd is at work, which goes on for a while after that."""
    before, later = _events(agents, int(rate * (seconds + more)))
    for envelope in before:
        bus.publish(envelope)
    await at_peace(app)
    app.begin()
    publisher = Publisher(bus, later, rate)
    publisher.start()
    await asyncio.sleep(1.0)
    app.steering.outside.shell(Path.cwd())
    began = time.monotonic()
    while not app.is_away:  # noqa: ASYNC110  # as in `at_peace`
        await asyncio.sleep(0.005)
    while app.is_away:  # noqa: ASYNC110  # as in `at_peace`
        await asyncio.sleep(0.005)
    app.results["lent_s"] = time.monotonic() - began
    app.ready.with_suffix(".back").touch()
    await asyncio.to_thread(publisher.join)
    await _shown(app)
    app.results["publisher_gap_s"] = publisher.latest_gap_s
    app.results["lost"] = len(before) + len(later) - app.model.folded


async def seen_afresh(app: Stopwatched, bus: Bus, *, agents: int, count: int) -> None:
    """An app that is opened on all that has happened."""
    before, later = _events(agents, count)
    for envelope in (*before, *later):
        bus.publish(envelope)
    app.begin()
    await _shown(app)


async def _shown(app: Stopwatched) -> None:
    await at_peace(app)
    await asyncio.sleep(_QUIET_S)
    await at_peace(app)
    app.ready.with_suffix(".shown").touch()
    await asyncio.sleep(_QUIET_S)
