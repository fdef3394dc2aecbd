"""Why no agent starts now, as data: the interface shows it, the scheduler obeys it. Pure.

Everything is judged from the state and the time alone, so that a replay shows the same reasons; what only the living
process knows (budget, limits of providers) is handed in as holds.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Literal, TypeAlias

from msgspec import Struct

from prodigy_tui.events.pace import Breaker
from prodigy_tui.events.state import RunState

HoldReason: TypeAlias = Literal[
    "stopped", "paused", "budget", "disk", "quota", "canary", "breaker", "merge queue", "slots"
]

MERGES_WAITING = 2
"""No agent starts while more than this many times `max_parallel` finished agents wait for the merge queue: bases would
go stale, and conflicts that need not be would follow. One agent at a time sees what those before it have done."""


class Hold(Struct, frozen=True, kw_only=True):
    """Why no agent starts now."""

    reason: HoldReason
    until: datetime | None = None
    """When it ends by itself, if that is known."""


def breaker_phase(breaker: Breaker, now: datetime) -> Literal["closed", "open", "half-open"]:
    """Returns whether agents may start freely, not at all, or a few on trial."""
    if breaker.until is None:
        return "closed"
    return "open" if now < breaker.until else "half-open"


def hold(state: RunState, now: datetime, outside: tuple[Hold, ...] = (), *, starting: int = 0) -> Hold | None:
    """Returns why no agent starts now; `None` when one may, or when no item wants to.

    Args:
        state: The run.
        now: The present.
        outside: What keeps agents from starting that the state does not know of.
        starting: Agents that are at work beyond those that the state knows.
    """
    if state.stop is not None:
        return Hold(reason="stopped")
    if state.paused:
        return Hold(reason="paused")
    if state.disk is not None:
        return Hold(reason="disk")
    if outside:
        return outside[0]
    if next(startable(state, now), None) is None:
        is_held = canary_is_open(state) and state.canary is not None and state.counts.pending
        return Hold(reason="canary") if is_held else None
    phase = breaker_phase(state.breaker, now)
    if phase == "open":
        return Hold(reason="breaker", until=state.breaker.until)
    if phase == "half-open" and state.counts.running + starting >= state.breaker.trials:
        return Hold(reason="breaker")
    most = MERGES_WAITING * state.max_parallel if state.max_parallel > 1 else 0
    if state.counts.merging > most:
        return Hold(reason="merge queue")
    if state.counts.running + starting >= state.max_parallel:
        return Hold(reason="slots")
    return None


def room(state: RunState, now: datetime, *, starting: int = 0) -> int:
    """Returns how many agents may start now where nothing holds them; those at work are counted already."""
    most = state.max_parallel
    if breaker_phase(state.breaker, now) == "half-open":
        most = min(most, state.breaker.trials)
    return max(0, most - state.counts.running - starting)


def canary_is_open(state: RunState) -> bool:
    """Tells whether only the items of the canary may start."""
    return state.canary is not None and state.canary.status != "passed"


def startable(state: RunState, now: datetime) -> Iterator[str]:
    """Yields items that may start: due retries, then what was interrupted or requeued, then the rest in order.

    While a canary is not decided these are its items only.
    """
    last = len(state.order)
    if state.canary is not None and canary_is_open(state):
        last = state.canary.count
    agenda = state.retries
    while (entry := agenda.first) is not None and entry.due <= now:
        item = state.items[entry.item_id]
        if item.status == "retrying" and item.due == entry.due and item.position < last:
            yield entry.item_id
        agenda = agenda.without_first()
    seen: set[str] = set()
    for item_id in state.requeued:
        item = state.items[item_id]
        if item_id not in seen and item.status == "pending" and item.position < last:
            seen.add(item_id)
            yield item_id
    for position in range(state.next_position, last):
        item_id = state.order[position]
        if item_id not in seen and state.items[item_id].status == "pending":
            yield item_id
