"""A run of the program that is looked at from outside while it is at work: headless, or with its interface open."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Protocol

from prodigy_tui.process import kill_strays_of
from tests.benchmarks.engine.ground import PROGRAM, Ground
from tests.benchmarks.engine.spent import spent_so_far
from tests.benchmarks.interface.pseudo_terminal import Terminal

AGENT: Final = b'"type":"agent_started"'
MERGE: Final = b'"type":"merge_finished"'
AT_WORK_S: Final = 1.0

_LOOK_S: Final = 0.01
_PATIENCE_S: Final = 900.0


class Log:
    """An event log that is followed: how many lines of it hold which words."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._read = 0
        self._rest = b""
        self._counts = dict.fromkeys((AGENT, MERGE), 0)

    @property
    def run_id(self) -> str:
        """Whose log it is."""
        return next(self._home.glob("state/repos/*/runs/*/events.jsonl")).parent.name

    def seen(self, words: bytes) -> int:
        """Returns how many events that was by now."""
        found = list(self._home.glob("state/repos/*/runs/*/events.jsonl"))
        if found:
            with found[0].open("rb") as file:
                file.seek(self._read)
                new = file.read()
            self._read += len(new)
            whole, _, self._rest = (self._rest + new).rpartition(b"\n")
            for each in self._counts:
                self._counts[each] += whole.count(each)
        return self._counts[words]


class _Program(Protocol):
    @property
    def pid(self) -> int: ...

    def go_on(self, seconds: float) -> bool:
        """Lets time go by; whether the program still runs."""

    def wait(self) -> None:
        """Waits for its end."""


class _Headless:
    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process
        self.pid = process.pid

    def go_on(self, seconds: float) -> bool:
        time.sleep(seconds)
        return self._process.poll() is None

    def wait(self) -> None:
        self._process.wait(_PATIENCE_S)


class _Shown:
    """In a terminal that takes what is drawn and in which nobody types."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        terminal.open()
        self.pid = terminal.pid

    def go_on(self, seconds: float) -> bool:
        return self._terminal.run(seconds)

    def wait(self) -> None:
        self._terminal.wait(_PATIENCE_S)


class Run:
    """A run that is at work."""

    def __init__(
        self,
        ground: Ground,
        *arguments: str | Path,
        log: Log | None = None,
        shown: bool = False,
        program: Sequence[str] = PROGRAM,
    ) -> None:
        """Starts it.

        Args:
            ground: Where.
            arguments: Of the command.
            log: Of the run that it resumes.
            shown: Whether the interface is open.
            program: The command itself.
        """
        self._ground = ground
        self._program: _Program
        if shown:
            environment = {**ground.environment, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
            self._program = _Shown(Terminal([*program, *map(str, arguments)], environment, folder=ground.repo))
        else:
            self._program = _Headless(ground.start(*arguments, "--headless", program=program))
        self.log = log or Log(ground.folder)

    @property
    def pid(self) -> int:
        return self._program.pid

    def wait_for(self, words: bytes, count: int) -> None:
        """Waits until so many events hold these words."""
        until = time.monotonic() + _PATIENCE_S
        while self.log.seen(words) < count:
            self.go_on(_LOOK_S)
            if time.monotonic() > until:
                raise SystemExit(f"error: the run never came to {count} × {words!r}: {self._ground.said}")

    def cpu_between(self, begin: int, end: int) -> float:
        """Returns the CPU of an item, from one merge to another."""
        spent = []
        for mark in (begin, end):
            self.wait_for(MERGE, mark)
            spent.append((spent_so_far(self.pid), self.log.seen(MERGE)))
        return (spent[1][0] - spent[0][0]) / (spent[1][1] - spent[0][1])

    def go_on(self, seconds: float) -> None:
        """Lets it work for a while, which must not be its end."""
        if not self._program.go_on(seconds):
            raise SystemExit(f"error: the run has ended: {self._ground.said}")

    def end(self, how: signal.Signals) -> None:
        """Sends a signal and waits for what comes of it."""
        self.send(how)
        self._program.wait()
        if how is signal.SIGKILL:  # what it leaves behind would write where the next one works, and is removed
            kill_strays_of(f"{self.log.run_id}:")
            time.sleep(AT_WORK_S)  # git commands of its own

    @contextmanager
    def held(self) -> Iterator[None]:
        """Has the program stand still meanwhile; its agents go on to their ends."""
        self.send(signal.SIGSTOP)
        try:
            yield
        finally:
            self.send(signal.SIGCONT)

    def send(self, how: signal.Signals) -> None:
        """Sends a signal."""
        os.kill(self.pid, how)
