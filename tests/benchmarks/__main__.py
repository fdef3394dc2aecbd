"""Measures the targets of the engine, of its data and of the program's start: `python -m tests.benchmarks [PART …]`.

What is measured is the real program or its real parts, and beside it, in the same run, the same work without us.
CPU is that of all processes together and is what to trust: the time that passes includes the neighbours. `--at
/dev/shm` measures in memory, which is the floor of CPU; without it the disk of the temporary folder is part of it.
Some parts take minutes; `--quick` measures everything in a small size, whose figures are a hint and no more.
"""

import argparse
import signal
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from tests.benchmarks.data.fold import fold, past
from tests.benchmarks.data.log import log
from tests.benchmarks.data.merges import merges
from tests.benchmarks.data.selection import selection
from tests.benchmarks.engine.growth import growth
from tests.benchmarks.engine.items import items
from tests.benchmarks.engine.profile import profile
from tests.benchmarks.engine.steps import steps
from tests.benchmarks.engine.worktrees import at_once, reset
from tests.benchmarks.figures import Figure
from tests.benchmarks.program.held import held
from tests.benchmarks.program.printed import printed
from tests.benchmarks.program.start import start
from tests.benchmarks.running import Part, command, measured


def _sized(measure: Callable[[Path, bool], Iterable[Figure]]) -> Part:
    """A part that measures less when little time is given to it."""
    return lambda folder, asked: measure(folder, asked.quick)


PARTS: Mapping[str, Part] = {
    "items": _sized(items),
    "growth": _sized(growth),
    "profile": _sized(profile),
    "merge": _sized(merges),
    "reset": _sized(reset),
    "steps": _sized(steps),
    "log": _sized(log),
    "fold": _sized(fold),
    "past": _sized(past),
    "select": _sized(selection),
    "printed": _sized(printed),
    "held": _sized(held),
    "start": _sized(start),
    "worktrees": _sized(at_once),
}


def parser() -> argparse.ArgumentParser:
    """Returns the parser of this benchmark."""
    found = command("tests.benchmarks", __doc__)
    found.add_argument("--quick", action="store_true", help="everything in a small size: some minutes")
    return found


def main() -> int:
    """Measures what is asked for; 0 when every target is met."""
    # A shell has what it starts in the background ignore it; the program would too, and could not be interrupted.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    return 0 if measured(parser(), PARTS) else 1


if __name__ == "__main__":
    sys.exit(main())
