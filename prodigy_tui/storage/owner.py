"""Who holds a run: a process of one start of one machine, told apart from a later one that got the same number.

A number alone is not enough: after a restart, and on a busy machine sooner, it belongs to another process. Its start
time since the machine came up, and which coming up that was, say which is meant. Only Linux tells (`/proc`); elsewhere
the number has to do.
"""

import os
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

_BOOT = Path("/proc/sys/kernel/random/boot_id")
_START_TIME = 19
"""Field of `/proc/PID/stat`, counted behind the program's name, which may itself hold blanks and brackets."""


class LockOwner(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The process that holds a run."""

    pid: int
    host: str
    started: datetime
    """When it took the run."""
    socket: str | None = None
    """Address of the Unix socket that takes signals, once it listens."""
    boot: str = ""
    """Which coming up of the machine it belongs to; empty where nobody tells."""
    born: int = 0
    """Its start, in ticks since then; 0 where nobody tells."""

    @property
    def mark(self) -> str:
        """What tells it from every other process that had its number."""
        return f"{self.pid}:{self.born}"

    def fate(self, boot: str) -> Literal["alive", "gone", "reused", "unknown"]:
        """Returns what has become of it, on the machine that came up as `boot`."""
        if self.boot and boot and self.boot != boot:
            return "gone"
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return "gone"
        except (PermissionError, OverflowError):
            pass
        found = born_at(self.pid)
        if not self.born or found is None:
            return "unknown"
        return "alive" if found == self.born else "reused"


def born_at(pid: int) -> int | None:
    """Returns the start of a process in ticks since the machine came up; None where nobody tells, or it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
        return int(fields[_START_TIME])
    except (OSError, IndexError, ValueError):
        return None


@cache
def this_boot() -> str:
    """Returns which coming up of the machine this is; empty where nobody tells."""
    try:
        return _BOOT.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def own_birth() -> int:
    """Returns the start of this process in ticks since the machine came up; 0 where nobody tells."""
    return _birth(os.getpid())


def own_mark() -> str:
    """Returns the mark of this process."""
    return f"{os.getpid()}:{own_birth()}"


@cache
def _birth(pid: int) -> int:
    return born_at(pid) or 0
