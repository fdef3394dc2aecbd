"""Candidates: what the target would become by landing, as commits that are on no ref yet (language 16.1).

Everything is computed in the object store, so that it can be looked at, verified and thrown away. What is merged, and
by whom a conflict was solved, is the caller's; here a merge gets the shape that the strategy asks for:

    merge     one merge commit, whose first parent is the target
    squash    one commit with the files of that merge, whose only parent is the target
    rebase    the commits of the run, one after the other, behind the target (see `replay`)
"""

from pathlib import Path
from typing import Literal, TypeAlias, assert_never

from msgspec import Struct

from prodigy_tui.errors import ProdigyError
from prodigy_tui.git.inspect import FileChange, changes, commits_between
from prodigy_tui.git.merge import Conflict, Contained, make_commit, merge
from prodigy_tui.git.refs import read_ref
from prodigy_tui.git.replay import Stuck, replay, tree_of
from prodigy_tui.git.repo import Repository
from prodigy_tui.git.run import run_git
from prodigy_tui.ids import Oid

Strategy: TypeAlias = Literal["merge", "squash", "rebase"]


class TargetMissing(ProdigyError):
    """The branch to land on does not exist."""


class Candidate(Struct, frozen=True, kw_only=True):
    """What the target would become."""

    commit: Oid
    onto: Oid
    """The target's tip that it was made for; the candidate contains it."""
    source: Oid
    """The tip of the run that it was made of."""
    strategy: Strategy
    files: tuple[FileChange, ...]
    touched: tuple[str, ...]
    """Paths of them, in a form that can be given back to git."""
    insertions: int
    deletions: int
    commits: tuple[Oid, ...]
    """What the run brings, oldest first, as it stands on the run branch."""


class Nothing(Struct, frozen=True, kw_only=True):
    """The target contains the run already, or what the run has changed."""

    onto: Oid


class CommitConflict(Conflict, frozen=True, kw_only=True):
    """A conflict of a rebase: the first commit that cannot follow."""

    commit: Oid
    subject: str


def tip_of(repo: Repository, target: str) -> Oid:
    """Returns where the branch `target` stands.

    Raises:
        TargetMissing: There is no such branch.
    """
    onto = read_ref(repo, f"refs/heads/{target}")
    if onto is None:
        raise TargetMissing(f"no branch {target} to land on in {repo.top}", hint="create it or name another target")
    return onto


def candidate(
    repo: Repository,
    source: Oid,
    target: str,
    message: str,
    *,
    strategy: Strategy = "merge",
    worktree: Path | None = None,
) -> Candidate | Conflict | Nothing:
    """Computes what landing `source` on the branch `target` would give, as git alone can merge it.

    Args:
        repo: The user's repository.
        source: Tip of the run.
        target: Short name of a branch.
        message: Of the merge commit, or the only commit, trailers included.
        strategy: How the commits are joined.
        worktree: Whose `.gitattributes` count; the user's working tree if not given.

    Raises:
        TargetMissing: There is no such branch.
        GitFailed: A commit is missing, or the repository is damaged.
    """
    where, onto = worktree or repo.top, tip_of(repo, target)
    joined = merge(where, onto, source, message)
    if isinstance(joined, Contained):
        return Nothing(onto=onto)
    if isinstance(joined, Conflict):
        return unjoined(where, onto, source, joined, strategy)
    return shaped(where, onto, source, joined.commit, message, strategy)


def shaped(where: Path, onto: Oid, source: Oid, joined: Oid, message: str, strategy: Strategy) -> Candidate | Nothing:
    """Gives a merge of `source` into `onto` the shape of the strategy."""
    match strategy:
        case "merge":
            commit = joined
        case "squash":
            tree = tree_of(where, joined)
            commit = onto if tree == tree_of(where, onto) else make_commit(where, tree, (onto,), message)
        case "rebase":
            commit = _replayed(where, onto, source, tree_of(where, joined), message)
        case _:
            assert_never(strategy)
    return Nothing(onto=onto) if commit == onto else _described(where, commit, onto, source, strategy)


def with_fix(where: Path, found: Candidate, fixed: Oid, message: str) -> Candidate:
    """Takes commits that somebody made on top of a candidate into it, so that it keeps its shape."""
    tree = tree_of(where, fixed)
    match found.strategy:
        case "merge":
            commit = make_commit(where, tree, (found.onto, fixed), message)
        case "squash":
            commit = make_commit(where, tree, (found.onto,), message)
        case "rebase":
            commit = _replayed(where, found.commit, fixed, tree, message)
        case _:
            assert_never(found.strategy)
    return _described(where, commit, found.onto, found.source, found.strategy)


def unjoined(
    where: Path, onto: Oid, source: Oid, conflict: Conflict, strategy: Strategy
) -> Candidate | Conflict | Nothing:
    """Returns what is left to a strategy when the two sides conflict.

    One commit after the other may go well all the same, when the target has some of them under other names.
    """
    if strategy != "rebase":
        return conflict
    result = replay(where, onto, source, None, "")
    if result == onto:
        return Nothing(onto=onto)
    if not isinstance(result, Stuck):
        return _described(where, result, onto, source, strategy)
    return CommitConflict(
        paths=conflict.paths, detail=result.conflict.detail, commit=result.commit, subject=result.subject
    )


def reread(where: Path, commit: Oid, onto: Oid, source: Oid, strategy: Strategy) -> Candidate | None:
    """Returns a candidate that was made before, if it still exists."""
    known = run_git("cat-file", "-e", f"{commit}^{{commit}}", cwd=where, ok=None).code == 0
    return _described(where, commit, onto, source, strategy) if known else None


def is_unsigned(repo: Repository, found: Candidate) -> bool:
    """Tells whether the user's git signs commits and this candidate has some that the program has made, unsigned."""
    answer = run_git("config", "--type=bool", "--get", "commit.gpgSign", cwd=repo.top, ok=None)
    return answer.text == "true" and found.commit != found.source


def _replayed(where: Path, onto: Oid, head: Oid, goal: str, message: str) -> Oid:
    result = replay(where, onto, head, goal, message)
    assert not isinstance(result, Stuck), "a replay with a goal reaches it"
    return result


def _described(where: Path, commit: Oid, onto: Oid, source: Oid, strategy: Strategy) -> Candidate:
    difference = changes(where, onto, commit)
    return Candidate(
        commit=commit,
        onto=onto,
        source=source,
        strategy=strategy,
        files=difference.files,
        touched=difference.touched,
        insertions=difference.insertions,
        deletions=difference.deletions,
        commits=commits_between(where, onto, source),
    )
