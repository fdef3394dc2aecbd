"""G7 and G8: from the command to a picture of a run's past, and from moment to moment in it."""

import math
import random
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from prodigy_tui.events.codec import encode
from prodigy_tui.events.timeline import Timeline
from tests.benchmarks.figures import Figure, percentile
from tests.benchmarks.interface.crowd import at_work, beginning
from tests.benchmarks.interface.program import environment
from tests.benchmarks.interface.pseudo_terminal import Terminal
from tests.benchmarks.interface.under_load import AGENTS
from tests.support.make import make_run

_STARTS: Final = 5
_AT_WORK: Final = 100
"""An event of the small run by which agents are at work."""
_BARE: Final = """
from textual.app import App
from textual.widget import Widget
class Words(Widget):
    def render(self):
        return "modernise keys"
class Bare(App):
    def compose(self):
        yield Words()
    def key_q(self):
        self.exit()
Bare().run()
"""
"""The least that the library can do: what no start can be cheaper than."""


def replay(home: Path, *, events: int = 1_000_000) -> list[Figure]:
    """A log of a million events: the first picture of the real program, and seeks."""
    log = home / "events.jsonl"
    with log.open("wb") as file:
        first = 0
        for envelope in beginning(AGENTS):
            file.write(encode(envelope))
            first = envelope.seq
        for envelope in at_work(AGENTS, events - first, first=first + 1):
            file.write(encode(envelope))
    opened = first_picture(home, _replay(log), awaited=b"modernise")

    timeline, chance, seeks = Timeline.open(log), random.Random(1), list[float]()
    for _ in range(200):
        began = time.perf_counter()
        timeline.state_at(chance.randrange(1, events))
        seeks.append(1000 * (time.perf_counter() - began))
    log.unlink()
    shown = opened.first_drawn - opened.started if opened.first_drawn is not None else math.inf
    seek = percentile(seeks, 0.95)
    return [
        Figure(goal="G7", what="first picture of a million events", value=shown, unit="s", target=1, stretch=0.5),
        Figure(goal="G7", what="the same, processor time", value=opened.cpu_at_first_s, unit="s"),
        Figure(goal="G7", what="seek p95", value=seek, unit="ms", target=30, stretch=12),
    ]


def start(home: Path) -> list[Figure]:
    """From the command to the first picture that shows the run, and to the first that shows agents."""
    log = home / "small.jsonl"
    log.write_bytes(b"".join(encode(envelope) for envelope in make_run(items=20)))
    opened = [first_picture(home, _replay(log), awaited=b"modernise") for _ in range(_STARTS)]
    at_work = [first_picture(home, [*_replay(log), "--at", str(_AT_WORK)], awaited=b"item-") for _ in range(_STARTS)]
    bare = [first_picture(home, [sys.executable, "-c", _BARE], awaited=b"modernise") for _ in range(_STARTS)]
    cpu, walls = _cpu_ms(opened), [1000 * ((one.first_drawn or math.inf) - one.started) for one in opened]
    return [
        Figure(goal="G8", what="command to first picture, cpu", value=cpu, unit="ms", target=300, stretch=250),
        Figure(goal="G8", what="the same by the clock", value=min(walls), unit="ms"),
        Figure(goal="G8", what="the same amidst the run, cpu", value=_cpu_ms(at_work), unit="ms"),
        Figure(goal="G8", what="an empty app of the library, cpu", value=_cpu_ms(bare), unit="ms"),
        Figure(goal="G8", what="modules of the interface at `--version`", value=_modules(home), unit="", target=0),
    ]


def first_picture(home: Path, argv: Sequence[str], *, awaited: bytes, patience_s: float = 60.0) -> Terminal:
    """Starts a program, waits for its first picture, and leaves it."""
    terminal = Terminal(argv, environment(home), awaited=awaited)
    terminal.open()
    terminal.await_picture(patience_s)
    if terminal.first_drawn is None:
        raise SystemExit(f"error: {' '.join(argv[:5])} drew no picture: {terminal.said[-500:]}")
    terminal.run(0.5)
    terminal.type("q")
    terminal.wait(30)
    return terminal


def _cpu_ms(opened: Sequence[Terminal]) -> float:
    return 1000 * min(one.cpu_at_first_s for one in opened)


def _replay(log: Path) -> list[str]:
    return [sys.executable, "-m", "prodigy_tui", "replay", str(log)]


def _modules(home: Path) -> int:
    """Returns how many modules of the interface a command without one loads."""
    program = (
        "import sys\nfrom prodigy_tui.cli.main import run_program\nrun_program(['--version'])\n"
        "print(sum(name.startswith(('textual', 'prodigy_tui.tui')) for name in sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment(home), capture_output=True, text=True, check=True
    )
    return int(done.stdout.split()[-1])
