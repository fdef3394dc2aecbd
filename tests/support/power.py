"""A loss of power: of the files below a folder only that is left which was synced, names of new files included."""

import os
import shutil
import stat
from pathlib import Path
from typing import Literal, TypeAlias

import pytest

Tail: TypeAlias = Literal["gone", "half", "zeros"]
"""What is there of bytes that were written after the last sync."""


class Power:
    """Notes what is synced from now on. `fail` makes the folder what a strict file system would show afterwards."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, root: Path) -> None:
        self._root = root
        self._names: dict[Path, set[str]] = {}
        self._contents: dict[int, bytes] = {}
        """By inode: what is synced under one name may be renamed."""
        fsync, fdatasync = os.fsync, os.fdatasync
        monkeypatch.setattr(os, "fsync", lambda descriptor: (fsync(descriptor), self._synced(descriptor))[0])
        monkeypatch.setattr(os, "fdatasync", lambda descriptor: (fdatasync(descriptor), self._synced(descriptor))[0])

    def _synced(self, descriptor: int) -> None:
        path = Path(os.readlink(f"/proc/self/fd/{descriptor}"))  # noqa: PTH115 - a path that need not be one
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            self._names[path] = {entry.name for entry in path.iterdir()}
        elif path.exists():
            self._contents[path.stat().st_ino] = path.read_bytes()

    def fail(self, tail: Tail) -> None:
        """Takes away what nobody has synced."""
        self._keep(self._root, tail)

    def _keep(self, folder: Path, tail: Tail) -> None:
        known = self._names.get(folder, set())
        for path in folder.iterdir():
            if path.name not in known:
                shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
            elif path.is_dir():
                self._keep(path, tail)
            else:
                path.write_bytes(self._left(path, tail))

    def _left(self, path: Path, tail: Tail) -> bytes:
        synced, written = self._contents.get(path.stat().st_ino, b""), path.read_bytes()
        lost = len(written) - len(synced) if written.startswith(synced) else 0
        match tail:
            case "gone":
                return synced
            case "half":
                return written[: len(synced) + lost // 2]
            case "zeros":
                return synced + bytes(lost)
