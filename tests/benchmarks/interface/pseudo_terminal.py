"""The terminal's side: a pseudo-terminal of a given size that types keys and takes, or does not take, what is drawn."""

import fcntl
import os
import pty
import select
import struct
import termios
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(slots=True)
class Terminal:
    """A program in a pseudo-terminal. Times are those of `time.monotonic`, the same in all processes."""

    argv: Sequence[str]
    env: Mapping[str, str]
    size: tuple[int, int] = (160, 48)
    reads: bool = True
    """Whether anybody takes what is drawn."""
    pid: int = 0
    started: float = 0.0
    first_drawn: float | None = None
    """When a whole picture had come: more than a title."""
    taken: int = 0
    """Bytes drawn so far."""
    typed: list[float] = field(default_factory=list)
    """When each key was typed."""
    _fd: int = -1

    def open(self) -> None:
        """Starts the program."""
        self.started = time.monotonic()
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            os.execvpe(self.argv[0], list(self.argv), dict(self.env))
        width, height = self.size
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))

    def type(self, keys: str) -> None:
        """Types keys at once."""
        self.typed.append(time.monotonic())
        os.write(self._fd, keys.encode())

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
        if self.first_drawn is None and b"Fleet" in data:
            self.first_drawn = time.monotonic()
        return bool(data)
