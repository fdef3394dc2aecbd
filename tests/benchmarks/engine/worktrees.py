"""P5 and P15: worktrees by the engine's own part, beside `git worktree add`, and many at once.

P5: a worktree of the pool, in which an agent has committed an edit, is brought to a base that lies ten edits further
on. `git worktree add -b` at the same base is what it saves; that worktree is removed again, as without a pool. On a
disk more is wanted of the time that passes, because deleting makes a disk slow and a pool deletes nothing. The agent
has worked for longer than a second: git reads a file again that was written in the second in which it wrote its index.
"""

import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import partial
from pathlib import Path

from prodigy_tui.git.worktrees import Worktrees
from prodigy_tui.ids import Oid
from tests.benchmarks.engine.ground import CHANGE, PARALLEL, Ground, file_of, file_system, surroundings
from tests.benchmarks.engine.spent import Spent, medians, spent_here
from tests.benchmarks.figures import Figure

AT_ONCE = 50
_A_SECOND_S = 1.1


def reset(folder: Path, quick: bool) -> Iterator[Figure]:
    """Resets and adds in turn."""
    ground = Ground(folder)
    with surroundings(ground.folder):
        worktrees = ground.worktrees()
        pooled = worktrees.root / "slot-0"
        worktrees.add(pooled, "prodigy/benchmark/first", ground.base)
        resets, adds = list[Spent](), list[Spent]()
        for number in range(5 if quick else 30):
            time.sleep(_A_SECOND_S)
            _agent(ground, pooled, number)
            base = ground.moved_on(PARALLEL, number)
            branch = f"prodigy/benchmark/{number}"
            resets.append(spent_here(partial(_reset, worktrees, pooled, branch, base)))
            fresh = ("git", "worktree", "add", "--quiet", "-b", f"fresh-{number}", str(folder / "fresh"), base)
            adds.append(spent_here(partial(subprocess.run, fresh, cwd=ground.repo, check=True)))
            ground.git("worktree", "remove", "--force", str(folder / "fresh"))
        worktrees.close()
    ours, add = medians(resets), medians(adds)
    what = "of a reset by that of worktree add"
    yield Figure.ratio("P5", f"CPU {what}", ours=ours.cpu, floor=add.cpu, unit="ms", target=1 / 3)
    target = 1 / 3 if file_system(folder) == "tmpfs" else 1 / 15
    yield Figure.ratio("P5", f"time {what}", ours=ours.wall, floor=add.wall, unit="ms", target=target)


def at_once(folder: Path, quick: bool) -> Iterator[Figure]:
    """Fifty at the same moment, again and again; what fails is counted."""
    rounds = 3 if quick else 20
    ground = Ground(folder)
    failed, spent = list[BaseException](), list[Spent]()
    with surroundings(ground.folder), ThreadPoolExecutor(AT_ONCE) as threads:
        for each in range(rounds):
            worktrees = ground.worktrees(f"round-{each}")
            paths = [worktrees.root / f"{each}-{number}" for number in range(AT_ONCE)]
            spent.append(spent_here(partial(_add_all, threads, worktrees, paths, ground.base, failed)).each(AT_ONCE))
            failed.extend(_not_whole(ground, path) for path in paths if ground.git("status", "--short", cwd=path))
            for path in paths:
                worktrees.remove(path)
            worktrees.delete_branches(worktrees.branches())
    what = f"failures of {rounds} × {AT_ONCE} creations at once"
    yield Figure(goal="P15", what=what, value=len(failed), unit="", target=0)
    yield Figure(goal="P15", what="CPU of one of them", value=medians(spent).cpu, unit="ms")
    for error in failed[:3]:
        print(f"     {error}")


def _add_all(
    threads: Executor, worktrees: Worktrees, paths: list[Path], base: Oid, failed: list[BaseException]
) -> None:
    made = [threads.submit(worktrees.add, path, f"{worktrees.branch_prefix}{path.name}", base) for path in paths]
    failed.extend(error for one in made if (error := one.exception()) is not None)


def _reset(worktrees: Worktrees, path: Path, branch: str, base: Oid) -> None:
    if not worktrees.reset(path, branch, base):
        raise SystemExit("error: the worktree of the pool could not be used again")


def _agent(ground: Ground, worktree: Path, number: int) -> None:
    change = CHANGE.format(id=f"i{number:05}", file=file_of(number))
    subprocess.run(("sh", "-c", change), cwd=worktree, env=ground.environment, check=True)


def _not_whole(ground: Ground, path: Path) -> Exception:
    return RuntimeError(f"{path} is not as its commit: {ground.git('status', '--short', cwd=path)[:200]}")
