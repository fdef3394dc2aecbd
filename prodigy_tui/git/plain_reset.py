"""A worktree brought to a commit without a process, where little has to be done and nothing is unusual.

So it is between most agents: all is committed, nothing else lies there, and the next base differs in the few files that
others have brought meanwhile. In a worktree of 500 files git takes 7 ms of CPU for that, and 2 more to be started; this
takes 2. Afterwards git finds what its own `checkout -f -b` would have left. Whatever else there is (files that were
touched, filters, links, submodules, other forms of an index) is left to that.

The order is git's own, so that a process that is killed leaves what every later look takes for what it is:

    files       do not stand as the index says until it is replaced: whoever looks sees that, and mends it
    index       takes its place whole, when all files are as it says; no HEAD is asked to know that
    branch      is at its commit; a later reset finds it there and makes room for it
    HEAD        takes its place whole

Git compares what it has noted of a file by whole seconds, so it reads those that are as young as the index. What is
written here is put a second back, so that it need not; where that may hide something, it is made to (see `file_times`).
A file that an agent changed within a tick of the clock before its index was written is left to git: nothing gets into
the new index that only seems to be unchanged.
"""

import os
import threading
import time
from collections.abc import Mapping
from pathlib import Path

from prodigy_tui.git.administration import head_in
from prodigy_tui.git.file_times import FileTimes
from prodigy_tui.git.index_file import IndexFile, Unclear
from prodigy_tui.git.index_writing import require_whole, stepped
from prodigy_tui.git.lock_file import LockFile
from prodigy_tui.git.open_trees import OpenTrees
from prodigy_tui.git.plain_files import remove_files, write_files
from prodigy_tui.git.plain_look import Looks
from prodigy_tui.git.plain_settings import PlainSettings, changes_content
from prodigy_tui.git.plain_switch import PackedRefs, has_branch, make_branch, put_on
from prodigy_tui.git.run import GitFailed, GitMissing
from prodigy_tui.git.signature import Signature
from prodigy_tui.git.tree_step import ATTRIBUTES, Step, step_to
from prodigy_tui.ids import Oid

_CANNOT = (Unclear, OSError, GitFailed, GitMissing, RuntimeError, UnicodeError)
"""Why git has to do it; the last but one is of a path below `~nobody` in its settings."""
_MERGED = "AUTO_MERGE"
"""What a merge leaves in what git keeps about a worktree, and a checkout removes."""


class PlainReset:
    """Resets worktrees of one run. Safe to use from several threads."""

    def __init__(self, common_dir: Path, branch_prefix: str, trees: OpenTrees, looks: Looks, times: FileTimes) -> None:
        """Starts nothing yet.

        Args:
            common_dir: What all worktrees of the repository share.
            branch_prefix: How the names of the run's branches begin.
            trees: Of that repository.
            looks: What was seen in worktrees.
            times: Is told where files are written.
        """
        self._common_dir = common_dir
        self._looks = looks
        self._trees = trees
        self._times = times
        self._lock = threading.Lock()
        self._settings = PlainSettings(common_dir)
        self._packed = PackedRefs(common_dir, branch_prefix)
        self._signature: tuple[Mapping[str, str], Signature] | None = None
        self._attributes: dict[str, bool] = {}
        """Files of attributes that were read, and whether they change content."""

    def reset(self, path: Path, admin: Path, branch: str, base: Oid) -> bool:
        """Brings the worktree `path` to the new branch `branch` at `base`, if it is as git has seen it last.

        Args:
            path: The worktree; nothing is at work in it.
            admin: What git keeps about it: nothing but where it is and what it holds.
            branch: Not there yet.
            base: A commit.

        Returns:
            Whether that is done. Where it is not, git can do it, whatever was done until then.
        """
        try:
            signature = self._usual(path)
            before = head_in(admin, self._common_dir)
            if signature is None or before is None or has_branch(self._common_dir, branch):
                return False
            index = IndexFile.read(admin, base)
            if os.path.lexists(admin / _MERGED) or not self._looks.is_as_seen(path, index):
                return False
            require_whole(index)
            step = step_to(self._trees.of_commit(base)[0], index, self._trees)
            self._require_content_as_it_is(index)
            self._take(path, admin, index, step)
            signed = signature.at(time.time())
            make_branch(self._common_dir, branch, base, signed)
            put_on(admin, branch, before, base, signed)
        except _CANNOT:
            return False
        return True

    def _usual(self, path: Path) -> Signature | None:
        """Returns who is named in logs, if nothing that holds in the repository stands against doing without git."""
        with self._lock:
            settings = self._settings.look(path)
            if settings is None or self._packed.matter():
                return None
            if self._signature is None or self._signature[0] is not settings:
                self._signature = settings, Signature.of("committer", path, settings)
            return self._signature[1]

    def _require_content_as_it_is(self, index: IndexFile) -> None:
        """Checks that no attributes in the worktree have git write another content than a commit has."""
        if ATTRIBUTES not in index.content:
            return
        for name in index.at:
            if name.endswith(ATTRIBUTES):
                _, blob = index.file(name)
                if blob not in self._attributes:
                    self._attributes[blob] = changes_content(*self._trees.objects.read("blob", [blob]))
                if self._attributes[blob]:
                    raise Unclear

    def _take(self, path: Path, admin: Path, index: IndexFile, step: Step) -> None:
        if not step.files:
            return
        written = {name: file for name, file in step.files.items() if file is not None}
        contents = self._trees.objects.read("blob", [file.blob for file in written.values()])
        files = {
            name: (content, file.can_be_run) for (name, file), content in zip(written.items(), contents, strict=True)
        }
        with LockFile(admin / "index") as lock:
            self._times.second_back(path)
            remove_files(path, step.files.keys() - written.keys())
            lock.write(stepped(index, step, write_files(path, files)), durable=False)
            lock.commit()
