"""Measures the goals of the interface: `python -m tests.benchmarks.interface [PART …]`.

Everything runs in a real pseudo-terminal of 160×48 cells whose output is taken by a parent process. Figures hold for
the machine and its load: give it a quiet one. Lag is how late a timer of 5 ms fires on the interface's loop; key to
paint is the time from the byte written into the terminal to the first frame handed to it after the key was handled.
What says `cpu` is processor time, which other programs disturb less.
"""

import argparse
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from tests.benchmarks.figures import Figure
from tests.benchmarks.interface.at_rest import idle, memory
from tests.benchmarks.interface.lent import suspend
from tests.benchmarks.interface.logs import filtering, ingest, panes
from tests.benchmarks.interface.past import replay, start
from tests.benchmarks.interface.under_load import burst, load, stall
from tests.benchmarks.interface.with_engine import engine
from tests.benchmarks.running import Part, command, measured


def _suspend(folder: Path, asked: argparse.Namespace) -> Iterable[Figure]:
    return suspend(folder, seconds=60.0 if asked.long else 5.0)


def _part(measure: Callable[[Path], Iterable[Figure]]) -> Part:
    return lambda folder, _: measure(folder)


PARTS: Mapping[str, Part] = {
    "load": _part(load),
    "burst": _part(burst),
    "ingest": _part(ingest),
    "panes": _part(panes),
    "replay": _part(replay),
    "start": _part(start),
    "idle": _part(idle),
    "stall": _part(stall),
    "suspend": _suspend,
    "engine": _part(engine),
    "filter": _part(filtering),
    "memory": _part(memory),
}


def main() -> int:
    """Measures what is asked for; 0 when every goal is met."""
    parser = command("tests.benchmarks.interface", __doc__)
    parser.add_argument("--long", action="store_true", help="suspend for a minute, instead of five seconds")
    return 0 if measured(parser, PARTS) else 1


if __name__ == "__main__":
    sys.exit(main())
