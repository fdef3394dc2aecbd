"""Replaying: the commits of one line of work, one after the other, onto another commit, without a checkout.

What `git rebase` would give, in the object store. Authors, dates and messages stay as they are; merges are flattened;
commits that the new base has already, and commits without a change, are left out.

A commit is replayed by merging the change that it made: a stand-in with the files of the line so far, whose parent is
the parent of the commit, makes exactly that one the base of `merge-tree`, with every git that has the command.

Where the work contains merges whose conflicts somebody solved, its commits may not follow one another cleanly although
all of it together does. Then what one merge brought becomes one commit; and where even this is not enough, or something
of the merges is missing in the end, a last commit brings the rest. So the files are always those of a real merge.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from prodigy_tui.git.merge import UNRELATED, Conflict, join, make_commit
from prodigy_tui.git.repo import identity_environment
from prodigy_tui.git.run import run_git, shown
from prodigy_tui.ids import Oid

_LISTED: Final = 20
"""Commits that a message names, at most."""


class Stuck(Struct, frozen=True, kw_only=True):
    """A commit that cannot follow."""

    commit: Oid
    subject: str
    conflict: Conflict


class _Commit(Struct, frozen=True, kw_only=True):
    """A commit as it is stored."""

    oid: Oid
    tree: str
    parents: tuple[Oid, ...]
    author: bytes
    encoding: bytes
    message: bytes
    is_whole: bool = True
    """It can be taken as it is, where nothing has to be replayed."""

    @property
    def subject(self) -> str:
        return shown(self.message.decode("utf-8", "surrogateescape").strip().partition("\n")[0])[:200]


class _Group(Struct, frozen=True, kw_only=True):
    """Commits that come from one commit of the line: itself, or those that it merged."""

    end: _Commit
    commits: tuple[_Commit, ...]


def replay(worktree: Path, onto: Oid, head: Oid, goal: str | None, message: str) -> Oid | Stuck:
    """Replays the commits that `head` has and `onto` has not, and returns the last one; `onto` if nothing is left.

    Args:
        worktree: A worktree of the repository; its `.gitattributes` count.
        onto: Where the line goes on.
        head: The end of the line of work.
        goal: The files that must come out; None: whatever comes out, and a conflict is an answer.
        message: Of a commit that brings what no single commit could.

    Raises:
        GitFailed: A commit is missing, or the repository is damaged.
    """
    line = _Line(worktree, onto)
    for group in _groups(worktree, onto, head):
        before = line.at, line.tree
        stuck = line.add_all(group.commits)
        if stuck is None:
            continue
        if len(group.end.parents) > 1:
            line.at, line.tree = before
            stuck = line.add(_as_one(group)) and stuck
        if stuck is not None:
            if goal is None:
                return stuck
            break
    if goal is not None and line.tree != goal:
        return make_commit(worktree, goal, (line.at,), message)
    return line.at


def tree_of(worktree: Path, commit: Oid) -> str:
    """Returns the name of the tree of a commit."""
    return run_git("rev-parse", "--verify", f"{commit}^{{tree}}", cwd=worktree).text


class _Line:
    """What has been replayed so far."""

    def __init__(self, worktree: Path, onto: Oid) -> None:
        self._worktree = worktree
        self._committer = b""
        self.at = onto
        self.tree = tree_of(worktree, onto)

    def add_all(self, commits: Sequence[_Commit]) -> Stuck | None:
        return next((stuck for one in commits if (stuck := self.add(one)) is not None), None)

    def add(self, one: _Commit) -> Stuck | None:
        """Replays one commit: the change since its first parent."""
        if one.is_whole and one.parents == (self.at,):
            if one.tree != self.tree:
                self.at, self.tree = one.oid, one.tree
            return None
        stand_in = make_commit(self._worktree, self.tree, one.parents[:1], "stand-in")
        joined = join(self._worktree, stand_in, one.oid)
        if joined is None or joined.clashes:
            conflict = UNRELATED if joined is None else joined.as_conflict()
            detail = conflict.detail.replace(stand_in, "the target").replace(one.oid, one.oid[:9])
            return Stuck(commit=one.oid, subject=one.subject, conflict=replace(conflict, detail=detail))
        if joined.tree != self.tree:
            self.at, self.tree = self._write(one, joined.tree), joined.tree
        return None

    def _write(self, one: _Commit, tree: str) -> Oid:
        self._committer = self._committer or _committer(self._worktree)
        lines = [b"tree " + tree.encode(), b"parent " + self.at.encode(), one.author, b"committer " + self._committer]
        text = b"\n".join([*lines, *([one.encoding] if one.encoding else []), b"", one.message])
        return Oid(run_git("hash-object", "-t", "commit", "-w", "--stdin", cwd=self._worktree, stdin=text).text)


def _committer(worktree: Path) -> bytes:
    text = run_git("var", "GIT_COMMITTER_IDENT", cwd=worktree, env=identity_environment(worktree)).text
    return text.encode("utf-8", "surrogateescape")


def _as_one(group: _Group) -> _Commit:
    """Returns what a merge brought as one commit: of its author, if it has one, or in the name of who merged."""
    end, commits = group.end, group.commits
    whole = replace(end, parents=end.parents[:1], is_whole=False)
    if len(commits) == 1:
        (only,) = commits
        return replace(whole, author=only.author, encoding=only.encoding, message=only.message)
    names = {_name_of(one.author) for one in commits}
    author = commits[-1].author if len(names) == 1 else end.author
    return replace(whole, author=author, encoding=b"", message=_listing(end, commits))


def _name_of(author: bytes) -> bytes:
    return re.sub(rb" \d+ [+-]\d+$", b"", author)


def _listing(end: _Commit, commits: Sequence[_Commit]) -> bytes:
    """Returns the message of a merge with the commits that it brought in front of its trailers."""
    text = end.message.decode("utf-8", "replace").strip()
    subjects = [f"- {one.subject}" for one in commits[:_LISTED]]
    if len(commits) > _LISTED:
        subjects.append(f"- and {len(commits) - _LISTED} more")
    subject, _, rest = text.partition("\n")
    return "\n\n".join(part for part in (subject, "\n".join(subjects), rest.strip()) if part).encode() + b"\n"


# ----------------------------------------------------------------------------------------------- what is to be replayed


def _groups(worktree: Path, onto: Oid, head: Oid) -> Iterator[_Group]:
    """Yields the commits in the order in which they follow one another, merge by merge."""
    ordered = _read(worktree, run_git("rev-list", "--topo-order", "--reverse", f"{onto}..{head}", cwd=worktree).out)
    known = _known(worktree, onto, head)
    position = {oid: number for number, oid in enumerate(ordered)}
    line: list[_Commit] = []
    at: Oid | None = head
    while at in ordered:
        line.append(ordered[at])
        at = next(iter(ordered[at].parents), None)
    taken = {one.oid for one in line}
    for end in reversed(line):
        found = _not_yet(end.parents[1:], ordered, taken)
        taken |= found
        commits = [ordered[oid] for oid in sorted(found, key=lambda oid: position[oid])]
        if len(end.parents) < 2:
            commits = [end]
        yield _Group(end=end, commits=tuple(one for one in commits if len(one.parents) < 2 and one.oid not in known))


def _not_yet(start: Sequence[Oid], ordered: dict[Oid, _Commit], taken: set[Oid]) -> set[Oid]:
    found: set[Oid] = set()
    open_ends = list(start)
    while open_ends:
        oid = open_ends.pop()
        if oid in ordered and oid not in taken and oid not in found:
            found.add(oid)
            open_ends.extend(ordered[oid].parents)
    return found


def _known(worktree: Path, onto: Oid, head: Oid) -> set[Oid]:
    """Returns the commits whose change the other side has too, as a commit of another name."""
    options = ("--no-merges", "--cherry-mark", "--right-only")
    text = run_git("rev-list", *options, f"{onto}...{head}", cwd=worktree).text
    return {Oid(line[1:]) for line in text.splitlines() if line.startswith("=")}


def _read(worktree: Path, oids: bytes) -> dict[Oid, _Commit]:
    """Returns commits by name, in the order of their names."""
    out = run_git("cat-file", "--batch", cwd=worktree, stdin=oids).out if oids.strip() else b""
    found: dict[Oid, _Commit] = {}
    start = 0
    while start < len(out):
        first, _, _ = out[start : start + 200].partition(b"\n")
        oid, _, size = first.decode().split()
        begin = start + len(first) + 1
        found[Oid(oid)] = _parse(Oid(oid), out[begin : begin + int(size)])
        start = begin + int(size) + 1
    return found


def _parse(oid: Oid, raw: bytes) -> _Commit:
    head, _, message = raw.partition(b"\n\n")
    lines = head.split(b"\n")
    encoding = next((line for line in lines if line.startswith(b"encoding ")), b"")
    return _Commit(
        oid=oid,
        tree=lines[0].removeprefix(b"tree ").decode(),
        parents=tuple(Oid(line.removeprefix(b"parent ").decode()) for line in lines if line.startswith(b"parent ")),
        author=next(line for line in lines if line.startswith(b"author ")),
        encoding=encoding,
        message=message,
    )
