"""Landing: the run's result is merged into the target branch, all of it or nothing.

First a candidate is computed in the object store and can be looked at; then the target is moved to exactly that
commit, together with the files of the working tree that has it checked out, or not at all.
"""

import os
import shlex
from dataclasses import dataclass
from pathlib import Path

from prodigy_tui.errors import ProdigyError
from prodigy_tui.git.administration import list_worktrees
from prodigy_tui.git.inspect import FileChange, changed_paths, changes, commits_between
from prodigy_tui.git.merge import Conflict, Contained, merge
from prodigy_tui.git.refs import move_ref, read_ref
from prodigy_tui.git.repo import Repository, uncommitted_paths
from prodigy_tui.git.run import GitFailed, run_git, shown
from prodigy_tui.git.sync import FAST_FORWARD, overlapping
from prodigy_tui.ids import Oid


class TargetMissing(ProdigyError):
    """The branch to land on does not exist."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """What the target would become: a merge commit that is on no ref yet."""

    commit: Oid
    onto: Oid
    """The target's tip that it was made for, its first parent."""
    files: tuple[FileChange, ...]
    insertions: int
    deletions: int
    commits: tuple[Oid, ...]
    """What the run brings, oldest first, without the merge commit itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Nothing:
    """The target contains the run already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Landed:
    """The target is at the candidate."""

    commit: Oid
    undo: str
    """Command for a shell that takes the landing back, now or later, and loses nothing else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """The target is not where the candidate expects it; a new candidate is needed. Nothing was changed."""

    target: Oid | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Something of the user's is in the way. Nothing was changed."""

    reason: str
    paths: tuple[str, ...] = ()
    """Files in the way, relative to the root of the working tree that `reason` names."""


def candidate(
    repo: Repository, run_head: Oid, target: str, message: str, *, worktree: Path | None = None
) -> Candidate | Conflict | Nothing:
    """Computes what landing `run_head` on the branch `target` would give, without a checkout.

    Args:
        repo: The user's repository.
        run_head: Tip of the run.
        target: Short name of a branch.
        message: Of the merge commit, trailers included.
        worktree: Whose `.gitattributes` count; the user's working tree if not given.

    Raises:
        TargetMissing: There is no such branch.
    """
    onto = read_ref(repo, f"refs/heads/{target}")
    if onto is None:
        raise TargetMissing(f"no branch {target} to land on in {repo.top}", hint="create it or name another target")
    where = worktree or repo.top
    result = merge(where, onto, run_head, message)
    if isinstance(result, Contained):
        return Nothing()
    if isinstance(result, Conflict):
        return result
    difference = changes(where, onto, result.commit)
    return Candidate(
        commit=result.commit,
        onto=onto,
        files=difference.files,
        insertions=difference.insertions,
        deletions=difference.deletions,
        commits=commits_between(where, onto, run_head),
    )


def checkout_of(repo: Repository, target: str) -> Path | None:
    """Returns the root of a working tree that has the branch `target` checked out."""
    return next((one.path for one in list_worktrees(repo) if one.branch == target), None)


def obstacle(repo: Repository, landing: Candidate, target: str) -> Refused | None:
    """Returns what would keep `landing` from landing as things are, without trying."""
    if _is_rebased(repo, target):
        return Refused(reason=f"an unfinished rebase of branch {target} waits")
    checkouts = [one.path for one in list_worktrees(repo) if one.branch == target]
    if len(checkouts) > 1:
        return Refused(reason=f"branch {target} is checked out twice: {', '.join(map(os.fspath, checkouts))}")
    return _local_obstacle(checkouts[0], landing) if checkouts else None


def land(repo: Repository, landing: Candidate, target: str) -> Landed | Moved | Refused:
    """Moves the branch `target` to the candidate, and the files of the working tree that has it checked out.

    Uncommitted changes in other files stay as they are. Landing the same candidate again is a success, so that a
    caller who died in between can just ask once more.

    Raises:
        GitFailed: The candidate is gone from the object store, or the ref cannot be written.
    """
    ref = f"refs/heads/{target}"
    current = read_ref(repo, ref)
    if current == landing.commit:
        return _landed(repo, landing, target)
    if current != landing.onto:
        return Moved(target=current)
    refused = obstacle(repo, landing, target)
    if refused is not None:
        return refused
    checkout = checkout_of(repo, target)
    if checkout is None:
        if move_ref(repo, ref, landing.commit, landing.onto):
            return _landed(repo, landing, target)
        return Moved(target=read_ref(repo, ref))
    answer = run_git(*FAST_FORWARD, "--no-overwrite-ignore", landing.commit, cwd=checkout, ok=None)
    if answer.code == 0:
        return _landed(repo, landing, target)
    current = read_ref(repo, ref)
    if current != landing.onto:
        return Moved(target=current)
    return _refused_by_git(checkout, answer.failure())


def undo_command(repo: Repository, target: str, onto: Oid, commit: Oid) -> str:
    """Returns a command for a shell that takes the landing of `commit` on `onto` back."""
    checkout = checkout_of(repo, target)
    if checkout is not None:
        # Not a reset: that would be right now, and would destroy whatever was committed by the time it is used.
        undo = ["git", "-C", os.fspath(checkout), "revert", "--no-edit", "-m", "1", commit]
    else:
        undo = ["git", "-C", os.fspath(repo.top), "update-ref", f"refs/heads/{target}", onto, commit]
    return shlex.join(undo)


def _landed(repo: Repository, landing: Candidate, target: str) -> Landed:
    return Landed(commit=landing.commit, undo=undo_command(repo, target, landing.onto, landing.commit))


def _local_obstacle(checkout: Path, landing: Candidate) -> Refused | None:
    own = Repository.open(checkout)
    waiting = own.unfinished_operation()
    if waiting is not None:
        return Refused(reason=f"an unfinished {waiting} waits in {checkout}")
    lock = own.git_dir / "index.lock"
    if lock.exists():
        return Refused(reason=f"another git command is at work in {checkout}, or died and left {lock}")
    touched = changed_paths(checkout, landing.onto, landing.commit)
    in_the_way = overlapping(uncommitted_paths(checkout), touched)
    return _in_the_way(checkout, in_the_way) if in_the_way else None


def _in_the_way(checkout: Path, paths: list[str]) -> Refused:
    reason = f"files with uncommitted changes in {checkout} would be overwritten"
    return Refused(reason=reason, paths=tuple(sorted(map(shown, paths))))


def _refused_by_git(checkout: Path, failure: GitFailed) -> Refused:
    """Reads why git itself refused, such as for ignored files, which it lists indented."""
    paths = [line.strip() for line in failure.stderr.splitlines() if line.startswith("\t")]
    if paths:
        return _in_the_way(checkout, paths)
    return Refused(reason=failure.message)


def _is_rebased(repo: Repository, target: str) -> bool:
    """Tells whether a rebase of `target` waits in some working tree: HEAD is detached then, yet the branch in use."""
    folders = (repo.common_dir, *repo.common_dir.glob("worktrees/*"))
    names = (folder / state / "head-name" for folder in folders for state in ("rebase-merge", "rebase-apply"))
    return any(name.is_file() and name.read_bytes().strip() == f"refs/heads/{target}".encode() for name in names)
