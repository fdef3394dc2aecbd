"""The next moment at which something is so: an item in some state, a mark, a phase, a bookmark."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Final

from prodigy_tui.events.evolve import evolve
from prodigy_tui.events.item_state import ItemStatus
from prodigy_tui.events.marks import MarkKind
from prodigy_tui.events.schema import AgentMessage, Envelope, StepFinished, StepStarted, UsageReported
from prodigy_tui.events.state import RunState
from prodigy_tui.events.timeline import KEYFRAME_EVERY, Timeline
from prodigy_tui.tui.model.activity import item_of
from prodigy_tui.tui.model.bookmarks import Bookmark
from prodigy_tui.tui.model.jump import MARKS, STATES, Sought

_LEAVES_STATES: Final = (AgentMessage, UsageReported, StepStarted, StepFinished)
"""Events by the thousand that put no item into another state."""


def wrong_with(sought: Sought, state: RunState) -> str:
    """Returns why that cannot be found in a run that has come to `state`; empty when it may."""
    of_item = sought.item and sought.what not in ("bookmark", "phase")
    return "" if not of_item or item_named(sought.item, state) else f"there is no item {sought.item!r} so far"


def item_named(name: str, state: RunState) -> str | None:
    """Returns the id of the item called so: `a017`, a position, an id."""
    if name in state.items:
        return name
    number = name.removeprefix("a")
    if number.isascii() and number.isdigit() and len(number) < 10:
        position = int(number)
        return next((key for key in state.order if state.items[key].position == position), None)
    return None


def find(
    sought: Sought, timeline: Timeline, after: int, state: RunState, bookmarks: Sequence[Bookmark]
) -> Callable[[], int | None]:
    """Returns what looks for the next such moment after an event, whose state is given.

    It may take a while, changes nothing, and may be called from another thread.
    """
    if sought.what == "bookmark":
        return lambda: _bookmark(bookmarks, sought.item, after)
    if sought.what == "phase" and sought.item:
        return lambda: _mark(timeline, after, ("phase",), sought.item)
    if not sought.item:
        return lambda: _mark(timeline, after, MARKS[sought.what], "")
    item_id = item_named(sought.item, timeline.newest)
    item = state.items.get(item_id or "")
    now = item.status if item is not None else None
    return lambda: _item(timeline, after, item_id or "", STATES[sought.what], now)


def _bookmark(bookmarks: Sequence[Bookmark], name: str, after: int) -> int | None:
    named = [one.seq for one in bookmarks if one.name.casefold().startswith(name.casefold())]
    later = [seq for seq in named if seq > after]
    return min(later, default=min(named, default=None) if name else None)


def _mark(timeline: Timeline, after: int, kinds: tuple[MarkKind, ...], text: str) -> int | None:
    mark = timeline.mark_after(after)
    while mark is not None and (mark.kind not in kinds or text not in mark.text):
        mark = timeline.mark_after(mark.seq)
    return mark.seq if mark is not None else None


def _item(
    timeline: Timeline, after: int, item_id: str, wanted: frozenset[ItemStatus], status: ItemStatus | None
) -> int | None:
    held = status in wanted
    for before, block in _blocks(timeline, after):
        if not any(_concerns(envelope, item_id) for envelope in block):
            continue
        state = before()
        for envelope in block:
            state = evolve(state, envelope)
            item = state.items.get(item_id)
            holds = item is not None and item.status in wanted
            if holds and not held and envelope.seq > after:
                return envelope.seq
            if envelope.seq > after:
                held = holds
    return None


def _concerns(envelope: Envelope, item_id: str) -> bool:
    return item_of(envelope.event) == item_id and not isinstance(envelope.event, _LEAVES_STATES)


def _blocks(timeline: Timeline, after: int) -> Iterator[tuple[Callable[[], RunState], list[Envelope]]]:
    for first in range(after // KEYFRAME_EVERY * KEYFRAME_EVERY, timeline.last_seq, KEYFRAME_EVERY):
        yield partial(timeline.kept, first), list(timeline.events[first : first + KEYFRAME_EVERY])
