"""The view-model of one run: what every surface draws from, brought up to date by `apply` once a frame."""

from collections import deque
from collections.abc import Callable
from datetime import datetime, tzinfo
from itertools import islice
from typing import Final

from msgspec import Struct

from prodigy_tui.events.schema import Envelope, ItemsLoaded
from prodigy_tui.events.state import RunState
from prodigy_tui.tui.feed import LOOK_BACK, Change
from prodigy_tui.tui.model.activity import Activity, describe
from prodigy_tui.tui.model.beside import Beside
from prodigy_tui.tui.model.calm import Calm
from prodigy_tui.tui.model.cells import item_name, row_cells
from prodigy_tui.tui.model.filtering import Expressions, Filter, Grammar
from prodigy_tui.tui.model.glance import STALLED_AFTER_S, Glance, QueuePlaces
from prodigy_tui.tui.model.item_subject import ITEM_FIELDS
from prodigy_tui.tui.model.marks import Marks
from prodigy_tui.tui.model.merges import Merges
from prodigy_tui.tui.model.nearby import differing
from prodigy_tui.tui.model.ordering import Order
from prodigy_tui.tui.model.overview import is_over
from prodigy_tui.tui.model.patterns import Patterns
from prodigy_tui.tui.model.row_cells import Cells
from prodigy_tui.tui.model.rows import Row, Rows
from prodigy_tui.tui.model.stories import Stories
from prodigy_tui.tui.model.text import width_of

_JUDGED: Final = 500
"""Items that a filter which depends on the time judges anew at once."""


class Dirty(Struct, frozen=True, kw_only=True):
    """What must be drawn anew."""

    items: frozenset[str] = frozenset()
    told: frozenset[str] = frozenset()
    """Those of them that may read differently; of the others a message has come, which no list shows. That they are
    silent no more, a tick says as it says everything that time changes, four times a second."""
    rows: bool = False
    """Lines of the list have moved."""
    state: bool = False
    """Events have come."""
    streams: frozenset[str] = frozenset()
    jumped: bool = False

    def __bool__(self) -> bool:
        return bool(self.items or self.rows or self.state or self.streams or self.jumped)

    def __or__(self, other: "Dirty") -> "Dirty":
        return Dirty(
            items=self.items | other.items,
            told=self.told | other.told,
            rows=self.rows or other.rows,
            state=self.state or other.state,
            streams=self.streams | other.streams,
            jumped=self.jumped or other.jumped,
        )


class RunModel:
    """A run as people see it. Knows no widget; widgets read it and are told what is dirty."""

    def __init__(self, *, past: bool, zone: tzinfo | None = None, calm: Calm | None = None) -> None:
        self.past = past
        self.zone = zone
        self.calm = calm
        """When lines of a live run may change places; without it they do at once."""
        self.epoch = 0
        """Counts the runs shown so far; with another run, cursors and filters begin anew."""
        self.beside: Beside | None = None
        """The live run that goes on while something else is shown."""
        self.state = RunState()
        self.rows = Rows()
        self.merges = Merges()
        self.patterns = Patterns()
        """The dead letters by what they failed of."""
        self.marks = Marks()
        self.top = ""
        """The working tree that the person is in, which commands need not name."""
        self.stories = Stories()
        self.stalled_after_s = STALLED_AFTER_S
        self.attempts_of: Callable[[RunState], int | None] = _unknown
        """Returns how many attempts the workflow gives an item."""
        self.lines: dict[str, tuple[int, int]] = {}
        """Item → lines added and removed, as far as somebody has counted them."""
        self._newest: deque[Envelope] = deque(maxlen=LOOK_BACK)
        self.trouble = ""
        self.lit = True
        """Whether the badge of what waits for a person is bright at this moment."""
        self.folded = 0
        """Events taken in so far."""
        self.longest_name = 0
        """Cells of the longest item name, so that the list gives the rest of its width to what agents do."""
        self._heard: dict[str, datetime] = {}
        self._moved: set[str] = set()
        """Items whose place in the list may be another."""
        self._queue = self.state.merge_queue
        self._places = QueuePlaces()
        self._order: tuple[str, ...] = ()
        self._data_names: tuple[str, ...] = ()

    def turn(self, *, past: bool, another: bool) -> None:
        """Gets ready for another feed, whose first change must be a jump; `another`: it is of another run."""
        self.past = past
        if another:
            self.epoch += 1
            self.folded = 0
            self.rows = Rows()
            self.marks = Marks()
            self.lines = {}
            self._heard.clear()
            self.stories = Stories()

    def apply(self, change: Change, now: datetime) -> Dirty:
        """Takes in a change and returns what differs. Costs as much as there are events in it, not items."""
        before, self.state = self.state, change.state
        self.trouble = change.trouble
        self.folded += len(change.envelopes)
        for stream in change.streams:
            self._heard[stream] = now
        if change.jumped:
            self._newest.clear()
        self._newest.extend(change.envelopes)
        if not self.past:
            self.stories.take(change.envelopes)
        loaded = change.of_run and any(isinstance(envelope.event, ItemsLoaded) for envelope in change.envelopes)
        touched = differing(before, change.state) if change.jumped and not self.rows.filter.timed else None
        if touched is not None:
            # A short way in time moves few items: none of the others is looked at.
            self._moved.clear()
            self.merges.touch(change.state, touched)
            self.patterns.touch(change.state, touched)
            glance = self.glance(now)
            self.rows.touch(glance, touched)
            self.rows.look_for_silence(glance)
            self.rows.set_fixed(change.state)
            moved = True
        elif change.jumped or loaded:
            self._moved.clear()
            self.rows.rebuild(self.glance(now))
            self.merges.rebuild(change.state)
            self.patterns.rebuild(change.state)
            if before.order is not change.state.order or not self.longest_name:
                names = (item_name(change.state.items[item_id]) for item_id in change.state.order)
                self.longest_name = max(map(width_of, names), default=0)
            moved = True
        else:
            self._moved |= change.touched
            self.merges.touch(change.state, change.touched)
            self.patterns.touch(change.state, change.touched)
            if self.rows.order.sort == "quiet":
                self._moved |= change.heard
                if change.streams:
                    self._moved |= set(change.state.slots.values())
            moved = self.settle(now)
            if change.of_run:
                moved = self.rows.set_fixed(change.state) or moved
        return Dirty(
            items=change.touched | change.heard,
            told=change.touched,
            rows=moved,
            state=bool(change.envelopes) or change.jumped or bool(change.trouble),
            streams=change.streams,
            jumped=change.jumped,
        )

    def latest(self, most: int) -> list[Activity]:
        """Returns what happened last, the latest first. Lines are made here: of most events nobody ever sees one."""
        told = (describe(envelope, self.state) for envelope in reversed(self._newest))
        return list(islice((line for line in told if line is not None), most))

    def settle(self, now: datetime) -> bool:
        """Lets lines change places when it is time for that; returns whether any did."""
        hurry = self.calm is None or self.past or is_over(self.state)
        if not hurry and self.calm is not None and not self.calm.due():
            return False
        glance = self.glance(now)
        items, self._moved = self._moved, set()
        moved = self.rows.touch(glance, items)
        moved = self.rows.look_for_silence(glance, items) or moved
        return self.rows.look_again(glance, _JUDGED) or moved

    def glance(self, now: datetime) -> Glance:
        """Returns the run at a moment, as rows, filters and facts look at it."""
        return Glance(
            state=self.state,
            now=now,
            stalled_after_s=self.stalled_after_s,
            attempts=self.attempts_of(self.state),
            heard_at=self._heard,
            places=self._merge_places(),
            lines=self.lines,
        )

    def cells(self, row: Row, glance: Glance) -> Cells:
        """Returns what the list says in a row."""
        return row_cells(row, glance, self.rows.section(row.id) if row.kind == "fold" else None)

    def set_filter(self, text: str, now: datetime, expressions: Expressions | None = None) -> None:
        """Shows only the items that a filter admits.

        Raises:
            FilterWrong: it cannot be used; the one before holds.
        """
        from prodigy_tui.tui.model.filter_parsing import parse_filter

        wanted = parse_filter(text, self.grammar(expressions)) if text.strip() else Filter()
        self.rows.set_filter(wanted, self.glance(now))

    def set_order(self, order: Order, now: datetime) -> None:
        """Sorts and groups the list anew."""
        self.rows.set_order(order, self.glance(now))

    def set_failures(self, wanted: bool, now: datetime) -> None:
        """Shows only what has failed, or everything."""
        self.rows.set_failures(wanted, self.glance(now))

    def grammar(self, expressions: Expressions | None) -> Grammar:
        """Returns what may be asked of the items of this run."""
        if self._order is not self.state.order:
            self._order = self.state.order
            found = (item.item.data for item in self.state.items.values())
            keys = dict.fromkeys(key for data in found if isinstance(data, dict) for key in data)
            self._data_names = tuple(key for key in keys if isinstance(key, str))
        return Grammar(fields=ITEM_FIELDS, more=self._data_names, expressions=expressions)

    def _merge_places(self) -> QueuePlaces:
        if self._queue is not self.state.merge_queue:
            self._queue = self.state.merge_queue
            self._places = QueuePlaces(self._queue)
        return self._places


def _unknown(_: RunState) -> int | None:
    return None
