"""Who is at work in a folder: processes whose current folder lies there. Linux only; elsewhere nobody is seen."""

import os
from collections.abc import Collection
from pathlib import Path

_PROC = Path("/proc")


def processes_in(folders: Collection[Path]) -> dict[Path, tuple[str, ...]]:
    """Returns the processes in each of some folders, as `123 (name)`; folders without any are left out."""
    wanted = {os.path.realpath(folder): folder for folder in folders}
    found: dict[Path, tuple[str, ...]] = {}
    for entry in _PROC.glob("[0-9]*"):
        try:
            place = (entry / "cwd").readlink()
            name = (entry / "comm").read_text("utf-8", "replace").strip()
        except OSError:
            continue  # it has ended, or is somebody else's
        for above in map(str, (place, *place.parents)):
            if above in wanted:
                folder = wanted[above]
                found[folder] = (*found.get(folder, ()), f"{entry.name} ({name})")
                break
    return found
