"""A clock that moves only when a test says so."""

import asyncio
import heapq
import itertools
import time
from datetime import UTC, datetime, timedelta

_SETTLE_TURNS = 50
"""Turns of the loop that a chain of tasks gets to react before time moves on."""


class FakeClock:
    """Implements `prodigy_tui.clock.Clock`; sleepers wait in a heap until `advance` passes their hour.

    With `autojump` nobody needs to advance it: once the loop has had time to settle, the clock jumps to the earliest
    sleeper. That suits runs without real child processes; those need `advance`.
    """

    def __init__(self, start: datetime | None = None, *, autojump: bool = False) -> None:
        self._start = start or datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
        self._passed = 0.0
        self._order = itertools.count()
        self._heap: list[tuple[float, int, asyncio.Future[None]]] = []
        self._autojump = autojump
        self._watchers: list[tuple[int, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._passed)

    def monotonic(self) -> float:
        return self._passed

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        loop = asyncio.get_running_loop()
        woken = loop.create_future()
        heapq.heappush(self._heap, (self._passed + seconds, next(self._order), woken))
        for count, watcher in self._watchers:
            if len(self.sleepers) >= count and not watcher.done():
                watcher.set_result(None)
        if self._autojump:
            self._jump_when_settled(loop, woken, _SETTLE_TURNS)
        await woken

    @property
    def sleepers(self) -> tuple[float, ...]:
        """Seconds until each waiting sleeper is due, earliest first."""
        return tuple(due - self._passed for due, _, woken in sorted(self._heap) if not woken.done())

    async def until_sleeping(self, count: int = 1) -> None:
        """Waits until at least `count` sleepers wait."""
        if len(self.sleepers) < count:
            watcher = asyncio.get_running_loop().create_future()
            self._watchers.append((count, watcher))
            await watcher

    async def advance(self, seconds: float) -> None:
        """Moves time, waking whoever is due in order, also those who go to sleep again on the way."""
        target = self._passed + seconds
        await self._settle()
        while self._heap and self._heap[0][0] <= target:
            due, _, woken = heapq.heappop(self._heap)
            if woken.done():
                continue
            self._passed = max(self._passed, due)
            woken.set_result(None)
            await self._settle()
        self._passed = target
        await self._settle()

    def advance_now(self, seconds: float) -> None:
        """Like `advance` for a caller that cannot wait; whoever goes to sleep again on the way sleeps from its end."""
        self._passed += seconds
        while self._heap and self._heap[0][0] <= self._passed:
            woken = heapq.heappop(self._heap)[2]
            if not woken.done():
                woken.set_result(None)

    async def _settle(self) -> None:
        for _ in range(_SETTLE_TURNS):
            await asyncio.sleep(0)

    def _jump_when_settled(
        self, loop: asyncio.AbstractEventLoop, woken: "asyncio.Future[None]", turns_left: int
    ) -> None:
        if woken.done():
            return
        if turns_left:
            loop.call_soon(self._jump_when_settled, loop, woken, turns_left - 1)
            return
        due = min(due for due, _, sleeper in self._heap if not sleeper.done())
        self.advance_now(max(0.0, due - self._passed))
        if not woken.done():
            loop.call_soon(self._jump_when_settled, loop, woken, _SETTLE_TURNS)


class HurriedClock:
    """The machine's clock, so many times faster: for runs with real children that wait between attempts."""

    def __init__(self, speed: float) -> None:
        self._speed = speed
        self._start = datetime.now(UTC)
        self._began = time.monotonic()

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        return (time.monotonic() - self._began) * self._speed

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self._speed)
