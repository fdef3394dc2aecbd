"""What work takes: processor time of all processes that it needs, and time that passes."""

import os
import resource
import subprocess
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

_TICK_S = 1 / os.sysconf("SC_CLK_TCK")
_OWN_AND_ENDED = slice(11, 15)
"""The fields of `/proc/PID/stat` behind the name: time in the program and in the kernel, its own and its children's."""


@dataclass(frozen=True, slots=True)
class Spent:
    """Milliseconds."""

    cpu: float
    wall: float

    def __sub__(self, other: "Spent") -> "Spent":
        return Spent(self.cpu - other.cpu, self.wall - other.wall)

    def each(self, count: int) -> "Spent":
        """Returns the share of one of that many."""
        return Spent(self.cpu / count, self.wall / count)


def medians(several: list[Spent]) -> Spent:
    """Returns the median of each."""
    return Spent(median(one.cpu for one in several), median(one.wall for one in several))


def typical(pairs: Iterable[tuple[float, float]]) -> dict[str, float]:
    """Returns those with the median ratio of several that were each measured in the same minute, for `Figure.ratio`."""
    ordered = sorted(pairs, key=lambda pair: pair[0] / pair[1])
    ours, floor = ordered[len(ordered) // 2]
    return {"ours": ours, "floor": floor}


def spent_here(work: Callable[[], object]) -> Spent:
    """Does work in this process; what it starts must have ended behind it."""
    cpu, began = _cpu_here(), time.perf_counter()
    work()
    wall = time.perf_counter() - began
    return Spent((_cpu_here() - cpu) * 1000, wall * 1000)


def spent_by(process: "subprocess.Popen[bytes]", began: float) -> tuple[int, Spent]:
    """Waits for a process that was started at `began`; returns how it ended, and what it and its children took."""
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, Spent((usage.ru_utime + usage.ru_stime) * 1000, wall * 1000)


def spent_so_far(pid: int) -> float:
    """Returns the milliseconds of CPU that a running process and its children have taken, also those that still run."""
    spent = _ticks(pid)
    for listed in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            spent += sum(_ticks(int(child)) for child in listed.read_text().split())
        except OSError:
            continue  # that thread has ended
    return spent * _TICK_S * 1000


def _ticks(pid: int) -> int:
    try:
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    except OSError:
        return 0  # it is counted as ended, or will be at the next look
    return sum(map(int, fields[_OWN_AND_ENDED]))


def _cpu_here() -> float:
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + ended.ru_utime + ended.ru_stime
