"""P3 and P12: what a late item costs beside an early one, and how long a resumed run takes to its first new agent.

One run of more items than are carried out: half through it is interrupted, as by Ctrl-C, and resumed; the resumed one
is killed in full work, and resumed. Its CPU, that of its processes included, is read from outside while its event log
grows. Then another run with the interface open in a terminal, in which nobody types.
"""

import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final, TypeAlias

from tests.benchmarks.engine.at_work import AGENT, AT_WORK_S, MERGE, Run
from tests.benchmarks.engine.ground import Ground
from tests.benchmarks.figures import Figure

Items: TypeAlias = tuple[int, int]
"""From one item to another."""

WHOLE: Final[tuple[int, Items, Items]] = (10_000, (500, 1000), (4000, 5000))
QUICK: Final[tuple[int, Items, Items]] = (1000, (100, 200), (400, 500))
"""How many items a run has, the early ones, and the late ones."""


def growth(folder: Path, quick: bool) -> Iterator[Figure]:
    """Yields P3 while the run is at work, and P12 behind it."""
    items, early, late = QUICK if quick else WHOLE
    ground = Ground(folder / "headless")
    run = Run(ground, "run", ground.map_of(items), "--merge", "no", "--allow-outside", ground.folder)
    yield _flat(run, early, late)
    run.end(signal.SIGINT)
    for how in ("interrupted", "killed"):
        began, known = time.perf_counter(), run.log.seen(AGENT)
        resumed = Run(ground, "resume", "--merge", "no", log=run.log)
        resumed.wait_for(AGENT, known + 1)
        passed = time.perf_counter() - began
        what = f"first agent when {how} at {run.log.seen(MERGE):,} of {items:,}"
        yield Figure(goal="P12", what=what, value=passed, unit="s", target=2.0)
        resumed.go_on(AT_WORK_S)
        resumed.end(signal.SIGKILL)
    ground = Ground(folder / "shown")
    run = Run(ground, "run", ground.map_of(items), "--merge", "no", "--allow-outside", ground.folder, shown=True)
    yield _flat(run, early, late, ", shown")
    run.end(signal.SIGKILL)


def _flat(run: Run, early: Items, late: Items, how: str = "") -> Figure:
    first, last = (run.cpu_between(*marks) for marks in (early, late))
    what = f"CPU of items {late[0]}-{late[1]} by {early[0]}-{early[1]}{how}"
    return Figure.ratio("P3", what, ours=last, floor=first, unit="ms", target=1.1, stretch=1.0)
