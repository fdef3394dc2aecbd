"""What merging many clean branches costs, against `git merge` in a worktree: `python -m tests.benchmarks.merges`.

Twice the same: branches that all began at one commit, which is the worst case, and branches that each began at a recent
tip, as in a run. They are merged one after another as the merge thread does it. `git merge --no-ff` is timed in
between, at the same commits, in a worktree of the same repository. Figures are medians; on a busy machine CPU tells
more than wall, and ratios more than either.
"""

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Literal, TypeAlias, TypeVar

from prodigy_tui.git.merge import Merged, merge
from prodigy_tui.git.open_merge import OpenMerge
from prodigy_tui.git.refs import move_ref
from prodigy_tui.git.repo import Repository
from prodigy_tui.ids import Oid
from tests.support.gitrepo import HERMETIC

T = TypeVar("T")

FILES = 500
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
Way: TypeAlias = Literal["open", "fork"]


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

    base: Base
    way: Way
    merges: int
    windows: tuple[Window, ...]
    whole: Cost
    """Means, starting and ending of processes included."""


class Bench:
    """A repository whose branches can be merged in any order without a conflict."""

    def __init__(self, folder: Path, files: int = FILES) -> None:
        self.path = folder / "repo"
        self._files = files
        self.path.mkdir()
        self._git("init", "--quiet", "--initial-branch=main")
        self._contents = [[f"line {line} of {file}" for line in range(LINES)] for file in range(files)]
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


def measure(folder: Path, items: int, base: Base, way: Way, files: int = FILES) -> Measured:
    """Merges that many branches, and some of them with `git merge` too."""
    bench = Bench(folder, files)
    repository = Repository.open(bench.path)
    tips = [bench.base]
    window = min(WINDOW, items // 3)
    begins = {"first": 0, "middle": (items - window) // 2, "last": items - window}
    compared = {begin + at * window // COMPARED for begin in begins.values() for at in range(COMPARED)}
    ours, theirs = list[Cost](), dict[int, Cost]()

    def merge_one(merges: OpenMerge, number: int, onto: Oid, head: Oid) -> Oid:
        message = f"Merge {number} into prodigy/benchmark"
        if way == "open":
            merged = merges.merge(onto, head, message)
            moved = isinstance(merged, Merged) and merges.move_ref(TIP, merged.commit, onto)
        else:
            merged = merge(bench.worktree, onto, head, message)
            moved = isinstance(merged, Merged) and move_ref(repository, TIP, merged.commit, onto)
        assert isinstance(merged, Merged), merged
        assert moved
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
        base=base,
        way=way,
        merges=items,
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


def _report(measured: Measured, window: int) -> str:
    first, last = measured.windows[0].ours, measured.windows[-1].ours
    lines = [
        f"{measured.merges} branches from {measured.base}, {measured.way}: ms a merge",
        f"{'':12}     wall      CPU      git merge: wall      CPU     it by us: wall   CPU",
    ]
    for one in measured.windows:
        ours, git = one.ours, one.git
        lines.append(
            f"{one.name:>7} {window:<4} {ours.wall:8.2f} {ours.cpu:8.2f} {git.wall:20.2f} {git.cpu:8.2f}"
            f"      {git.wall / ours.wall:10.1f} {git.cpu / ours.cpu:7.1f}"
        )
    lines.append(f"{'all, mean':>12} {measured.whole.wall:8.2f} {measured.whole.cpu:8.2f}")
    lines.append(f"{'last : first':>12} {last.wall / first.wall:8.2f} {last.cpu / first.cpu:8.2f}")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures and prints."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.merges", description=__doc__.splitlines()[0])
    parser.add_argument("--items", type=int, default=1000, help="how many branches are merged (default 1000)")
    parser.add_argument("--quick", action="store_true", help="150 of them")
    parser.add_argument("--files", type=int, default=FILES, help=f"how many the repository has (default {FILES})")
    parser.add_argument("--disk", action="store_true", help="in the usual temporary folder, even if there is a tmpfs")
    parser.add_argument("--way", choices=("open", "fork"), default="open", help="fork: processes for every merge")
    parser.add_argument("--base", choices=("one base", "recent tips"), action="append", help="only these branches")
    parser.add_argument("--json", action="store_true", help="one JSON document")
    options = parser.parse_args(arguments)
    items = 150 if options.quick else options.items
    most = options.files * (LINES // 4)
    if not 3 <= items <= most:
        parser.error(f"--items {items}: from 3 to {most}")
    os.environ.update({name: value for name, value in HERMETIC.items() if not name.endswith("_DATE")})
    memory = Path("/dev/shm")
    place = memory if os.access(memory, os.W_OK) and not options.disk else None
    where = f"tmpfs ({memory})" if place else f"the temporary folder ({tempfile.gettempdir()})"
    found = []
    for base in options.base or ("one base", "recent tips"):
        with tempfile.TemporaryDirectory(prefix="prodigy-merges-", dir=place) as folder:
            found.append(measure(Path(folder), items, base, options.way, options.files))
    version = subprocess.run(("git", "--version"), capture_output=True, text=True, check=True).stdout.strip()
    if options.json:
        print(json.dumps({"place": where, "git": version, "measured": [asdict(one) for one in found]}, indent=2))
        return 0
    print(f"{where}, {version}, Python {platform.python_version()}, {os.cpu_count()} cores, {options.files} files\n")
    print("\n\n".join(_report(one, min(WINDOW, items // 3)) for one in found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
