"""P1 and P2: what an item of a map costs, with the program, without anything, and in the original's way.

The floor is the agents' own work: `sh -c` with an edit, `git add -A` and `git commit` in ready worktrees, ten at a
time, with the same quiet settings of git as the engine gives to its agents. With the program it is a real run, from
the command line to the landing. A run of as many items as there are places at work is taken off, which is its start,
its ten worktrees and its landing: an item is what each further one costs.
"""

import queue
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.benchmarks.engine.ground import CHANGE, PARALLEL, Ground, file_of, file_system
from tests.benchmarks.engine.naive import NaiveRun
from tests.benchmarks.engine.spent import Spent, medians, spent_by, spent_here, typical
from tests.benchmarks.figures import Figure


def items(folder: Path, quick: bool) -> Iterator[Figure]:
    """Each way in turn, several times; a ratio is the median of the rounds', as machines change in between."""
    count, rounds, naive_count = (200, 1, 25) if quick else (600, 5, 100)
    floors, ours, starts, naives = list[Spent](), list[Spent](), list[Spent](), list[Spent]()
    for number in range(rounds):
        around = [_floor(Ground(folder / f"floor-{number}"), count).each(count)]
        start = _run(Ground(folder / f"start-{number}"), PARALLEL)
        run = _run(Ground(folder / f"run-{number}"), PARALLEL + count)
        ours.append((run - start).each(count))
        starts.append(start)
        around.append(_floor(Ground(folder / f"again-{number}"), count).each(count))
        floors.append(medians(around))
        naives.append(_naive(Ground(folder / f"naive-{number}"), naive_count).each(naive_count))
    cpu, wall = [one.cpu for one in ours], [one.wall for one in ours]
    by_floor = typical(zip(cpu, [one.cpu for one in floors], strict=True))
    by_naive = typical(zip(cpu, [one.cpu for one in naives], strict=True))
    yield Figure.ratio("P1", "CPU of an item", **by_floor, unit="ms", target=2.2, stretch=1.8)
    by_floor = typical(zip(wall, [one.wall for one in floors], strict=True))
    yield Figure.ratio("P1", "time of an item", **by_floor, unit="ms")
    yield Figure(goal="P1", what=f"CPU of a run of {PARALLEL} items", value=medians(starts).cpu, unit="ms")
    yield Figure.ratio("P2", "CPU of an item by the original's", **by_naive, unit="ms", target=1 / 4, stretch=1 / 5)
    by_naive = typical(zip(wall, [one.wall for one in naives], strict=True))
    target = {"target": 1 / 8} if file_system(folder) != "tmpfs" else {}
    yield Figure.ratio("P2", "time of an item by the original's", **by_naive, unit="ms", **target)


def _floor(ground: Ground, count: int) -> Spent:
    free: queue.SimpleQueue[Path] = queue.SimpleQueue()
    for number in range(PARALLEL):
        path = ground.folder / f"floor-{number}"
        ground.git("worktree", "add", "--quiet", "-b", f"floor-{number}", str(path), ground.base)
        free.put(path)

    def one(number: int) -> None:
        path = free.get()
        change = CHANGE.format(id=f"i{number:05}", file=file_of(number))
        subprocess.run(("sh", "-c", change), cwd=path, env=ground.environment, check=True)
        free.put(path)

    with ThreadPoolExecutor(PARALLEL) as threads:
        list(threads.map(one, range(PARALLEL)))  # the first commit in a fresh worktree reads every file once more
        return spent_here(lambda: list(threads.map(one, range(count))))


def _run(ground: Ground, count: int) -> Spent:
    began = time.perf_counter()
    process = ground.start(
        "run", ground.map_of(count), "--headless", "--merge", "yes", "--allow-outside", ground.folder
    )
    code, spent = spent_by(process, began)
    merges = int(ground.git("rev-list", "--merges", "--count", "main"))
    if code or merges < count:
        raise SystemExit(f"error: the run ended with {code} and {merges} merges of {count}: {ground.said}")
    return spent


def _naive(ground: Ground, count: int) -> Spent:
    run = NaiveRun(ground, count)
    spent = spent_here(run.carry)
    run.end()
    return spent
