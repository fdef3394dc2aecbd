"""A run at the moment that is drawn: its state, and what the events alone do not say."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Final

from msgspec import Struct

from prodigy_tui.events.item_state import ItemState
from prodigy_tui.events.state import RunState

STALLED_AFTER_S: Final = 120.0
"""Seconds of silence after which a running agent counts as stalled, unless a person has said otherwise."""


class QueuePlaces(Mapping[str, int]):
    """Item → its place in a queue, from 1; counted when somebody asks, and once."""

    def __init__(self, queue: Iterable[str] = ()) -> None:
        self._queue = queue
        self._places: dict[str, int] | None = None

    @property
    def _counted(self) -> dict[str, int]:
        if self._places is None:
            self._places = {item_id: place for place, item_id in enumerate(self._queue, start=1)}
        return self._places

    def __getitem__(self, item_id: str) -> int:
        return self._counted[item_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._counted)

    def __len__(self) -> int:
        return len(self._counted)


class Glance(Struct, frozen=True, kw_only=True):
    """What rows, filters and facts are made from."""

    state: RunState
    now: datetime
    stalled_after_s: float = STALLED_AFTER_S
    attempts: int | None = None
    """How many attempts an item has at most, where that is known."""
    heard_at: Mapping[str, datetime] = {}
    """Output → when it grew last."""
    places: Mapping[str, int] = {}
    """Item → its place in the merge queue, from 1."""
    lines: Mapping[str, tuple[int, int]] = {}
    """Item → lines added and removed, where they have been counted."""

    def heard(self, item: ItemState) -> datetime | None:
        """Returns when an item's agent last gave a sign of life."""
        grown = self.heard_at.get(f"items/{item.item.safe_id}/{item.attempt}") if self.heard_at else None
        last = item.last_at
        return grown if last is None or (grown is not None and grown > last) else last

    def silence_s(self, item: ItemState) -> float:
        """Returns for how long that has been."""
        heard = self.heard(item)
        return (self.now - heard).total_seconds() if heard is not None else 0.0

    def is_stalled(self, item: ItemState) -> bool:
        """Whether an agent is at work and has been silent for too long."""
        return self.may_stall(item) and self.silence_s(item) > self.stalled_after_s

    def may_stall(self, item: ItemState) -> bool:
        """Whether an agent should be heard of: one that waits for something has a reason to be silent."""
        return item.status == "running" and not item.waiting and item.item.id not in self.state.stopping_items

    def age_s(self, item: ItemState) -> float | None:
        """Returns how long an item has been in its state: at work since it began, else since it ended."""
        since = item.started_at if item.status == "running" else item.ended_at or item.last_at
        return (self.now - since).total_seconds() if since is not None and item.attempt else None

    def took_s(self, item: ItemState) -> float | None:
        """Returns how long the present attempt has been going on, or how long the last one took."""
        return (self.ended(item, self.now) - item.started_at).total_seconds() if item.started_at is not None else None

    @staticmethod
    def ended(item: ItemState, otherwise: datetime) -> datetime:
        """Returns when the last attempt ended; of one that goes on `otherwise`."""
        if item.status in ("running", "waiting"):
            return otherwise
        if item.history and item.history[-1].attempt == item.attempt:
            return item.history[-1].ended_at
        return item.ended_at or item.last_at or otherwise
