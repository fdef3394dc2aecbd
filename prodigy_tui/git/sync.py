"""Sync points: a worktree and its branch follow to a commit that was made without a checkout."""

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct

from prodigy_tui.errors import ExitCode, ProdigyError
from prodigy_tui.git.deleting import delete_tree
from prodigy_tui.git.index_copy import stands
from prodigy_tui.git.inspect import changed_paths, leftover_patch, uncommitted_files
from prodigy_tui.git.merge import merge_base
from prodigy_tui.git.repo import UnfinishedMerge, unfinished_operation
from prodigy_tui.git.run import run_git, shown
from prodigy_tui.ids import Oid

FAST_FORWARD: Final = (
    "merge",
    "--ff-only",
    "--quiet",
    "--no-stat",
    "--no-squash",
    "--no-autostash",
    "--no-verify-signatures",
)
"""A merge that moves a branch and its worktree together or does nothing, whatever the user's configuration adds."""


class Diverged(ProdigyError):
    """A worktree has commits of its own where it should only follow."""

    exit_code = ExitCode.FAILED


class Followed(Struct, frozen=True, kw_only=True):
    """A worktree that stands where it was asked to."""

    head: Oid
    given_up: tuple[str, ...] = ()
    """Files whose uncommitted changes were in the way and are now in the saved patch alone."""


def follow(path: Path, commit: Oid, save: Callable[[bytes], None]) -> Followed:
    """Brings the worktree `path` and the branch that it has checked out forward to `commit`.

    Uncommitted changes stay, unless `commit` brings another version of the file: these are given to `save` as a patch,
    and only when that has returned are they given up. A worktree that is ahead of `commit` stays where it is.

    Raises:
        Diverged: Neither contains the other, so that following would lose commits.
        UnfinishedMerge: A merge or the like waits in the worktree.
        GitFailed: What is in the way cannot be put into a patch, such as a nested repository.
    """
    git_dir, found = run_git("rev-parse", "--absolute-git-dir", "HEAD^{commit}", cwd=path).text.rsplit("\n", 1)
    current = Oid(found)
    if current == commit:
        return Followed(head=current)
    parted = merge_base(path, current, commit)
    if parted == commit:
        return Followed(head=current)
    if parted != current:
        raise Diverged(f"{path} stands at {current[:12]}, which {commit[:12]} does not contain")
    waiting = unfinished_operation(Path(git_dir))
    if waiting is not None:
        raise UnfinishedMerge(f"an unfinished {waiting} waits in {path}", hint="finish or abort it first")
    in_the_way = overlapping(uncommitted_files(path), changed_paths(path, current, commit))
    patch = leftover_patch(path, only=in_the_way) if in_the_way else b""
    if patch:
        save(patch)
    if in_the_way:
        give_up(path, in_the_way)
    run_git(*FAST_FORWARD, commit, cwd=path)
    return Followed(head=commit, given_up=tuple(sorted(map(shown, in_the_way))))


def overlapping(dirty: Iterable[str], touched: Sequence[str]) -> list[str]:
    """Returns those of `dirty` that cannot stay when `touched` change: the same path, or one below the other."""
    touched_or_above = {*touched, *(folder for one in touched for folder in _folders(one))}
    touched_paths = set(touched)
    return [
        one
        for one in dirty
        if one.rstrip("/") in touched_or_above or not touched_paths.isdisjoint(_folders(one.rstrip("/")))
    ]


def _folders(path: str) -> list[str]:
    """Returns all folders above a path: `a` and `a/b` for `a/b/c`."""
    return [path[:n] for n, letter in enumerate(path) if letter == "/"]


def give_up(path: Path, changed: list[str]) -> None:
    """Puts files back as they are in HEAD; removes those that HEAD does not have."""
    reset = ("reset", "--quiet", "--pathspec-from-file=-", "--pathspec-file-nul", "HEAD")
    run_git(*reset, cwd=path, stdin=_listing(changed))
    tracked = set(run_git("ls-files", "-z", cwd=path).fields)
    for one in changed:
        if stands(path, one):
            _remove(path / one)
    checkout = ("checkout-index", "--force", "--index", "--quiet", "-z", "--stdin")
    run_git(*checkout, cwd=path, stdin=_listing(one for one in changed if one in tracked))


def _listing(paths: Iterable[str]) -> bytes:
    return b"".join(os.fsencode(one) + b"\0" for one in paths)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        delete_tree(path)
    else:
        path.unlink()
