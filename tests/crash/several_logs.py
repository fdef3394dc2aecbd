"""A death of the program at an event of any of the logs that it writes: of a run and of those that it calls."""

from collections.abc import Callable
from pathlib import Path

import pytest

from prodigy_tui.events.codec import encode
from prodigy_tui.events.log import EventLog
from prodigy_tui.events.schema import Envelope, KnownEvent
from prodigy_tui.git import run as git_run
from prodigy_tui.git.open_git import OpenGit
from tests.support.crash import WRITING_COMMANDS, Mode, SimulatedCrash
from tests.support.drive import Driver


class Death:
    """The program dies at its event number `at`, counted over all logs, or after so many git commands that write."""

    def __init__(self, at: int, mode: Mode, *, after_git: bool = False) -> None:
        self.at = at
        self.mode = mode
        self.happened = False
        self.count = 0
        """Events so far."""
        self.commands = 0
        self._after_git = after_git

    def __repr__(self) -> str:
        return f"death after git command {self.at}" if self._after_git else f"death {self.mode} event {self.at}"

    def drive(self, driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
        """Drives the run, from its start or from where it was left, until the death, or to its end."""
        with monkeypatch.context() as patch:
            for place in ("session", "called.called_runs"):
                patch.setattr(f"prodigy_tui.engine.{place}.EventLog", self.log())
            self.take_git(patch)
            try:
                driver.go_on()
            except SimulatedCrash:
                assert self.happened

    def take_git(self, patch: pytest.MonkeyPatch) -> None:
        """Has the program die behind git commands, also those that stay open."""
        communicate, ask = git_run._communicate, OpenGit.ask

        def communicate_and_die(process, stdin, arguments):
            answer = communicate(process, stdin, arguments)
            self._answered(arguments)
            return answer

        def ask_and_die(process, *question):
            answer = ask(process, *question)
            self._answered(process.arguments)
            return answer

        patch.setattr(git_run, "_communicate", communicate_and_die)
        patch.setattr(OpenGit, "ask", ask_and_die)

    def _answered(self, arguments: tuple[str, ...]) -> None:
        self.commands += not WRITING_COMMANDS.isdisjoint(arguments[:4])
        if self._after_git and self.commands == self.at:
            self.happened = True
        self.refuse()

    def log(self) -> type[EventLog]:
        """Returns the log to put in the place of the real one."""
        death = self

        class DyingLog(EventLog):
            """Is the real log until the death; what the file then holds is as the mode says."""

            file: Path
            whole: bytes
            lines: list[bytes]
            kept: int

            @classmethod
            def open(cls, path, **options):
                log, envelopes = super().open(path, **options)
                log.file, log.whole, log.lines, log.kept = path, path.read_bytes(), [], 0
                return log, envelopes

            def append(
                self,
                event: KnownEvent,
                *,
                cause: int | None = None,
                check: Callable[[Envelope], None] | None = None,
            ) -> Envelope:
                death.refuse()
                death.count += 1
                now = not death._after_git and death.count == death.at
                if now and death.mode in ("before", "lost"):
                    death.die()
                if now:  # whoever listens is dead, too
                    death.happened = True
                envelope = super().append(event, cause=cause, check=check)
                line = encode(envelope)
                self.lines.append(line[: len(line) // 2] if now and death.mode == "torn" else line)
                death.refuse()
                return envelope

            async def durable(self) -> None:
                death.refuse()
                written = len(self.lines)
                await super().durable()
                death.refuse()
                self.kept = max(self.kept, written)

            async def close(self) -> None:
                try:
                    await super().close()
                finally:
                    if death.happened:
                        lines = self.lines[: self.kept] if death.mode == "lost" else self.lines
                        self.file.write_bytes(self.whole + b"".join(lines))

        return DyingLog

    def refuse(self) -> None:
        if self.happened:
            raise SimulatedCrash(self)

    def die(self) -> None:
        self.happened = True
        raise SimulatedCrash(self)
