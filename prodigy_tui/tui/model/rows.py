"""The lines of the fleet list, kept as events come: what needs a person first, what is over folded to one line.

An event moves at most the items that it names: a section is a sorted list of keys, a line number is found through the
sections' lengths, and nothing walks over all items but the first load, a jump in time, a new filter and a new order.
"""

from bisect import bisect_left, insort
from collections.abc import Collection, Iterable, Iterator
from typing import Final, Literal, TypeAlias

from msgspec import Struct

from prodigy_tui.events.evolve_phases import BEFORE_STEPS
from prodigy_tui.events.state import RunState
from prodigy_tui.tui.model.asked import run_questions
from prodigy_tui.tui.model.filtering import Filter, FilterWrong
from prodigy_tui.tui.model.glance import Glance
from prodigy_tui.tui.model.item_subject import ItemSubject
from prodigy_tui.tui.model.ordering import FAILURES, Key, Order, key_of, section_limits, section_of
from prodigy_tui.tui.model.silence import Silence

RowKind: TypeAlias = Literal["gate", "phase", "step", "item", "fold"]

_PROBLEMS: Final = ("waiting", "failed", "dead")


class Row(Struct, frozen=True):
    """What one line of the list stands for."""

    kind: RowKind
    id: str = ""


class Section:
    """Items of one kind in their order."""

    def __init__(self, name: str, limit: int | None, *, headed: bool, reverse: bool, opened: bool) -> None:
        self.name = name
        self.open = opened
        self.keys: list[Key] = []
        self._limit = limit
        self._headed = headed
        self._reverse = reverse

    @property
    def foldable(self) -> bool:
        """Whether the section has a line of its own that folds and unfolds it."""
        if not self.keys:
            return False
        return self._headed or (self._limit is not None and len(self.keys) > self._limit)

    @property
    def shown(self) -> int:
        """How many items show."""
        return len(self.keys) if self.open or not self.foldable else self._limit or 0

    def __len__(self) -> int:
        return self.shown + self.foldable if self.keys else 0  # as most are, and every line asks all of them

    def at(self, index: int) -> Row:
        if self.foldable:
            if index == 0:
                return Row("fold", self.name)
            index -= 1
        return Row("item", self.keys[self._turned(index)][2])

    def index_of(self, key: Key) -> int:
        """Returns the line of an item, or the folding line when it is folded away."""
        rank = self._turned(bisect_left(self.keys, key))
        return 0 if rank >= self.shown else rank + self.foldable

    def hides(self, key: Key) -> bool:
        """Whether an item is folded away."""
        return self._turned(bisect_left(self.keys, key)) >= self.shown

    def item_ids(self) -> Iterator[str]:
        """Yields all items of the section as they stand."""
        return (key[2] for key in (reversed(self.keys) if self._reverse else self.keys))

    def _turned(self, index: int) -> int:
        return len(self.keys) - 1 - index if self._reverse else index


class Rows:
    """The list as lines: `at(n)` and `index_of(row)`, both in the logarithm of the number of items."""

    def __init__(self) -> None:
        self.heads: tuple[Row, ...] = ()
        self.tails: tuple[Row, ...] = ()
        self.filter = Filter()
        self.order = Order()
        self.failures = False
        """Whether only what has failed shows."""
        self.trouble = ""
        """Why an item could not be judged by the filter."""
        self._silence = Silence()
        self._given_up: Collection[str] = ()
        self._steps = 0
        self._sections: dict[str, Section] = {}
        self._places: dict[str, tuple[str, Key]] = {}
        self._checked = 0
        self._open: dict[str, bool] = {}

    def __len__(self) -> int:
        return len(self.heads) + sum(len(section) for section in self._sections.values()) + len(self.tails)

    @property
    def admitted(self) -> int:
        """How many items the filter leaves."""
        return len(self._places)

    @property
    def narrowed(self) -> bool:
        """Whether items may be left out."""
        return bool(self.filter) or self.failures

    def admits(self, item_id: str) -> bool:
        """Whether the filter leaves an item."""
        return item_id in self._places

    def item_ids(self) -> Iterator[str]:
        """Yields every item that the filter leaves, folded or not, as they stand."""
        for section in self._sections.values():
            yield from section.item_ids()

    def section(self, name: str) -> Section | None:
        return self._sections.get(name)

    def problems(self) -> list[str]:
        """Returns the items that need a look, as they stand: who asks, what failed, who is silent, what is given up."""
        found: list[str] = []
        for section in self._sections.values():
            if section.name in _PROBLEMS:
                found += section.item_ids()
            elif section.name == "all":
                found += (item_id for item_id in section.item_ids() if item_id in self._given_up)
            if section.name in ("failed", "all"):
                found += (item_id for item_id in self._silence.stalled if item_id in self._places)
        return list(dict.fromkeys(found))

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
        section = self._sections.get(name)
        if section is not None:
            section.open = self._open[name] = not section.open

    def reveal(self, item_id: str) -> bool:
        """Unfolds the section that hides an item; returns whether one did."""
        place = self._places.get(item_id)
        section = self._sections[place[0]] if place is not None else None
        if place is None or section is None or not (section.foldable and section.hides(place[1])):
            return False
        section.open = self._open[section.name] = True
        return True

    def set_filter(self, wanted: Filter, glance: Glance) -> None:
        """Shows only the items that the filter admits, and folds nothing meanwhile.

        Raises:
            FilterWrong: it cannot be used on these items; the one before holds.
        """
        before, self.filter = self.filter, wanted
        self.rebuild(glance)
        if self.trouble:
            trouble, self.filter = self.trouble, before
            self.rebuild(glance)
            raise FilterWrong(trouble)

    def set_order(self, order: Order, glance: Glance) -> None:
        """Sorts and groups anew."""
        self.order = order
        self.rebuild(glance)

    def set_failures(self, wanted: bool, glance: Glance) -> None:
        """Shows only what has failed, or everything."""
        self.failures = wanted
        self.rebuild(glance)

    def rebuild(self, glance: Glance) -> None:
        """Puts every item in its place anew."""
        state = glance.state
        self.trouble = ""
        self._steps = next((len(outline.steps) for outline in state.outline if outline.phase == "map"), 0)
        self._given_up = state.dead_letters
        self._silence.look(glance)
        limits = section_limits(self.order, self._steps)
        self._places.clear()
        fresh: dict[str, list[Key]] = {name: [] for name in limits}
        for item_id in state.order:
            place = self._place(glance, item_id)
            if place is not None:
                self._places[item_id] = place
                fresh[place[0]].append(place[1])
        self._sections = {}
        for name, (limit, headed) in limits.items():
            section = Section(
                name,
                None if self.narrowed and not headed else limit,
                headed=headed,
                reverse=self.order.reverse and name not in ("waiting", "failed"),
                opened=self._open.get(name, headed),
            )
            section.keys = sorted(fresh[name])
            self._sections[name] = section
        self.set_fixed(state)

    def touch(self, glance: Glance, item_ids: Iterable[str]) -> bool:
        """Moves the items that may have changed; returns whether any line moved."""
        moved = False
        self._given_up = glance.state.dead_letters
        for item_id in item_ids:
            before, after = self._places.get(item_id), self._place(glance, item_id)
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

    def look_for_silence(self, glance: Glance, touched: Collection[str] | None = None) -> bool:
        """Finds out anew who is silent, among those at work; returns whether any line moved.

        `touched`: the items of which there is news since then; by default there may be of any.
        """
        return self.touch(glance, self._silence.look(glance, touched))

    def look_again(self, glance: Glance, most: int) -> bool:
        """Judges some more items by a filter that depends on the time; returns whether any line moved."""
        order = glance.state.order
        if not self.filter.timed or not order:
            return False
        start = self._checked % len(order)
        chosen = order[start : start + most] + order[: max(0, min(start, start + most - len(order)))]
        self._checked = start + most
        return self.touch(glance, chosen)

    def set_fixed(self, state: RunState) -> bool:
        """Recomputes the few rows of gate, phases and steps; returns whether they changed."""
        heads, tails = fixed_rows(state)
        changed = (heads, tails) != (self.heads, self.tails)
        self.heads, self.tails = heads, tails
        return changed

    def _place(self, glance: Glance, item_id: str) -> tuple[str, Key] | None:
        item = glance.state.items.get(item_id)
        if item is None or (self.failures and item.status not in FAILURES):
            return None
        try:
            if self.filter and not self.filter.admits(ItemSubject(item, glance)):
                return None
        except FilterWrong as wrong:
            self.trouble = str(wrong)
            return None
        name = section_of(item, self.order, self._steps)
        return name, key_of(item, name, self.order, glance, stalled=item_id in self._silence.stalled)


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
