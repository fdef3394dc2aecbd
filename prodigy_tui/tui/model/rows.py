"""The order of the fleet list, kept as events come: what needs a person first, what is over folded to one line.

An event moves at most the items that it names: a section is a sorted list of keys, a line number is found through the
sections' lengths, and nothing walks over all items but the first load, a jump in time and a new filter.
"""

from bisect import bisect_left, insort
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from prodigy_tui.events.evolve_phases import BEFORE_STEPS
from prodigy_tui.events.item_state import ItemState, ItemStatus
from prodigy_tui.events.state import RunState
from prodigy_tui.tui.model.asked import run_questions
from prodigy_tui.tui.model.looks import ITEM_LOOKS
from prodigy_tui.tui.model.text import agent_name

SectionName: TypeAlias = Literal["attention", "dead", "running", "merging", "queued", "done", "left out"]
RowKind: TypeAlias = Literal["gate", "phase", "step", "item", "fold"]
Key: TypeAlias = tuple[float, int, str]

_SECTION_OF: dict[ItemStatus, SectionName] = {
    "waiting": "attention",
    "suspect": "attention",
    "failed": "attention",
    "retrying": "attention",
    "dead": "dead",
    "running": "running",
    "merging": "merging",
    "pending": "queued",
    "success": "done",
    "skipped": "left out",
    "cancelled": "left out",
}
_ORDER: tuple[tuple[SectionName, int | None], ...] = (
    ("attention", 4),
    ("dead", 3),
    ("running", None),
    ("merging", 8),
    ("queued", 0),
    ("done", 0),
    ("left out", 0),
)
"""Sections from top to bottom, and how many of their rows show while they are folded; `None` folds never."""


@dataclass(frozen=True, slots=True)
class Row:
    """What one line of the list stands for."""

    kind: RowKind
    id: str = ""


class Section:
    """Items of one kind in their order."""

    def __init__(self, name: SectionName, limit: int | None) -> None:
        self.name = name
        self.limit = limit
        self.open = False
        self.keys: list[Key] = []

    @property
    def foldable(self) -> bool:
        """Whether the section has a line of its own that folds and unfolds it."""
        return self.limit is not None and len(self.keys) > self.limit

    @property
    def shown(self) -> int:
        """How many items show."""
        return len(self.keys) if self.open or not self.foldable else self.limit or 0

    def __len__(self) -> int:
        return self.shown + self.foldable

    def at(self, index: int) -> Row:
        if self.foldable:
            if index == 0:
                return Row("fold", self.name)
            index -= 1
        return Row("item", self.keys[index][2])

    def index_of(self, key: Key) -> int:
        """Returns the line of an item, or the folding line when it is folded away."""
        rank = bisect_left(self.keys, key)
        return 0 if rank >= self.shown else rank + self.foldable


class Filter:
    """Words that must all occur in what is known of an item; a leading `!` inverts one."""

    def __init__(self, text: str) -> None:
        self.text = text.strip()
        words = self.text.casefold().split()
        self._wanted = tuple(word for word in words if not word.startswith("!"))
        self._unwanted = tuple(word[1:] for word in words if word.startswith("!") and len(word) > 1)

    def __bool__(self) -> bool:
        return bool(self.text)

    def admits(self, item: ItemState) -> bool:
        """Whether the item stays in the list."""
        known = (
            item.item.id,
            item.item.label,
            agent_name(item.position),
            item.status,
            ITEM_LOOKS[item.status].word,
            item.step,
            item.failure.message if item.failure is not None else "",
        )
        text = "\n".join(known).casefold()
        return all(word in text for word in self._wanted) and not any(word in text for word in self._unwanted)


class Rows:
    """The list as lines: `at(n)` and `index_of(row)`, both in the logarithm of the number of items."""

    def __init__(self) -> None:
        self.heads: tuple[Row, ...] = ()
        self.tails: tuple[Row, ...] = ()
        self.filter = Filter("")
        self._sections = {name: Section(name, limit) for name, limit in _ORDER}
        self._places: dict[str, tuple[SectionName, Key]] = {}

    def __len__(self) -> int:
        return len(self.heads) + sum(len(section) for section in self._sections.values()) + len(self.tails)

    def section(self, name: SectionName) -> Section:
        return self._sections[name]

    def at(self, index: int) -> Row | None:
        """Returns what stands on a line."""
        if index < 0:
            return None
        if index < len(self.heads):
            return self.heads[index]
        index -= len(self.heads)
        for section in self._sections.values():
            if index < len(section):
                return section.at(index)
            index -= len(section)
        return self.tails[index] if index < len(self.tails) else None

    def index_of(self, row: Row) -> int | None:
        """Returns the line of a row; of a folded item, the line that it is folded into."""
        if row in self.heads:
            return self.heads.index(row)
        start = len(self.heads)
        if row.kind in ("item", "fold"):
            place = self._places.get(row.id) if row.kind == "item" else None
            wanted = place[0] if place is not None else row.id
            for name, section in self._sections.items():
                if name == wanted and len(section):
                    return start + (section.index_of(place[1]) if place is not None else 0)
                start += len(section)
            return None
        if row in self.tails:
            return len(self) - len(self.tails) + self.tails.index(row)
        return None

    def toggle(self, name: str) -> None:
        """Folds or unfolds a section."""
        for section in self._sections.values():
            if section.name == name:
                section.open = not section.open

    def reveal(self, item_id: str) -> None:
        """Unfolds the section that hides an item."""
        place = self._places.get(item_id)
        if place is not None:
            section = self._sections[place[0]]
            if section.foldable and bisect_left(section.keys, place[1]) >= section.shown:
                section.open = True

    def set_filter(self, text: str, state: RunState) -> None:
        """Shows only the items that the words admit, and folds nothing meanwhile."""
        self.filter = Filter(text)
        self.rebuild(state)

    def rebuild(self, state: RunState) -> None:
        """Puts every item in its place anew."""
        self._places.clear()
        fresh: dict[SectionName, list[Key]] = {name: [] for name in self._sections}
        for item_id in state.order:
            place = self._place(state, item_id)
            if place is not None:
                self._places[item_id] = place
                fresh[place[0]].append(place[1])
        for (name, limit), section in zip(_ORDER, self._sections.values(), strict=True):
            section.keys = sorted(fresh[name])
            section.limit = None if self.filter else limit
        self.set_fixed(state)

    def touch(self, state: RunState, item_ids: Iterable[str]) -> bool:
        """Moves the items that may have changed; returns whether any line moved."""
        moved = False
        for item_id in item_ids:
            before, after = self._places.get(item_id), self._place(state, item_id)
            if before == after:
                continue
            moved = True
            if before is not None:
                keys = self._sections[before[0]].keys
                del keys[bisect_left(keys, before[1])]
                del self._places[item_id]
            if after is not None:
                insort(self._sections[after[0]].keys, after[1])
                self._places[item_id] = after
        return moved

    def set_fixed(self, state: RunState) -> bool:
        """Recomputes the few rows of gate, phases and steps; returns whether they changed."""
        heads, tails = fixed_rows(state)
        changed = (heads, tails) != (self.heads, self.tails)
        self.heads, self.tails = heads, tails
        return changed

    def _place(self, state: RunState, item_id: str) -> tuple[SectionName, Key] | None:
        item = state.items.get(item_id)
        if item is None or (self.filter and not self.filter.admits(item)):
            return None
        name = _SECTION_OF[item.status]
        rank = 0.0
        if name == "attention" and item.due is not None:
            rank = item.due.timestamp()
        elif name == "dead":
            rank = -float(state.dead_letters.get(item_id, 0))
        return name, (rank, item.position, item_id)


def _calls_before(state: RunState) -> list[str]:
    """Returns the paths of the sub-workflows before the steps, as far as they have begun."""
    phase = state.phases.get("steps")
    found = phase.steps if phase is not None else ()
    numbers = sorted(int(path.removeprefix(BEFORE_STEPS)) for path in found if _is_call(path))
    return [f"{BEFORE_STEPS}{number}" for number in numbers]


def _is_call(path: str) -> bool:
    return path.startswith(BEFORE_STEPS) and path.removeprefix(BEFORE_STEPS).isdigit()


def fixed_rows(state: RunState) -> tuple[tuple[Row, ...], tuple[Row, ...]]:
    """Returns the rows above and below the items: an open gate, phases at work or failed; phases before and after."""
    heads = [Row("gate", name) for name in run_questions(state)]
    tails: list[Row] = []
    for outline in state.outline:
        if outline.phase == "map":
            continue
        if outline.phase == "steps":
            heads += [Row("step", f"steps/{path}") for path in _calls_before(state)]
            heads += [Row("step", f"{outline.phase}/{number}") for number in range(len(outline.steps))]
            continue
        phase = state.phases.get(outline.phase)
        urgent = phase is not None and phase.status in ("running", "failed", "interrupted")
        (heads if urgent else tails).append(Row("phase", outline.phase))
    return tuple(heads), tuple(tails)
