"""Lends the terminal to the person's shell or editor: in a process group of its own, which has the terminal alone.

So ctrl+c there ends nothing here, and the run goes on. Nothing is ever put through a shell: names and paths are
arguments. A program that asks to be suspended (ctrl+z in an editor) goes on at once, because behind it there is no
shell that could wake it up.
"""

import asyncio
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

_SHELL: Final = "/bin/sh"


class Lending:
    """Implements the interface's `Outside`."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    @property
    def has_terminal(self) -> bool:
        return sys.__stdin__ is not None and sys.__stdin__.isatty()

    def shell(self) -> tuple[str, ...]:
        return (self._environ.get("SHELL") or _SHELL,)

    def editor(self) -> tuple[str, ...]:
        for name in ("VISUAL", "EDITOR"):
            with suppress(ValueError):  # its quotes do not match
                if words := shlex.split(self._environ.get(name, "")):
                    return tuple(words)
        return ()

    async def run(self, command: tuple[str, ...], folder: Path) -> str:
        """Runs a program until it ends; returns why it could not be, or nothing."""
        try:
            process = subprocess.Popen(command, cwd=folder, env=dict(self._environ), process_group=0)  # noqa: ASYNC220
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            return f"{command[0]!r} cannot be started in {folder}: {reason}"
        try:
            await asyncio.to_thread(_wait, process)
        except asyncio.CancelledError:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGHUP)
                os.killpg(process.pid, signal.SIGCONT)
            raise
        finally:
            _give_terminal(os.getpgrp())
        return ""


def _wait(process: subprocess.Popen[bytes]) -> None:
    """Waits for the end of a program that has the terminal."""
    while True:
        _give_terminal(process.pid)
        with suppress(ProcessLookupError):
            # It may have asked the terminal for something before that was its own, or want to be suspended.
            os.killpg(process.pid, signal.SIGCONT)
        _, status = os.waitpid(process.pid, os.WUNTRACED)
        if not os.WIFSTOPPED(status):
            process.returncode = os.waitstatus_to_exitcode(status)
            return


def _give_terminal(group: int) -> None:
    """Makes a process group the one that the terminal listens to; where that is not ours to say nothing happens."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTOU})
    try:
        os.tcsetpgrp(0, group)
    except OSError:
        pass
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
