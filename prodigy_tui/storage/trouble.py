"""What the disk refuses, said once: every `OSError` of this room leaves it as a `DiskTrouble`.

A missing file that a reader may meet (output that was not copied along) is no trouble; readers answer that as a value.
"""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from prodigy_tui.errors import ExitCode, ProdigyError

_ELSEWHERE = "choose another state folder with --home DIR or PRODIGY_HOME"
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_FORBIDDEN = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


class DiskTrouble(ProdigyError):
    """The disk would not do what the record of a run needs."""

    exit_code = ExitCode.ENVIRONMENT

    def __init__(self, path: Path, action: str, reason: str, number: int = 0) -> None:
        super().__init__(f"cannot {action} {str(path)!r}: {reason}", hint=_hint(number))
        self.path = path
        self.action = action
        self.reason = reason
        self.number = number
        """The `errno`, 0 when there is none."""
        self.args = (path, action, reason, number)  # what pickle hands to `__init__`


class StateFolderUnusable(DiskTrouble):
    """The folder that the program keeps its records in cannot be made, read or written."""


@contextmanager
def disk(path: Path, action: str, kind: type[DiskTrouble] = DiskTrouble) -> Iterator[None]:
    """Turns an `OSError` of the block into a `kind` that names `path` and what was tried."""
    try:
        yield
    except OSError as error:
        number = error.errno or 0
        reason = os.strerror(number).lower() if number else str(error)
        raise kind(path, action, reason, number) from error


def _hint(number: int) -> str:
    if number in _FULL:
        return f"make room on the disk, or {_ELSEWHERE}"
    if number in _FORBIDDEN:
        return f"make it writable, or {_ELSEWHERE}"
    return f"put that right, or {_ELSEWHERE}"
