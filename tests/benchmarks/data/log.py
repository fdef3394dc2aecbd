"""P7: events into the log, and how long the loop is held up meanwhile.

The floor of appends that nobody waits for is one `os.write` for each of the same lines; that of durable ones is a plain
thread that writes ten lines and calls `fdatasync`, again and again: the ten who wait can share one and no more.
"""

import asyncio
import os
import time
from collections.abc import Callable, Coroutine, Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeAlias

from prodigy_tui.clock import SystemClock
from prodigy_tui.events.bus import Bus
from prodigy_tui.events.log import EventLog
from prodigy_tui.events.schema import AgentMessage
from tests.benchmarks.engine.spent import Spent, medians, spent_here
from tests.benchmarks.figures import Figure
from tests.benchmarks.garbage import settled
from tests.benchmarks.interface.stopwatch import TICK_S

_Work: TypeAlias = Callable[[EventLog], Coroutine[Any, Any, None]]
_WAITING: Final = 10
"""Tasks that append and wait."""
_A_TURN: Final = 20
"""Events that one turn of the loop appends where nobody waits."""


def log(folder: Path, quick: bool) -> Iterator[Figure]:
    """Both ways of appending, and the floor of each, in turn."""
    count, rounds = (10_000, 1) if quick else (100_000, 5)
    told, written, waited, synced = list[Spent](), list[Spent](), list[Spent](), list[Spent]()
    gaps = list[float]()
    with settled():
        for number in range(rounds):
            gaps_now = list[float]()
            quiet, heard = folder / f"told-{number}", folder / f"waited-{number}"
            told.append(spent_here(partial(_run, quiet, gaps_now, partial(_tell, count))).each(count))
            lines = quiet.read_bytes().splitlines(keepends=True)
            written.append(spent_here(partial(_write, folder / "written", lines, 1, sync=False)).each(count))
            some = count // 10
            waited.append(spent_here(partial(_run, heard, gaps_now, partial(_wait, some))).each(some))
            synced.append(spent_here(partial(_write, folder / "synced", lines[:some], _WAITING, sync=True)).each(some))
            gaps.append(max(gaps_now))
    ours, floor, durable, plain = medians(told), medians(written), medians(waited), medians(synced)
    yield _rate("events a second, fire and forget", ours.cpu, floor.cpu, 100_000)
    yield _rate("events a second, durable, ten wait", durable.wall, plain.wall, 10_000)
    yield Figure.ratio("P7", "CPU of a durable event", ours=durable.cpu, floor=plain.cpu, unit="ms")
    # The neighbours hold the loop up as well: the round that met the fewest of them says what we do.
    yield Figure(goal="P7", what="longest gap of the loop", value=min(gaps), unit="ms", target=5)


def _rate(what: str, ours_ms: float, floor_ms: float, target: float) -> Figure:
    beside = f"{1000 * ours_ms:.2f} by {1000 * floor_ms:.2f} µs"
    return Figure(goal="P7", what=what, value=1000 / ours_ms, unit="/s", target=target, at_least=True, beside=beside)


def _run(path: Path, gaps: list[float], work: _Work) -> None:
    asyncio.run(_watched(path, gaps, work))


async def _watched(path: Path, gaps: list[float], work: _Work) -> None:
    """Does work on a log, while a timer looks how late the loop is."""
    log, _ = EventLog.open(path, clock=SystemClock(), bus=Bus())
    over = asyncio.Event()

    async def tick() -> None:
        while not over.is_set():
            due = time.perf_counter() + TICK_S
            await asyncio.sleep(TICK_S)
            gaps.append(1000 * (time.perf_counter() - due))

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(tick())
        await work(log)
        await log.close()
        over.set()


def _event(number: int) -> AgentMessage:
    text = f"Edit src/part_{number}.py +{number % 40} -{number % 7}"
    return AgentMessage(kind="tool", text=text, phase="map", path="0", item_id=f"item-{number % 1000}", attempt=1)


async def _tell(count: int, log: EventLog) -> None:
    for number in range(count):
        log.append(_event(number))
        if number % _A_TURN == 0:
            await asyncio.sleep(0)


async def _wait(count: int, log: EventLog) -> None:
    async def append(first: int) -> None:
        for number in range(first, count, _WAITING):
            log.append(_event(number))
            await log.durable()

    async with asyncio.TaskGroup() as tasks:
        for first in range(_WAITING):
            tasks.create_task(append(first))


def _write(path: Path, lines: list[bytes], together: int, *, sync: bool) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    try:
        for first in range(0, len(lines), together):
            os.write(descriptor, b"".join(lines[first : first + together]))
            if sync:
                os.fdatasync(descriptor)
    finally:
        os.close(descriptor)
        path.unlink()
