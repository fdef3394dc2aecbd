"""A new branch, and a worktree on it: the refs and their logs, written as git does, without a process.

Locks are taken as git takes them, and those of others respected.
"""

import os
from pathlib import Path
from typing import Final

from prodigy_tui.git.lock_file import LockFile, append_line
from prodigy_tui.git.steering import Mark, mark_of
from prodigy_tui.ids import Oid

_HEADS: Final = "refs/heads/"


class PackedRefs:
    """Whether there is something about a run, or about all objects, among the refs that stand together in one file."""

    def __init__(self, common_dir: Path, branch_prefix: str = "") -> None:
        """Reads nothing yet; the names of the run's branches begin with `branch_prefix`. Without: objects alone."""
        self._file = common_dir / "packed-refs"
        above = [f"{_HEADS}{branch_prefix[:at]}\n" for at, letter in enumerate(branch_prefix) if letter == "/"]
        branches = [*above, f"{_HEADS}{branch_prefix}"] if branch_prefix else []
        self._wanted = [f" {name}".encode() for name in (*branches, "refs/replace/")]
        self._mark: Mark | None = None
        self._matters = False

    def matter(self) -> bool:
        """Tells whether there is a branch of the run or in its place, or a replacement of an object.

        Raises:
            OSError: The file cannot be read.
        """
        mark = mark_of([self._file])
        if mark != self._mark:
            content = self._file.read_bytes() if mark != (None,) else b""
            self._matters = any(name in content for name in self._wanted)
            self._mark = mark
        return self._matters


def has_branch(common_dir: Path, branch: str) -> bool:
    """Tells whether something stands where a branch has its file."""
    return os.path.lexists(f"{common_dir}/{_HEADS}{branch}")


def make_branch(common_dir: Path, branch: str, commit: Oid, signed: str) -> None:
    """Makes a branch, as durable as git makes those of ours; `signed`: who does so, and when.

    Raises:
        OSError: It cannot be made, or there is one.
    """
    ref = f"{_HEADS}{branch}"
    with LockFile(common_dir / ref, make_folders=True) as lock:
        if has_branch(common_dir, branch):
            raise FileExistsError(ref)
        lock.write(f"{commit}\n".encode(), durable=True)
        append_line(
            common_dir / "logs" / ref, f"{'0' * len(commit)} {commit} {signed}\tbranch: Created from {commit}\n"
        )
        lock.commit()


def put_on(admin: Path, branch: str, before: Oid, commit: Oid, signed: str) -> None:
    """Has the worktree about which git keeps `admin` be on a branch at `commit`; it was at `before`.

    Raises:
        OSError: It cannot be put there.
    """
    with LockFile(admin / "HEAD") as lock:
        lock.write(f"ref: {_HEADS}{branch}\n".encode(), durable=False)
        append_line(admin / "logs/HEAD", f"{before} {commit} {signed}\tprodigy-tui\n")
        lock.commit()
