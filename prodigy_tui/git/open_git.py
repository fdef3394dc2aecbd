"""A git command that stays open and answers one question after another: 0.1 ms each instead of 2 for a process."""

import os
import select
import signal
import subprocess
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final, TypeVar

from prodigy_tui.git.run import own_environment, start_git

T = TypeVar("T")

_PATIENCE_S: Final = 60.0
"""How long it may say nothing. Who asks has another way, which is given far longer."""
_LAST_BREATH_S: Final = 5.0


class OutOfStep(Exception):
    """The process is gone, silent, or says something else than what it was asked; it must not be asked again."""


class Silent(OutOfStep):
    """It has had its time."""


class OpenGit:
    """One process. Belongs to one thread; must be closed."""

    def __init__(
        self,
        *arguments: str,
        cwd: Path,
        env: Mapping[str, str] | None = None,
        through: tuple[str, ...] = (),
        pass_fds: tuple[int, ...] = (),
    ) -> None:
        """Starts it.

        Args:
            arguments: Everything after `git`.
            cwd: As of `run_git`.
            env: Variables on top of ours.
            through: A command that starts git.
            pass_fds: Files that it needs.

        Raises:
            GitMissing, GitFailed: It cannot be started.
        """
        self.arguments = arguments
        self._process = start_git(
            (*through, "git", *arguments),
            cwd=cwd,
            env=own_environment(cwd, env or {}),
            stdin=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            pass_fds=pass_fds,
        )

    def ask(self, question: bytes, read: Callable[[bytes], T | None], patience_s: float = _PATIENCE_S) -> T:
        """Returns the answer to a question.

        Args:
            question: Short, so that a pipe takes it at once.
            read: Makes the answer of what has come so far; None: it is not whole yet. Raises `OutOfStep` where it
                never will be.
            patience_s: How long the process may say nothing.

        Raises:
            OutOfStep: There is none.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        source, said = self._process.stdout.fileno(), b""
        poll = select.poll()
        poll.register(source, select.POLLIN)
        if poll.poll(0):
            raise OutOfStep("it speaks without having been asked, or has ended")
        try:
            os.write(self._process.stdin.fileno(), question)
            while True:
                if not poll.poll(patience_s * 1000):
                    raise Silent(f"it says nothing for {patience_s:.0f} s")
                more = os.read(source, 1 << 16)
                if not more:
                    raise OutOfStep("it has ended")
                said += more
                answer = read(said)
                if answer is not None:
                    return answer
        except OSError as error:
            raise OutOfStep(str(error)) from error

    def close(self) -> None:
        """Ends the process, which ends by itself unless it is busy or stuck."""
        process = self._process
        assert process.stdin is not None
        with process:
            with suppress(OSError):
                process.stdin.close()
            with suppress(subprocess.TimeoutExpired):
                process.wait(_LAST_BREATH_S)
            if process.poll() is None:
                # The whole group: what git has started would keep the pipes open.
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
