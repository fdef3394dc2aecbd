"""What the disk refuses, said once: every `OSError` of this room leaves it as a `DiskTrouble`.

A missing file that a reader may meet (output that was not copied along) is no trouble; readers answer that as a value.
"""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from prodigy_tui.errors import ExitCode, ProdigyError

_ELSEWHERE = "choose another state folder with --home DIR or PRODIGY_HOME"
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_PASSING = frozenset({errno.EIO, errno.EAGAIN, errno.ETIMEDOUT})
"""Disks that are reached over a wire come back from these; others do not."""
_TOO_LARGE = frozenset({errno.EFBIG})
_FORBIDDEN = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
_order = count()


class DiskTrouble(ProdigyError):
    """The disk would not do what the record of a run needs."""

    exit_code = ExitCode.ENVIRONMENT

    def __init__(self, path: Path, action: str, reason: str, number: int = 0, needed: int = 0) -> None:
        super().__init__(f"cannot {action} {str(path)!r}: {reason}", hint=_hint(number))
        self.path = path
        self.action = action
        self.reason = reason
        self.number = number
        """The `errno`, 0 when there is none."""
        self.needed = needed
        """Bytes that could not be written, 0 where that is not known."""
        self.waited_for = False
        """Whether somebody has waited for its end as long as they would."""
        self.order = next(_order)
        """Higher than of all that was refused before, in whatever thread."""
        self.args = (path, action, reason, number, needed)  # what pickle hands to `__init__`

    @property
    def is_full(self) -> bool:
        """Whether there was no room, on the disk or within a quota: that ends when somebody makes some."""
        return self.number in _FULL

    @property
    def may_pass(self) -> bool:
        """Whether the same can work later although nobody does anything about it."""
        return not self.waited_for and (self.is_full or self.number in _PASSING)


def order_by_now() -> int:
    """Returns what is higher than the `order` of all that has been refused so far, and lower than of all to come."""
    return next(_order)


class StateFolderUnusable(DiskTrouble):
    """The folder that the program keeps its records in cannot be made, read or written."""


@contextmanager
def disk(path: Path, action: str, kind: type[DiskTrouble] = DiskTrouble, *, needed: int = 0) -> Iterator[None]:
    """Turns an `OSError` of the block into a `kind` that names `path`, what was tried, and the bytes it needs."""
    try:
        yield
    except OSError as error:
        raise trouble_of(error, path, action, kind, needed) from error


def trouble_of(
    error: OSError, path: Path, action: str, kind: type[DiskTrouble] = DiskTrouble, needed: int = 0
) -> DiskTrouble:
    """Returns what an `OSError` means for the record of a run."""
    number = error.errno or 0
    reason = os.strerror(number).lower() if number else str(error)
    return kind(path, action, reason, number, needed)


def _hint(number: int) -> str:
    if number in _FULL:
        return f"make room on the disk, or {_ELSEWHERE}"
    if number in _TOO_LARGE:
        return "raise the limit on the size of files ('ulimit -f')"
    if number in _FORBIDDEN:
        return f"make it writable, or {_ELSEWHERE}"
    return f"put that right, or {_ELSEWHERE}"
