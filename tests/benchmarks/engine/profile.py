"""Which functions take a greater share of the program's own CPU late in a long run than early in it (P3).

A sampler in the program (`sampled`) counts what its threads are at; its processes, git's and the agents', are not part
of it. A function grows when its share, by itself or with all that it calls, is half as much again and a hundredth of
the whole more than it was, and that is not by chance: three standard deviations of what was counted.

What the machine is at changes the shares by more than that, for a minute or so. So late items are looked at in parts,
behind each of which the run stands still while another comes to its early items; every part with late items has to
stand above every part with early ones.

With the interface open some of it is drawn by the clock, such as ages. That takes more of the whole where an item takes
longer, as on a machine that others work on too; so the time of an item is told beside it.
"""

import functools
import json
import math
import operator
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any, Final, NamedTuple

from tests.benchmarks.engine.at_work import MERGE, Run
from tests.benchmarks.engine.ground import Ground
from tests.benchmarks.engine.growth import QUICK, WHOLE, Items
from tests.benchmarks.figures import Figure

_TIMES: Final = 1.5
_MORE: Final = 0.01
_DEVIATIONS: Final = 3
_LOOK_S: Final = 0.02
_NAME: Final = 42


class Grown(NamedTuple):
    """A function and its shares."""

    name: str
    early: float
    late: float


def profile(folder: Path, quick: bool) -> Iterator[Figure]:
    """Yields how many functions grow, and each of them."""
    items, early, late = QUICK if quick else WHOLE
    for shown, how in ((False, ""), (True, ", shown")):
        first, last = _windows(folder / f"run{how}", items, early, late, shown)
        paces = [1000 * median(one.seconds / one.items for one in found) for found in (last, first)]
        yield Figure.ratio("P3", f"time of an item, sampled{how}", ours=paces[0], floor=paces[1], unit="ms")
        grown = _grown(first, last)
        what = f"functions that grow, {late[0]} by {early[0]}{how}"
        yield Figure(goal="P3", what=what, value=len(grown), unit="", target=0)
        for one in grown:
            beside = f"{100 * one.late:.1f} by {100 * one.early:.1f} %"
            yield Figure(goal="P3", what=one.name[-_NAME:], value=one.late / one.early, unit="×", beside=beside)


def _windows(
    folder: Path, items: int, early: Items, late: Items, shown: bool
) -> tuple[list["_Counted"], list["_Counted"]]:
    """Returns what was counted between early items, and what between late ones."""
    run = _Sampled(folder / "long", items, shown)
    first, last, middle = [run.counted(early)], list[_Counted](), sum(late) // 2
    for number, part in enumerate(((late[0], middle), (middle, late[1]))):
        last.append(run.counted(part))
        with run.held():
            other = _Sampled(folder / f"short-{number}", items, shown)
            first.append(other.counted(early))
            other.end(signal.SIGKILL)
    run.end(signal.SIGKILL)
    return first, last


class _Sampled(Run):
    """A run of the program with the sampler in it."""

    def __init__(self, folder: Path, items: int, shown: bool) -> None:
        ground = Ground(folder)
        self._file = ground.folder / "counted.jsonl"
        self._file.touch()
        self._told = 0
        program = (sys.executable, "-m", "tests.benchmarks.engine.sampled", str(self._file))
        arguments = ("run", ground.map_of(items), "--merge", "no", "--allow-outside", ground.folder)
        super().__init__(ground, *arguments, shown=shown, program=program)

    def counted(self, between: Items) -> "_Counted":
        """Returns what is counted between two items."""
        before, after = (self._so_far(mark) for mark in between)
        return after - before

    def _so_far(self, mark: int) -> "_Counted":
        self.wait_for(MERGE, mark)
        self.send(signal.SIGUSR2)
        self._told += 1
        while len(lines := self._file.read_text().split("\n")) <= self._told:
            self.go_on(_LOOK_S)
        return _Counted(json.loads(lines[-2]), mark)


class _Counted:
    """How often a thread was looked at, and what was on its stack."""

    def __init__(self, said: dict[str, Any], items: int) -> None:
        self.items = items
        self.seconds: float = said["at"]
        self.looks: int = said["looks"]
        self.kinds: dict[str, dict[str, int]] = {kind: said[kind] for kind in ("top", "within")}

    def __sub__(self, other: "_Counted") -> "_Counted":
        return self._with(other, -1)

    def __add__(self, other: "_Counted") -> "_Counted":
        return self._with(other, 1)

    def _with(self, other: "_Counted", times: int) -> "_Counted":
        names = {kind: counts.keys() | other.kinds[kind].keys() for kind, counts in self.kinds.items()}
        both = {
            kind: {name: self.kinds[kind].get(name, 0) + times * other.kinds[kind].get(name, 0) for name in names[kind]}
            for kind in names
        }
        said = {"at": self.seconds + times * other.seconds, "looks": self.looks + times * other.looks, **both}
        return _Counted(said, self.items + times * other.items)

    def share(self, kind: str, name: str) -> float:
        """Returns how much of the whole a function takes; of one that was not seen, what one look more would be."""
        return (self.kinds[kind].get(name, 0) + 1) / (self.looks + 1)


def _grown(early: list[_Counted], late: list[_Counted]) -> list[Grown]:
    """Returns the functions that grow, by what they have come to."""
    found = dict[str, Grown]()
    first, last = (functools.reduce(operator.add, several) for several in (early, late))
    for kind, counts in last.kinds.items():
        for name in counts:
            before, now = first.share(kind, name), last.share(kind, name)
            chance = math.sqrt(before * (1 - before) / first.looks + now * (1 - now) / last.looks)
            least, most = (edge(one.share(kind, name) for one in few) for edge, few in ((min, late), (max, early)))
            if least > most and now > _TIMES * before and now - before > max(_MORE, _DEVIATIONS * chance):
                found[name] = Grown(name, before, now)
    return sorted(found.values(), key=lambda one: -one.late)
