"""Worktrees that hold only some folders (a sparse checkout in cone mode), without a word in the user's configuration.

`git sparse-checkout` writes settings for all working trees of the repository. Here the folders stand where git looks
for them, in what it keeps about the one worktree, and the settings travel in the environment of every git command that
is at work there: ours (`run_git` sees the mark) and those of agents.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from prodigy_tui.git.run import SPARSE_MARK

SPARSE_FILE: Final = "info/sparse-checkout"


def write_sparse(admin: Path, folders: Sequence[str]) -> None:
    """Has the worktree that git keeps `admin` about hold only `folders`, what is beside them, and the root's files."""
    file = admin / SPARSE_FILE
    file.parent.mkdir(exist_ok=True)
    file.write_text("".join(f"{line}\n" for line in cone(folders)), "utf-8", "surrogateescape")
    (admin / SPARSE_MARK).touch()


def cone(folders: Iterable[str]) -> list[str]:
    """Returns the lines of a sparse checkout in cone mode.

    Whole folders, and of every folder above them the files that lie directly in it.
    """
    wanted = {folder.strip("/") for folder in folders} - {"", "."}
    whole = sorted(one for one in wanted if not any(above in wanted for above in _above(one)))
    parents = sorted({above for one in whole for above in _above(one)})
    lines = ["/*", "!/*/"]
    for parent in parents:
        lines += [f"/{_escaped(parent)}/", f"!/{_escaped(parent)}/*/"]
    return lines + [f"/{_escaped(one)}/" for one in whole]


def _above(folder: str) -> list[str]:
    return [folder[:at] for at, letter in enumerate(folder) if letter == "/"]


def _escaped(folder: str) -> str:
    return "".join(f"\\{letter}" if letter in "*?[\\" else letter for letter in folder)
