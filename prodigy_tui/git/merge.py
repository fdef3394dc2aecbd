"""Merging without a checkout: the result is computed in the object store, a ref is moved by the caller.

`merge-tree` gives what `git merge` would give, as long as it runs in a worktree, from whose files it takes the
attributes. A worktree that lags behind the tip is right until a merge brings other attributes: `steers_merges` tells.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from prodigy_tui.git.refs import contains
from prodigy_tui.git.repo import identity_environment
from prodigy_tui.git.run import GitAnswer, run_git, shown
from prodigy_tui.ids import Oid

_CLEAN: Final = 0
_CONFLICT: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """A merge commit, not yet on any ref."""

    commit: Oid


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """Two sides that git cannot merge."""

    paths: tuple[str, ...]
    """Where, sorted. Empty when the histories have nothing in common."""
    detail: str
    """What git says about it, one line per conflict."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contained:
    """There is nothing to merge: the commit is part of the other side already."""


def merge(worktree: Path, onto: Oid, head: Oid, message: str) -> Merged | Conflict | Contained:
    """Merges `head` into `onto` and returns the merge commit, whose first parent is `onto`.

    Touches neither files, index nor refs. Always makes a merge commit, also where a fast-forward would do.

    Args:
        worktree: A worktree of the repository; its `.gitattributes` count.
        onto: The commit to merge onto.
        head: The commit to merge.
        message: Of the merge commit, trailers included.

    Raises:
        GitFailed: A commit is missing, or the repository is damaged.
    """
    if contains(worktree, onto, head):
        return Contained()
    answer = run_git("merge-tree", "--write-tree", "-z", "--name-only", onto, head, cwd=worktree, ok=None)
    if answer.code == _CLEAN:
        return Merged(commit=make_commit(worktree, answer.fields[0], (onto, head), message))
    if answer.code == _CONFLICT:
        return _conflict(answer.fields, onto, head)
    if _unrelated(worktree, onto, head):
        return Conflict(paths=(), detail="the two histories have no commit in common")
    raise answer.failure()


def make_commit(worktree: Path, tree: str, parents: tuple[Oid, ...], message: str) -> Oid:
    """Writes a commit object and returns its name; where git knows nobody, the program itself is the author."""
    arguments = ("commit-tree", tree, *(word for parent in parents for word in ("-p", parent)), "-F", "-")
    text = (message.replace("\0", "").strip() + "\n").encode("utf-8", "replace")
    answer = run_git(*arguments, cwd=worktree, stdin=text, ok=None)
    if answer.code != 0:
        answer = _commit_as_nobody(worktree, arguments, text, answer)
    return Oid(answer.text)


def steers_merges(paths: Iterable[str]) -> bool:
    """Returns whether one of the changed `paths` decides how others merge, so that the worktree must follow first."""
    return any(PurePosixPath(path).name in {".gitattributes", ".gitmodules"} for path in paths)


def _commit_as_nobody(worktree: Path, arguments: tuple[str, ...], text: bytes, first: GitAnswer) -> GitAnswer:
    fallback = identity_environment(worktree)
    if not fallback:
        raise first.failure()
    return run_git(*arguments, cwd=worktree, stdin=text, env=fallback)


def _conflict(fields: list[str], onto: Oid, head: Oid) -> Conflict:
    """Reads the answer of merge-tree: tree, paths, an empty field, then messages as count, paths, kind, text."""
    end = fields.index("", 1)
    paths = set(fields[1:end])
    lines: list[str] = []
    rest = iter(fields[end + 1 :])
    for count in rest:
        named = [next(rest) for _ in range(int(count))]
        kind, text = next(rest), next(rest)
        if kind.startswith("CONFLICT"):
            lines.append(text.strip().replace(onto, "the target").replace(head, "the incoming side"))
            paths.update(named if end == 1 else ())
    return Conflict(paths=tuple(sorted(map(shown, paths))), detail=shown("\n".join(lines)))


def _unrelated(worktree: Path, onto: Oid, head: Oid) -> bool:
    return run_git("merge-base", onto, head, cwd=worktree, ok=None).code == 1
