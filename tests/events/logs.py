"""Logs under test, steps that write to them, and disks that refuse."""

import asyncio
import os
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from prodigy_tui.events.bus import Bus
from prodigy_tui.events.log import EventLog
from prodigy_tui.events.schema import WarningRaised
from prodigy_tui.storage import DiskTrouble
from tests.support.clock import FakeClock
from tests.support.executors import HeldExecutor
from tests.support.make import START


def warning(number: int) -> WarningRaised:
    return WarningRaised(message=f"warning {number}")


OPENED: list[EventLog] = []
"""Logs whose files are closed after the test."""


class Patience:
    """Waits for the disk until the test says that it can be tried again."""

    def __init__(self) -> None:
        self._called = asyncio.Event()
        self.asked: list[DiskTrouble] = []
        self.until: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def __call__(self, trouble: DiskTrouble) -> asyncio.Future[None]:
        self.asked.append(trouble)
        self._called.set()
        self.until = asyncio.get_running_loop().create_future()
        return self.until

    async def wait_until_asked(self) -> None:
        await self._called.wait()


def open_log(
    path: Path, executor: HeldExecutor | None = None, bus: Bus | None = None, patience: Patience | None = None
) -> EventLog:
    log = EventLog.open(path, clock=FakeClock(START), bus=bus or Bus(), executor=executor, patience=patience)[0]
    OPENED.append(log)
    return log


def start_put(log: EventLog, number: int) -> asyncio.Future[None]:
    """Begins what a step does at a boundary: it appends, and goes on when that is durable."""

    async def put() -> None:
        log.append(warning(number))
        await log.durable()

    return asyncio.ensure_future(put())


async def turns(count: int = 5) -> None:
    """Lets everything happen that needs no disk."""
    for _ in range(count):
        await asyncio.sleep(0)


@contextmanager
def full_disk(path: Path, room: int) -> Iterator[None]:
    """Leaves `room` bytes for the file to grow by."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + room, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)


@contextmanager
def refusing(monkeypatch: pytest.MonkeyPatch, call: str, number: int, *, bytes_first: int = 0) -> Iterator[None]:
    """Has the system refuse one of its calls; a write takes some bytes first, as a disk does that fills up."""
    real = getattr(os, call)

    def refuse(descriptor: int, *data: memoryview) -> None:
        if data and bytes_first:
            real(descriptor, data[0][:bytes_first])
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        patch.setattr(os, call, refuse)
        yield
