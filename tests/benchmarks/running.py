"""The command of a benchmark: which parts to measure, the table as it grows, the result as a file."""

import argparse
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from statistics import median
from typing import TypeAlias

from tests.benchmarks.figures import Figure, heading, read, row, written

Part: TypeAlias = Callable[[Path, argparse.Namespace], Iterable[Figure]]
"""Measures into an empty folder of its own, and yields figures as they are known."""


def command(module: str, about: str | None) -> argparse.ArgumentParser:
    """Returns the parser of a benchmark; options of its own can be added."""
    parser = argparse.ArgumentParser(
        prog=f"python -m {module}", description=about, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("part", nargs="*", help="what to measure; by default all")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to a file as well")
    parser.add_argument("--compare", type=Path, metavar="FILE", help="an earlier result: how many times as much")
    parser.add_argument("--at", type=Path, metavar="FOLDER", help="measure on the file system of this folder")
    return parser


def measured(parser: argparse.ArgumentParser, parts: Mapping[str, Part]) -> bool:
    """Measures what is asked for and prints it; whether every goal is met."""
    asked = parser.parse_args()
    unknown = [name for name in asked.part if name not in parts]
    if unknown:
        parser.error(f"no part is called {', '.join(unknown)}; there are {', '.join(parts)}")
    before = read(asked.compare) if asked.compare is not None else None
    figures: list[Figure] = []
    print(f"a bare loop of a million turns takes {_loop_ms():.0f} ms here")
    print(heading(compared=before is not None))
    for name in asked.part or parts:
        with tempfile.TemporaryDirectory(dir=asked.at, prefix="benchmark-") as folder:
            for figure in parts[name](Path(folder), asked):
                figures.append(figure)
                print(row(figure, before), flush=True)
    print(f"and {_loop_ms():.0f} ms at the end")
    if asked.json is not None:
        asked.json.write_text(written(figures), "utf-8")
    return all(figure.met for figure in figures)


def _loop_ms() -> float:
    """Returns how fast the machine is at the moment: those that are shared become half as fast, and fast again."""
    spent = list[float]()
    for _ in range(5):
        began = time.process_time()
        for _ in range(1_000_000):
            pass
        spent.append(time.process_time() - began)
    return 1000 * median(spent)
