"""Crashes on purpose: a program that dies at a chosen event or git command, and what is left of its log then."""

import itertools
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

import pytest

from prodigy_tui.events.codec import encode
from prodigy_tui.events.log import EventLog
from prodigy_tui.events.schema import Envelope, KnownEvent
from prodigy_tui.events.state import RunState
from prodigy_tui.git import run as git_run
from prodigy_tui.git.open_git import OpenGit
from tests.support.drive import Driver

Mode: TypeAlias = Literal["before", "torn", "after", "lost"]
"""What of the event is on disk: nothing, half a line, all of it; `lost`: only what had been synced by then."""

WRITING_COMMANDS = frozenset(
    {"worktree", "reset", "checkout", "clean", "update-ref", "merge", "commit-tree", "hash-object"}
)
"""Git commands after which the world is another."""

MODES: tuple[Mode, ...] = get_args(Mode)

Communicate: TypeAlias = Callable[[subprocess.Popen[bytes], bytes, tuple[str, ...]], tuple[bytes, bytes]]


class SimulatedCrash(BaseException):
    """The program has died; whatever still runs in it may take nothing into the log."""


class Crash:
    """One death of the program: at the event with the number `at`, or after so many git commands that write."""

    def __init__(self, at: int, mode: Mode, *, after_git: bool = False) -> None:
        self.at = at
        self.mode = mode
        self._after_git = after_git
        self._commands = itertools.count(1)
        self.happened = False
        self._path: Path | None = None
        self._whole = b""
        self._lines: list[bytes] = []
        self._synced = 0

    def __repr__(self) -> str:
        return f"crash after git command {self.at}" if self._after_git else f"crash {self.mode} event {self.at}"

    def log(self) -> type[EventLog]:
        """Returns the log to put in the place of the real one."""
        crash = self

        class CrashingLog(EventLog):
            """Is the real log until the crash; afterwards it takes nothing."""

            @classmethod
            def open(cls, path, **options):
                log, envelopes = super().open(path, **options)
                crash.opened(path)
                return log, envelopes

            def append(
                self,
                event: KnownEvent,
                *,
                cause: int | None = None,
                check: Callable[[Envelope], None] | None = None,
            ) -> Envelope:
                crash.refuse_the_dead()
                now = crash.is_at(self.last_seq + 1, event)
                if now and crash.mode in ("before", "lost"):
                    crash.die()
                envelope = super().append(event, cause=cause, check=check)
                crash.took(envelope)
                if now:
                    crash.die()
                return envelope

            async def durable(self) -> None:
                crash.refuse_the_dead()
                count = crash.count
                await super().durable()
                crash.refuse_the_dead()
                crash.synced(count)

            async def close(self) -> None:
                """Gives the file back, as the end of the process would."""
                try:
                    await super().close()
                finally:
                    crash.leave()

        return CrashingLog

    def git(self, communicate: Communicate) -> Communicate:
        """Returns what runs git, to put in the place of the real one."""

        def and_die(process: subprocess.Popen[bytes], stdin: bytes, arguments: tuple[str, ...]) -> tuple[bytes, bytes]:
            answer = communicate(process, stdin, arguments)
            self._answered(arguments)
            return answer

        return and_die

    def take_git(self, patch: pytest.MonkeyPatch) -> None:
        """Has the program die behind git commands, also those that stay open."""
        ask = OpenGit.ask

        def ask_and_die(process: OpenGit, *question: Any) -> Any:
            answer = ask(process, *question)
            self._answered(process.arguments)
            return answer

        patch.setattr(git_run, "_communicate", self.git(git_run._communicate))
        patch.setattr(OpenGit, "ask", ask_and_die)

    def _answered(self, arguments: tuple[str, ...]) -> None:
        writes = not WRITING_COMMANDS.isdisjoint(arguments[:4])
        if self.happened or (self._after_git and writes and self.is_behind(arguments)):
            self.die()

    def is_behind(self, arguments: tuple[str, ...]) -> bool:
        """Tells whether it comes behind this git command, which has been carried out."""
        return next(self._commands) == self.at

    def drive(self, driver: Driver, monkeypatch: pytest.MonkeyPatch) -> RunState | None:
        """Drives the run, from its start or from where it was left, until the crash; its end, if it came to that."""
        with monkeypatch.context() as patch:
            patch.setattr("prodigy_tui.engine.session.EventLog", self.log())
            self.take_git(patch)
            try:
                return driver.go_on()
            except SimulatedCrash:
                assert self.happened
                return None

    # What the log tells

    def is_at(self, seq: int, event: KnownEvent) -> bool:
        return not self._after_git and seq == self.at

    @property
    def count(self) -> int:
        return len(self._lines)

    def opened(self, path: Path) -> None:
        self._path, self._whole, self._lines, self._synced = path, path.read_bytes(), [], 0

    def took(self, envelope: Envelope) -> None:
        self._lines.append(encode(envelope))

    def synced(self, count: int) -> None:
        self._synced = max(self._synced, count)

    def refuse_the_dead(self) -> None:
        if self.happened:
            raise SimulatedCrash(self)

    def die(self) -> None:
        self.happened = True
        raise SimulatedCrash(self)

    def leave(self) -> None:
        """Makes the file what the crash would have left of it."""
        if not self.happened or self._path is None:
            return
        lines = self._lines
        match self.mode:
            case "torn":
                lines = [*lines[:-1], lines[-1][: len(lines[-1]) // 2]]
            case "lost":
                lines = lines[: self._synced]
        self._path.write_bytes(self._whole + b"".join(lines))
