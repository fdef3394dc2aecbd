"""G11: the terminal is lent to a shell under load, the program stands still, and then the picture is right again."""

import os
import re
import signal
import stat
import time
from pathlib import Path

from tests.benchmarks.figures import Figure
from tests.benchmarks.interface.picture import picture_of
from tests.benchmarks.interface.program import PATIENCE_S, begun, measured, scenario
from tests.benchmarks.interface.pseudo_terminal import Terminal

_AGENTS, _RATE = 100, 2_000.0
_MORE_S = 4.0
_STANDS_S = 1.0
_PACE = re.compile(r" +ev \S+/s +|  +")
"""How fast events came in the last seconds is no part of the run's state, nor is the room that it takes."""


def suspend(home: Path, *, seconds: float = 5.0) -> list[Figure]:
    """Lent for some seconds, then stopped as with ctrl+z, and at the end held against an app that saw none of it."""
    shell = home / "shell"
    shell.write_text(f"#!/bin/sh\nfor line in 1 2 3; do echo scribbles of a shell; done\nsleep {seconds}\n")
    shell.chmod(shell.stat().st_mode | stat.S_IXUSR)
    terminal, result = scenario(home, "lent", agents=_AGENTS, rate=_RATE, seconds=seconds, more=_MORE_S)
    terminal.env = {**terminal.env, "SHELL": str(shell)}
    terminal.keeps = True
    begun(terminal, result)
    _until(terminal, result.with_suffix(".back"), seconds + PATIENCE_S)
    terminal.type("\x1a")
    stood = _stopped(terminal)
    time.sleep(_STANDS_S)
    terminal.send(signal.SIGCONT)
    _until(terminal, result.with_suffix(".shown"), PATIENCE_S)
    terminal.run(0.5)
    seen = picture_of(terminal)
    found = measured(terminal, result)

    count = int(_RATE * (seconds + _MORE_S))
    fresh, afresh = scenario(home, "seen_afresh", agents=_AGENTS, count=count)
    fresh.keeps = True
    begun(fresh, afresh)
    _until(fresh, afresh.with_suffix(".shown"), PATIENCE_S)
    fresh.run(0.5)
    wanted = picture_of(fresh)
    measured(fresh, afresh)
    wrong = sum(_PACE.sub("  ", one) != _PACE.sub("  ", other) for one, other in zip(seen, wanted, strict=True))
    gap = 1000 * found["publisher_gap_s"] - 1000 * _STANDS_S
    return [
        Figure(goal="G11", what="lines unlike a fresh picture's", value=wrong, unit="", target=0),
        Figure(goal="G11", what="events lost", value=found["lost"], unit="", target=0),
        Figure(goal="G11", what="lent without a deadlock", value=found["lent_s"], unit="s", target=seconds + 5),
        Figure(goal="G11", what="stood still", value=stood, unit="", target=1, at_least=True),
        Figure(goal="G11", what="longest wait of the engine besides", value=gap, unit="ms"),
    ]


def _until(terminal: Terminal, file: Path, patience_s: float) -> None:
    end = time.monotonic() + patience_s
    while not file.exists():
        if not terminal.run(0.02) or time.monotonic() > end:
            raise SystemExit(f"error: the app came to a stop before {file.suffix}: {terminal.said[-500:]}")


def _stopped(terminal: Terminal) -> int:
    """Waits until the program stands still; returns whether it does."""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        terminal.run(0.02)
        pid, status = os.waitpid(terminal.pid, os.WNOHANG | os.WUNTRACED)
        if pid:
            return int(os.WIFSTOPPED(status))
    return 0
