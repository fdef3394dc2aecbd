"""A disk without room, where none can be mounted: the system refuses what grows below some folders."""

import errno
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from prodigy_tui.engine import disk_patience
from prodigy_tui.git import run as git_run


class FullDisk:
    """Refuses while `full`: writes and syncs of files below `folder`, and git commands that are named."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
        self.full = False
        self.folder = folder
        self.number = errno.ENOSPC
        self.git: set[str] = set()
        """Git commands that find no room, whether the disk is full or not."""
        self.refused = 0
        write, sync = os.write, os.fdatasync
        monkeypatch.setattr(os, "write", lambda fd, data: self._refuse(fd) or write(fd, data))
        monkeypatch.setattr(os, "fdatasync", lambda fd: self._refuse(fd) or sync(fd))
        monkeypatch.setattr(disk_patience, "_has_room", lambda places, needed: not self.full)

        start_process = git_run._Git

        def start(arguments: tuple[str, ...], **options: Any) -> subprocess.Popen[bytes]:
            refused = self.git.intersection(arguments)
            if refused:
                self.git -= refused
                self.refused += 1
                words = f"fatal: unable to write: {os.strerror(errno.ENOSPC)}"
                arguments = ("sh", "-c", f"echo '{words}' >&2; exit 128")
            return start_process(arguments, **options)

        monkeypatch.setattr(git_run, "_Git", start)

    def _refuse(self, descriptor: int) -> None:
        if self.full and Path(f"/proc/self/fd/{descriptor}").readlink().is_relative_to(self.folder):
            self.refused += 1
            raise OSError(self.number, os.strerror(self.number))
