"""P14: from the command to its end where nothing is run. The floor is the same interpreter with nothing to do."""

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from tests.benchmarks.engine.ground import environment
from tests.benchmarks.engine.spent import Spent, spent_by
from tests.benchmarks.figures import Figure
from tests.benchmarks.interface.past import start as first_pictures

_WORKFLOW: Final = """
name: small
mode: mapreduce
setup:
  - shell: "git ls-files '*.py' > files.txt"
map:
  input: files.txt
  max_parallel: 4
  agent_template:
    - claude: "/modernise ${item}"
      timeout: 10m
    - shell: "pytest -q ${item}"
      on_failure: {claude: "/mend ${item}"}
reduce:
  - shell: "ruff check ."
"""


def start(folder: Path, quick: bool) -> Iterator[Figure]:
    """Each of them in turn, and the interface's first picture (G8)."""
    workflow = folder / "small.yml"
    workflow.write_text(_WORKFLOW)
    ours, given = [sys.executable, "-m", "prodigy_tui"], environment(folder)
    commands = {
        "bare": [sys.executable, "-c", "pass"],
        "--help": [*ours, "--help"],
        "validate": [*ours, "validate", str(workflow)],
    }
    took: dict[str, list[Spent]] = {name: [] for name in commands}
    for _ in range(5 if quick else 25):
        for name, command in commands.items():
            took[name].append(_spent(command, given))
    bare = _least(took["bare"])
    for name, target in (("--help", 100), ("validate", 200)):
        one = _least(took[name])
        beside = f"{one.cpu:.0f} by {bare.cpu:.0f} ms"
        yield Figure(goal="P14", what=f"{name}, CPU", value=one.cpu, unit="ms", target=target, beside=beside)
        beside = f"{one.wall:.0f} by {bare.wall:.0f} ms"
        yield Figure(goal="P14", what=f"{name}, time", value=one.wall, unit="ms", beside=beside)
    if not quick:
        yield from first_pictures(folder)


def _least(several: Sequence[Spent]) -> Spent:
    """Returns the least of each: neighbours make a start longer, and nothing makes it shorter."""
    return Spent(min(one.cpu for one in several), min(one.wall for one in several))


def _spent(command: Sequence[str], given: dict[str, str]) -> Spent:
    began = time.perf_counter()
    process = subprocess.Popen(
        command, env=given, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    code, spent = spent_by(process, began)
    if code:
        raise SystemExit(f"error: {' '.join(command)} ended with {code}")
    return spent
