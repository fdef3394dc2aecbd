"""Time as a value that is handed in. Nothing below `cli` reads a clock by itself."""

import asyncio
import math
import threading
import time
from datetime import UTC, datetime
from typing import Final, Protocol

TOLERANCE_S: Final = 0.5
"""By less than this clocks differ because they are read one after the other, or are slowed down to be right."""

LOOK_S: Final = 60.0
"""How often who waits for a time of day looks what time it is."""

_STEADY: Final = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""Goes on while the machine sleeps, unlike `time.monotonic`."""


class Clock(Protocol):
    """Where time comes from."""

    def now(self) -> datetime:
        """Returns the present instant, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Returns seconds from an arbitrary start; never goes back."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Waits; a cancelled wait raises `asyncio.CancelledError` as usual."""
        ...


class NeverBack:
    """Makes times that never go back of a clock that people and networks set.

    A clock that is set back costs the run nothing: its time goes on from where it was, ahead of the clock, until that
    is set forward again. Forward it follows at once: a machine that has slept has slept.
    """

    def __init__(self) -> None:
        self._read: tuple[float, float] | None = None
        self._ahead = 0.0
        self._last = -math.inf

    def time(self, wall: float, steady: float) -> float:
        """Returns the time for what the wall clock says and for the seconds that have passed since some start."""
        if self._read is not None:
            step = (wall - self._read[0]) - (steady - self._read[1])
            if abs(step) > TOLERANCE_S:
                self._ahead = max(0.0, self._ahead - step) if step < 0 or self._ahead else 0.0
        self._read = wall, steady
        self._last = max(self._last, wall + self._ahead)
        return self._last


class SystemClock:
    """The machine's clock, which does not go back."""

    def __init__(self) -> None:
        self._time = NeverBack()
        self._lock = threading.Lock()

    def now(self) -> datetime:
        with self._lock:
            return datetime.fromtimestamp(self._time.time(time.time(), time.clock_gettime(_STEADY)), UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


async def sleep_until(at: datetime, clock: Clock) -> None:
    """Waits for a time of day, also one that the clock reaches by being set, or while the machine sleeps."""
    while (left := (at - clock.now()).total_seconds()) > 0:
        await clock.sleep(min(left, LOOK_S))
