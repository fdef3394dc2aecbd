"""Limits of time that leave waiting out (language 6.8): for a quota, for money, for a slot, for a person, for a merge.

Whoever waits for such a thing does so inside `uncounted()`; every `time_limit` around it stands still meanwhile. Where
several tasks run inside one limit it stands still while any of them waits: nobody is to fail for a wait.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar

from prodigy_tui.clock import Clock


class _Limit:
    """One limit while it runs down."""

    def __init__(self, seconds: float, clock: Clock) -> None:
        self._clock = clock
        self._left = seconds
        self._since = clock.monotonic()
        self._waiting = 0
        self._counts = asyncio.Event()
        self._counts.set()

    def left(self) -> float:
        """Returns the seconds that are left."""
        return self._left if self._waiting else self._left - (self._clock.monotonic() - self._since)

    def stand_still(self) -> None:
        self._left = self.left()
        self._waiting += 1
        self._counts.clear()

    def go_on(self) -> None:
        self._waiting -= 1
        if not self._waiting:
            self._since = self._clock.monotonic()
            self._counts.set()

    def give_back(self, seconds: float) -> None:
        self._left += seconds

    async def run_out(self) -> None:
        """Returns when nothing is left."""
        while True:
            await self._counts.wait()
            left = self.left()
            if left <= 0:
                return
            await self._clock.sleep(left)


_around: ContextVar[tuple[_Limit, ...]] = ContextVar("_around", default=())
"""The limits that the present task is inside of; tasks started in one are inside of it too."""


@asynccontextmanager
async def time_limit(seconds: float | None, clock: Clock) -> AsyncIterator[None]:
    """Ends the block after so much counted time; `None` is no limit.

    Raises:
        TimeoutError: the time is up; the block has been cancelled.
    """
    if seconds is None:
        yield
        return
    limit = _Limit(seconds, clock)
    before = _around.get()
    async with asyncio.timeout(None) as timeout:

        async def watch() -> None:
            await limit.run_out()
            timeout.reschedule(asyncio.get_running_loop().time())

        watching = asyncio.create_task(watch())
        _around.set((*before, limit))
        try:
            yield
        finally:
            _around.set(before)
            watching.cancel()
            await asyncio.wait({watching})


class Allowance:
    """Time for several blocks in turn; what one of them has used the next does not have."""

    def __init__(self, seconds: float | None, clock: Clock) -> None:
        self.seconds = seconds
        """All of it; `None` is no limit."""
        self.left = seconds
        self._clock = clock

    @asynccontextmanager
    async def spent(self) -> AsyncIterator[None]:
        """Ends the block when nothing is left.

        Raises:
            TimeoutError: the time is up; the block has been cancelled.
        """
        async with time_limit(self.left, self._clock):
            limit = _around.get()[-1] if self.left is not None else None
            try:
                yield
            finally:
                if limit is not None:
                    self.left = max(0.0, limit.left())


@contextmanager
def uncounted() -> Iterator[None]:
    """Waiting: the limits around it stand still inside the block."""
    limits = _around.get()
    for limit in limits:
        limit.stand_still()
    try:
        yield
    finally:
        for limit in limits:
            limit.go_on()


def give_back(seconds: float) -> None:
    """Gives time that was used back to all limits around: what used it does not count."""
    for limit in _around.get():
        limit.give_back(seconds)


def time_left() -> float | None:
    """Returns the seconds until the first of the limits around runs out; `None` where there is none.

    An inner limit that is longer than this is cut to it anyway: the outer one ends it.
    """
    return min((limit.left() for limit in _around.get()), default=None)
