"""A queue of which one at a time has its turn; some go before others. For one event loop."""

import asyncio
import heapq
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Turns:
    """Gives one turn after the other."""

    def __init__(self) -> None:
        self._numbers = itertools.count()
        self._waiting: list[tuple[bool, int, asyncio.Future[None]]] = []
        self._taken = False

    @property
    def taken(self) -> bool:
        """Whether somebody has the turn."""
        return self._taken

    @asynccontextmanager
    async def turn(self, *, first: bool = False) -> AsyncIterator[None]:
        """Waits for the turn and has it inside the block; with `first` before all who came without it."""
        if self._taken:
            called: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            heapq.heappush(self._waiting, (not first, next(self._numbers), called))
            try:
                await called
            except asyncio.CancelledError:
                if called.done() and not called.cancelled():  # it had just been called
                    self._call()
                raise
        self._taken = True
        try:
            yield
        finally:
            self._call()

    def _call(self) -> None:
        """Calls the next who still waits."""
        while self._waiting:
            called = heapq.heappop(self._waiting)[2]
            if not called.done():
                called.set_result(None)
                return
        self._taken = False
