"""Small real child processes, and a reader that reacts to what they print."""

import asyncio
import os
import select
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from prodigy_tui.process import Child

ENV = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}


def python_child(code: str, cwd: Path, **fields: object) -> Child:
    """A child that runs Python code, unbuffered."""
    return Child(argv=(sys.executable, "-u", "-c", code), cwd=cwd, env=ENV, **fields)  # type: ignore[arg-type] - test


class Output:
    """Collects what a child prints; `until` waits for a text in it."""

    def __init__(self) -> None:
        self.chunks: list[tuple[str, str]] = []
        self._waiting: list[tuple[Callable[[], bool], asyncio.Future[None]]] = []

    def __call__(self, stream: str, text: str) -> None:
        self.chunks.append((stream, text))
        for is_there, future in self._waiting:
            if is_there() and not future.done():
                future.set_result(None)

    @property
    def stdout(self) -> str:
        return "".join(text for stream, text in self.chunks if stream == "stdout")

    @property
    def stderr(self) -> str:
        return "".join(text for stream, text in self.chunks if stream == "stderr")

    async def until(self, text: str) -> None:
        """Waits until `text` has been printed."""
        if text not in self.stdout:
            future = asyncio.get_running_loop().create_future()
            self._waiting.append((lambda: text in self.stdout, future))
            await future


def kill(pid: int) -> None:
    """Kills a process that is none of our children, and waits until it has ended."""
    handle = os.pidfd_open(pid)
    try:
        signal.pidfd_send_signal(handle, signal.SIGKILL)
        select.select([handle], [], [], 10)
    finally:
        os.close(handle)


def is_alive(pid: int) -> bool:
    """Whether a process runs (a zombie does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False
