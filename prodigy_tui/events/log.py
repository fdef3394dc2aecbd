"""The writing end of a run's event log: append at once, written by groups, durable when asked.

`append` only buffers and publishes; one worker thread does all that touches the disk, one job at a time, so that a slow
disk never holds up the event loop. What gathers while a job is under way becomes the next job: groups grow by
themselves as the disk gets slower, and a sync in flight is followed by one more for all who asked meanwhile.

What nobody waits for is written a few milliseconds later, or with what somebody does wait for: in a run at work that is
soon, so that nearly all of it goes along with a sync.

A job that fails can be done again: what was written after the last sync is kept until the next one, because nobody can
tell how much of it the disk has. It is cut off and written anew.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Final, TypeAlias

from prodigy_tui.clock import Clock
from prodigy_tui.events.bus import Bus
from prodigy_tui.events.codec import decode, encode
from prodigy_tui.events.known import KnownLog, read_again
from prodigy_tui.events.schema import Envelope, KnownEvent, LogRecovered
from prodigy_tui.storage import AppendFile, DiskTrouble, recover

Patience: TypeAlias = Callable[[DiskTrouble], asyncio.Future[None]]
"""Returns what is done when a job that failed is worth another try, or fails when it never will be."""

GATHER_S: Final = 0.005
"""How long events are gathered that nobody waits for. A job of their own takes 0.15 ms of CPU, and the items of a map
that had one and a half of them each have none."""

UNSYNCED_LIMIT: Final = 4 * 1024 * 1024
"""Bytes after which a job syncs although nobody waits for it: until then they are kept in memory as well."""


class EventLog:
    """A log that is open for writing.

    There is one writer: the holder of the run's lock. Not thread-safe: every method belongs to the thread of one event
    loop. While the disk refuses, `patience` decides how long to try again; meanwhile events are taken, and whoever
    waits for `durable` waits. Without patience, or at its end, nothing more is taken; the log then ends with a whole
    line.
    """

    def __init__(
        self,
        file: AppendFile,
        *,
        last_seq: int,
        clock: Clock,
        bus: Bus,
        executor: Executor | None,
        patience: Patience | None = None,
    ) -> None:
        self._file = file
        self._last_seq = last_seq
        self._clock = clock
        self._bus = bus
        self._patience = patience
        self._unsynced: list[bytes] = []
        """Groups that were handed to the disk after the last sync."""
        self._unsynced_bytes = 0
        self._again = False
        self._own_executor = None if executor else ThreadPoolExecutor(1, thread_name_prefix="event-log")
        self._executor = executor or self._own_executor
        self._lines: list[bytes] = []
        self._waiters: list[asyncio.Future[None]] = []
        self._job: asyncio.Future[None] | None = None
        self._next: asyncio.Handle | None = None
        """The start of a job that is to come."""
        self._hurries = False
        """It comes at the end of this turn of the loop."""
        self._durable_seq = 0
        self._failure: BaseException | None = None
        self._closing = False
        self._closed = False

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        clock: Clock,
        bus: Bus,
        executor: Executor | None = None,
        patience: Patience | None = None,
        known: KnownLog | None = None,
    ) -> tuple["EventLog", tuple[Envelope, ...]]:
        """Returns the log, made if it is missing, and all events that it holds, by now durable.

        A torn last line is dropped and `log_recovered` recorded. Nothing is published: what is returned here and what
        the bus carries afterwards make up the whole log. `executor` must run its jobs one after another. Opening has no
        patience with the disk. What is `known` of the log is not read again, as long as that stands there.

        Raises:
            LogDamaged: a line cannot be read, or `seq` has a gap or a repeat.
            DiskTrouble: the file cannot be opened, mended or written.
        """
        dropped = recover(path)
        file = AppendFile.open(path)
        try:
            envelopes = read_again(path, known)
            if dropped:
                line, noted = _stamp(LogRecovered(dropped_bytes=dropped), None, len(envelopes) + 1, clock)
                file.write(line)
                envelopes = (*envelopes, noted)
            # A process that was killed may have left lines that only memory holds; much is decided upon them soon.
            file.sync()
        except BaseException:
            file.close()
            raise
        log = cls(file, last_seq=len(envelopes), clock=clock, bus=bus, executor=executor, patience=patience)
        return log, envelopes

    @property
    def last_seq(self) -> int:
        """`seq` of the last event appended; 0 in an empty log."""
        return self._last_seq

    def append(
        self, event: KnownEvent, *, cause: int | None = None, check: Callable[[Envelope], None] | None = None
    ) -> Envelope:
        """Takes an event into the log and publishes it; it is on its way to the disk, not there yet.

        `check` is called last before the event is taken; what it raises keeps the event out of the log.

        Returns:
            The event as every reader of the log will see it: what JSON cannot hold is already replaced, and nothing in
            it is shared with the caller's data.

        Raises:
            DiskTrouble: an earlier write failed.
        """
        if self._closing:
            raise RuntimeError("the event log is closed")
        if self._failure is not None:
            raise self._failure
        line, envelope = _stamp(event, cause, self._last_seq + 1, self._clock)
        self._arm(hurry=False)
        if check is not None:
            check(envelope)
        self._lines.append(line)
        self._last_seq = envelope.seq
        self._bus.publish(envelope)
        return envelope

    async def durable(self) -> None:
        """Returns when everything appended so far is written and synced.

        Raises:
            DiskTrouble: it could not be.
        """
        if self._failure is not None:
            raise self._failure
        if self._durable_seq == self._last_seq:
            return
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        self._arm(hurry=True)
        await waiter

    async def close(self) -> None:
        """Writes and syncs the rest and gives the file back; a second call does nothing.

        Raises:
            DiskTrouble: not everything that was appended is on disk.
        """
        if self._closing:
            return
        self._closing = True
        try:
            await self.durable()
        finally:
            self._closed = True
            # In the worker, after a job that a cancelled wait may have left under way.
            closed = asyncio.get_running_loop().run_in_executor(self._executor, self._file.close)
            if self._own_executor is not None:
                self._own_executor.shutdown(wait=False)
            await asyncio.shield(closed)

    def _arm(self, *, hurry: bool) -> None:
        """Sees to it that a job starts soon, when the one under way is done; `hurry`: at the end of this turn."""
        if self._job is not None or self._hurries or (self._next is not None and not hurry):
            return
        if self._next is not None:
            self._next.cancel()
        loop = asyncio.get_running_loop()
        self._next = loop.call_soon(self._start_job) if hurry else loop.call_later(GATHER_S, self._start_job)
        self._hurries = hurry

    def _start_job(self) -> None:
        self._next, self._hurries = None, False
        # One job at a time: patience itself may have had an event recorded, which arms this before it waits.
        if self._job is not None or self._closed or not (self._lines or self._waiters or self._again):
            return
        data, self._lines = b"".join(self._lines), []
        waiters, self._waiters = self._waiters, []
        if data:
            self._unsynced.append(data)
            self._unsynced_bytes += len(data)
        if self._again:
            data = b"".join(self._unsynced)
        sync = bool(waiters) or self._unsynced_bytes > UNSYNCED_LIMIT
        loop = asyncio.get_running_loop()
        self._job = loop.run_in_executor(self._executor, _put, self._file, data, sync, self._again)
        self._job.add_done_callback(partial(self._job_done, self._last_seq, waiters, sync))

    def _job_done(
        self, last_seq: int, waiters: list[asyncio.Future[None]], sync: bool, job: asyncio.Future[None]
    ) -> None:
        self._job = None
        failure = job.exception()
        self._again = failure is not None
        if failure is not None:
            self._waiters = waiters + self._waiters
            if isinstance(failure, DiskTrouble) and failure.may_pass and self._patience is not None:
                self._job = self._patience(failure)
                self._job.add_done_callback(self._wait_done)
            else:
                self._fail(failure)
            return
        if sync:
            self._durable_seq = last_seq
            self._unsynced, self._unsynced_bytes = [], 0
        for waiter in waiters:
            if not waiter.done():  # whoever waited was cancelled
                waiter.set_result(None)
        if self._waiters:
            self._start_job()
        elif self._lines:
            self._arm(hurry=False)

    def _wait_done(self, wait: asyncio.Future[None]) -> None:
        """The disk is worth another try, or it is not."""
        self._job = None
        failure = asyncio.CancelledError() if wait.cancelled() else wait.exception()
        if failure is not None:
            self._fail(failure)
            return
        self._start_job()

    def _fail(self, failure: BaseException) -> None:
        """Takes nothing more; whoever waits is told."""
        self._failure = failure
        self._lines.clear()
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_exception(failure)


def _stamp(event: KnownEvent, cause: int | None, seq: int, clock: Clock) -> tuple[bytes, Envelope]:
    """Gives an event its place and time. Reading the line back proves it readable before anyone relies on it."""
    line = encode(Envelope(seq=seq, at=clock.now(), event=event, cause=cause))
    return line, decode(line)


def _put(file: AppendFile, data: bytes, sync: bool, again: bool) -> None:
    """One job of the worker thread; `again`: `data` is all that was written after the last sync."""
    if again:
        file.back_to_synced()
    if data:
        file.write(data)
    if sync:
        file.sync()
