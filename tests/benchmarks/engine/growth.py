"""P3 and P12: what a late item costs beside an early one, and how long a resumed run takes to its first new agent.

One run of more items than are carried out: half through it is interrupted, as by Ctrl-C, and resumed; the resumed one
is killed in full work, and resumed. Its CPU, that of its processes included, is read from outside while its event log
grows.
"""

import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from prodigy_tui.process import kill_strays_of
from tests.benchmarks.engine.ground import Ground
from tests.benchmarks.engine.spent import spent_so_far
from tests.benchmarks.figures import Figure

_LOOK_S: Final = 0.01
_PATIENCE_S: Final = 900.0
_AT_WORK_S: Final = 1.0
_AGENT: Final = b'"type":"agent_started"'
_MERGE: Final = b'"type":"merge_finished"'


def growth(folder: Path, quick: bool) -> Iterator[Figure]:
    """Yields P3 while the run is at work, and P12 behind it."""
    items, early, late = (1000, (100, 200), (400, 500)) if quick else (10_000, (500, 1000), (4000, 5000))
    ground = Ground(folder)
    run = _Run(ground, "run", ground.map_of(items), "--merge", "no", "--allow-outside", ground.folder)
    first, last = (run.cpu_between(*marks) for marks in (early, late))
    what = f"CPU of items {late[0]}-{late[1]} by {early[0]}-{early[1]}"
    yield Figure.ratio("P3", what, ours=last, floor=first, unit="ms", target=1.1, stretch=1.0)
    run.end(signal.SIGINT)
    for how in ("interrupted", "killed"):
        began, known = time.perf_counter(), run.log.seen(_AGENT)
        resumed = _Run(ground, "resume", "--merge", "no", log=run.log)
        resumed.wait_for(_AGENT, known + 1)
        passed = time.perf_counter() - began
        what = f"first agent when {how} at {run.log.seen(_MERGE):,} of {items:,}"
        yield Figure(goal="P12", what=what, value=passed, unit="s", target=2.0)
        time.sleep(_AT_WORK_S)
        resumed.end(signal.SIGKILL)


class _Log:
    """An event log that is followed: how many lines of it hold which words."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._read = 0
        self._rest = b""
        self._counts = dict.fromkeys((_AGENT, _MERGE), 0)

    @property
    def run_id(self) -> str:
        """Whose log it is."""
        return next(self._home.glob("state/repos/*/runs/*/events.jsonl")).parent.name

    def seen(self, words: bytes) -> int:
        """Returns how many events that was by now."""
        found = list(self._home.glob("state/repos/*/runs/*/events.jsonl"))
        if found:
            with found[0].open("rb") as file:
                file.seek(self._read)
                new = file.read()
            self._read += len(new)
            whole, _, self._rest = (self._rest + new).rpartition(b"\n")
            for each in self._counts:
                self._counts[each] += whole.count(each)
        return self._counts[words]


class _Run:
    """A run that is at work."""

    def __init__(self, ground: Ground, *arguments: str | Path, log: _Log | None = None) -> None:
        self._ground = ground
        self._process: subprocess.Popen[bytes] = ground.start(*arguments, "--headless")
        self.log = log or _Log(ground.folder)

    def wait_for(self, words: bytes, count: int) -> None:
        """Waits until so many events hold these words."""
        until = time.monotonic() + _PATIENCE_S
        while self.log.seen(words) < count:
            if self._process.poll() is not None or time.monotonic() > until:
                raise SystemExit(f"error: the run never came to {count} × {words!r}: {self._ground.said}")
            time.sleep(_LOOK_S)

    def cpu_between(self, begin: int, end: int) -> float:
        """Returns the CPU of an item, from one merge to another."""
        spent = []
        for mark in (begin, end):
            self.wait_for(_MERGE, mark)
            spent.append((spent_so_far(self._process.pid), self.log.seen(_MERGE)))
        return (spent[1][0] - spent[0][0]) / (spent[1][1] - spent[0][1])

    def end(self, how: signal.Signals) -> None:
        """Sends a signal and waits for what comes of it."""
        self._process.send_signal(how)
        self._process.wait(_PATIENCE_S)
        if how is signal.SIGKILL:  # what it leaves behind would write where the next one works, and is removed
            kill_strays_of(f"{self.log.run_id}:")
            time.sleep(_AT_WORK_S)  # git commands of its own
