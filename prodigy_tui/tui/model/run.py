"""The view-model of one run: what every surface draws from, brought up to date by `apply` once a frame."""

from collections import deque
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final

from prodigy_tui.events.schema import ItemsLoaded
from prodigy_tui.events.state import RunState
from prodigy_tui.tui.feed import Change
from prodigy_tui.tui.model.activity import Activity, describe, item_of
from prodigy_tui.tui.model.cells import Cells, item_name, row_line
from prodigy_tui.tui.model.rows import Row, Rows, SectionName
from prodigy_tui.tui.model.text import width_of

ACTIVITIES: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Dirty:
    """What must be drawn anew."""

    items: frozenset[str] = frozenset()
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
            rows=self.rows or other.rows,
            state=self.state or other.state,
            streams=self.streams | other.streams,
            jumped=self.jumped or other.jumped,
        )


class RunModel:
    """A run as people see it. Knows no widget; widgets read it and are told what is dirty."""

    def __init__(self, *, past: bool, zone: tzinfo | None = None) -> None:
        self.past = past
        self.zone = zone
        self.state = RunState()
        self.rows = Rows()
        self.activity: deque[Activity] = deque(maxlen=ACTIVITIES)
        self.trouble = ""
        self.folded = 0
        """Events taken in so far."""
        self.longest_name = 0
        """Cells of the longest item name, so that the list gives the rest of its width to what agents do."""
        self._heard: dict[str, datetime] = {}
        self._letters = self.state.dead_letters
        self._newest_first: list[str] = []

    def apply(self, change: Change, now: datetime) -> Dirty:
        """Takes in a change and returns what differs. Costs as much as there are events in it, not items."""
        self.state = change.state
        self.trouble = change.trouble
        self.folded += len(change.envelopes)
        for stream in change.streams:
            self._heard[stream] = now
        if change.jumped:
            self.activity.clear()
        for envelope in change.envelopes:
            told = describe(envelope, change.state)
            if told is not None:
                self.activity.append(told)
        loaded = any(isinstance(envelope.event, ItemsLoaded) for envelope in change.envelopes)
        if change.jumped or loaded:
            self.rows.rebuild(change.state)
            self.longest_name = max((width_of(item_name(item)) for item in change.state.items.values()), default=0)
            moved = True
        else:
            moved = self.rows.touch(change.state, change.touched)
            if any(item_of(envelope.event) is None for envelope in change.envelopes):
                moved = self.rows.set_fixed(change.state) or moved
        return Dirty(
            items=change.touched,
            rows=moved,
            state=bool(change.envelopes) or change.jumped or bool(change.trouble),
            streams=change.streams,
            jumped=change.jumped,
        )

    def cells(self, row: Row, now: datetime) -> Cells:
        """Returns what the list says in a row."""
        section = self.rows.section(_section(row.id)) if row.kind == "fold" else None
        return row_line(row, self.state, section, now, self._last_heard(row))

    @property
    def dead_letters(self) -> list[str]:
        """The items in the dead letter queue, newest first; a filter of the fleet does not concern them."""
        letters = self.state.dead_letters
        if letters is not self._letters:
            self._letters = letters
            self._newest_first = sorted(letters, key=lambda item_id: -letters[item_id])
        return self._newest_first

    def _last_heard(self, row: Row) -> datetime | None:
        item = self.state.items.get(row.id) if row.kind == "item" and self._heard else None
        return self._heard.get(f"items/{item.item.safe_id}/{item.attempt}") if item is not None else None


def _section(name: str) -> SectionName:
    match name:
        case "attention" | "dead" | "running" | "merging" | "queued" | "done" | "left out":
            return name
        case _:
            raise ValueError(f"no section {name!r}")
