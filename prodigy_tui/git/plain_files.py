"""Files of a worktree, written and removed as git does when it checks something out. No link is followed on the way."""

import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from itertools import groupby
from pathlib import Path
from typing import Final

from prodigy_tui.git.lock_file import write_all

_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_SECOND_NS: Final = 1_000_000_000
_RIGHTS: Final = {True: 0o777, False: 0o666}
"""What git asks for, if a file can be run and if not; the rest is the umask's."""


def remove_files(root: Path, names: Iterable[bytes]) -> None:
    """Removes files, and the folders that are empty then.

    Raises:
        OSError: One cannot be removed.
    """
    top = os.open(root, _FOLDER)
    try:
        for folder, inside in groupby(sorted(names), _folder_of):
            _remove_in(top, folder, inside)
    finally:
        os.close(top)


def write_files(root: Path, files: Mapping[bytes, tuple[bytes, bool]]) -> dict[bytes, os.stat_result]:
    """Writes files anew, each with its content and whether it can be run, and returns how they are on the disk.

    They bear a time one second back. Git compares times by whole seconds, and so reads all files again that are as
    young as its index: with agents that take a tenth of a second that was a fifth of all CPU. To write to a file gives
    it a later time, in another second.

    Raises:
        OSError: One cannot be written.
    """
    top, found = os.open(root, _FOLDER), dict[bytes, os.stat_result]()
    try:
        for folder, inside in groupby(sorted(files), _folder_of):
            here = _entered(top, folder, make=True)
            try:
                for name in inside:
                    found[name] = _write(here, name.rpartition(b"/")[2], *files[name])
            finally:
                os.close(here)
    finally:
        os.close(top)
    return found


def _folder_of(name: bytes) -> bytes:
    return name.rpartition(b"/")[0]


def _remove_in(top: int, folder: bytes, names: Iterable[bytes]) -> None:
    here = _entered(top, folder, make=False)
    try:
        for name in names:
            os.unlink(name.rpartition(b"/")[2], dir_fd=here)
        is_empty = not os.listdir(here)  # noqa: PTH208 - an open folder
    finally:
        os.close(here)
    while folder and is_empty:
        folder, _, name = folder.rpartition(b"/")
        above = _entered(top, folder, make=False)
        try:
            os.rmdir(name, dir_fd=above)
            is_empty = not os.listdir(above)  # noqa: PTH208
        finally:
            os.close(above)


def _write(here: int, name: bytes, content: bytes, can_be_run: bool) -> os.stat_result:
    # Never over the old content: other names may be linked to it, and half of it must not look like the old file.
    with suppress(FileNotFoundError):
        os.unlink(name, dir_fd=here)
    handle = os.open(name, _NEW, _RIGHTS[can_be_run], dir_fd=here)
    try:
        write_all(handle, content)
        now = os.fstat(handle)
        os.utime(handle, ns=(now.st_atime_ns, now.st_mtime_ns - _SECOND_NS))
        return os.fstat(handle)
    finally:
        os.close(handle)


def _entered(top: int, folder: bytes, *, make: bool) -> int:
    """Opens a folder of a worktree, to be closed; makes it and those above it where it is to."""
    here = os.dup(top)
    for name in folder.split(b"/") if folder else ():
        above = here
        try:
            here = _child(above, name, make=make)
        finally:
            os.close(above)
    return here


def _child(above: int, name: bytes, *, make: bool) -> int:
    try:
        return os.open(name, _FOLDER, dir_fd=above)
    except FileNotFoundError:
        if not make:
            raise
        os.mkdir(name, dir_fd=above)
        return os.open(name, _FOLDER, dir_fd=above)
