"""Merging as `merge` and `move_ref` do it, by git processes that stay open: the way of many merges, one after another.

A merge by itself is four processes, two of which read the commits since the common base anew: 16 ms of CPU, and 37
after 300 merges of branches with one old base. Open processes keep what they have read: 2 ms, and 3 after 1,000
(`python -m tests.benchmarks merge`). What they cannot do is done by processes of its own, and what they fail at.
"""

import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Final

from prodigy_tui.git.administration import admin_folder
from prodigy_tui.git.conflicts import parse_answer
from prodigy_tui.git.identity import ROLES
from prodigy_tui.git.merge import Conflict, Contained, Joined, Merged, commit_text, merge
from prodigy_tui.git.open_git import OpenGit, OutOfStep, Silent
from prodigy_tui.git.refs import contains, move_ref
from prodigy_tui.git.repo import GitVersion, Repository
from prodigy_tui.git.run import GitFailed, GitMissing, shown
from prodigy_tui.git.signature import Signature
from prodigy_tui.git.steering import Mark, mark_of, settings_of
from prodigy_tui.ids import Oid

_STAYS_OPEN: Final = GitVersion(2, 39)
"""The first git whose `merge-tree` can be asked for one merge after another."""
_FLUSHES: Final = GitVersion(2, 49)
"""The first git whose open `merge-tree` does not keep its answers to itself; before, `stdbuf` makes it tell them."""
_FIRST_PATIENCE_S: Final = 10.0
_FAILURES: Final = 3
"""After so many in a row it is left alone; at once when a process keeps silent, for that costs time."""
_CANNOT: Final = (GitFailed, GitMissing, OSError, UnicodeDecodeError, RuntimeError)
"""Why processes are not there: the last but one is of a name that is not UTF-8, the last of a path below `~nobody`."""
_MOVED: Final = b"start: ok\nprepare: ok\ncommit: ok\n"
_HINDRANCES: Final = re.compile(r"merge\..*\.driver|remote\..*\.promisor|extensions\.partialclone", re.DOTALL)
"""Settings by which `merge-tree` starts programs that have its input and output in their hands."""


class OpenMerge:
    """Merges and moves refs in one repository. For one thread at a time; must be closed, and may be used again."""

    def __init__(self, repository: Repository, worktree: Path) -> None:
        """Starts nothing yet.

        Args:
            repository: Where refs are moved.
            worktree: A worktree of the repository; its `.gitattributes` count.
        """
        self._repository = repository
        self._worktree = worktree
        self._open: _Processes | None = None
        self._watched: tuple[Path, ...] = ()
        self._mark: Mark | None = None
        """What the watched files were like when the processes were started, or could not be; None: not tried yet."""
        self._failures = 0

    def merge(self, onto: Oid, head: Oid, message: str) -> Merged | Conflict | Contained:
        """Does what `merge` does."""
        processes = self._processes()
        if processes is not None:
            try:
                return processes.merge(onto, head, message)
            except OutOfStep as error:
                self._failed(error)
            except BaseException:
                self.close()
                raise
        return merge(self._worktree, onto, head, message)

    def move_ref(self, ref: str, new: Oid, old: Oid) -> bool:
        """Does what `move_ref` does; where an answer got lost the ref may have been moved although it says no."""
        if self._open is not None and ref.startswith("refs/"):
            try:
                self._open.move(ref, new, old)
            except OutOfStep as error:
                self._failed(error)
            except BaseException:
                self.close()
                raise
            else:
                self._failures = 0
                return True
        return move_ref(self._repository, ref, new, old)

    def close(self) -> None:
        """Ends the processes. The next merge starts others."""
        processes, self._open, self._mark = self._open, None, None
        if processes is not None:
            processes.close()

    def _failed(self, error: Exception) -> None:
        self.close()
        self._failures = _FAILURES if isinstance(error, Silent) else self._failures + 1

    def _processes(self) -> "_Processes | None":
        """Returns processes that know everything that steers merges as it is now."""
        if self._failures >= _FAILURES:
            return None
        if self._mark is None or self._mark != mark_of(self._watched):
            self.close()
            through = _way_to_stay_open(self._repository.version)
            if through is None:
                self._failures = _FAILURES
                return None
            try:
                self._watched, settings = _watch(self._repository, self._worktree)
                self._mark = mark_of(self._watched)  # before they read: what changes meanwhile shows at the next merge
                if not any(map(_HINDRANCES.fullmatch, settings)):
                    self._open = _Processes(self._worktree, settings, through)
            except _CANNOT as error:
                self._failed(error)
        return self._open


def _way_to_stay_open(version: GitVersion) -> tuple[str, ...] | None:
    """Returns the command that starts a git whose `merge-tree` stays open, if it needs one; None: nothing makes it."""
    if version < _STAYS_OPEN:
        return None
    if version >= _FLUSHES:
        return ()
    stdbuf = shutil.which("stdbuf")
    return (stdbuf, "-o0") if stdbuf is not None else None


class _Processes:
    """The open processes: one merges, one writes commits, one moves refs."""

    def __init__(self, worktree: Path, settings: Mapping[str, str], through: tuple[str, ...]) -> None:
        """Starts them; `settings` are git's, `through` is what `_way_to_stay_open` has said.

        Raises:
            GitMissing, GitFailed, OSError, UnicodeDecodeError: They cannot be started, or there is no name to use.
        """
        self._worktree = worktree
        self._trees: dict[Oid, str] = {}
        """The tree of the last commit: the next merge is onto it."""
        self._authors = {role: Signature.of(role, worktree, settings) for role in ROLES}
        with ExitStack() as stack:
            self._file = stack.enter_context(_nameless_file())
            self._join = OpenGit("merge-tree", "--write-tree", "--stdin", cwd=worktree, through=through)
            stack.callback(self._join.close)
            self._write = OpenGit(
                *("hash-object", "-t", "commit", "-w", "--no-filters", "--stdin-paths"),
                cwd=worktree,
                pass_fds=(self._file.fileno(),),
            )
            stack.callback(self._write.close)
            self._move = OpenGit(*("update-ref", "--no-deref", "-m", "prodigy-tui", "--stdin", "-z"), cwd=worktree)
            stack.callback(self._move.close)
            self._stack = stack.pop_all()

    def close(self) -> None:
        self._stack.close()

    def merge(self, onto: Oid, head: Oid, message: str) -> Merged | Conflict | Contained:
        """Merges.

        Raises:
            OutOfStep: The processes have to be closed, and others must say.
        """
        tree_of_onto = self._tree_of(onto)
        joined = self._joined(onto, head)
        if joined.tree == tree_of_onto and not joined.clashes and contains(self._worktree, onto, head):
            return Contained()  # only then can a merge bring nothing, so that nobody has to ask otherwise
        if joined.clashes:
            return joined.as_conflict()
        commit = self._commit(joined.tree, (onto, head), message)
        self._trees = {commit: joined.tree}
        return Merged(commit=commit)

    def move(self, ref: str, new: Oid, old: Oid) -> None:
        """Moves a ref by compare-and-swap.

        Raises:
            OutOfStep: Not moved, or nobody knows.
        """
        self._move.ask(f"start\0update {ref}\0{new}\0{old}\0prepare\0commit\0".encode(), _read_moved)

    def _tree_of(self, commit: Oid) -> str:
        """Returns the tree of a commit; a merge with itself tells it, and that the process answers at all."""
        if commit not in self._trees:
            self._trees = {commit: self._joined(commit, commit, _FIRST_PATIENCE_S).tree}
        return self._trees[commit]

    def _joined(self, onto: Oid, head: Oid, *patience_s: float) -> Joined:
        fields = self._join.ask(f"{onto} {head}\n".encode(), read_join, *patience_s)
        if not _is_name(fields[1], len(onto)):
            raise OutOfStep(f"{fields[1][:60]!r} is no tree")
        if fields[0] == "1":
            return Joined(tree=fields[1])
        tree, clashes, detail = parse_answer(fields[1:-1], onto, head)
        if not clashes:
            raise OutOfStep("a conflict about nothing")
        return Joined(tree=tree, clashes=clashes, detail=shown(detail))

    def _commit(self, tree: str, parents: Iterable[Oid], message: str) -> Oid:
        """Writes the commit object that `commit-tree` would write; its name comes when it is on the disk."""
        now = time.time()
        lines = [
            f"tree {tree}",
            *(f"parent {parent}" for parent in parents),
            *(f"{role} {one.at(now)}" for role, one in self._authors.items()),
        ]
        self._file.seek(0)
        self._file.truncate()
        self._file.write("\n".join(lines).encode() + b"\n\n" + commit_text(message))
        self._file.seek(0)
        name = self._write.ask(f"/dev/fd/{self._file.fileno()}\n".encode(), _read_line)
        if not _is_name(name, len(tree)):
            raise OutOfStep(f"{name[:60]!r} is no commit")
        return Oid(name)


def read_join(said: bytes) -> list[str] | None:
    """Reads what an open `merge-tree` answers, to its end: the next answer begins behind it.

    Clean is `1`, the tree and an empty field. Otherwise `0`, the tree, places, an empty field, messages (how many
    paths, these, a kind, a text), an empty field. Any text but NUL may stand in them.
    """
    if not said.endswith(b"\0"):
        return None
    fields = os.fsdecode(said).split("\0")[:-1]
    if fields[0] not in ("0", "1"):
        raise OutOfStep(f"{fields[0][:60]!r} is not how a merge ends")
    try:
        at = fields.index("", 2)
        if fields[0] == "0":
            at += 1
            while fields[at]:
                at += _number(fields[at]) + 3
    except (ValueError, IndexError):
        return None
    if at != len(fields) - 1 or (fields[0] == "1" and at != 2):
        raise OutOfStep("more than one answer")
    return fields


def _nameless_file() -> IO[bytes]:
    """Returns a file for what is to become an object: in memory where it can be, and nothing is left of it behind."""
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("commit"), "w+b", buffering=0)
    return tempfile.TemporaryFile(buffering=0)


def _number(field: str) -> int:
    if not field.isdecimal():
        raise OutOfStep(f"{field[:60]!r} is no number")
    return int(field)


def _read_line(said: bytes) -> str | None:
    line, end, more = said.partition(b"\n")
    if more:
        raise OutOfStep("more than one line")
    return os.fsdecode(line) if end else None


def _read_moved(said: bytes) -> bool | None:
    if not _MOVED.startswith(said):
        raise OutOfStep(f"{said[:60]!r} is not how a ref is moved")
    return True if said == _MOVED else None


def _is_name(text: str, width: int) -> bool:
    return len(text) == width and re.fullmatch(r"[0-9a-f]+", text) is not None


# -------------------------------------------------------------------------------------------------- what steers merges


def _watch(repository: Repository, worktree: Path) -> tuple[tuple[Path, ...], dict[str, str]]:
    """Returns the files that open processes read once, and the settings that hold.

    The index stands for all `.gitattributes` below: it is written anew whenever the worktree follows.
    """
    common = repository.common_dir
    own = repository.git_dir if worktree == repository.top else _admin_of(common, worktree)
    files, settings = settings_of(common, worktree)
    own_files = {own / "index", own / "config.worktree", worktree, worktree / ".gitattributes"}
    return tuple(sorted(files | own_files)), settings


def _admin_of(common: Path, worktree: Path) -> Path:
    found = admin_folder(common, Path(os.path.realpath(worktree)))
    if found is None:
        raise GitFailed(f"{worktree} is no worktree of {common}")
    return found
