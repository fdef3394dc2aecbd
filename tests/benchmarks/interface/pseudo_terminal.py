"""A pseudo-terminal of a given size that types keys and takes, or does not take, what is drawn."""

import fcntl
import os
import pty
import re
import select
import struct
import termios
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

_SEQUENCES: Final = re.compile(rb"\x1b(?:\[[0-9;?<>=$ ]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[78=>])")
_ASKS_FOR_SYNC: Final = b"\x1b[?2026$p"
_HAS_SYNC: Final = b"\x1b[?2026;2$y"
_FRAME_BEGINS: Final = b"\x1b[?2026h"
_FRAME_ENDS: Final = b"\x1b[?2026l"
_LAST_LINE: Final = b"keys"
"""What the last line of every screen ends with: a picture that has come this far is whole."""
_KEPT: Final = 1 << 20


@dataclass(slots=True)
class Terminal:
    """A program in a pseudo-terminal. Times are those of `time.monotonic`, the same in all processes."""

    argv: Sequence[str]
    env: Mapping[str, str]
    size: tuple[int, int] = (160, 48)
    folder: Path | None = None
    """Where the program is called."""
    reads: bool = True
    """Whether anybody takes what is drawn."""
    pid: int = 0
    started: float = 0.0
    awaited: bytes = b""
    """What a picture must hold to count as the first one; nothing: no picture is waited for."""
    first_drawn: float | None = None
    """When the first such picture had come, whole."""
    cpu_at_first_s: float = 0.0
    """The processor time that the program had taken by then."""
    keeps: bool = False
    """Whether all that is drawn is kept."""
    drawn: bytearray = field(default_factory=bytearray)
    """What was drawn, or the end of it."""
    taken: int = 0
    """Bytes drawn so far."""
    typed: list[float] = field(default_factory=list)
    """When each key was typed."""
    _fd: int = -1

    @property
    def said(self) -> str:
        """What was drawn, without how and where."""
        return _SEQUENCES.sub(b"", bytes(self.drawn)).decode("utf-8", "replace")

    def open(self) -> None:
        """Starts the program."""
        self.started = time.monotonic()
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            os.chdir(self.folder or ".")
            os.execvpe(self.argv[0], list(self.argv), dict(self.env))
        width, height = self.size
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))

    def type(self, keys: str) -> None:
        """Types keys at once."""
        self.typed.append(time.monotonic())
        os.write(self._fd, keys.encode())

    def await_picture(self, patience_s: float) -> None:
        """Waits for the first picture, at most so long."""
        while self.first_drawn is None and self.run(0.02) and time.monotonic() - self.started < patience_s:
            pass

    def send(self, number: int) -> None:
        """Sends the program a signal."""
        os.kill(self.pid, number)

    def run(self, seconds: float, *, every_s: float = 0.0, keys: str = "") -> bool:
        """Lets time go by, typing one of `keys` after another at an interval; returns whether the program runs."""
        end, due, number = time.monotonic() + seconds, time.monotonic() + every_s, 0
        while (now := time.monotonic()) < end:
            if keys and now >= due:
                self.type(keys[number % len(keys)])
                number, due = number + 1, due + every_s
            wait = min(end, due if keys else end) - now
            if not self._take(max(0.0, min(wait, 0.05))):
                return False
        return True

    def wait(self, limit_s: float) -> int:
        """Waits until the program has ended by itself; returns its exit code, or kills it."""
        end = time.monotonic() + limit_s
        while time.monotonic() < end and self._take(0.05):
            pass
        pid, status = os.waitpid(self.pid, os.WNOHANG)
        while not pid and time.monotonic() < end:
            time.sleep(0.01)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
        if not pid:
            os.kill(self.pid, 9)
            _, status = os.waitpid(self.pid, 0)
        os.close(self._fd)
        return os.waitstatus_to_exitcode(status)

    def _take(self, wait_s: float) -> bool:
        if not self.reads:
            time.sleep(wait_s)
            return True
        ready, _, _ = select.select([self._fd], [], [], wait_s)
        if not ready:
            return True
        try:
            data = os.read(self._fd, 1 << 16)
        except OSError:
            return False
        self.taken += len(data)
        if _ASKS_FOR_SYNC in data:  # a good terminal shows a frame at once or not at all, and says so
            os.write(self._fd, _HAS_SYNC)
        self.drawn += data
        if not self.keeps and len(self.drawn) > 2 * _KEPT:
            del self.drawn[:-_KEPT]
        if self.awaited and self.first_drawn is None and self._is_whole():
            self.first_drawn, self.cpu_at_first_s = time.monotonic(), cpu_s(self.pid)
        return bool(data)

    def _is_whole(self) -> bool:
        """Whether a picture with what is awaited is there, down to its last line, and no frame is half drawn."""
        drawn = bytes(self.drawn)
        text = _SEQUENCES.sub(b"", drawn)
        return self.awaited in text and _LAST_LINE in text and drawn.count(_FRAME_BEGINS) == drawn.count(_FRAME_ENDS)


def cpu_s(pid: int) -> float:
    """Returns the processor time of a process and all its threads, to the nanosecond where the system counts so."""
    spent = 0
    for thread in Path(f"/proc/{pid}/task").iterdir():
        spent += int((thread / "schedstat").read_text().split()[0])
    return spent / 1e9
