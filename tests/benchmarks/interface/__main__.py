"""Measures the goals of the interface: `python -m tests.benchmarks.interface [load burst idle stall replay memory]`.

Everything runs in a real pseudo-terminal of 160×48 cells whose output is taken by a parent process. Figures hold for
the machine and its load: give it a quiet one. Lag is how late a timer of 5 ms fires on the interface's loop; key to
paint is the time from the byte written into the terminal to the first frame handed to it after the key was handled.
"""

import argparse
import json
import os
import platform
import random
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from prodigy_tui.events.codec import encode
from prodigy_tui.events.timeline import Timeline
from tests.benchmarks.interface.crowd import at_work, beginning
from tests.benchmarks.interface.pseudo_terminal import Terminal
from tests.support.make import make_run

AGENTS, RATE = 1_000, 10_000
KEYS = "jjjjkkkk"
EVERY_S = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured figure and what is wanted of it."""

    goal: str
    what: str
    value: float
    unit: str
    target: float

    @property
    def met(self) -> bool:
        return self.value <= self.target


def percentile(values: list[float], share: float) -> float:
    """Returns the value that `share` of all are below of, or equal to."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


def environment(home: Path) -> dict[str, str]:
    """What the program finds around it: a good terminal, nothing of the user."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "VIRTUAL_ENV", "PYTHONPATH") if name in os.environ}
    return {**kept, "HOME": str(home), "PRODIGY_HOME": str(home), "TERM": "xterm-256color", "COLORTERM": "truecolor"}


def scenario(home: Path, name: str, **options: float) -> tuple[Terminal, Path]:
    """Returns the app in its terminal, and where it will say what it has measured."""
    result = home / f"{name}.json"
    result.unlink(missing_ok=True)
    words = [f"{key}={value}" for key, value in options.items()]
    argv = [sys.executable, "-m", "tests.benchmarks.interface.app", str(result), name, *words]
    return Terminal(argv, environment(home)), result


def begun(terminal: Terminal, result: Path) -> None:
    """Starts the app and waits until what it does counts."""
    ready = result.with_suffix(".ready")
    ready.unlink(missing_ok=True)
    terminal.open()
    while not ready.exists() and terminal.run(0.02) and time.monotonic() - terminal.started < 120:
        pass


def measured(terminal: Terminal, result: Path) -> dict[str, Any]:
    """Waits for the app's end; returns what it said."""
    code = terminal.wait(120)
    if code or not result.exists():
        why = result.with_suffix(".txt")
        said = why.read_text() if why.exists() else f"it ended with {code}"
        raise SystemExit(f"error: the app measured nothing: {said}")
    found: dict[str, Any] = json.loads(result.read_text())
    return found


def key_to_paint(terminal: Terminal, painted: list[float]) -> list[float]:
    """Pairs keys with the frames after them, in milliseconds."""
    return [1000 * (frame - key) for key, frame in zip(terminal.typed, painted, strict=False)]


def load(home: Path, *, rate: int = RATE, seconds: float = 10.0) -> list[Figure]:
    """A thousand agents at ten thousand events a second, and somebody who moves about."""
    terminal, result = scenario(home, "under_load", agents=AGENTS, rate=rate, seconds=seconds)
    begun(terminal, result)
    terminal.run(seconds, every_s=EVERY_S, keys=KEYS)
    found = measured(terminal, result)
    answers, lags = key_to_paint(terminal, found["painted"]), [1000 * lag for lag in found["lags"]]
    return [
        Figure(goal="G1", what="lag p99", value=percentile(lags, 0.99), unit="ms", target=16),
        Figure(goal="G2", what="key to paint p95", value=percentile(answers, 0.95), unit="ms", target=50),
        Figure(goal="G3", what="processor share", value=100 * found["cpu_share"], unit="%", target=30),
        Figure(goal="G1", what="events lost", value=found["lost"], unit="", target=0),
    ]


def burst(home: Path) -> list[Figure]:
    """Five times as much for five seconds."""
    terminal, result = scenario(home, "under_load", agents=AGENTS, rate=50_000, seconds=5.0)
    begun(terminal, result)
    found = measured(terminal, result)
    lags = [1000 * lag for lag in found["lags"]]
    return [
        Figure(goal="G4", what="lag p99 in a burst", value=percentile(lags, 0.99), unit="ms", target=50),
        Figure(goal="G4", what="events lost", value=found["lost"], unit="", target=0),
        Figure(goal="G4", what="caught up after", value=found["settled_after_s"], unit="s", target=60),
    ]


def idle(home: Path) -> list[Figure]:
    """A run that is over, looked at by nobody."""
    terminal, result = scenario(home, "at_rest", seconds=10.0)
    begun(terminal, result)
    before = terminal.taken
    terminal.run(5.0)
    drawn = terminal.taken - before
    found = measured(terminal, result)
    return [
        Figure(goal="G9", what="processor share at rest", value=100 * found["cpu_share"], unit="%", target=1),
        Figure(goal="G9", what="bytes drawn at rest", value=drawn / 5, unit="B/s", target=0),
    ]


def stall(home: Path) -> list[Figure]:
    """A terminal that takes nothing for ten seconds."""
    terminal, result = scenario(home, "under_load", agents=AGENTS, rate=1_000, seconds=14.0)
    begun(terminal, result)
    terminal.run(1.0)
    terminal.reads = False
    terminal.run(10.0)
    terminal.reads = True
    found = measured(terminal, result)
    lags = [1000 * lag for lag in found["lags"]]
    return [
        Figure(goal="G10", what="longest wait of the loop", value=max(lags), unit="ms", target=100),
        Figure(
            goal="G10", what="longest wait of the engine", value=1000 * found["publisher_gap_s"], unit="ms", target=100
        ),
    ]


def replay(home: Path, *, events: int = 1_000_000) -> list[Figure]:
    """A log of a million events: the first picture of the real program, and seeks."""
    log = home / "events.jsonl"
    with log.open("wb") as file:
        first = 0
        for envelope in beginning(AGENTS):
            file.write(encode(envelope) + b"\n")
            first = envelope.seq
        for envelope in at_work(AGENTS, events - first, first=first + 1):
            file.write(encode(envelope) + b"\n")
    terminal = Terminal([sys.executable, "-m", "prodigy_tui", "replay", str(log)], environment(home))
    terminal.open()
    while terminal.first_drawn is None and terminal.run(0.1) and time.monotonic() - terminal.started < 60:
        pass
    shown = (terminal.first_drawn or float("inf")) - terminal.started
    terminal.run(1.0)
    terminal.type("q")
    terminal.wait(30)

    timeline, chance, seeks = Timeline.open(log), random.Random(1), list[float]()
    for _ in range(200):
        began = time.perf_counter()
        timeline.state_at(chance.randrange(1, events))
        seeks.append(1000 * (time.perf_counter() - began))
    log.unlink()
    return [
        Figure(goal="G7", what="first picture of a million events", value=shown, unit="s", target=1),
        Figure(goal="G7", what="seek p95", value=percentile(seeks, 0.95), unit="ms", target=30),
    ]


def start(home: Path) -> list[Figure]:
    """From the command to the first picture, and a command without a picture."""
    log = home / "small.jsonl"
    log.write_bytes(b"".join(encode(envelope) + b"\n" for envelope in make_run(items=20)))
    shown: list[float] = []
    for _ in range(5):
        terminal = Terminal([sys.executable, "-m", "prodigy_tui", "replay", str(log)], environment(home))
        terminal.open()
        while terminal.first_drawn is None and terminal.run(0.02) and time.monotonic() - terminal.started < 20:
            pass
        shown.append(1000 * ((terminal.first_drawn or float("inf")) - terminal.started))
        terminal.type("q")
        terminal.wait(10)
    return [Figure(goal="G8", what="command to first picture, median", value=median(shown), unit="ms", target=300)]


def memory(home: Path) -> list[Figure]:
    """A thousand agents and two hundred thousand events."""
    terminal, result = scenario(home, "much_to_remember", agents=AGENTS, events=200_000)
    terminal.open()
    found = measured(terminal, result)
    return [Figure(goal="G14", what="memory", value=found["rss_mb"], unit="MB", target=150)]


PARTS: Mapping[str, Callable[[Path], list[Figure]]] = {
    "load": load,
    "burst": burst,
    "idle": idle,
    "stall": stall,
    "replay": replay,
    "start": start,
    "memory": memory,
}


def main() -> int:
    """Measures what is asked for; 0 when every goal is met."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.interface", description=__doc__)
    parser.add_argument("part", nargs="*", choices=[*PARTS, []], help="what to measure; by default all")
    parser.add_argument("--json", action="store_true", help="figures as one JSON document")
    asked = parser.parse_args()
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory() as folder:
        for name in asked.part or PARTS:
            for figure in PARTS[name](Path(folder)):
                figures.append(figure)
                if not asked.json:
                    sign = "met" if figure.met else "MISSED"
                    value = f"{figure.value:8.1f} {figure.unit:4}"
                    print(f"{figure.goal:4} {figure.what:36} {value} ≤ {figure.target:g}  {sign}", flush=True)
    if asked.json:
        rows = [{"goal": f.goal, "what": f.what, "value": f.value, "unit": f.unit, "met": f.met} for f in figures]
        print(json.dumps({"machine": platform.platform(), "load": os.getloadavg()[0], "figures": rows}, indent=2))
    return 0 if all(figure.met for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
