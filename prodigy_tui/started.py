"""The commands that this process has started lately: what, where, when, how it ended. For whoever wants to see them.

A ring of fixed length that any thread may add to; nobody waits for anybody. What is kept stays in this process and may
hold secrets: it is masked where it is shown. Times are seconds of `time.monotonic`, which nothing is decided by.
"""

import itertools
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Final

_MOST: Final = 1000
_LONGEST_ARGUMENT: Final = 2000
"""Longer ones are texts for an agent. They are left out as a whole: half a secret would not be recognised."""


class Started:
    """One command."""

    __slots__ = ("argv", "began", "code", "cwd", "ended", "number")

    def __init__(self, number: int, argv: tuple[str, ...], cwd: str) -> None:
        self.number = number
        self.argv = argv
        self.cwd = cwd
        self.began = time.monotonic()
        self.ended: float | None = None
        self.code: int | None = None

    def end(self, code: int | None) -> None:
        """It has ended; a second time changes nothing."""
        if self.ended is None:
            self.code = code
            self.ended = time.monotonic()


class CommandLog:
    """The last commands, each with a number that goes on counting."""

    def __init__(self, most: int = _MOST) -> None:
        self._all: deque[Started] = deque(maxlen=most)
        self._numbers = itertools.count(1)

    def begin(self, argv: Sequence[str], cwd: Path) -> Started:
        """Takes note of a command; costs the same however many there were."""
        short = tuple(part if len(part) <= _LONGEST_ARGUMENT else f"<{len(part)} characters>" for part in argv)
        command = Started(next(self._numbers), short, str(cwd))
        self._all.append(command)
        return command

    def all(self) -> list[Started]:
        """Returns them, the newest last."""
        return list(self._all)


COMMANDS: Final = CommandLog()
"""Of this process."""
