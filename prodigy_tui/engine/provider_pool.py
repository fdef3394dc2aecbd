"""A provider's limit is weather for the whole run, not a failure of one item (language 6.7).

After a limit no step of that provider starts before the announced time, else 30 s doubling to 15 min with jitter; then
one probe goes first, and on its success the rest. Belongs to the engine's loop.
"""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from prodigy_tui.clock import Clock

FIRST_WAIT_S = 30.0
LONGEST_WAIT_S = 900.0
JITTER = 0.3


@dataclass(slots=True)
class _Pool:
    until: datetime | None = None
    waits: int = 0
    """Limits in a row without an announced time."""
    probe: asyncio.Lock = field(default_factory=asyncio.Lock)

    def is_limited(self) -> bool:
        return self.until is not None

    def seconds_left(self, now: datetime) -> float:
        return (self.until - now).total_seconds() if self.until is not None else 0.0


class ProviderPool:
    """Admits agent steps, provider by provider."""

    def __init__(self, clock: Clock, source: random.Random) -> None:
        self._clock = clock
        self._random = source
        self._pools: dict[str, _Pool] = {}

    @asynccontextmanager
    async def admitted(self, provider: str) -> AsyncIterator[None]:
        """Waits until a step of this provider may start; after a limit only one at a time gets through."""
        pool = self._pools.setdefault(provider, _Pool())
        while pool.is_limited():
            async with pool.probe:
                if not pool.is_limited():
                    break
                while (left := pool.seconds_left(self._clock.now())) > 0:
                    await self._clock.sleep(left)
                yield
                return
        yield

    def limited(self, provider: str, announced_s: float | None) -> datetime:
        """Notes a limit and returns when the next step of this provider may start."""
        pool = self._pools.setdefault(provider, _Pool())
        if announced_s is None:
            wait = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0**pool.waits)
            pool.waits += 1
            announced_s = min(LONGEST_WAIT_S, wait * self._random.uniform(1 - JITTER, 1 + JITTER))
        until = self._clock.now() + timedelta(seconds=announced_s)
        pool.until = max(pool.until, until) if pool.until is not None else until
        return pool.until

    def served(self, provider: str) -> None:
        """Notes an answer without a limit: the weather is fine again."""
        pool = self._pools.get(provider)
        if pool is not None and pool.until is not None and pool.until <= self._clock.now():
            pool.until, pool.waits = None, 0
