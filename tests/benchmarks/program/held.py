"""P13: the memory of the program without interface while it drives a run of ten thousand items.

What the program holds once it is up, before it has an item, is told beside it.
"""

import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.benchmarks.engine.ground import PARALLEL, Ground
from tests.benchmarks.figures import Figure

_ITEMS: Final = 10_000
_FEW: Final = 10
_LOOK_EVERY_S: Final = 0.2


def held(folder: Path, quick: bool) -> Iterator[Figure]:
    """A real run, whose items have nothing to do and no commits: what is held of them is the same."""
    ground = Ground(folder)
    few = _peak_mb(ground, _FEW)
    many = _peak_mb(ground, _ITEMS // 50 if quick else _ITEMS)
    beside = f"{few:.0f} with {_FEW} items"
    yield Figure(goal="P13", what="peak of memory", value=many, unit="MB", target=120, beside=beside)


def _peak_mb(ground: Ground, items: int) -> float:
    """Returns the most that the program's own process ever held in a run of so many items."""
    listed = ground.folder / f"{items}.json"
    listed.write_text(json.dumps([{"id": f"i{number:05}", "file": f"src/{number}.py"} for number in range(items)]))
    workflow = ground.folder / f"many-{items}.yml"
    workflow.write_text(
        f"name: many\nmode: mapreduce\nmap:\n  input: {listed}\n  json_path: $[*]\n"
        f'  max_parallel: {PARALLEL}\n  agent_template:\n    - shell: "true"\n'
    )
    process = ground.start("run", workflow, "--headless", "--merge", "no", "--allow-outside", ground.folder)
    peak = 0.0
    while process.poll() is None:
        peak = _high_water_mb(process) or peak
        time.sleep(_LOOK_EVERY_S)  # the kernel keeps the peak; it is lost with the process
    if process.returncode:
        raise SystemExit(f"error: the run ended with {process.returncode}: {ground.said}")
    return peak


def _high_water_mb(process: "subprocess.Popen[bytes]") -> float:
    try:
        told = Path(f"/proc/{process.pid}/status").read_text()
    except OSError:
        return 0.0
    found = [line.split()[1] for line in told.splitlines() if line.startswith("VmHWM:")]
    return int(found[0]) * 1024 / 1e6 if found else 0.0
