"""Landing: the target branch is moved to a candidate, all of it or nothing.

The files of the working tree that has it checked out move with it; whatever of the user's is in the way is named, and
then nothing is touched. How a candidate comes about is in `candidates`.
"""

import os
import shlex
from pathlib import Path
from typing import Final, assert_never

from msgspec import Struct

from prodigy_tui.git.administration import list_worktrees
from prodigy_tui.git.candidates import Candidate, Strategy
from prodigy_tui.git.objects import has_commit
from prodigy_tui.git.refs import look_up, move_ref, read_ref, real_branch
from prodigy_tui.git.repo import Repository, uncommitted_paths
from prodigy_tui.git.run import GitFailed, run_git, shown
from prodigy_tui.git.sync import FAST_FORWARD, overlapping
from prodigy_tui.ids import Oid

_OURS: Final = "prodigy-tui landing"
"""How a move of HEAD is known to be ours."""


class Landed(Struct, frozen=True, kw_only=True):
    """The target is at the candidate."""

    commit: Oid
    undo: str
    """Command that takes the landing back, now or later, and loses nothing else; empty if no file has changed."""


class Moved(Struct, frozen=True, kw_only=True):
    """The target is not where the candidate expects it, or not where it was looked for. Nothing was changed.

    All has to be looked at anew: a new candidate is needed unless the target still stands where it is to.
    """

    target: Oid | None


class Refused(Struct, frozen=True, kw_only=True):
    """Something of the user's is in the way. Nothing was changed."""

    reason: str
    paths: tuple[str, ...] = ()
    """Files in the way, relative to the root of the working tree that `reason` names."""


def checkout_of(repo: Repository, target: str) -> Path | None:
    """Returns the root of a working tree that has the branch `target` checked out."""
    return next(iter(_checkouts(repo, target).paths), None)


class _Checkouts(Struct, frozen=True, kw_only=True):
    """Who has a branch checked out."""

    branch: str
    """Its real name."""
    paths: tuple[Path, ...]
    """Roots of working trees."""


def _checkouts(repo: Repository, target: str) -> _Checkouts:
    listed = list_worktrees(repo)
    # What a HEAD leads to is never an alias of something else.
    branch = target if any(one.branch == target for one in listed) else real_branch(repo, target)
    return _Checkouts(branch=branch, paths=tuple(one.path for one in listed if one.branch == branch))


def obstacle(repo: Repository, landing: Candidate, target: str) -> Refused | None:
    """Returns what would keep `landing` from landing as things are, without trying."""
    return _obstacle(repo, landing, _checkouts(repo, target))


def _obstacle(repo: Repository, landing: Candidate, checkouts: _Checkouts) -> Refused | None:
    target, paths = checkouts.branch, checkouts.paths
    if _is_rebased(repo, target):
        return Refused(reason=f"an unfinished rebase of branch {target} waits")
    if len(paths) > 1:
        return Refused(reason=f"branch {target} is checked out twice: {', '.join(map(os.fspath, paths))}")
    return _local_obstacle(repo, paths[0], landing) if paths else None


def land(repo: Repository, landing: Candidate, target: str) -> Landed | Moved | Refused:
    """Moves the branch `target` to the candidate, and the files of the working tree that has it checked out.

    Uncommitted changes in other files stay as they are. Landing the same candidate again is a success, so that a
    caller who died in between can just ask once more.

    Git has no lock that keeps somebody from switching branches between the look and the move. So the move itself only
    goes forward from what is expected, and who has the target checked out is looked at again behind it.

    Raises:
        GitFailed: The candidate is gone from the object store, or the ref cannot be written.
    """
    branch = look_up(repo, target)
    target, ref = branch.name, f"refs/heads/{branch.name}"
    if branch.at == landing.commit:
        return _landed(repo, landing, target, checkout_of(repo, target))
    if branch.at != landing.onto:
        return Moved(target=branch.at)
    checkouts = _checkouts(repo, target)
    refused = _obstacle(repo, landing, checkouts)
    if refused is not None:
        return refused
    checkout = next(iter(checkouts.paths), None)
    if checkout is None:
        if not move_ref(repo, ref, landing.commit, landing.onto):
            return Moved(target=read_ref(repo, ref))
        return _taken_along(repo, landing, target)
    # `-s ours` among the branch's own options would make it another merge than a fast-forward.
    plain = ("-c", f"branch.{target}.mergeOptions=")
    forward = (*plain, *FAST_FORWARD, "--no-overwrite-ignore", landing.commit)
    answer = run_git(*forward, cwd=checkout, ok=None, env={"GIT_REFLOG_ACTION": _OURS})
    current = read_ref(repo, ref)
    if answer.code == 0 and current == landing.commit:
        return _landed(repo, landing, target, checkout)
    if answer.code == 0:
        return _put_back(checkout, target) or Moved(target=current)
    if current != landing.onto:
        return Moved(target=current)
    if not has_commit(repo, landing.commit):
        raise answer.failure()
    return _refused_by_git(checkout, answer.failure())


def _taken_along(repo: Repository, landing: Candidate, target: str) -> Landed | Refused:
    """Brings the files of a working tree forward that has checked the target out while only the ref was moved."""
    checkout = checkout_of(repo, target)
    if checkout is None:
        return _landed(repo, landing, target, None)
    answer = run_git("read-tree", "-m", "-u", landing.onto, landing.commit, cwd=checkout, ok=None)
    if answer.code == 0:
        return _landed(repo, landing, target, checkout)
    move_ref(repo, f"refs/heads/{target}", landing.onto, landing.commit)
    return _refused_by_git(checkout, answer.failure())


def _put_back(checkout: Path, target: str) -> Refused | None:
    """Puts another branch back where it was, to which the working tree was switched just before the move.

    The diary of HEAD tells whether anything has moved at all, and whether nobody has done anything since.
    """
    if not run_git("reflog", "-1", "--format=%gs", "HEAD", "--", cwd=checkout).text.startswith(_OURS):
        return None
    answer = run_git("reset", "--keep", "--quiet", "HEAD@{1}", cwd=checkout, ok=None)
    if answer.code == 0:
        return None
    back = shlex.join(["git", "-C", os.fspath(checkout), "reset", "--keep", "HEAD@{1}"])
    return Refused(reason=f"{checkout} was switched from {target} to another branch, which has moved: {back}")


def undo_command(repo: Repository, target: str, onto: Oid, commit: Oid, strategy: Strategy = "merge") -> str:
    """Returns a command for a shell that takes the landing of `commit` on `onto` back."""
    found = _checkouts(repo, target)
    return _undo(repo, found.branch, onto, commit, strategy, next(iter(found.paths), None))


def _undo(repo: Repository, target: str, onto: Oid, commit: Oid, strategy: Strategy, checkout: Path | None) -> str:
    if checkout is None:
        return shlex.join(["git", "-C", os.fspath(repo.top), "update-ref", f"refs/heads/{target}", onto, commit])
    # Not a reset: that would be right now, and would destroy whatever was committed by the time it is used.
    undo = ["git", "-C", os.fspath(checkout), "revert", "--no-edit"]
    match strategy:
        case "merge":
            undo += ["-m", "1", commit]
        case "squash":
            undo += [commit]
        case "rebase":
            undo += [f"{onto}..{commit}"]
        case _:
            assert_never(strategy)
    return shlex.join(undo)


def _landed(repo: Repository, landing: Candidate, target: str, checkout: Path | None) -> Landed:
    if not landing.files:
        return Landed(commit=landing.commit, undo="")
    return Landed(
        commit=landing.commit,
        undo=_undo(repo, target, landing.onto, landing.commit, landing.strategy, checkout),
    )


def _local_obstacle(repo: Repository, checkout: Path, landing: Candidate) -> Refused | None:
    own = repo if checkout == repo.top else Repository.open(checkout)
    waiting = own.unfinished_operation()
    if waiting is not None:
        return Refused(reason=f"an unfinished {waiting} waits in {checkout}")
    lock = own.git_dir / "index.lock"
    if lock.exists():
        return Refused(reason=f"another git command is at work in {checkout}, or died and left {lock}")
    in_the_way = overlapping(uncommitted_paths(checkout), landing.touched)
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
