"""What processes of this machine share: a small record that they change in turn, and the sign that one of them lives.

Both rest on `flock`, which the kernel gives back when its holder dies, however that happens. The record is no more than
a hint: one that is torn or damaged reads as empty, and whoever cannot use it goes on alone.
"""

import fcntl
import os
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Self

from prodigy_tui.storage.paths import make_folder
from prodigy_tui.storage.trouble import DiskTrouble, disk

RECORD_LIMIT = 256 * 1024
"""Bytes; a longer record is not one of ours."""

_TRIES = 50
_PAUSE_S = 0.002
_ABANDONED_S = 60.0
"""Signs of life that nobody holds are removed when they are older; a newer one may be about to be locked."""


class RecordBusy(DiskTrouble):
    """Another process holds the record; it may be suspended."""


class SharedRecord:
    """A record of some bytes in a file, one line; changed under a lock that is held for a moment only."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def change(self, make: Callable[[bytes], bytes]) -> None:
        """Replaces the record by what `make` makes of it; the old one is empty where there is none.

        Raises:
            RecordBusy: the lock could not be had in a tenth of a second.
            DiskTrouble: the file cannot be made, read or written.
        """
        make_folder(self.path.parent)
        with disk(self.path, "share"):
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
            try:
                if not _locked(descriptor):
                    raise RecordBusy(self.path, "share", "another process holds it")
                before, end, _ = os.pread(descriptor, RECORD_LIMIT, 0).partition(b"\n")
                after = make(before if end else b"") + b"\n"
                if after != before + end:
                    # Readers take the first line, so what is left of a longer one does not matter between the calls.
                    os.pwrite(descriptor, after, 0)
                    os.ftruncate(descriptor, len(after))
            finally:
                os.close(descriptor)


class SignOfLife:
    """A file that is locked for as long as this process lives, or until `close`; others see by it that it does."""

    def __init__(self, folder: Path, name: str, descriptor: int) -> None:
        self.name = name
        self._folder = folder
        self._descriptor = descriptor

    @classmethod
    def give(cls, folder: Path) -> Self:
        """Makes the sign under a name of its own, and takes away those of the dead.

        Raises:
            DiskTrouble: the folder cannot be written.
        """
        make_folder(folder)
        name = f"{os.getpid()}-{uuid.uuid4().hex[:12]}"
        with disk(folder / name, "share"):
            descriptor = os.open(folder / name, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                os.close(descriptor)
                raise
        _bury(folder, name)
        return cls(folder, name, descriptor)

    def lives(self, name: str) -> bool:
        """Returns whether the process of that name lives; also where that cannot be seen."""
        return name == self.name or _lives(self._folder / name)

    def close(self) -> None:
        """Takes the sign away; a second call does nothing."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            with suppress(OSError):
                (self._folder / self.name).unlink()
            os.close(descriptor)


def _locked(descriptor: int) -> bool:
    for _ in range(_TRIES):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(_PAUSE_S)
        else:
            return True
    return False


def _lives(path: Path) -> bool:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return False
    except OSError:
        return True  # somebody else's: it is not ours to judge
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False


def _bury(folder: Path, own: str) -> None:
    now = time.time()
    with suppress(OSError):
        for entry in os.scandir(folder):
            if entry.name != own and now - entry.stat().st_mtime > _ABANDONED_S and not _lives(Path(entry.path)):
                with suppress(OSError):
                    Path(entry.path).unlink()
