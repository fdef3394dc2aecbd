"""Who is at work in a folder: processes whose current folder lies there. Linux only; elsewhere nobody is seen."""

import os
from collections.abc import Collection
from pathlib import Path

_PROC = Path("/proc")
_TOLD_WHERE = (b"GIT_DIR=", b"GIT_COMMON_DIR=", b"GIT_WORK_TREE=", b"--git-dir=", b"--work-tree=")


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


def may_be_at_work(program: str, places: Collection[Path]) -> bool:
    """Tells whether a program whose name begins so may be at work in one of the places, or below it.

    One that cannot be looked at may be, and so may any where nobody can look at all. One that is told by a variable or
    an option where to work (`GIT_DIR`, `--git-dir`) is taken at its word only if that leads elsewhere.
    """
    if not (_PROC / "self" / "environ").is_file():
        return True
    roots = tuple(Path(os.path.realpath(place)) for place in places)
    return any(_may_be_there(entry, program.encode(), roots) for entry in _PROC.glob("[0-9]*"))


def _may_be_there(entry: Path, program: bytes, roots: Collection[Path]) -> bool:
    try:
        if not (entry / "comm").read_bytes().startswith(program) or _has_ended(entry):
            return False
        here = (entry / "cwd").readlink()
        said = (entry / "environ").read_bytes().split(b"\0") + (entry / "cmdline").read_bytes().split(b"\0")
    except (FileNotFoundError, ProcessLookupError):
        return False
    except OSError:
        return True  # somebody else's
    told = [os.fsdecode(text.partition(b"=")[2]) for text in said if text.startswith(_TOLD_WHERE)]
    led = [Path(os.path.realpath(here / place)) for place in ("", *told)]
    return b"--git-dir" in said or any(place.is_relative_to(root) for place in led for root in roots)


def _has_ended(entry: Path) -> bool:
    return (entry / "stat").read_bytes().rpartition(b")")[2].split()[0] in (b"Z", b"X")
