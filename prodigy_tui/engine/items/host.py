"""How the machine is doing, for `max_parallel: auto`: available memory and load, where the system tells."""

import os
from pathlib import Path

from prodigy_tui.engine.decisions.parallel import Host


def read_host(meminfo: Path = Path("/proc/meminfo")) -> Host:
    """Returns the present reading."""
    return Host(memory_available=_memory(meminfo), load=_load())


def _memory(meminfo: Path) -> float | None:
    try:
        lines = meminfo.read_text("ascii", errors="replace").splitlines()
    except OSError:
        return None
    found = {name: rest.split() for name, _, rest in (line.partition(":") for line in lines)}
    try:
        return int(found["MemAvailable"][0]) / int(found["MemTotal"][0])
    except (KeyError, IndexError, ValueError, ZeroDivisionError):
        return None


def _load() -> float | None:
    try:
        return os.getloadavg()[0] / (os.cpu_count() or 1)
    except OSError:
        return None
