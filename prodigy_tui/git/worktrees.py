"""The worktrees and branches of one run: made, reset between agents, removed.

Only folders below the run's own root and branches below `prodigy/<run-id>/` are ever changed or removed here; anything
else is a `ValueError`. Cheap administration happens under the repository's lock, filling and deleting outside it.
"""

import os
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path
from typing import Final
from uuid import uuid4

from prodigy_tui.git.administration import (
    WorktreeInfo,
    admin_folder,
    admin_folders,
    forget,
    list_worktrees,
    lock_files,
    locked,
)
from prodigy_tui.git.clearing import clear_untracked
from prodigy_tui.git.deleting import delete_tree, why_left
from prodigy_tui.git.file_times import FileTimes
from prodigy_tui.git.open_objects import OpenObjects
from prodigy_tui.git.open_trees import OpenTrees
from prodigy_tui.git.plain_look import Looks, holds_tracked_only
from prodigy_tui.git.plain_reset import PlainReset
from prodigy_tui.git.refs import delete_ref, is_ancestor, move_ref, read_ref
from prodigy_tui.git.repo import Repository
from prodigy_tui.git.run import SPARSE_MARK, GitFailed, is_sparse, run_git
from prodigy_tui.git.sparse import write_sparse
from prodigy_tui.ids import Oid, RunId

_ADD_TRIES: Final = 5
_TRASH: Final = ".trash"
_HEADS: Final = "refs/heads/"
_PLAIN_ADMIN: Final = frozenset(
    {"HEAD", "ORIG_HEAD", "FETCH_HEAD", "AUTO_MERGE", "COMMIT_EDITMSG", "commondir", "gitdir", "index", "logs", "refs"}
)
"""What git keeps about a worktree in which nothing is going on. Anything else was left there by the last agent: an
unfinished merge or rebase, submodules, a sparse checkout, settings."""
_PLAIN_INDEX: Final = b"DIRC\x00\x00\x00\x02"
"""How an index begins that has no entry with extended flags, such as `skip-worktree`."""


class Worktrees:
    """Makes and removes the worktrees of one run. Safe to use from several threads; after resets it must be closed, and
    may be used again."""

    def __init__(self, repo: Repository, root: Path, lock_file: Path, *, run_id: RunId) -> None:
        """Prepares the root.

        Args:
            repo: Any working tree of the repository.
            root: A folder that holds nothing but this run's worktrees.
            lock_file: One for all runs in the repository.
            run_id: Names the branches.
        """
        if not run_id or set(run_id) & set("/\\ ") or run_id.startswith("."):
            raise ValueError(f"not a run id: {run_id!r}")
        root.mkdir(parents=True, exist_ok=True)
        self.repo = repo
        self.root = root.resolve()
        self.lock_file = lock_file
        self.run_id = run_id
        self.looks = Looks()
        self.trees = OpenTrees(OpenObjects(repo.common_dir))
        self._times = FileTimes()
        self._plain = PlainReset(repo.common_dir, self.branch_prefix, self.trees, self.looks, self._times)

    def close(self) -> None:
        """Ends the process that a look at objects may have left open."""
        self.trees.objects.close()

    @property
    def branch_prefix(self) -> str:
        return f"prodigy/{self.run_id}/"

    def add(self, path: Path, branch: str | None, base: Oid, *, sparse: Sequence[str] | None = None) -> None:
        """Makes a worktree at `path` with the new branch `branch` at `base`; `sparse`: with these folders only.

        Without a branch its HEAD is detached.

        What a crash left at `path` is thrown away. An old branch of that name is replaced; if it has commits that
        `base` does not contain, they stay reachable below `refs/prodigy/<run-id>/kept/`.

        Raises:
            ValueError: The folder or the branch is not one of this run.
            GitFailed: Git cannot make it.
        """
        path = self._own_path(path)
        if branch is not None:
            self._require_own_branch(branch)
        path.parent.mkdir(parents=True, exist_ok=True)
        with locked(self.lock_file):
            self._add_empty(path, branch, base)
        self._empty_trash()
        admin = admin_folder(self.repo.common_dir, path) if sparse is not None else None
        if sparse is not None and admin is not None:
            write_sparse(admin, sparse)
        run_git("reset", "--hard", "--quiet", cwd=path)
        self._times.all_read(path)

    def reset(
        self,
        path: Path,
        branch: str | None,
        base: Oid,
        *,
        keep: Callable[[str], bool] | None = None,
        sparse: Sequence[str] | None = None,
    ) -> bool:
        """Makes the worktree at `path` as new: on the new branch `branch` at `base`, without any other file.

        Without a branch its HEAD is detached.

        `keep` says of ignored files and folders which survive; `sparse`: with these folders only.

        Much cheaper than `add`, because files that are the same stay. Where the last user left more than files, or the
        worktree is damaged or gone, it is made anew. Nothing may run in it.

        Returns:
            Whether the old one could be used again.
        """
        path = self._own_path(path)
        if branch is not None:
            self._require_own_branch(branch)
        admin = admin_folder(self.repo.common_dir, path)
        if admin is not None:
            _remove_locks(admin)
            was_sparse = (admin / SPARSE_MARK).exists()
            if sparse is not None and was_sparse:
                write_sparse(admin, sparse)
            same = was_sparse == (sparse is not None)
            usable = same and _is_plain(admin, sparse=was_sparse)
            if usable and not was_sparse and branch is not None and self._plain.reset(path, admin, branch, base):
                return True
            self._times.doubt(path, admin)
            if usable and self._reset_in_place(path, admin, branch, base, keep):
                self._times.all_read(path)
                return True
        self.add(path, branch, base, sparse=sparse)
        return False

    def have_seen_all(self, path: Path) -> None:
        """Has git see whatever was done to the files of a worktree, also what their times do not tell: see `FileTimes`.

        Nothing may run in it. What is no worktree of this run is left as it is.
        """
        admin = admin_folder(self.repo.common_dir, path) if path.is_relative_to(self.root) else None
        if admin is not None:
            self._times.doubt(path, admin)

    def remove(self, path: Path) -> str:
        """Removes the worktree at `path`, in whatever state it is; its branch stays. Nothing there: nothing happens.

        Returns:
            Why some of its files could not be deleted, empty when all are gone. They are out of the way, and every
            later removal tries again.

        Raises:
            OSError: it cannot be moved out of the way.
        """
        path = self._own_path(path)
        with locked(self.lock_file):
            trash = self._discard(path)
        self._times.forget(path)
        self._empty_trash()
        return why_left(trash) if trash is not None else ""

    def empty_trash(self) -> str:
        """Deletes what earlier removals could not; returns why some of it still cannot be."""
        self._empty_trash()
        trash = self.root / _TRASH
        return why_left(trash) if any(trash.glob("*")) else ""

    def detach(self, branches: Collection[str]) -> None:
        """Leaves worktrees that have one of `branches` checked out at their commit without it."""
        wanted = set(branches)
        for one in self.list():
            if one.branch in wanted and one.head is not None:
                run_git("update-ref", "--no-deref", "HEAD", one.head, cwd=one.path)

    def list(self) -> tuple[WorktreeInfo, ...]:
        """Returns the worktrees of this run."""
        with locked(self.lock_file):
            return tuple(one for one in list_worktrees(self.repo) if self.root in one.path.resolve().parents)

    def branches(self) -> tuple[str, ...]:
        """Returns the short names of this run's branches, sorted."""
        return tuple(ref.removeprefix(_HEADS) for ref in self._refs())

    def _refs(self, *more: str) -> tuple[str, ...]:
        """Returns the full names of this run's branches, and those of `more` refs that are there, sorted."""
        listing = ("for-each-ref", "--format=%(refname)", f"{_HEADS}{self.branch_prefix}", *more)
        return tuple(run_git(f"--git-dir={self.repo.common_dir}", *listing, cwd=self.repo.common_dir).text.split())

    def delete_branches(self, branches: Collection[str]) -> tuple[str, ...]:
        """Deletes branches of this run in one step and returns those that were there.

        Merged or not is the caller's question. Their worktrees must be gone or on another branch.
        """
        for branch in branches:
            self._require_own_branch(branch)
        with locked(self.lock_file):
            there = tuple(sorted(set(branches).intersection(self.branches())))
            self._delete(f"{_HEADS}{branch}" for branch in there)
        return there

    def delete_all_but(
        self,
        kept: Collection[str],
        *,
        refs: Collection[str] = (),
        before: Callable[[Collection[str]], None] | None = None,
    ) -> None:
        """Deletes the branches of this run but for `kept`, and those of its private `refs` that are there, in one step.

        `before` is called with the branches that are about to go.
        """
        if any(not ref.startswith(f"refs/prodigy/{self.run_id}/") for ref in refs):
            raise ValueError(f"not private refs of run {self.run_id}: {', '.join(refs)}")
        there = [ref for ref in self._refs(*refs) if ref in refs or ref.removeprefix(_HEADS) not in kept]
        branches = [ref.removeprefix(_HEADS) for ref in there if ref not in refs]
        if branches and before is not None:
            before(branches)
        with locked(self.lock_file):
            self._delete(there)

    def _delete(self, refs: Iterable[str]) -> None:
        """Deletes refs that are there. Needs the lock."""
        orders = "".join(f"delete {ref}\0\0" for ref in refs)
        command = (f"--git-dir={self.repo.common_dir}", "update-ref", "--no-deref", "-z", "--stdin")
        if orders:
            run_git(*command, cwd=self.repo.common_dir, stdin=orders.encode())

    def recover(self, made: Collection[Path] | None = None) -> tuple[Path, ...]:
        """Removes what a killed process of this run left in git's administration, and returns what that was.

        Worktrees that are half made or half removed, and lock files of our worktrees and refs. The caller holds the run
        and has made sure that no process of it is alive. `made`: the only worktrees that may be removed; without it all
        that is in the root may.
        """
        common = self.repo.common_dir
        with locked(self.lock_file):
            ours = {folder: path for folder, path in admin_folders(common).items() if self.root in path.parents}
            # Without an index the files were never filled in, or not to the end.
            broken = {
                folder: path
                for folder, path in ours.items()
                if admin_folder(common, path) != folder or not (folder / "index").exists()
            }
            whole = {path for folder, path in ours.items() if folder not in broken}
            kept = whole.union([self.root / _TRASH], *(path.parents for path in whole))
            for path in {*broken.values(), *self.root.iterdir()} - kept:
                if made is None or path in made:
                    self._discard(path)
            removed = [lock for folder in ours.keys() - broken.keys() for lock in _remove_locks(folder)]
            for refs in (common / "refs/heads/prodigy" / self.run_id, common / "refs/prodigy" / self.run_id):
                removed += _remove_locks(refs)
        self._empty_trash()
        return tuple(sorted([*broken, *removed]))

    def _own_path(self, path: Path) -> Path:
        """Returns `path` with links above it followed; its last part is taken as it is, even if it is a link."""
        own = Path(os.path.realpath(path.parent), path.name)
        if self.root not in own.parents or ".." in path.parts or _TRASH in own.relative_to(self.root).parts:
            raise ValueError(f"not a worktree of run {self.run_id}: {path}")
        return own

    def _require_own_branch(self, branch: str) -> None:
        if not branch.startswith(self.branch_prefix) or ".." in branch or not branch.isprintable():
            raise ValueError(f"not a branch of run {self.run_id}: {branch}")

    def _add_empty(self, path: Path, branch: str | None, base: Oid) -> None:
        """Registers a worktree without files. Needs the lock.

        Tried again when it fails: agents use `git worktree` without our lock.
        """
        onto = ("--no-track", "-b", branch) if branch is not None else ("--detach",)
        command = ("worktree", "add", "--no-checkout", "--quiet", *onto, os.fspath(path), base)
        for tries_left in reversed(range(_ADD_TRIES)):
            self._discard(path)
            answer = run_git(f"--git-dir={self.repo.common_dir}", *command, cwd=self.repo.common_dir, ok=None)
            if answer.code == 0:
                return
            if not tries_left:
                raise answer.failure()
            if branch is not None:
                self._free_branch(branch, base)

    def _reset_in_place(
        self, path: Path, admin: Path, branch: str | None, base: Oid, keep: Callable[[str], bool] | None
    ) -> bool:
        # Told where everything is, so that not even a `.git` replaced this moment can lead git elsewhere.
        here = (f"--git-dir={admin}", f"--work-tree={path}")
        if not is_sparse(path) and not _has_plain_index(admin) and _has_hidden_entries(path, here):
            return False
        # -b rather than -B, which would list all worktrees and fail when it meets a half-made one.
        onto = ("--no-track", "-b", branch) if branch is not None else ("--detach",)
        checkout = (*here, "checkout", "--force", "--quiet", *onto, base)
        answer = run_git(*checkout, cwd=path, ok=None)
        if answer.code != 0 and branch is not None:
            with locked(self.lock_file):
                self._free_branch(branch, base)
            answer = run_git(*checkout, cwd=path, ok=None)
        if answer.code != 0:
            return False
        if holds_tracked_only(path, admin, base):
            return True
        if keep is not None:
            return clear_untracked(path, here, keep)
        return run_git(*here, "clean", "-ffdxq", cwd=path, ok=None).code == 0

    def _free_branch(self, branch: str, base: Oid) -> None:
        """Removes an older branch of that name, keeping a ref to commits that nothing else may hold. Needs the lock."""
        ref = f"refs/heads/{branch}"
        old = read_ref(self.repo, ref)
        if old is None:
            # A file that reads as no ref is one that a crash of the machine emptied; git refuses to replace it.
            (self.repo.common_dir / ref).unlink(missing_ok=True)
            return
        if self._is_unmerged(old, base):
            kept = f"refs/prodigy/{self.run_id}/kept/{branch.removeprefix(self.branch_prefix)}/{old[:12]}"
            move_ref(self.repo, kept, old, None)
        delete_ref(self.repo, ref)

    def _is_unmerged(self, old: Oid, base: Oid) -> bool:
        try:
            return not is_ancestor(self.repo, old, base)
        except GitFailed:
            # A crash lost the commit itself: there is nothing to keep. A missing base shows when it is used.
            return False

    def _discard(self, path: Path) -> Path | None:
        """Unregisters the worktree and moves its folder to where `_empty_trash` deletes it: there. Needs the lock."""
        forget(self.repo.common_dir, path)
        if path.is_symlink() or path.is_file():
            path.unlink()
        elif path.exists():
            path.chmod(0o700)
            trash = self.root / _TRASH
            trash.mkdir(exist_ok=True)
            return path.rename(trash / uuid4().hex)
        return None

    def _empty_trash(self) -> None:
        """Deletes discarded folders, those of earlier crashes too; several threads may do so at once."""
        for folder in (self.root / _TRASH).glob("*"):
            delete_tree(folder)


def _is_plain(admin: Path, *, sparse: bool) -> bool:
    """Tells whether git keeps nothing about a worktree beyond where it is and what it holds."""
    plain = _PLAIN_ADMIN | {"info", SPARSE_MARK} if sparse else _PLAIN_ADMIN
    there = {entry.name for entry in os.scandir(admin)}
    return there <= plain and not any(files for _, _, files in os.walk(admin / "refs"))


def _has_plain_index(admin: Path) -> bool:
    index = admin / "index"
    if not index.exists():
        return True
    with index.open("rb") as file:
        return file.read(len(_PLAIN_INDEX)) == _PLAIN_INDEX


def _has_hidden_entries(path: Path, here: tuple[str, str]) -> bool:
    """Tells whether the index has entries that git was told to leave alone, which a checkout would not bring back."""
    return any(entry.startswith("S ") for entry in run_git(*here, "ls-files", "-t", "-z", cwd=path).fields)


def _remove_locks(folder: Path) -> list[Path]:
    locks = lock_files(folder)
    for lock in locks:
        lock.unlink(missing_ok=True)
    return locks
