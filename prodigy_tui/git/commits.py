"""Commits that the program makes itself in a worktree: what is uncommitted there, and many commits made into one.

Everything is put together in a throw-away index, so that exactly the files that were asked for are committed, whatever
an agent has staged. Hooks do not run. What an agent left half done is refused, never cleaned up: it may be work.
"""

import os
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct

from prodigy_tui.errors import ExitCode, ProdigyError
from prodigy_tui.git.index_copy import put_into_index, throwaway_index
from prodigy_tui.git.inspect import head, left_out, storable
from prodigy_tui.git.repo import Repository, identity_environment, unfinished_operation
from prodigy_tui.git.run import run_git, shown
from prodigy_tui.git.status import Status, look_at
from prodigy_tui.ids import Oid

_AUTHOR: Final = re.compile(r"([^<>\n\0]*[^<>\s\0][^<>\n\0]*)<([^<>\s\0]+)>\s*")

_OF_ONE_COMMIT: Final = (b"tree", b"parent", b"gpgsig", b"gpgsig-sha256", b"mergetag")


class HalfDone(ProdigyError):
    """Something in the worktree waits to be finished; a commit would hide it."""

    exit_code = ExitCode.FAILED


class Author(Struct, frozen=True, kw_only=True):
    """Who wrote a commit."""

    name: str
    email: str

    @classmethod
    def parse(cls, text: str) -> "Author | None":
        """Returns the author of `Name <mail>`, None for anything else."""
        found = _AUTHOR.fullmatch(text)
        return cls(name=found[1].strip(), email=found[2]) if found else None


def commit_files(
    path: Path,
    message: str,
    *,
    wanted: Callable[[str], bool] = lambda _: True,
    exclude: Collection[str] = (),
    author: Author | None = None,
    sign: bool = False,
) -> Oid | None:
    """Commits the changed and untracked, not ignored files of the worktree `path` and returns the commit.

    Args:
        path: The worktree.
        message: What the commit says.
        wanted: Says of a path whether it is committed; what is not stays as it is.
        exclude: Files, or folders with all below, that are not committed.
        author: The author where it is not git's.
        sign: Whether the commit is signed.

    Returns:
        None when there is nothing to commit.

    Raises:
        HalfDone: A merge, a rebase or a git command that was killed left the worktree unfinished.
        GitFailed: Git cannot do it; there is no key to sign with, for one.
    """
    status = require_nothing_half_done(path)
    files = [one for one in left_out(storable(path, status.paths), exclude) if wanted(shown(one))]
    if not files:
        return None
    parent, before, objects = _place(path)
    with throwaway_index(path, files, objects=objects) as env:
        tree = run_git("write-tree", cwd=path, env=env).text
    if tree == before:
        # Only the index differed: a change that was staged and then taken back.
        put_into_index(path, files)
        return None
    made = _commit_object(path, tree, (parent,), message, author=author, sign=sign)
    # The index first: when we die in between, the files are still uncommitted, and committed next time.
    put_into_index(path, files)
    _move_head(path, made, parent)
    return made


def squash_commits(path: Path, base: Oid, steps: Mapping[Oid, str], signed: Collection[str] = ()) -> tuple[Oid, ...]:
    """Makes one commit of those of the same step that follow directly upon one another.

    Author, message and date are those of the first; trees stay, so that no conflict is possible. Commits behind them
    are made anew. Where other commits stand in between, or a merge, they stay apart.

    Args:
        path: The worktree.
        base: A commit before all of them.
        steps: The commits, each with a name of its step.
        signed: Names of steps whose commits are signed.

    Returns:
        The commits from the oldest of them to the tip as they are now; nothing if nothing had to be done.

    Raises:
        HalfDone: The worktree is in the middle of something.
        GitFailed: There is no key to sign with.
    """
    tip = head(path)
    groups = _groups(_straight_line(path, base, tip, steps), steps)
    if all(len(group) == 1 for group in groups):
        return ()
    require_nothing_half_done(path)
    parent = Oid(run_git("rev-parse", f"{groups[0][0]}^", cwd=path).text)
    result: list[Oid] = []
    for group in groups:
        tree = run_git("rev-parse", f"{group[-1]}^{{tree}}", cwd=path).text
        like = _signed_again if steps.get(group[0]) in signed else _again
        parent = like(path, group[0], tree, parent)
        result.append(parent)
    _move_head(path, parent, tip)
    return tuple(result)


def require_nothing_half_done(path: Path) -> Status:
    """Checks that nothing in the worktree waits to be finished, and returns how it stands.

    Raises:
        HalfDone: An unfinished merge, rebase or the like, conflicts in the index, or a locked index.
    """
    git_dir = Repository.open(path).git_dir
    waiting = unfinished_operation(git_dir)
    if waiting is not None:
        raise HalfDone(f"an unfinished {waiting} waits in the worktree", hint="finish or abort it in the step")
    if (git_dir / "index.lock").exists():
        raise HalfDone("the worktree's index is locked: a git command was killed", hint="remove index.lock in the step")
    status = look_at(path)
    if status.conflicts:
        named = ", ".join(map(shown, sorted(status.conflicts)[:3]))
        raise HalfDone(f"conflicts wait in the worktree: {named}", hint="resolve them in the step")
    return status


def _place(path: Path) -> tuple[Oid, str, Path]:
    """Returns commit and tree of HEAD, and the repository's own object folder: what is committed has to stay."""
    wanted = ("HEAD^{commit}", "HEAD^{tree}", "--path-format=absolute", "--git-path", "objects")
    commit, tree, objects = run_git("rev-parse", *wanted, cwd=path).text.split("\n", 2)
    return Oid(commit), tree, Path(objects)


def _commit_object(
    path: Path, tree: str, parents: Sequence[Oid], message: str, *, author: Author | None, sign: bool
) -> Oid:
    named = {"GIT_AUTHOR_NAME": author.name, "GIT_AUTHOR_EMAIL": author.email} if author is not None else {}
    parent_options = [word for parent in parents for word in ("-p", parent)]
    arguments = ("commit-tree", "-S" if sign else "--no-gpg-sign", *parent_options, tree)
    text = f"{shown(message).strip()}\n".encode()
    answer = run_git(*arguments, cwd=path, stdin=text, env=named, ok=None)
    if answer.code != 0:
        nobody = identity_environment(path)
        if not nobody:
            raise answer.failure()
        answer = run_git(*arguments, cwd=path, stdin=text, env={**nobody, **named})
    return Oid(answer.text)


def _again(path: Path, like: Oid, tree: str, parent: Oid) -> Oid:
    """Makes a commit like another one with another tree and parent; a signature would not fit any more."""
    header, _, body = run_git("cat-file", "commit", like, cwd=path).out.partition(b"\n\n")
    kept, leaving_out = [], False
    for line in header.split(b"\n"):
        if not line.startswith(b" "):
            leaving_out = line.split(b" ", 1)[0] in _OF_ONE_COMMIT
        if not leaving_out:
            kept.append(line)
    lines = [b"tree " + tree.encode(), b"parent " + parent.encode(), *kept]
    made = b"\n".join(lines) + b"\n\n" + body
    return Oid(run_git("hash-object", "-t", "commit", "-w", "--stdin", cwd=path, stdin=made).text)


def _signed_again(path: Path, like: Oid, tree: str, parent: Oid) -> Oid:
    """Does so for a commit that the program made and signed, and signs it."""
    name, email, at, message = run_git("log", "-1", "--format=%an%x00%ae%x00%aI%x00%B", like, cwd=path).text.split("\0")
    env = {
        **identity_environment(path),
        "GIT_AUTHOR_NAME": name,
        "GIT_AUTHOR_EMAIL": email,
        "GIT_AUTHOR_DATE": at,
    }
    made = run_git("commit-tree", "-S", "-p", parent, tree, cwd=path, stdin=os.fsencode(message), env=env)
    return Oid(made.text)


def _straight_line(path: Path, base: Oid, tip: Oid, wanted: Mapping[Oid, str]) -> list[Oid]:
    """Returns the commits from the oldest of `wanted` to the tip, oldest first, as far as no merge is among them."""
    line: list[Oid] = []
    reached = 0
    for row in run_git("rev-list", "--parents", "--first-parent", f"{base}..{tip}", cwd=path).text.splitlines():
        commit, *parents = row.split()
        if len(parents) != 1:
            break
        line.append(Oid(commit))
        if commit in wanted:
            reached = len(line)
    return line[:reached][::-1]


def _groups(line: Sequence[Oid], steps: Mapping[Oid, str]) -> list[list[Oid]]:
    """Returns the line cut into what becomes one commit each."""
    groups: list[list[Oid]] = []
    for one in line:
        step = steps.get(one)
        if groups and step is not None and steps.get(groups[-1][-1]) == step:
            groups[-1].append(one)
        else:
            groups.append([one])
    return groups


def _move_head(path: Path, new: Oid, old: Oid) -> None:
    run_git("update-ref", "-m", "commit: prodigy-tui", "HEAD", new, old, cwd=path)
