"""What the engine does when the disk refuses: the run holds still, and goes on by itself when there is room again.

Nothing that was under way is given up. The event log keeps what it could not write, blocking work of the engine is done
once more (`threads`), output waits in memory; all of them wait here. Steps and agents at work go on: what the disk
refuses to them is theirs. Nothing new starts meanwhile, because the state says so.

A full disk is waited for without end, an error that may pass for a few minutes. A try is made by writing some bytes
where the run writes, more of them each time the trouble comes back soon.
"""

import asyncio
import errno
import os
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import Final

from msgspec import Struct

from prodigy_tui.clock import Clock
from prodigy_tui.engine.time_limits import uncounted
from prodigy_tui.events.schema import DiskRecovered, DiskRefused, KnownEvent
from prodigy_tui.git.run import GitFailed
from prodigy_tui.storage.output import OutputWriter
from prodigy_tui.storage.trouble import DiskTrouble, order_by_now, trouble_of

FIRST_S: Final = 1.0
LONGEST_S: Final = 30.0
"""Between two tries; each time twice as long."""
CALM_S: Final = 120.0
"""After this long without trouble the first try comes early again."""
PASSING_S: Final = 300.0
"""How long an error is waited for that nobody can end by making room."""
LEAST_BYTES: Final = 256 * 1024
MOST_BYTES: Final = 64 * 1024 * 1024


class _Waiting(Struct, frozen=True):
    trouble: DiskTrouble
    until: "asyncio.Future[None]"
    since: float


class DiskPatience:
    """Waits for the disk on behalf of one run. Belongs to the engine's loop."""

    def __init__(self, clock: Clock, *places: Path) -> None:
        """`places`: folders on every file system that the engine writes to."""
        self._clock = clock
        self._places = places
        self.record: Callable[[KnownEvent], object] = lambda _: None
        """Where the trouble and its end are told."""
        self._waiting: list[_Waiting] = []
        self._is_told = False
        """That the disk refuses; what waits may all be tried at this moment, and more come to wait."""
        self._noted = asyncio.Event()
        self._hurried = asyncio.Event()
        self._patient = False
        self._giving_up = False
        self._delay_s = FIRST_S
        self._bytes = LEAST_BYTES
        self._calm_since: float | None = None
        self._last_room = -1
        """When there was room for the last time, in the order of refusals."""

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """There is patience inside the block; blocking work that is started in it has some, too."""
        self._patient, self._giving_up = True, False
        watching = asyncio.create_task(self._watch(), name="disk")
        watching.add_done_callback(lambda _: self._end_all())
        before = _at_work.set(self)
        try:
            yield
        finally:
            _at_work.reset(before)
            self._patient = False
            self._end_all()
            watching.cancel()
            await asyncio.wait({watching})
            if not watching.cancelled():
                watching.result()  # a bug in there must not go unseen

    def wait(self, trouble: DiskTrouble) -> "asyncio.Future[None]":
        """Returns what is done when it is worth trying again, or fails with `trouble` when it is not."""
        until: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if not self._patient or self._giving_up or not trouble.may_pass:
            self._end(trouble, until)
            return until
        if trouble.order < self._last_room:  # in a thread, and heard of only now that there is room
            until.set_result(None)
            return until
        now = self._clock.monotonic()
        self._waiting.append(_Waiting(trouble, until, now))
        if not self._is_told:
            self._is_told = True
            self._hurried.clear()
            if self._calm_since is None or now - self._calm_since > CALM_S:
                self._delay_s, self._bytes = FIRST_S, LEAST_BYTES
            self.record(self._told(trouble))
            self._noted.set()
        return until

    def notice(self, trouble: DiskTrouble) -> None:
        """Has the run hold still for what waits elsewhere."""
        if all(waiting.trouble.path != trouble.path for waiting in self._waiting):
            self.wait(trouble).add_done_callback(lambda until: until.cancelled() or until.exception())

    async def until_there_is_room(self, trouble: DiskTrouble) -> None:
        """Waits; no limit of time runs down meanwhile.

        Raises:
            DiskTrouble: it is not waited for any longer.
        """
        with uncounted():
            await self.wait(trouble)

    async def flushed(self, writer: OutputWriter) -> None:
        """Waits until nothing of an output stream waits for room.

        Raises:
            DiskTrouble: it is not waited for any longer.
        """
        while not writer.flush() and writer.refusal is not None:
            await self.until_there_is_room(writer.refusal)

    def hurry(self) -> None:
        """A person says that there is room: everything is tried again now."""
        if self._is_told:
            self._hurried.set()

    def give_up(self) -> None:
        """The run is to end: everything is tried once more, and then waited for no longer."""
        self._giving_up = True
        self.hurry()

    def _told(self, trouble: DiskTrouble) -> DiskRefused:
        return DiskRefused(
            path=str(trouble.path),
            message=trouble.message,
            needed=max(trouble.needed, self._bytes) if trouble.is_full else 0,
            free=_free_bytes(trouble.path) if trouble.is_full else None,
        )

    async def _watch(self) -> None:
        while True:
            await self._noted.wait()
            self._noted.clear()
            ended = False
            while self._waiting:
                hurried = await self._pause()
                ended = await self._try(hurried=hurried) or ended
            self._calm_since, self._is_told = self._clock.monotonic(), False
            if not ended:
                self.record(DiskRecovered())

    async def _pause(self) -> bool:
        """Waits for the next try; returns whether somebody asked for it."""
        sleeping = asyncio.ensure_future(self._clock.sleep(self._delay_s))
        hurried = asyncio.ensure_future(self._hurried.wait())
        try:
            await asyncio.wait({sleeping, hurried}, return_when=asyncio.FIRST_COMPLETED)
            return self._hurried.is_set()
        finally:
            self._hurried.clear()
            for waiter in (sleeping, hurried):
                waiter.cancel()
            await asyncio.gather(sleeping, hurried, return_exceptions=True)

    async def _try(self, *, hurried: bool) -> bool:
        """Lets go on whoever has room by now; returns whether the patience with somebody is at its end."""
        giving_up, now = self._giving_up, self._clock.monotonic()
        tried, self._waiting = self._waiting, []
        needed = max(self._bytes, *(waiting.trouble.needed for waiting in tried))
        # What a person knows is not doubted; who gives up wants to know.
        room = (hurried and not giving_up) or await asyncio.to_thread(_has_room, self._places, needed)
        if room:
            self._last_room = order_by_now()
        self._delay_s = min(2 * self._delay_s, LONGEST_S)
        ended = False
        for waiting in tried:
            if waiting.until.done():  # whoever waited was cancelled
                continue
            if room:
                self._bytes = min(2 * self._bytes, MOST_BYTES)
                waiting.until.set_result(None)
            elif giving_up or (not waiting.trouble.is_full and now - waiting.since > PASSING_S):
                self._end(waiting.trouble, waiting.until)
                ended = True
            else:
                self._waiting.append(waiting)
        return ended

    def _end_all(self) -> None:
        waiting, self._waiting, self._is_told = self._waiting, [], False
        for one in waiting:
            if not one.until.done():
                self._end(one.trouble, one.until)

    @staticmethod
    def _end(trouble: DiskTrouble, until: "asyncio.Future[None]") -> None:
        trouble.waited_for = True
        until.set_exception(trouble)


_at_work: ContextVar[DiskPatience | None] = ContextVar("_at_work", default=None)
"""The patience of the run that the present task works for."""


def present_patience() -> DiskPatience | None:
    """Returns the patience of the run that the present task works for, if it is being driven."""
    return _at_work.get()


def refusal_of_disk(error: BaseException | None) -> DiskTrouble | None:
    """Returns what the disk refused behind an error of the engine's own work, if that may pass."""
    while error is not None:
        match error:
            case DiskTrouble():
                return error if error.may_pass else None
            case OSError(errno=errno.ENOSPC | errno.EDQUOT):
                return trouble_of(error, Path(os.fsdecode(error.filename or ".")), "write")
            case GitFailed(stderr=stderr):
                for number in (errno.ENOSPC, errno.EDQUOT):
                    if os.strerror(number) in stderr:
                        return GitHasNoRoom(error.message, number)
            case _:
                pass
        error = error.__cause__
    return None


class GitHasNoRoom(DiskTrouble):
    """A git command of the engine found no room."""

    def __init__(self, message: str, number: int) -> None:
        super().__init__(Path(), "write", os.strerror(number).lower(), number)
        self.message = message
        self.args = (message, number)  # what pickle hands to `__init__`


def _free_bytes(path: Path) -> int | None:
    for folder in (path, *path.parents):
        with suppress(OSError):
            found = os.statvfs(folder)
            return found.f_bavail * found.f_frsize
    return None


def _has_room(places: tuple[Path, ...], needed: int) -> bool:
    """Returns whether so many bytes can be written and synced in every one of the folders; nothing stays there."""
    data = os.urandom(needed)  # zeros may take no room
    for place in places:
        try:
            with tempfile.TemporaryFile(dir=place) as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            if trouble_of(error, place, "write").may_pass:
                return False
            # Another error is shown best by what will fail for it.
    return True
