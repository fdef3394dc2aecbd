"""P3 and P12: what a late item costs beside an early one, and how long a resumed run takes to its first new agent.

One run of more items than are carried out: half through it is interrupted, as by Ctrl-C, and resumed; the resumed one
is killed in full work, and resumed. Its CPU, that of its processes included, is read from outside while its event log
grows. Then another run with the interface open in a terminal, in which nobody types.

Machines become slower and faster by a fifth within minutes. So the late items are measured in parts, behind each of
which the run stands still while another comes to its early items. Not by medians: what is done now and then only, and
takes longer each time, has to show.
"""

import signal
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import mean
from typing import Final, TypeAlias

from tests.benchmarks.engine.at_work import AGENT, AT_WORK_S, MERGE, Run
from tests.benchmarks.engine.ground import Ground
from tests.benchmarks.figures import Figure

Items: TypeAlias = tuple[int, int]
"""From one item to another."""

WHOLE: Final[tuple[int, Items, Items]] = (10_000, (500, 1000), (4000, 5000))
QUICK: Final[tuple[int, Items, Items]] = (1000, (100, 200), (400, 500))
"""How many items a run has, the early ones, and the late ones."""
_PARTS: Final = 3


def growth(folder: Path, quick: bool) -> Iterator[Figure]:
    """Yields P3 while the run is at work, and P12 behind it."""
    items, early, late = QUICK if quick else WHOLE
    ground, run, flat = _flat(folder, items, early, late, shown=False)
    yield flat
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
    _, run, flat = _flat(folder, items, early, late, shown=True)
    yield flat
    run.end(signal.SIGKILL)


def _flat(folder: Path, items: int, early: Items, late: Items, *, shown: bool) -> tuple[Ground, Run, Figure]:
    """Returns a run that has come to its late items, and what one of them costs by an early one."""
    how = "shown" if shown else "headless"
    ground = Ground(folder / how)
    run = _begun(ground, items, shown)
    first, last = list[float](), list[float]()
    part = (late[1] - late[0]) // _PARTS
    for number in range(_PARTS):
        last.append(run.cpu_between(late[0] + number * part, late[0] + (number + 1) * part))
        with run.held():
            other = _begun(Ground(folder / f"{how}-{number}"), items, shown)
            first.append(other.cpu_between(*early))
            other.end(signal.SIGKILL)
    what = f"CPU of items {late[0]}-{late[1]} by {early[0]}-{early[1]}" + (", shown" if shown else "")
    figure = Figure.ratio("P3", what, ours=mean(last), floor=mean(first), unit="ms", target=1.1, stretch=1.0)
    return ground, run, figure


def _begun(ground: Ground, items: int, shown: bool) -> Run:
    return Run(ground, "run", ground.map_of(items), "--merge", "no", "--allow-outside", ground.folder, shown=shown)
