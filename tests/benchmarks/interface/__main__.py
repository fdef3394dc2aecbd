"""Measures the goals of the interface: `python -m tests.benchmarks.interface [PART …]`.

Everything runs in a real pseudo-terminal of 160×48 cells whose output is taken by a parent process. Figures hold for
the machine and its load: give it a quiet one. Lag is how late a timer of 5 ms fires on the interface's loop; key to
paint is the time from the byte written into the terminal to the first frame handed to it after the key was handled.
What says `cpu` is processor time, which other programs disturb less.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from tests.benchmarks.interface.at_rest import idle, memory
from tests.benchmarks.interface.figures import Figure, heading, read, row, written
from tests.benchmarks.interface.lent import suspend
from tests.benchmarks.interface.logs import filtering, ingest, panes
from tests.benchmarks.interface.past import replay, start
from tests.benchmarks.interface.under_load import burst, load, stall
from tests.benchmarks.interface.with_engine import engine

PARTS: Mapping[str, Callable[[Path], list[Figure]]] = {
    "load": load,
    "burst": burst,
    "ingest": ingest,
    "panes": panes,
    "replay": replay,
    "start": start,
    "idle": idle,
    "stall": stall,
    "suspend": suspend,
    "engine": engine,
    "filter": filtering,
    "memory": memory,
}


def main() -> int:
    """Measures what is asked for; 0 when every goal is met."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.interface", description=__doc__)
    parser.add_argument("part", nargs="*", choices=[*PARTS, []], help="what to measure; by default all")
    parser.add_argument("--long", action="store_true", help="suspend for a minute, instead of five seconds")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to a file as well")
    parser.add_argument("--compare", type=Path, metavar="FILE", help="an earlier result: how many times as much")
    asked = parser.parse_args()
    before = read(asked.compare) if asked.compare is not None else None
    figures: list[Figure] = []
    print(heading(compared=before is not None))
    with tempfile.TemporaryDirectory() as folder:
        for name in asked.part or PARTS:
            measure = partial(suspend, seconds=60.0) if name == "suspend" and asked.long else PARTS[name]
            for figure in measure(Path(folder)):
                figures.append(figure)
                print(row(figure, before), flush=True)
    if asked.json is not None:
        asked.json.write_text(written(figures), "utf-8")
    return 0 if all(figure.met for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
