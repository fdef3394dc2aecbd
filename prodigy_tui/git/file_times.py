"""Whether git can tell by their times which files of a worktree were changed.

It compares whole seconds. Where it has written a file itself, it reads it again as long as that could hide a change;
files that the program has written are a second back (see `plain_files`). Of one that is written over in that very
second, in place, as long as before, and whose time is set back to what it was, git would see nothing; nor of one that
the program wrote twice in it, and was killed before it had told git. So git is made to read all files before it is
asked what an agent has left, and before it brings the worktree to the next base.
"""

import math
import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

_OLD: Final = (1, 1)
"""A time before that of any file: git reads all that are as young as its index. Of 0, it believes that no time is
known, and reads none."""
_HIDES_S: Final = 2.0
"""The rest of the second in which a file was written, and one more for clocks of file systems."""


class FileTimes:
    """In which worktrees of a run times may hide a change. Safe to use from several threads, in one worktree by one at
    a time."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        """Trusts none: nobody knows what an earlier process has written."""
        self._now = now
        self._second_back: dict[Path, float] = {}
        self._all_read: dict[Path, float] = {}

    def second_back(self, path: Path) -> None:
        """Notes that files are written now in the worktree `path` that are a second back."""
        self._second_back[path] = self._now()

    def all_read(self, path: Path) -> None:
        """Notes that git has read all files of the worktree `path`, or written them, since the last doubt."""
        self._all_read[path] = self._now()

    def doubt(self, path: Path, admin: Path) -> None:
        """Has git read all files of the worktree `path` where their times may hide what was done to them."""
        hidden_until = self._second_back.get(path, -math.inf) + _HIDES_S
        if self._all_read.get(path, -math.inf) <= hidden_until:
            with suppress(OSError):  # without an index it reads them anyway
                os.utime(admin / "index", _OLD)

    def forget(self, path: Path) -> None:
        """Knows nothing of the worktree `path` any more."""
        self._second_back.pop(path, None)
        self._all_read.pop(path, None)
