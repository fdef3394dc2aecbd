"""P4: what merging many clean branches costs, against `git merge --no-ff` in a worktree of the same repository.

In the small repository twice the same: branches that all began at one commit, which is the worst case, and branches
that each began at a recent tip, as in a run. They are merged one after another as the merge thread does it. `git merge`
is timed in between, at the same commits. Figures are medians.
"""

import resource
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Literal, TypeAlias, TypeVar

from prodigy_tui.git.merge import Merged
from prodigy_tui.git.open_merge import OpenMerge
from prodigy_tui.git.repo import Repository
from prodigy_tui.ids import Oid
from tests.benchmarks.engine.ground import surroundings
from tests.benchmarks.figures import Figure

T = TypeVar("T")

FILES = 500
MANY_FILES = 50_000
LINES = 60
WINDOW = 100
AT_ONCE = 10
"""How many branches begin at the same tip where they begin at recent ones."""
COMPARED = 7
"""How often `git merge` is timed in each window."""
TIP = "refs/prodigy/benchmark/tip"
QUIET = ("-c", "gc.auto=0", "-c", "maintenance.auto=false", "-c", "fastimport.unpackLimit=1000000")

_CHILDREN = [*Path("/proc/self/task").glob("*/children")]

Base: TypeAlias = Literal["one base", "recent tips"]


@dataclass(frozen=True, kw_only=True)
class Cost:
    """Milliseconds a merge, medians."""

    wall: float
    cpu: float

    @classmethod
    def of(cls, costs: Iterable["Cost"]) -> "Cost":
        known = list(costs)
        return cls(wall=median(one.wall for one in known), cpu=median(one.cpu for one in known))


@dataclass(frozen=True, kw_only=True)
class Window:
    """A hundred merges of a run."""

    name: str
    ours: "Cost"
    git: "Cost"


@dataclass(frozen=True, kw_only=True)
class Measured:
    """All merges of a run."""

    windows: tuple[Window, ...]
    whole: Cost
    """Means, starting and ending of processes included."""

    @property
    def ours(self) -> Cost:
        """Of all windows."""
        return Cost.of(window.ours for window in self.windows)

    @property
    def git(self) -> Cost:
        return Cost.of(window.git for window in self.windows)

    @property
    def growth(self) -> float:
        """How many times the CPU of the first merges the last ones take."""
        return self.windows[-1].ours.cpu / self.windows[0].ours.cpu


def merges(folder: Path, quick: bool) -> Iterator[Figure]:
    """Branches from one base and from recent tips, and then some in a repository of fifty thousand files."""
    with surroundings(folder):
        for base in ("one base", "recent tips"):
            (place := folder / base.replace(" ", "-")).mkdir()
            yield from _figures(measure(place, 150 if quick else 1000, base), f"from {base}", 1 / 10)
        (place := folder / "many-files").mkdir()
        files = MANY_FILES // 10 if quick else MANY_FILES
        many = measure(place, 21, "recent tips", files, lines=4)
        yield from _figures(many, f"of {files:,} files", 1 / 50)


def _figures(found: Measured, what: str, share: float) -> Iterator[Figure]:
    ours, git = found.ours, found.git
    yield Figure(goal="P4", what=f"CPU of a merge {what}", value=ours.cpu, unit="ms", target=3, stretch=1)
    yield Figure.ratio("P4", "  by git merge", ours=ours.cpu, floor=git.cpu, unit="ms", target=share)
    yield Figure.ratio("P4", "  time by git merge", ours=ours.wall, floor=git.wall, unit="ms")
    yield Figure(goal="P4", what="  the last by the first", value=found.growth, unit="×")


class Bench:
    """A repository whose branches can be merged in any order without a conflict."""

    def __init__(self, folder: Path, files: int = FILES, lines: int = LINES) -> None:
        self.path = folder / "repo"
        self._files = files
        self.path.mkdir()
        self._git("init", "--quiet", "--initial-branch=main")
        self._contents = [[f"line {line} of {file}" for line in range(lines)] for file in range(files)]
        changes = "".join(f"M 100644 inline {_path(file)}\n{_data(self._text(file))}" for file in range(files))
        self._import(f"commit refs/heads/main\n{_who()}{_data('base')}{changes}\n")
        self.base = self._oid("main")
        self.worktree = folder / "worktree"
        self._git("worktree", "add", "--quiet", "--detach", str(self.worktree), self.base)
        self.plain = folder / "plain"
        self._git("worktree", "add", "--quiet", "--detach", str(self.plain), self.base)
        self._git("update-ref", TIP, self.base)

    def branches(self, numbers: Sequence[int], base: Oid) -> list[Oid]:
        """Makes a branch for each number, with one commit that changes a line of one file."""
        orders = []
        for number in numbers:
            # Git wants some lines between two changes.
            file, line = number % self._files, 2 + 4 * (number // self._files)
            kept, self._contents[file][line] = self._contents[file][line], f"changed by {number}"
            text = self._text(file)
            if base == self.base:
                self._contents[file][line] = kept
            change = f"M 100644 inline {_path(file)}\n{_data(text)}"
            orders.append(f"commit refs/heads/item-{number}\n{_who()}{_data(f'item {number}')}from {base}\n{change}\n")
        self._import("".join(orders))
        return [self._oid(f"item-{number}") for number in numbers]

    def git_merge(self, onto: Oid, head: Oid) -> Cost:
        """Merges with `git merge`."""
        self._git("reset", "--quiet", "--hard", onto, cwd=self.plain)
        return _timed(lambda: self._git("merge", "--quiet", "--no-ff", "-m", "merge", head, cwd=self.plain))[1]

    def _text(self, file: int) -> str:
        return "\n".join(self._contents[file]) + "\n"

    def _oid(self, name: str) -> Oid:
        return Oid((self.path / ".git/refs/heads" / name).read_text().strip())

    def _import(self, orders: str) -> None:
        self._git("fast-import", "--quiet", stdin=orders.encode())

    def _git(self, *arguments: str, cwd: Path | None = None, stdin: bytes | None = None) -> None:
        subprocess.run(("git", *QUIET, *arguments), cwd=cwd or self.path, input=stdin, check=True, capture_output=True)


def _who() -> str:
    return f"committer B <b@example.org> {int(time.time())} +0000\n"


def _path(file: int) -> str:
    return f"part{file // 2000}/folder{file // 20}/file{file}.txt"


def _data(text: str) -> str:
    return f"data {len(text)}\n{text}\n"


def _timed(work: Callable[[], T]) -> tuple[T, Cost]:
    children, own, begin = _cpu_of_children(), time.process_time(), time.perf_counter()
    done = work()
    wall, own = time.perf_counter() - begin, time.process_time() - own
    return done, Cost(wall=wall * 1000, cpu=(own + _cpu_of_children() - children) * 1000)


def _cpu_of_children() -> float:
    """Seconds of CPU that all children have used, whether they have ended or not."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    alive = sum(_cpu_of(child) for listed in _CHILDREN for child in listed.read_text().split())
    return ended.ru_utime + ended.ru_stime + alive


def _cpu_of(child: str) -> float:
    return int(Path(f"/proc/{child}/schedstat").read_text().split()[0]) / 1e9


def _heads(bench: Bench, items: int, base: Base, tips: list[Oid]) -> Iterator[Oid]:
    if base == "one base":
        yield from bench.branches(range(items), bench.base)
        return
    for first in range(0, items, AT_ONCE):
        yield from bench.branches(range(first, min(first + AT_ONCE, items)), tips[-1])


def measure(folder: Path, items: int, base: Base, files: int = FILES, lines: int = LINES) -> Measured:
    """Merges that many branches, and some of them with `git merge` too."""
    bench = Bench(folder, files, lines)
    repository = Repository.open(bench.path)
    tips = [bench.base]
    window = min(WINDOW, items // 3)
    begins = {"first": 0, "middle": (items - window) // 2, "last": items - window}
    compared = {begin + at * window // COMPARED for begin in begins.values() for at in range(COMPARED)}
    ours, theirs = list[Cost](), dict[int, Cost]()

    def merge_one(merges: OpenMerge, number: int, onto: Oid, head: Oid) -> Oid:
        merged = merges.merge(onto, head, f"Merge {number} into prodigy/benchmark")
        if not isinstance(merged, Merged) or not merges.move_ref(TIP, merged.commit, onto):
            raise SystemExit(f"error: branch {number} was not merged: {merged}")
        return merged.commit

    with closing(OpenMerge(repository, bench.worktree)) as merges:
        for number, head in enumerate(_heads(bench, items, base, tips)):
            onto = tips[-1]
            if number in compared:
                theirs[number] = bench.git_merge(onto, head)
            tip, cost = _timed(partial(merge_one, merges, number, onto, head))
            ours.append(cost)
            tips.append(tip)
        _, end = _timed(merges.close)
    ours_all = [*ours, end]
    return Measured(
        windows=tuple(
            Window(
                name=name,
                ours=Cost.of(ours[begin : begin + window]),
                git=Cost.of(cost for number, cost in theirs.items() if begin <= number < begin + window),
            )
            for name, begin in begins.items()
        ),
        whole=Cost(wall=sum(one.wall for one in ours_all) / items, cpu=sum(one.cpu for one in ours_all) / items),
    )
