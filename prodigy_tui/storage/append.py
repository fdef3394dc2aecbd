"""A file that only grows, one whole write at a time, and the recovery of its last line after a crash.

One thread at a time owns an `AppendFile`; only the holder of the run's lock opens one or calls `recover`.
"""

import fcntl
import os
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from prodigy_tui.storage.trouble import DiskTrouble, disk

_BLOCK = 64 * 1024


class AppendFile:
    """Appends whole pieces of bytes: after a failed or short write the file ends where it ended before."""

    def __init__(self, path: Path, descriptor: int, size: int) -> None:
        self.path = path
        self._descriptor = descriptor
        self._size = size
        self._synced = size
        self._torn = False
        self._lost = False
        self._named = False

    @classmethod
    def open(cls, path: Path) -> Self:
        """Opens `path`, made with mode 0600 when it is missing, and keeps all that is in it."""
        with disk(path, "open"):
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
            return cls(path, descriptor, os.fstat(descriptor).st_size)

    @property
    def size(self) -> int:
        """The length up to the last whole write."""
        return self._size

    def write(self, data: bytes | memoryview) -> int:
        """Appends `data` and returns the length after it.

        Raises:
            DiskTrouble: nothing of `data` is in the file, or what is will be cut off before the next write.
        """
        self._check()
        with disk(self.path, "append to", needed=len(data)):
            if self._torn:
                self._cut()
            # Torn until proven whole, so that an interrupt between two system calls is mended as well.
            self._torn = True
            try:
                self._write_all(data)
            except OSError:
                self._cut()
                raise
        self._size += len(data)
        self._torn = False
        return self._size

    def cut_back(self, size: int) -> None:
        """Drops everything after `size`: a write that is taken back because its companion failed."""
        if size >= self._size and not self._torn:
            return  # cutting to the same length would still change the file's time
        self._size = min(size, self._size)
        self._synced = min(self._synced, self._size)
        self._torn = True
        with disk(self.path, "cut back"):
            self._cut()

    def sync(self) -> None:
        """Returns when all that was written would survive a power loss.

        After a failure nothing is taken before `back_to_synced`: the kernel may drop the unwritten pages and report
        success the next time, so a second call could promise what is not on the disk.

        Raises:
            DiskTrouble: it could not be synced, or the file is not at its place any more.
        """
        self._check()
        self._lost = True
        with disk(self.path, "sync"):
            _sync_data(self._descriptor)
            if not self._named:
                sync_folder(self.path.parent)
                self._named = True
            self._require_place()
        self._lost = False
        self._synced = self._size

    def back_to_synced(self) -> None:
        """Drops what was written after the last sync that went well: whoever has it writes it again.

        Raises:
            DiskTrouble: the file cannot be cut.
        """
        self._size = self._synced
        self._torn = True
        with disk(self.path, "cut back"):
            self._cut()
        self._lost = False

    def close(self) -> None:
        """Closes the file; a second call does nothing."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _check(self) -> None:
        if self._descriptor < 0:
            raise ValueError(f"{self.path} is closed")
        if self._lost:
            raise DiskTrouble(self.path, "append to", "an earlier sync failed, so its end is in doubt")

    def _require_place(self) -> None:
        """A file that was removed or replaced takes every byte and keeps none."""
        try:
            in_place = os.path.samestat(self.path.stat(), os.fstat(self._descriptor))
        except (FileNotFoundError, NotADirectoryError):
            in_place = False
        if not in_place:
            raise DiskTrouble(self.path, "append to", "it was removed or replaced meanwhile")

    def _write_all(self, data: bytes | memoryview) -> None:
        rest = memoryview(data)
        while rest:
            # A short write is no error yet: the next call finishes it or tells why it cannot.
            rest = rest[os.write(self._descriptor, rest) :]

    def _cut(self) -> None:
        os.ftruncate(self._descriptor, self._size)
        self._torn = False


def recover(path: Path) -> int:
    """Cuts off what a crash left half written at the end, durably, and returns how many bytes were dropped.

    That is a last line without its end, and last lines with zeros in them: after a loss of power a file system can
    show zeros where the length of a file had reached the disk and its bytes had not. Text has none.
    """
    with disk(path, "recover"):
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return 0
        try:
            size = os.fstat(descriptor).st_size
            keep = end_of_text(descriptor, size)
            if keep < size:
                os.ftruncate(descriptor, keep)
                _sync_data(descriptor)
            return size - keep
        finally:
            os.close(descriptor)


def sync_folder(path: Path) -> None:
    """Makes the names inside a folder durable; a new file's bytes are lost with its name otherwise."""
    with disk(path, "sync"):
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def end_of_text(descriptor: int, size: int) -> int:
    """Returns where the last whole line without zeros ends, of the first `size` bytes of a file."""
    end = _end_of_last_line(descriptor, size)
    while end > 0:
        start = _end_of_last_line(descriptor, end - 1)
        if not _has_zeros(descriptor, start, end):
            return end
        end = start
    return 0


def _has_zeros(descriptor: int, start: int, end: int) -> bool:
    return any(b"\0" in os.pread(descriptor, min(_BLOCK, end - at), at) for at in range(start, end, _BLOCK))


def _end_of_last_line(descriptor: int, size: int) -> int:
    end = size
    while end > 0:
        start = max(0, end - _BLOCK)
        found = os.pread(descriptor, end - start, start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        end = start
    return 0


def _sync_data(descriptor: int) -> None:
    if sys.platform == "darwin":
        fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)  # fsync there stops at the drive's cache, and fdatasync is missing
    else:
        os.fdatasync(descriptor)
