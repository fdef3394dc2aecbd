"""The limits of one provider as a value: what is known of them, who may start, what a limit and an answer change.

Pure; time and chance are handed in. One `Weather` stands for a provider on the whole machine, for all runs together:

    fine ──limit──▶ limited until T ──T──▶ one probe ──answer──▶ fine, at first for few at once
                        ▲                     │
                        └───────limit─────────┘

How many may be at work at once is found out, not configured: a limit halves that number (`threshold`). After the probe
one more starts with every answer until the threshold is reached, from then on one more after each full window of
answers. Where no limit has been met for an hour there is no such number.

A burst counts once: executions that began before the last limit neither halve nor double anything when they are limited
too (`Pass.round`).
"""

import math
from collections.abc import Collection
from typing import Annotated, Final, TypeAlias

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from prodigy_tui.events.values import HeldBy

FIRST_WAIT_S: Final = 30.0
LONGEST_WAIT_S: Final = 900.0
JITTER: Final = 0.3
"""Of waits whose end nobody has announced."""
SHORTEST_ANNOUNCED_S: Final = 1.0
LONGEST_ANNOUNCED_S: Final = 31 * 86400.0
PROBE_S: Final = 600.0
"""A probe that has not been answered for so long keeps nobody else from probing: its process may be suspended."""
FORGET_S: Final = 3600.0
"""After so long without a limit, what was learnt about the number at once is forgotten; a limit that ended so long ago
with nobody asking is over."""

_Some: TypeAlias = Annotated[int, msgspec.Meta(ge=1)]
_Count: TypeAlias = Annotated[int, msgspec.Meta(ge=0)]

Process: TypeAlias = str
"""The name of a process among all that share a provider."""


class Weather(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is known of a provider. Times are seconds since 1970."""

    until: float | None = None
    """No start before; None when it is fine."""
    wait_s: float = 0.0
    """How long that was from the moment it became known; never is more waited for, whatever clocks do."""
    since: float = 0.0
    """When the last limit was met."""
    waits: _Count = 0
    """Limits in a row whose end nobody announced."""
    round: _Count = 0
    """Limits so far, a burst counting once."""
    threshold: _Some = 1
    window: _Some | None = None
    """How many may be at work at once; None: as many as want to."""
    gained: _Count = 0
    """Answers since the window grew."""
    probe: Process | None = None
    probe_since: float = 0.0
    running: dict[Process, _Some] = {}
    """Executions at work."""

    @property
    def at_work(self) -> int:
        return sum(self.running.values())


class Pass(Struct, frozen=True):
    """The leave to start one execution."""

    round: int
    is_probe: bool


class Hold(Struct, frozen=True):
    """Nobody may start now."""

    by: HeldBy
    until: float | None = None
    """When to ask again; None: when something has changed."""


def admit(weather: Weather, who: Process, now: float) -> tuple[Weather, Pass | Hold]:
    """Lets an execution of `who` start, or says what keeps it."""
    weather = settled(weather, now)
    if weather.until is not None:
        if now < weather.until:
            return weather, Hold("quota", weather.until)
        if weather.probe is not None:
            return weather, Hold("quota")
        probing = replace(weather, probe=who, probe_since=now, running=_counted(weather, who, 1))
        return probing, Pass(weather.round, is_probe=True)
    if weather.window is not None and weather.at_work >= weather.window:
        return weather, Hold("turn")
    return replace(weather, running=_counted(weather, who, 1)), Pass(weather.round, is_probe=False)


def limited(
    weather: Weather, who: Process, leave: Pass, now: float, *, announced_s: float | None, jitter: float
) -> tuple[Weather, bool]:
    """Notes a limit that an execution at work has met; returns also whether it is news.

    Args:
        weather: What was known.
        who: The process of the execution.
        leave: With what it was let in.
        now: The time.
        announced_s: In how many seconds the provider says that it is over.
        jitter: Chance, at least 0 and below 1.
    """
    weather = settled(weather, now)
    is_news = leave.round == weather.round
    if announced_s is not None and announced_s > 0:
        wait_s = min(LONGEST_ANNOUNCED_S, max(SHORTEST_ANNOUNCED_S, announced_s))
    else:
        wait_s = backoff_s(weather.waits, jitter) if is_news else 0.0
    until = now + wait_s if weather.until is None else max(weather.until, now + wait_s)
    if is_news:
        weather = replace(
            weather,
            since=now,
            waits=weather.waits + (announced_s is None),
            round=weather.round + 1,
            # A probe is alone: that it was limited says nothing about how many at once are too many.
            threshold=weather.threshold if leave.is_probe else max(1, weather.at_work // 2),
            gained=0,
        )
        weather = replace(weather, window=weather.threshold)
    if leave.is_probe and weather.probe == who:
        weather = replace(weather, probe=None)
    return replace(weather, until=until, wait_s=until - now), is_news


def answered(weather: Weather, who: Process, leave: Pass) -> Weather:
    """Notes that the provider has answered an execution with something other than a limit."""
    if leave.round != weather.round:
        return weather
    if leave.is_probe and weather.probe == who:
        start = max(1, min(weather.threshold, weather.at_work))
        return _grown(replace(weather, until=None, wait_s=0.0, waits=0, probe=None, window=start, gained=0))
    return _grown(weather) if weather.until is None else weather


def ended(weather: Weather, who: Process, leave: Pass) -> Weather:
    """Notes that an execution is over. A probe that has learnt nothing makes room for the next."""
    unsettled = leave.is_probe and leave.round == weather.round and weather.probe == who
    weather = replace(weather, running=_counted(weather, who, -1))
    return replace(weather, probe=None) if unsettled else weather


def without(weather: Weather, gone: Collection[Process]) -> Weather:
    """Returns the weather without processes that have died."""
    left = {who: count for who, count in weather.running.items() if who not in gone}
    return replace(weather, running=left, probe=None if weather.probe in gone else weather.probe)


def settled(weather: Weather, now: float) -> Weather:
    """Returns the weather as it is now, whatever a damaged file or a clock that was set anew make of it."""
    if weather.until is not None:
        # Set back by a day, the clock must not make anybody wait a day longer.
        longest = now + min(max(weather.wait_s, 0.0), LONGEST_ANNOUNCED_S)
        if not weather.until <= longest:  # also what is no number
            weather = replace(weather, until=longest)
    if weather.until is not None and weather.probe is None and now - weather.until >= FORGET_S:
        weather = replace(weather, until=None, wait_s=0.0, waits=0, since=0.0)
    if weather.probe is not None and not 0 <= now - weather.probe_since < PROBE_S:
        weather = replace(weather, probe=None)
    old = not 0 <= now - weather.since < FORGET_S
    if weather.until is None and weather.window is not None and old:
        weather = replace(weather, window=None, threshold=1, gained=0)
    return weather


def backoff_s(waits: int, jitter: float) -> float:
    """Returns how long to wait after so many limits in a row; `jitter` is at least 0 and below 1."""
    wait_s = LONGEST_WAIT_S if waits > math.log2(LONGEST_WAIT_S / FIRST_WAIT_S) else FIRST_WAIT_S * 2.0**waits
    return min(LONGEST_WAIT_S, wait_s * (1 - JITTER + 2 * JITTER * jitter))


def _grown(weather: Weather) -> Weather:
    """One more answer without a limit."""
    window = weather.window
    if window is None:
        return weather
    if window < weather.threshold or weather.gained + 1 >= window:
        return replace(weather, window=window + 1, gained=0)
    return replace(weather, gained=weather.gained + 1)


def _counted(weather: Weather, who: Process, change: int) -> dict[Process, int]:
    count = weather.running.get(who, 0) + change
    others = {name: number for name, number in weather.running.items() if name != who}
    return {**others, who: count} if count > 0 else others
