"""A file that git may write too: written whole under git's own lock, or not at all."""

import os
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final

_TRIES: Final = 3
"""A folder without refs may be taken away by another git at any moment."""


class LockFile:
    """The lock of a file, held inside the block; what was written takes the file's place with `commit`."""

    def __init__(self, file: Path, *, make_folders: bool = False) -> None:
        """Takes it.

        Raises:
            OSError: Somebody else holds it, or it cannot be made.
        """
        self._file = os.fspath(file)
        self._lock = f"{self._file}.lock"
        self._handle = _new_file(self._lock, tries=_TRIES if make_folders else 1)
        self._is_there = True

    def __enter__(self) -> "LockFile":
        return self

    def write(self, content: bytes, *, durable: bool) -> None:
        """Writes what the file is to hold; `durable`: it survives a loss of power.

        Raises:
            OSError: It cannot be written.
        """
        write_all(self._handle, content)
        if durable:
            os.fsync(self._handle)

    def commit(self) -> None:
        """Replaces the file.

        Raises:
            OSError: It cannot be replaced.
        """
        os.rename(self._lock, self._file)  # noqa: PTH104 - without another object for the path, done for every item
        self._is_there = False

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        os.close(self._handle)
        if self._is_there:
            with suppress(OSError):
                os.unlink(self._lock)  # noqa: PTH108


def append_line(file: Path, line: str) -> None:
    """Adds a line to a file, in one piece; the file and its folder are made where they are missing.

    Raises:
        OSError: It cannot be written.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
    handle = _opened(os.fspath(file), flags, tries=_TRIES)
    try:
        write_all(handle, line.encode("utf-8", "surrogateescape"))
    finally:
        os.close(handle)


def write_all(handle: int, content: bytes) -> None:
    """Writes all of `content`.

    Raises:
        OSError: It cannot be written.
    """
    written = os.write(handle, content)
    while written < len(content):
        written += os.write(handle, memoryview(content)[written:])


def _new_file(name: str, tries: int) -> int:
    return _opened(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, tries=tries)


def _opened(name: str, flags: int, tries: int) -> int:
    for _ in range(tries - 1):
        try:
            return os.open(name, flags, 0o666)
        except FileNotFoundError:
            os.makedirs(os.path.dirname(name), exist_ok=True)  # noqa: PTH103, PTH120
    return os.open(name, flags, 0o666)
