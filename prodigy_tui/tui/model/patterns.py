"""The dead letters by what they failed of: patterns, kept as events come, in an order that time does not change.

Taking in an event costs as much as there are items in it. Whoever sorts by count × recency, where recency halves every
`HALF_LIFE_S`, sorts by log₂ count + last seen / half-life: the present moment adds the same to all, so that nothing has
to be sorted anew while time goes by.
"""

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from datetime import UTC, datetime
from itertools import pairwise
from math import log2
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar

from msgspec import Struct, field

from prodigy_tui.events.item_state import ItemState
from prodigy_tui.events.state import RunState
from prodigy_tui.tui.model.grouping import ByFingerprint, Grouping

if TYPE_CHECKING:
    from prodigy_tui.events.fingerprint import Fingerprint

HALF_LIFE_S: Final = 1800.0
EVERYTHING: Final = "*"
"""The id of the line that stands for all patterns together."""
_NEVER: Final = datetime.min.replace(tzinfo=UTC)

K = TypeVar("K")
S = TypeVar("S", float, datetime)

Stamp: TypeAlias = tuple[datetime, str]
"""A moment and an item; sorts by time."""
Admits: TypeAlias = Callable[[ItemState], bool]


class Letter(Struct, frozen=True, kw_only=True):
    """A dead letter as its pattern sees it."""

    item: ItemState
    pattern: str
    print: "Fingerprint"
    at: datetime
    """When it failed for good."""
    began: datetime
    """When the first of its attempts that failed so began."""
    missing: str

    @property
    def stamp(self) -> Stamp:
        return self.at, self.item.item.id

    @property
    def beginning(self) -> Stamp:
        return self.began, self.item.item.id


class Pattern(Struct, kw_only=True):
    """Dead letters that most likely have one cause."""

    id: str
    prints: "Counter[Fingerprint]" = field(default_factory=Counter)
    letters: list[Stamp] = []
    """Oldest first."""
    begun: list[Stamp] = []
    missing: Counter[str] = field(default_factory=Counter)
    eligible: int = 0

    def __len__(self) -> int:
        return len(self.letters)

    @property
    def print(self) -> "Fingerprint":
        """The fingerprint of most of them."""
        return max(self.prints, key=lambda one: (self.prints[one], one.id))

    @property
    def first_at(self) -> datetime:
        return self.letters[0][0]

    @property
    def last_at(self) -> datetime:
        return self.letters[-1][0]

    @property
    def weight(self) -> float:
        """What it is sorted by: count × recency, as a logarithm."""
        return log2(len(self.letters)) + self.last_at.timestamp() / HALF_LIFE_S

    def put(self, letter: Letter) -> None:
        """Adds a letter."""
        self.prints[letter.print] += 1
        insort(self.letters, letter.stamp)
        insort(self.begun, letter.beginning)
        if letter.missing:
            self.missing[letter.missing] += 1
        self.eligible += letter.item.eligible

    def take(self, letter: Letter) -> None:
        """Takes a letter out."""
        _less(self.prints, letter.print)
        _out_of(self.letters, letter.stamp)
        _out_of(self.begun, letter.beginning)
        if letter.missing:
            _less(self.missing, letter.missing)
        self.eligible -= letter.item.eligible

    def counts(self, since: datetime, until: datetime, pieces: int) -> list[int]:
        """Returns how many letters came in each of some equal pieces of time."""
        whole = (until - since) / pieces
        ends = [bisect_left(self.letters, (since + whole * piece, "")) for piece in range(1, pieces)]
        marks = [bisect_left(self.letters, (since, "")), *ends, len(self.letters)]
        return [after - before for before, after in pairwise(marks)]


class Patterns:
    """All patterns of a run at the moment shown, narrowed by a filter or not."""

    def __init__(self) -> None:
        self.state = RunState()
        self._grouping: Grouping = ByFingerprint()
        self._admits: Admits | None = None
        self._letters: dict[str, Letter] = {}
        self._patterns: dict[str, Pattern] = {}
        self._order: list[tuple[float, str]] = []
        """By weight, the lightest first."""
        self._weights: dict[str, float] = {}
        self._all = Pattern(id=EVERYTHING)
        self._merged: list[Stamp] = []
        self._merged_at: dict[str, datetime] = {}

    # ------------------------------------------------------------------------------------------------ as events come

    def rebuild(self, state: RunState) -> None:
        """Begins anew from a state."""
        self.state = state
        self._letters, self._patterns, self._order, self._weights = {}, {}, [], {}
        self._all = Pattern(id=EVERYTHING)
        self._merged, self._merged_at = [], {}
        self._take(state.items[item_id] for item_id in state.order)  # much quicker than its `values()`

    def touch(self, state: RunState, items: Collection[str]) -> None:
        """Takes in that something has become of some items."""
        self.state = state
        known = (state.items.get(item_id) for item_id in items)
        self._take(item for item in known if item is not None)

    def group(self, grouping: Grouping) -> None:
        """Groups all of them in another way."""
        self._grouping = grouping
        self.rebuild(self.state)

    def words(self, name: str) -> str:
        """Returns what tells a pattern from others with the same fingerprint."""
        return self._grouping.words(name)

    def narrow(self, admits: Admits | None) -> None:
        """Keeps only letters that are admitted."""
        self._admits = admits
        self.rebuild(self.state)

    @property
    def narrowed(self) -> bool:
        """Whether only some letters are admitted."""
        return self._admits is not None

    def _take(self, items: Iterable[ItemState]) -> None:
        changed: set[str] = set()
        for item in items:
            item_id = item.item.id
            self._note_merge(item)
            known = self._letters.get(item_id)
            if known is not None and known.item is item:
                continue
            if known is not None:
                del self._letters[item_id]
                self._patterns[known.pattern].take(known)
                self._all.take(known)
                changed.add(known.pattern)
            if item_id in self.state.dead_letters and (self._admits is None or self._admits(item)):
                letter = letter_of(item, self._grouping)
                self._letters[item_id] = letter
                self._patterns.setdefault(letter.pattern, Pattern(id=letter.pattern)).put(letter)
                self._all.put(letter)
                changed.add(letter.pattern)
        for name in changed:
            self._place(name)

    def _place(self, name: str) -> None:
        """Puts a pattern where it belongs now."""
        before = self._weights.pop(name, None)
        if before is not None:
            _out_of(self._order, (before, name))
        pattern = self._patterns[name]
        if not pattern.letters:
            del self._patterns[name]
            return
        weight = self._weights[name] = pattern.weight
        insort(self._order, (weight, name))

    def _note_merge(self, item: ItemState) -> None:
        item_id = item.item.id
        at = item.ended_at if item.merged else None
        before = self._merged_at.get(item_id)
        if at == before:
            return
        if before is not None:
            del self._merged_at[item_id]
            _out_of(self._merged, (before, item_id))
        if at is not None:
            self._merged_at[item_id] = at
            insort(self._merged, (at, item_id))

    # ------------------------------------------------------------------------------------------------ what it shows

    def __len__(self) -> int:
        """How many lines the list of patterns has: with several patterns, a last one for all of them."""
        return len(self._order) + (len(self._order) > 1)

    def name_at(self, line: int) -> str | None:
        """Returns the id of the pattern on a line, the weightiest first."""
        if 0 <= line < len(self._order):
            return self._order[-1 - line][1]
        return EVERYTHING if line == len(self._order) > 1 else None

    def line_of(self, name: str) -> int | None:
        """Returns the line of a pattern."""
        if name == EVERYTHING:
            return len(self._order) if len(self._order) > 1 else None
        weight = self._weights.get(name)
        return None if weight is None else len(self._order) - 1 - bisect_left(self._order, (weight, name))

    def get(self, name: str | None) -> Pattern | None:
        """Returns a pattern."""
        return self._all if name == EVERYTHING else self._patterns.get(name or "")

    @property
    def everything(self) -> Pattern:
        """All letters."""
        return self._all

    def letter(self, item_id: str) -> Letter | None:
        """Returns what is known of one letter."""
        return self._letters.get(item_id)

    def pattern_of(self, item_id: str) -> str | None:
        """Returns the id of the pattern that an item has failed of."""
        letter = self._letters.get(item_id)
        return letter.pattern if letter is not None else None

    def stamp_of(self, item_id: str) -> Stamp | None:
        """Returns what an item is sorted by in its pattern."""
        letter = self._letters.get(item_id)
        return letter.stamp if letter is not None else None

    def turn(self, pattern: Pattern) -> tuple[str, int] | None:
        """Returns the merge after which a pattern began, and how many had been merged by then.

        `None` where that says nothing: a single failure, or nothing was merged before.
        """
        if len(pattern) < 2:
            return None
        before = bisect_left(self._merged, (pattern.begun[0][0], ""))
        return (self._merged[before - 1][1], before) if before else None


def letter_of(item: ItemState, grouping: Grouping) -> Letter:
    """Returns what is to be known of a dead letter."""
    # Not before there is one: what a message says is told by two dozen regular expressions.
    from prodigy_tui.events.fingerprint import fingerprint
    from prodigy_tui.tui.model.missing import missing_thing

    found = fingerprint(item.failure)
    at = item.ended_at or item.last_at or _NEVER
    alike = (record.started_at for record in item.history if fingerprint(record.failure).id == found.id)
    return Letter(
        item=item,
        pattern=grouping.pattern(found, item.failure),
        print=found,
        at=at,
        began=min(alike, default=item.started_at or at),
        missing=missing_thing(item.failure),
    )


def _less(tally: Counter[K], key: K) -> None:
    tally[key] -= 1
    if not tally[key]:
        del tally[key]


def _out_of(stamps: list[tuple[S, str]], stamp: tuple[S, str]) -> None:
    place = bisect_left(stamps, stamp)
    if place < len(stamps) and stamps[place] == stamp:
        del stamps[place]
