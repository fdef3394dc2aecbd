"""The merge queue as a list: what needs a person, what is under way, who waits, what is merged; and which items meet.

What grows with the run is kept as events come. The lists that are short are made anew when they have changed and
somebody looks.
"""

from collections.abc import Collection, Iterable
from itertools import islice
from typing import Final, Literal, NamedTuple, TypeAlias

from msgspec import Struct

from prodigy_tui.events.item_state import ItemState
from prodigy_tui.events.state import RunState

RowKind: TypeAlias = Literal["head", "gate", "landing", "conflict", "merging", "queued", "merged"]

REVIEWED: Final = frozenset({"landing", "suspect", "canary"})
"""Questions that are about a change."""
_UNLANDED: Final = frozenset({"unmerged", "refused", "conflict"})
_NAMED: Final = 3


class MergeRow(NamedTuple):
    """What a line of the list stands for."""

    kind: RowKind
    id: str = ""
    """Of a heading its section, of a question its name, else an item."""


class Meeting(Struct, frozen=True, kw_only=True):
    """What an item has changed that others have changed as well."""

    files: int = 0
    items: tuple[str, ...] = ()
    """Some of the others."""


class Merges:
    """The order of the list."""

    def __init__(self) -> None:
        self._state = RunState()
        self._merged: list[str] = []
        """Oldest first."""
        self._places: dict[str, int] = {}
        self._conflicts: dict[str, None] = {}
        self._owners: dict[str, dict[str, None]] = {}
        """File → the items that have changed it."""
        self._files: dict[str, tuple[str, ...]] = {}
        self._top: list[MergeRow] = []
        self._top_places: dict[MergeRow, int] = {}
        self._made_of: tuple[object, ...] = ()
        self._needing = 0

    # ------------------------------------------------------------------------------------------------ as events come

    def rebuild(self, state: RunState) -> None:
        """Begins anew from a state."""
        self._state = state
        self._merged, self._places, self._conflicts, self._owners, self._files = [], {}, {}, {}, {}
        self._made_of = ()
        self._take(state.items[item_id] for item_id in state.order)  # much quicker than its `values()`

    def touch(self, state: RunState, items: Collection[str]) -> None:
        """Takes in that something has become of some items."""
        self._state = state
        known = (state.items.get(item_id) for item_id in items)
        self._take(item for item in known if item is not None)

    def _take(self, items: Iterable[ItemState]) -> None:
        come: list[ItemState] = []
        for item in items:
            item_id = item.item.id
            if item.files != self._files.get(item_id, ()):
                self._own(item_id, item.files)
            if item.merged and item_id not in self._places:
                come.append(item)
            elif not item.merged and item_id in self._places:
                self._merged.remove(item_id)  # rare: its work was lost
                self._places = {one: place for place, one in enumerate(self._merged)}
            if item.status == "dead" and item.failure is not None and item.failure.kind == "merge":
                if item_id not in self._conflicts:
                    self._conflicts[item_id] = None
                    self._made_of = ()
            elif item_id in self._conflicts:
                del self._conflicts[item_id]
                self._made_of = ()
        for item in sorted(come, key=_when):
            self._places[item.item.id] = len(self._merged)
            self._merged.append(item.item.id)

    def _own(self, item_id: str, files: tuple[str, ...]) -> None:
        for path in self._files.pop(item_id, ()):
            owners = self._owners[path]
            owners.pop(item_id, None)
            if not owners:
                del self._owners[path]
        if files:
            self._files[item_id] = files
        for path in files:
            self._owners.setdefault(path, {})[item_id] = None

    # ------------------------------------------------------------------------------------------------ what it shows

    @property
    def needing(self) -> int:
        """How many decisions wait here; conflicts stand beside them, and count as the dead letters that they are."""
        self._refresh()
        return self._needing

    @property
    def conflicts(self) -> int:
        """How many items are dead letters because they could not be merged."""
        return len(self._conflicts)

    @property
    def merged(self) -> int:
        """How many items are merged."""
        return len(self._merged)

    def __len__(self) -> int:
        self._refresh()
        return len(self._top) + len(self._merged) + bool(self._merged)

    def row(self, index: int) -> MergeRow | None:
        """Returns what a line stands for."""
        self._refresh()
        if index < len(self._top):
            return self._top[index] if index >= 0 else None
        below = index - len(self._top)
        if not self._merged:
            return None
        if below == 0:
            return MergeRow("head", "merged")
        return MergeRow("merged", self._merged[-below]) if below <= len(self._merged) else None

    def place(self, row: MergeRow) -> int | None:
        """Returns the line of a row; an item that has moved on stands where it is now."""
        self._refresh()
        if (place := self._top_places.get(row)) is not None:
            return place
        if row == MergeRow("head", "merged"):
            return len(self._top) if self._merged else None
        if row.kind not in ("merging", "queued", "merged", "conflict"):
            return None
        for kind in ("merging", "queued", "conflict"):
            if (place := self._top_places.get(MergeRow(kind, row.id))) is not None:
                return place
        at = self._places.get(row.id)
        return len(self._top) + len(self._merged) - at if at is not None else None

    def position(self, item_id: str) -> int | None:
        """Returns the place of an item in the queue, from 1."""
        self._refresh()
        first, own = self._top_places.get(MergeRow("head", "queue")), self._top_places.get(MergeRow("queued", item_id))
        return own - first if first is not None and own is not None else None

    def meeting(self, item_id: str) -> Meeting:
        """Returns what an item has changed that others have changed as well."""
        files = 0
        others: dict[str, None] = {}
        for path in self._files.get(item_id, ()):
            owners = self._owners[path]
            if len(owners) > 1:
                files += 1
                if len(others) < _NAMED:
                    others.update(dict.fromkeys(one for one in islice(owners, _NAMED + 1) if one != item_id))
        return Meeting(files=files, items=tuple(others)[:_NAMED])

    def owners(self, path: str, most: int = 6) -> list[str]:
        """Returns some of the items that have changed a file."""
        return list(islice(self._owners.get(path, ()), most))

    def shared_files(self, item_id: str) -> list[str]:
        """Returns the files of an item that others have changed as well."""
        return [path for path in self._files.get(item_id, ()) if len(self._owners[path]) > 1]

    def _refresh(self) -> None:
        state = self._state
        made_of = (state.gates, state.merges, state.merge_queue, state.landing)
        if len(made_of) == len(self._made_of) and all(a is b for a, b in zip(made_of, self._made_of, strict=True)):
            return
        self._made_of = made_of
        needs = [MergeRow("gate", name) for name in needing_answers(state)]
        if state.landing is not None and state.landing.status in _UNLANDED and state.gate is None:
            needs.insert(0, MergeRow("landing"))
        self._needing = len(needs)
        needs += [MergeRow("conflict", item_id) for item_id in reversed(self._conflicts)]
        top = [MergeRow("head", "needs"), *needs] if needs else []
        if state.merges:
            top += [MergeRow("head", "now"), *(MergeRow("merging", item_id) for item_id in state.merges)]
        queued = [MergeRow("queued", item_id) for item_id in state.merge_queue]
        if queued:
            top += [MergeRow("head", "queue"), *queued]
        self._top, self._top_places = top, {row: place for place, row in enumerate(top)}


def needing_answers(state: RunState) -> list[str]:
    """Returns the questions about changes: the landing, then those that wait longest."""
    names = [name for name, gate in state.gates.items() if gate.kind in REVIEWED]
    return sorted(names, key=lambda name: (state.gates[name].kind != "landing", state.asked_at[name], name))


def _when(item: ItemState) -> tuple[float, int]:
    return (item.ended_at.timestamp() if item.ended_at is not None else 0.0, item.position)
