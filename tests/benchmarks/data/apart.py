"""Work in a Python process of its own, which says what it took: only there is memory the work's alone."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

_HERE: Final = Path(__file__).parents[3]
_TELLS: Final = """
import json, sys, time
from pathlib import Path
from {module} import {work}
cpu, began = time.process_time(), time.perf_counter()
found = {work}(*json.loads(sys.argv[1]))
cpu, wall = time.process_time() - cpu, time.perf_counter() - began
# Not from getrusage, whose peak begins with that of whoever started the process.
peak = next(line.split()[1] for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
print(json.dumps({{"cpu_s": cpu, "wall_s": wall, "peak_mb": int(peak) * 1024 / 1e6, "found": found}}))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Apart:
    """What work took."""

    cpu_s: float
    wall_s: float
    peak_mb: float
    """The most memory that the process ever held, the interpreter and what it had imported included."""
    found: Any
    """What the work returned."""


def apart(module: str, work: str, *arguments: Any) -> Apart:
    """Calls a function of a module with arguments that JSON can hold, in a fresh interpreter."""
    program = _TELLS.format(module=module, work=work)
    command = (sys.executable, "-c", program, json.dumps(arguments))
    done = subprocess.run(command, cwd=_HERE, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"error: {module}.{work} failed: {done.stderr[-2000:]}")
    return Apart(**json.loads(done.stdout.splitlines()[-1]))
