"""How a worktree stands at this moment: its branch, its commit, and what is staged, changed and untracked in it."""

from collections.abc import Callable
from pathlib import Path

from msgspec import Struct

from prodigy_tui.git.run import run_git, shown
from prodigy_tui.git.status import look_at
from prodigy_tui.ids import Oid


class Standing(Struct, frozen=True, kw_only=True):
    """A worktree at this moment; paths are relative to its root and sorted."""

    branch: str
    """Short name; empty where no branch is checked out."""
    commit: Oid
    short_commit: str
    staged: tuple[str, ...]
    unstaged: tuple[str, ...]
    modified: tuple[str, ...]
    """Tracked files whose content differs from that of HEAD or of the index."""
    untracked: tuple[str, ...]


def standing(path: Path) -> Standing:
    """Returns how the worktree `path` stands."""
    commit, short = run_git("log", "-1", "--format=%H%x00%h", "--no-show-signature", cwd=path).text.split("\0")
    status = look_at(path)
    fields = status.entries

    def those(wanted: Callable[[str, str], bool]) -> tuple[str, ...]:
        return tuple(sorted(shown(field[3:]) for field in fields if wanted(field[0], field[1])))

    return Standing(
        branch=status.branch,
        commit=Oid(commit),
        short_commit=short,
        staged=those(lambda index, _: index not in " ?!"),
        unstaged=those(lambda _, tree: tree not in " ?!"),
        modified=those(lambda index, tree: index in "MT" or tree in "MT"),
        untracked=those(lambda index, _: index == "?"),
    )
