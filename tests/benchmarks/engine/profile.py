"""Which functions take a greater share of the program's own CPU late in a long run than early in it (P3).

A sampler in the program (`sampled`) counts what its threads are at; its processes, git's and the agents', are not part
of it. A function grows when its share, by itself or with all that it calls, is half as much again and a hundredth of
the whole more than it was, and that is not by chance: three standard deviations of what was counted.

With the interface open some of it is drawn by the clock, such as ages. That takes more of the whole where an item takes
longer, as on a machine that others work on too; so the time of an item is told beside it.
"""

import json
import math
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
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
        first, last = _windows(Ground(folder / f"run{how}"), items, early, late, shown)
        paces = [1000 * one.seconds / (end - begin) for one, (begin, end) in ((last, late), (first, early))]
        yield Figure.ratio("P3", f"time of an item, sampled{how}", ours=paces[0], floor=paces[1], unit="ms")
        grown = _grown(first, last)
        what = f"functions that grow, {late[0]} by {early[0]}{how}"
        yield Figure(goal="P3", what=what, value=len(grown), unit="", target=0)
        for one in grown:
            beside = f"{100 * one.late:.1f} by {100 * one.early:.1f} %"
            yield Figure(goal="P3", what=one.name[-_NAME:], value=one.late / one.early, unit="×", beside=beside)


def _windows(ground: Ground, items: int, early: Items, late: Items, shown: bool) -> tuple["_Counted", "_Counted"]:
    """Returns what was counted between two early items, and between two late ones."""
    file = ground.folder / "counted.jsonl"
    file.touch()
    program = (sys.executable, "-m", "tests.benchmarks.engine.sampled", str(file))
    arguments = ("run", ground.map_of(items), "--merge", "no", "--allow-outside", ground.folder)
    run = Run(ground, *arguments, shown=shown, program=program)
    counted = list[_Counted]()
    for mark in (*early, *late):
        run.wait_for(MERGE, mark)
        run.send(signal.SIGUSR2)
        while len(lines := file.read_text().split("\n")) < len(counted) + 2:
            run.go_on(_LOOK_S)
        counted.append(_Counted(json.loads(lines[-2])))
    run.end(signal.SIGKILL)
    return counted[1] - counted[0], counted[3] - counted[2]


class _Counted:
    """How often a thread was looked at, and what was on its stack."""

    def __init__(self, said: dict[str, Any]) -> None:
        self.seconds: float = said["at"]
        self.looks: int = said["looks"]
        self.kinds: dict[str, dict[str, int]] = {kind: said[kind] for kind in ("top", "within")}

    def __sub__(self, other: "_Counted") -> "_Counted":
        less = {
            kind: {name: count - other.kinds[kind].get(name, 0) for name, count in counts.items()}
            for kind, counts in self.kinds.items()
        }
        return _Counted({"at": self.seconds - other.seconds, "looks": self.looks - other.looks, **less})


def _grown(early: _Counted, late: _Counted) -> list[Grown]:
    """Returns the functions that grow, by what they have come to."""
    found = dict[str, Grown]()
    for kind, counts in late.kinds.items():
        for name, count in counts.items():
            # one look more than there were: what was never seen early has a share to compare with
            before, now = (early.kinds[kind].get(name, 0) + 1) / (early.looks + 1), count / late.looks
            chance = math.sqrt(before * (1 - before) / early.looks + now * (1 - now) / late.looks)
            if now > _TIMES * before and now - before > max(_MORE, _DEVIATIONS * chance):
                found[name] = Grown(name, before, now)
    return sorted(found.values(), key=lambda one: -one.late)
