"""What the log pane goes through to be measured: a log that grows fast, one log after another, a search."""

import asyncio
import gc
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Final

from prodigy_tui.events.bus import Bus
from prodigy_tui.storage import OutputWriter
from prodigy_tui.tui.model.log_query import parse_query
from prodigy_tui.tui.model.log_source import Budget
from prodigy_tui.tui.model.rows import Row
from prodigy_tui.tui.widgets.logview import LogView
from tests.benchmarks.interface.crowd import beginning
from tests.benchmarks.interface.stopwatch import Stopwatched, at_peace, memory_mb
from tests.support.make import START

_PACE_S: Final = 0.005
_PIECE: Final = 500
"""Lines that are written at once where there is no hurry."""
_WARM: Final = 20
"""Logs that are looked at before it counts: what is loaded and kept once is no memory of a log."""
READY: Final = "the box is opened"
_SOUGHT: Final = ("needle", "PASSED", "~needle$")
_SAID: Final = (
    "collected 412 items, 3 deselected, running on 2 workers with seed 81723",
    "src/shop/cart.py:118: DeprecationWarning: price_of() goes away, ask Price.of()",
    "tests/shop/test_cart.py::test_a_discount_is_taken_once PASSED in 0.03s",
    "  rewriting 14 call sites of `Basket.add` so that the quantity comes last",
)


def line(number: int, *, coloured: bool = False) -> str:
    """Returns a line as agents print them, with its number; every hundredth has a needle in it."""
    text = f"{number:07d} {_SAID[number % len(_SAID)]}{' needle' if number % 100 == 0 else ''}"
    return f"\x1b[32m{text[:20]}\x1b[0m{text[20:40]}\x1b[1;31m{text[40:]}\x1b[0m\n" if coloured else f"{text}\n"


def stream_of(number: int) -> str:
    """Returns where the output of an agent is."""
    return f"items/item-{number}/1"


def write(outputs: Path, stream: str, lines: int, *, start: int = 0, coloured: bool = False) -> None:
    """Writes an agent's output, whose lines are counted from `start` on."""
    with OutputWriter(outputs / stream) as writer:
        for first in range(start, start + lines, _PIECE):
            last = min(start + lines, first + _PIECE)
            text = "".join(line(number, coloured=coloured) for number in range(first, last))
            writer.write(text, START + timedelta(milliseconds=first))


class Printer(threading.Thread):
    """Prints lines at a rate into a file, and says so on the bus, as the engine does."""

    def __init__(self, bus: Bus, outputs: Path, stream: str, *, lines: int, rate: float) -> None:
        super().__init__(name="engine")
        self._bus, self._stream, self._rate = bus, stream, rate
        self._path = outputs / stream
        self._pieces = [
            "".join(line(number) for number in range(first, first + _PIECE)) for first in range(0, lines, _PIECE)
        ]

    def run(self) -> None:
        began, sent = time.monotonic(), 0
        with OutputWriter(self._path) as writer:
            while sent < len(self._pieces):
                passed = time.monotonic() - began
                due = min(len(self._pieces), int(passed * self._rate / _PIECE) + 1)
                for piece in self._pieces[sent:due]:
                    writer.write(piece, START + timedelta(seconds=passed))
                if due > sent:
                    self._bus.output_grew(self._stream, writer.offset)
                sent = due
                time.sleep(_PACE_S)


async def followed(app: Stopwatched, bus: Bus, *, lines: int, rate: float) -> None:
    """One log over the whole screen, followed while it grows; what each line costs the interface's thread."""
    outputs = _outputs(app)
    printer = Printer(bus, outputs, stream_of(1), lines=lines, rate=rate)
    log = await _open_log(app, bus)
    app.ticker.cancel()  # the stopwatch itself must not count
    app.begin()
    cpu, wall = time.thread_time(), time.monotonic()
    printer.start()
    await asyncio.to_thread(printer.join)
    written = time.monotonic()
    while log.picture.source.count < lines or not log.settled:  # noqa: ASYNC110  # as in `at_peace`
        await asyncio.sleep(0.005)
    await at_peace(app)
    spent = time.thread_time() - cpu
    app.results["lines_per_cpu_s"] = lines / spent
    app.results["cpu_share"] = spent / (time.monotonic() - wall)
    app.results["behind_s"] = time.monotonic() - written
    app.results["lost"] = lines - log.picture.source.count


async def turned_over(app: Stopwatched, bus: Bus, *, agents: int, lines: int) -> None:
    """One log after another in the pane beside the list."""
    outputs = _outputs(app)
    for number in range(1, agents + 1):
        # No line is as it is in another log: what reads the same need not be drawn.
        write(outputs, stream_of(number), lines, start=number * (lines + 1))
    for envelope in beginning(agents):
        bus.publish(envelope)
    await at_peace(app)
    app.ticker.cancel()
    fleet, switches = app.steering.fleet, list[float]()
    before = 0.0
    for number in range(1, agents + 1):
        if number == _WARM:
            gc.collect()
            before = memory_mb()
            switches.clear()
        app.frame.clear()
        began = time.thread_time()
        fleet.show_item(f"item-{number}")
        await app.frame.wait()
        switches.append(1000 * (time.thread_time() - began))
        while not fleet.log_view.settled:  # noqa: ASYNC110  # as in `at_peace`
            await asyncio.sleep(0.005)
    gc.collect()
    app.results["memory_mb"] = memory_mb() - before
    app.results["switches"] = switches
    app.results["viewers"] = len(app.screen.query(LogView))


async def looked_for(app: Stopwatched, bus: Bus, *, lines: int, coloured: int) -> None:
    """A word in whatever case, one as it stands and a pattern, each looked for in a long log.

    As a person does it: the box is opened first, which makes the log ready while something is typed; that is measured
    too, as if it were a search.
    """
    write(_outputs(app), stream_of(1), lines, coloured=bool(coloured))
    log = await _open_log(app, bus)
    while not log.settled or log.picture.source.count < lines:  # noqa: ASYNC110  # as in `at_peace`
        await asyncio.sleep(0.005)
    app.ticker.cancel()
    made_ready = {READY: await _timed(app, log, log.expect_search)}
    app.results["searches"] = made_ready | {name: await _search(app, log, name) for name in _SOUGHT}


async def _search(app: Stopwatched, log: LogView, text: str) -> dict[str, float]:
    found = await _timed(app, log, lambda: log.look_for(parse_query(text)))
    log.look_for(None)
    return found


async def _timed(app: Stopwatched, log: LogView, begin: Callable[[], None]) -> dict[str, float]:
    """Begins something that goes through the whole log; returns what it has cost when all is done."""
    slices: list[float] = []
    step = type(log.picture).step

    def timed(used_up: Budget) -> bool:
        began = time.thread_time()
        left = step(log.picture, used_up)
        slices.append(1000 * (time.thread_time() - began))
        return left

    await at_peace(app)
    cpu = time.thread_time()
    log.picture.step = timed  # type: ignore[method-assign]  # a stopwatch around it
    begin()
    app.frames.arm()
    while not log.settled:  # noqa: ASYNC110  # as in `at_peace`
        await asyncio.sleep(0.005)
    await at_peace(app)
    cpu = time.thread_time() - cpu
    del log.picture.step
    found = log.picture.count
    return {"total": sum(slices), "longest": max(slices), "slices": len(slices), "found": found, "all": 1000 * cpu}


async def _open_log(app: Stopwatched, bus: Bus) -> LogView:
    for envelope in beginning(4):
        bus.publish(envelope)
    await at_peace(app)
    app.steering.log.show(Row("item", "item-1"))
    app.switch_mode("log")
    await at_peace(app)
    return app.steering.log.log_view


def _outputs(app: Stopwatched) -> Path:
    outputs = app.viewing.world.outputs
    assert outputs is not None
    outputs.mkdir(parents=True, exist_ok=True)
    return outputs
