"""A worktree as it stood at one moment, uncommitted and untracked files included, and what has changed since.

The snapshot is a tree whose objects lie in a folder of its own: nothing is left behind in the user's repository.
"""

import shutil
import weakref
from collections.abc import Collection
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Final

from msgspec import Struct

from prodigy_tui.git.index_copy import objects_in, throwaway_index
from prodigy_tui.git.inspect import Changes, commits_between, head, left_out, tree_changes, uncommitted_files
from prodigy_tui.git.run import run_git
from prodigy_tui.ids import Oid


class Snapshot(Struct, frozen=True, kw_only=True):
    """A worktree at one moment."""

    worktree: Path
    head: Oid
    tree: str
    exclude: frozenset[str]
    store: "_Store"

    def changes(self) -> tuple[Changes, tuple[Oid, ...]]:
        """Returns the files that differ now, and the commits that were made since, oldest first."""
        tip = head(self.worktree)
        now = _tree(self.worktree, tip, self.exclude, self.store.folder)
        if now == self.tree:
            files = Changes(files=())
        else:
            known = run_git("rev-parse", "--path-format=absolute", "--git-path", "objects", cwd=self.worktree).text
            env = objects_in(self.store.folder, Path(known))
            files = tree_changes(self.worktree, self.tree, now, env)
        return files, commits_between(self.worktree, self.head, tip) if tip != self.head else ()

    def forget(self) -> None:
        """Removes the objects."""
        self.store.remove()


class _Store:
    """A folder for the objects; one of its own goes with the last who holds it, at the latest."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder or Path(mkdtemp(prefix="prodigy-tui-"))
        self._ending = weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True) if not folder else None

    def remove(self) -> None:
        if self._ending is not None:
            self._ending()
        else:
            shutil.rmtree(self.folder, ignore_errors=True)


def take_snapshot(worktree: Path, exclude: Collection[str] = (), keep_in: Path | None = None) -> Snapshot:
    """Returns the worktree as it stands; files in `exclude`, or below a folder of it, do not count.

    With `keep_in`, a folder, the snapshot outlives the process, and `kept_snapshot` finds it.
    """
    if keep_in is not None:
        shutil.rmtree(keep_in, ignore_errors=True)
        keep_in.mkdir(parents=True)
    store, left, commit = _Store(keep_in), frozenset(exclude), head(worktree)
    tree = _tree(worktree, commit, left, store.folder)
    if keep_in is not None:
        (keep_in / _START).write_text(f"{commit} {tree} whole")
    return Snapshot(worktree=worktree, head=commit, tree=tree, exclude=left, store=store)


def kept_snapshot(worktree: Path, exclude: Collection[str], kept_in: Path) -> Snapshot | None:
    """Returns the snapshot that an earlier process took, if it is whole."""
    try:
        commit, tree, _ = (kept_in / _START).read_text().split()
    except (OSError, ValueError):
        return None
    return Snapshot(worktree=worktree, head=Oid(commit), tree=tree, exclude=frozenset(exclude), store=_Store(kept_in))


_START: Final = "start"


def change_fields(changes: Changes, commits: Collection[Oid]) -> dict[str, Any]:
    """Returns the fields of language 7.3 as plain data."""
    return {
        "files_added": list(changes.paths("added")),
        "files_modified": list(changes.paths("modified")),
        "files_deleted": list(changes.paths("deleted")),
        "files_changed": list(changes.paths()),
        "commits": list(commits),
        "commit_count": len(commits),
        "insertions": changes.insertions,
        "deletions": changes.deletions,
    }


def _tree(worktree: Path, commit: Oid, exclude: Collection[str], store: Path) -> str:
    left = left_out(uncommitted_files(worktree), exclude)
    if not left:
        return run_git("rev-parse", f"{commit}^{{tree}}", cwd=worktree).text
    with throwaway_index(worktree, left, objects=store) as env:
        return run_git("write-tree", cwd=worktree, env=env).text
