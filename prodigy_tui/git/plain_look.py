"""What a worktree holds, told without a process where nothing is left in it, as after most agents.

A git process takes 3 to 5 ms of CPU for a look at 500 files, these take 1 and 2. What they say is that there is nothing
to see; where they cannot say that, git must look.
"""

import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

from prodigy_tui.git.index_file import STOOD, IndexFile, Unclear
from prodigy_tui.ids import Oid

_SECOND_NS: Final = 1_000_000_000
_SPARE_NS: Final = 1_000_000
_COARSE_CLOCK: Final = 6
"""`CLOCK_REALTIME_COARSE`, from which Linux takes the times of files; Python has no name for it."""
_COARSEST_NS: Final = 10_000_000


def _clock_ns() -> int:
    if sys.platform == "linux":
        with suppress(OSError):
            return round(time.clock_getres(_COARSE_CLOCK) * _SECOND_NS) + _SPARE_NS
    return _COARSEST_NS


CLOCK_NS: Final = _clock_ns()
"""How coarse the clock of a file system may be: what is written twice within that may look unchanged. With 10 where it
was 4, git had to look after one in seventy short commits."""
_INODE: Final = 0xFFFFFFFF
"""What an index keeps of the number of a file."""
_LINK: Final = b".git"
_MOMENT_S: Final = 0.5


def holds_tracked_only(path: Path, admin: Path, commit: Oid) -> bool:
    """Tells whether nothing stands in the worktree `path` that its index does not name, not even an empty folder.

    False where that cannot be told. Links are not followed.

    Args:
        path: The worktree; nothing is at work in it.
        admin: What git keeps about it.
        commit: Any of the repository.
    """
    try:
        return not _has_others(os.fsencode(path), IndexFile.read(admin, commit))
    except (OSError, Unclear):
        return False


def is_as_tree(path: Path, admin: Path, commit: Oid, tree: str) -> bool:
    """Tells whether the worktree `path` holds the files of `tree`, all as git has seen them last, and nothing else.

    False where that cannot be told, as of files that were changed about when git looked.
    """
    return _index_as_tree(path, admin, commit, tree) is not None


def is_as_seen(path: Path, index: IndexFile) -> bool:
    """Tells whether the worktree `path` holds the files of its index, all as git has seen them last, and nothing else.

    Raises:
        OSError: That cannot be told.
    """
    root = os.fsencode(path)
    return not _has_others(root, index) and _are_as_seen(root, index)


class _Look(NamedTuple):
    """A worktree was as its index says."""

    said: IndexFile
    at_s: float


class Looks:
    """What was seen in the worktrees of a run a moment ago, so that nobody has to look again.

    The next agent mostly begins where and when the last one has ended, and nothing is at work there in between. A look
    at 500 files takes 1.5 ms of CPU. Safe to use from several threads.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._last: dict[Path, _Look] = {}

    def is_as_tree(self, path: Path, admin: Path, commit: Oid, tree: str) -> bool:
        """Does what `is_as_tree` does."""
        began = self._now()
        index = _index_as_tree(path, admin, commit, tree)
        if index is not None:
            self._last[path] = _Look(index, began)
        return index is not None

    def is_as_seen(self, path: Path, index: IndexFile) -> bool:
        """Does what `is_as_seen` does, where that was not seen of this index a moment ago. Each look is good for once.

        Raises:
            OSError: That cannot be told.
        """
        last = self._last.pop(path, None)
        if last is not None and last.said == index and self._now() - last.at_s < _MOMENT_S:
            return True
        return is_as_seen(path, index)


def _index_as_tree(path: Path, admin: Path, commit: Oid, tree: str) -> IndexFile | None:
    try:
        index = IndexFile.read(admin, commit)
        return index if index.tree == tree and is_as_seen(path, index) else None
    except (OSError, Unclear):
        return None


def _has_others(root: bytes, index: IndexFile) -> bool:
    waiting = [b""]
    while waiting:
        below = waiting.pop()
        with os.scandir(root + b"/" + below) as entries:
            for entry in entries:
                name = below + entry.name
                if entry.is_dir(follow_symlinks=False):
                    if name not in index.folders:
                        return True
                    waiting.append(name + b"/")
                elif name not in index.at and name != _LINK:
                    return True
    return False


def _are_as_seen(root: bytes, index: IndexFile) -> bool:
    """Tells whether no file was touched since git has looked at it: all that is done to one gives it another ctime."""
    certain_ns = index.written_ns - CLOCK_NS
    content, stood, status = index.content, STOOD.unpack_from, os.stat
    top = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for name, at in index.at.items():
            now = status(name, dir_fd=top, follow_symlinks=False)
            changed_s, changed_ns, written_s, written_ns, inode, size = stood(content, at)
            changed = changed_s * _SECOND_NS + changed_ns
            if (
                changed != now.st_ctime_ns
                or changed >= certain_ns
                or written_s * _SECOND_NS + written_ns != now.st_mtime_ns
                or size != now.st_size
                or inode != now.st_ino & _INODE
            ):
                return False
    finally:
        os.close(top)
    return True
