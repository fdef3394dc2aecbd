"""What commits have brought, as `work_between` says it, without a process: the way of many agents.

Most agents make one commit on their base, and leave nothing else behind. To read of those which trees differ takes
0.1 ms of CPU, a process 3; and with what they say a look at the worktree needs no process either. Whatever else there
is to be told is left to git.
"""

import os
import threading
from pathlib import Path
from typing import Final, NamedTuple

from prodigy_tui.git.administration import admin_folder, head_in
from prodigy_tui.git.index_file import Unclear
from prodigy_tui.git.inspect import Work, work_between
from prodigy_tui.git.open_trees import OpenTrees
from prodigy_tui.git.plain_look import Looks
from prodigy_tui.git.plain_switch import PackedRefs
from prodigy_tui.git.run import shown
from prodigy_tui.ids import Oid

_OTHERWISE: Final = ("refs/replace", "info/grafts")
"""What may have git take one commit for another."""
_MOST: Final = 2000
"""Of so many files and folders that differ, git is as fast."""


class _Commit(NamedTuple):
    """A commit with one parent."""

    tree: str
    files: tuple[str, ...]
    """That differ from the parent, sorted."""


class PlainWork:
    """Looks at commits of one repository. Safe to use from several threads."""

    def __init__(self, common_dir: Path, trees: OpenTrees, looks: Looks) -> None:
        """Reads nothing yet.

        Args:
            common_dir: What all worktrees of the repository share.
            trees: Of that repository.
            looks: Remembers what was seen in its worktrees.
        """
        self._common_dir = common_dir
        self._trees = trees
        self._looks = looks
        self._lock = threading.Lock()
        self._packed = PackedRefs(common_dir)

    def between(self, worktree: Path, base: Oid, tip: Oid) -> Work:
        """Returns what the commits bring that `tip` contains and `base` does not."""
        known = self._look_up(tip, base) if tip != base else None
        return Work(commits=1, files=known.files) if known is not None else work_between(worktree, base, tip)

    def all_in_one(self, worktree: Path, base: Oid) -> tuple[Oid, Work] | None:
        """Returns the commit on `base` that is all that was done in `worktree`, and what it brings.

        None: that is not so, or cannot be told without asking git.
        """
        admin = admin_folder(self._common_dir, worktree)
        head = head_in(admin, self._common_dir) if admin is not None else None
        if admin is None or head is None or head == base:
            return None
        known = self._look_up(head, base)
        if known is None or not self._looks.is_as_tree(worktree, admin, head, known.tree):
            return None
        return head, Work(commits=1, files=known.files)

    def _look_up(self, commit: Oid, parent: Oid) -> _Commit | None:
        """Returns what is known of a commit, if `parent` is its only one; None: that has to be found out."""
        try:
            if self._may_be_another():
                return None
            tree, parents = self._trees.of_commit(commit)
            if parents != (parent,):
                return None
            files = self._trees.differing(self._trees.of_commit(parent)[0], tree, _MOST)
        except (Unclear, OSError):
            return None
        # Commits that change nothing are rare, and looked at closely.
        return _Commit(tree, tuple(sorted(shown(os.fsdecode(file)) for file in files))) if files else None

    def _may_be_another(self) -> bool:
        """Tells whether git may take a commit for another than its name says."""
        if any(os.path.lexists(f"{self._common_dir}/{name}") for name in _OTHERWISE):
            return True
        with self._lock:
            return self._packed.matter()
