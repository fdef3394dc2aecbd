"""In which order items stand in the fleet list, and in which groups.

A key changes only when something happens to its item: none depends on the present, so an order that was right stays
right as time goes by. Where items are sorted by a duration, those at work stand before those that have ended.
"""

import re
from typing import Final, Literal, TypeAlias

from msgspec import Struct

from prodigy_tui.events.item_state import ItemState, ItemStatus
from prodigy_tui.tui.model.columns import ColumnName
from prodigy_tui.tui.model.glance import Glance

SortName: TypeAlias = Literal[
    "attention", "position", "name", "step", "age", "took", "quiet", "files", "tries", "tokens", "cost"
]
GroupName: TypeAlias = Literal["state", "step", "none"]
Rank: TypeAlias = tuple[float | str, ...]
Key: TypeAlias = tuple[Rank, int, str]

SORTS: Final[dict[SortName, str]] = {
    "attention": "what needs a person first",
    "position": "as the items came",
    "name": "by name",
    "step": "the furthest first",
    "age": "the longest in its state first",
    "took": "the longest attempt first",
    "quiet": "the longest silence first",
    "files": "the most changed files first",
    "tries": "the most attempts first",
    "tokens": "the most tokens first",
    "cost": "the dearest first",
}
GROUPS: Final[dict[GroupName, str]] = {
    "state": "by state",
    "step": "by step, those at work",
    "none": "in one list",
}
SHOWS: Final[dict[SortName, ColumnName]] = {
    "step": "step", "age": "age", "took": "took", "quiet": "quiet", "files": "files", "tries": "tries",
    "tokens": "tokens", "cost": "cost",
}  # fmt: skip
"""The column that shows what a list is sorted by."""
FAILURES: Final[frozenset[ItemStatus]] = frozenset({"failed", "retrying", "suspect", "dead"})

_PINNED: Final = frozenset({"waiting", "failed"})
_SECTION_OF: Final[dict[ItemStatus, str]] = {
    "waiting": "waiting",
    "suspect": "waiting",
    "failed": "failed",
    "retrying": "failed",
    "dead": "dead",
    "running": "running",
    "merging": "merging",
    "pending": "queued",
    "success": "done",
    "skipped": "left out",
    "cancelled": "left out",
}
_LIMITS: Final[dict[str, int | None]] = {
    "waiting": None,
    "failed": 4,
    "dead": 3,
    "running": None,
    "merging": 8,
    "queued": 0,
    "done": 0,
    "left out": 0,
}
_DIGITS: Final = re.compile(r"(\d+)")


class Order(Struct, frozen=True, kw_only=True):
    """How the list is sorted and grouped."""

    sort: SortName = "attention"
    reverse: bool = False
    group: GroupName = "state"


def section_limits(order: Order, steps: int) -> dict[str, tuple[int | None, bool]]:
    """Returns the sections from top to bottom: how many rows show folded (`None`: all), and if they have a head."""
    limits: dict[str, tuple[int | None, bool]] = {name: (limit, False) for name, limit in _LIMITS.items()}
    if order.group == "state":
        return limits
    pinned = {name: limits[name] for name in _LIMITS if name in _PINNED}
    if order.group == "none":
        return {**pinned, "all": (None, False)}
    found = dict(pinned)
    for name, limit in limits.items():
        if name == "running":
            found |= {f"step:{number}": (0, True) for number in range(steps + 1)}
        elif name not in _PINNED:
            found[name] = limit
    return found


def section_of(item: ItemState, order: Order, steps: int) -> str:
    """Returns the section in which an item stands."""
    name = _SECTION_OF[item.status]
    if order.group == "state" or name in _PINNED:
        return name
    if order.group == "none":
        return "all"
    return f"step:{min(item.step_index, steps)}" if name == "running" else name


def key_of(item: ItemState, section: str, order: Order, glance: Glance, *, stalled: bool) -> Key:
    """Returns the place of an item within its section."""
    sort = "attention" if section in _PINNED else order.sort
    rank = _urgency(item, glance, stalled=stalled) if sort == "attention" else _rank(item, sort, glance)
    if section == "all" and sort == "attention":
        rank = (list(_LIMITS).index(_SECTION_OF[item.status]), *rank)
    return rank, item.position, item.item.id


def _urgency(item: ItemState, glance: Glance, *, stalled: bool) -> Rank:
    match item.status:
        case "waiting" | "suspect":
            return (item.last_at.timestamp() if item.last_at is not None else 0.0,)
        case "failed" | "retrying":
            return (item.due.timestamp() if item.due is not None else 0.0,)
        case "dead":
            return (-float(glance.state.dead_letters.get(item.item.id, 0)),)
        case "running":
            return (0.0 if stalled else 1.0,)
        case _:
            return (0.0,)


def _rank(item: ItemState, sort: SortName, glance: Glance) -> Rank:
    match sort:
        case "attention" | "position":
            return ()
        case "name":
            # Digits compare as numbers: text and digits take turns, so like is always compared with like.
            parts = _DIGITS.split((item.item.label or item.item.id).casefold()[:200])
            return tuple(float(part[:300]) if number % 2 else part for number, part in enumerate(parts))
        case "step":
            return (0.0 if item.attempt else 1.0, -item.step_index)
        case "files":
            return (-len(item.files),)
        case "tries":
            return (-item.attempt,)
        case "tokens":
            return (-(item.usage.input_tokens + item.usage.output_tokens),)
        case "cost":
            return (-item.usage.usd if item.usage.usd is not None else 1.0,)
        case "age" | "took" | "quiet":
            return _of_time(item, sort, glance)


def _of_time(item: ItemState, sort: Literal["age", "took", "quiet"], glance: Glance) -> Rank:
    if not item.attempt or item.started_at is None:
        return (2.0, 0.0)
    if item.status == "running":
        since = glance.heard(item) if sort == "quiet" else item.started_at
        return (0.0, (since or item.started_at).timestamp())
    if sort == "took":
        return (1.0, -(glance.ended(item, item.started_at) - item.started_at).total_seconds())
    return (1.0, (item.ended_at or item.last_at or item.started_at).timestamp())
