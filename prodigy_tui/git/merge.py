"""Merging without a checkout: the result is computed in the object store, a ref is moved by the caller.

`merge-tree` gives what `git merge` would give, as long as it runs in a worktree, from whose files it takes the
attributes. A worktree that lags behind the tip is right until a merge brings other attributes: `steers_merges` tells.
"""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from msgspec import Struct

from prodigy_tui.git.conflicts import Clash, parse_answer
from prodigy_tui.git.refs import contains, has_gap
from prodigy_tui.git.repo import identity_environment
from prodigy_tui.git.run import GitAnswer, run_git, shown
from prodigy_tui.ids import Oid

_CLEAN: Final = 0
_CONFLICT: Final = 1

_NO_CHARACTER: Final = re.compile(
    "[\ufdd0-\ufdef" + "".join(chr(plane << 16 | last) for plane in range(17) for last in (0xFFFE, 0xFFFF)) + "]"
)


class Merged(Struct, frozen=True, kw_only=True):
    """A merge commit, not yet on any ref."""

    commit: Oid


class Conflict(Struct, frozen=True, kw_only=True):
    """Two sides that git cannot merge."""

    paths: tuple[str, ...]
    """Where, sorted. Empty when the histories have nothing in common."""
    detail: str
    """What git says about it, one line per conflict."""


class Joined(Struct, frozen=True, kw_only=True):
    """The tree that two sides make together; where they clash it holds what git leaves there."""

    tree: str
    clashes: tuple[Clash, ...] = ()
    detail: str = ""
    """What git says about the clashes, one line each."""

    def as_conflict(self) -> Conflict:
        return Conflict(paths=tuple(sorted({shown(clash.path) for clash in self.clashes})), detail=self.detail)


class Contained(Struct, frozen=True, kw_only=True):
    """There is nothing to merge: the commit is part of the other side already."""


UNRELATED: Final = Conflict(paths=(), detail="the two histories have no commit in common")


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
    if onto == head or contains(worktree, onto, head):
        return Contained()
    joined = join(worktree, onto, head)
    if joined is None:
        return UNRELATED
    if joined.clashes:
        return joined.as_conflict()
    return Merged(commit=make_commit(worktree, joined.tree, (onto, head), message))


def join(worktree: Path, onto: Oid, head: Oid) -> Joined | None:
    """Returns the tree of a merge of two commits; None: they have no commit in common.

    Raises:
        GitFailed: A commit is missing, or the repository is damaged.
    """
    answer = run_git("merge-tree", "--write-tree", "-z", onto, head, cwd=worktree, ok=None)
    if answer.code == _CLEAN:
        return Joined(tree=answer.fields[0])
    if answer.code == _CONFLICT:
        tree, clashes, detail = parse_answer(answer.fields, onto, head)
        return Joined(tree=tree, clashes=clashes, detail=shown(detail))
    if _unrelated(worktree, onto, head):
        return None
    raise answer.failure()


def merge_base(worktree: Path, onto: Oid, head: Oid) -> Oid | None:
    """Returns the newest commit that both sides have, one of them where there are several; None: there is none."""
    answer = run_git("merge-base", onto, head, cwd=worktree, ok=None)
    if answer.code not in (0, 1) and not has_gap(answer):
        raise answer.failure()
    return Oid(answer.text.split("\n")[0]) if answer.code == 0 else None


def make_commit(worktree: Path, tree: str, parents: tuple[Oid, ...], message: str) -> Oid:
    """Writes a commit object and returns its name; where git knows nobody, the program itself is the author."""
    arguments = ("commit-tree", tree, *(word for parent in parents for word in ("-p", parent)), "-F", "-")
    text = commit_text(message)
    answer = run_git(*arguments, cwd=worktree, stdin=text, ok=None)
    if answer.code != 0:
        answer = _commit_as_nobody(worktree, arguments, text, answer)
    return Oid(answer.text)


def commit_text(message: str) -> bytes:
    """Returns a message as it stands in a commit. What is no character would make git read all as Latin-1."""
    text = _NO_CHARACTER.sub("\N{REPLACEMENT CHARACTER}", message.replace("\0", ""))
    return (text.strip() + "\n").encode("utf-8", "replace")


def steers_merges(paths: Iterable[str]) -> bool:
    """Returns whether one of the changed `paths` decides how others merge, so that the worktree must follow first."""
    return any(path.rpartition("/")[2] in {".gitattributes", ".gitmodules"} for path in paths)


def _commit_as_nobody(worktree: Path, arguments: tuple[str, ...], text: bytes, first: GitAnswer) -> GitAnswer:
    fallback = identity_environment(worktree)
    if not fallback:
        raise first.failure()
    return run_git(*arguments, cwd=worktree, stdin=text, env=fallback)


def _unrelated(worktree: Path, onto: Oid, head: Oid) -> bool:
    answer = run_git("merge-base", onto, head, cwd=worktree, ok=None)
    return answer.code == 1 and not has_gap(answer)
