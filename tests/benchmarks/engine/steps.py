"""P6: starting `sh -c true` beside `xargs -P`, and a whole step that does no more, ten at a time and one after another.

The start is the engine's own way to run a child, output and all that watches over it included. The step is one of a
run from the command line; a run of a few is taken off a run of many.
"""

import asyncio
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from prodigy_tui.clock import SystemClock
from prodigy_tui.process import Child, Masker, run_child
from tests.benchmarks.engine.ground import PARALLEL, Ground, environment
from tests.benchmarks.engine.spent import Spent, medians, spent_by, spent_here
from tests.benchmarks.figures import Figure

_FEW = 20


def steps(folder: Path, quick: bool) -> Iterator[Figure]:
    """Starts in turn with `xargs`, then runs of steps."""
    count, rounds = (200, 3) if quick else (1000, 5)
    ours, theirs = list[Spent](), list[Spent]()
    for _ in range(rounds):
        ours.append(spent_here(lambda: asyncio.run(_children(folder, count))).each(count))
        theirs.append(spent_here(lambda: _xargs(folder, count)).each(count))
    child, floor = medians(ours), medians(theirs)
    yield Figure.ratio("P6", "CPU of a start by that of xargs", ours=child.cpu, floor=floor.cpu, unit="ms", target=1.4)
    yield Figure.ratio("P6", "time of a start by that of xargs", ours=child.wall, floor=floor.wall, unit="ms")
    whole = []
    for number in range(1 if quick else 3):
        ground = Ground(folder / f"run-{number}")
        few, many = (_run(ground, steps) for steps in (_FEW, _FEW + count))
        whole.append((many - few).each(count))
    step = medians(whole)
    yield Figure(goal="P6", what='CPU of a whole step `shell: "true"`', value=step.cpu, unit="ms", target=3.0)
    yield Figure(goal="P6", what="time of it, one after another", value=step.wall, unit="ms")


async def _children(folder: Path, count: int) -> None:
    clock, masker, variables = SystemClock(), Masker(()), environment(folder)
    waiting = iter(range(count))

    async def some() -> None:
        for number in waiting:
            child = Child(argv=("sh", "-c", "true"), cwd=folder, env=variables, marker=f"benchmark:{number}")
            ended = await run_child(child, lambda *_: None, clock=clock, masker=masker)
            assert ended.exit_code == 0, ended

    await asyncio.gather(*(some() for _ in range(PARALLEL)))


def _xargs(folder: Path, count: int) -> None:
    command = ("xargs", "--max-procs", str(PARALLEL), "--max-args=1", "sh", "-c", "true")
    numbers = "\n".join(map(str, range(count)))
    subprocess.run(command, input=numbers, text=True, cwd=folder, env=environment(folder), check=True)


def _run(ground: Ground, count: int) -> Spent:
    workflow = ground.folder / f"steps-{count}.yml"
    workflow.write_text("- shell: 'true'\n" * count)
    began = time.perf_counter()
    code, spent = spent_by(ground.start("run", workflow, "--headless", "--merge", "no"), began)
    if code:
        raise SystemExit(f"error: the run of steps ended with {code}: {ground.said}")
    return spent
