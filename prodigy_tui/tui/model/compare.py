"""Two moments of one run held against each other: what came between them."""

from dataclasses import dataclass
from datetime import datetime

from prodigy_tui.events.item_state import ItemState
from prodigy_tui.events.state import RunState
from prodigy_tui.tui.model.looks import ITEM_LOOKS, Look
from prodigy_tui.tui.model.overview import tallies


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One side of a comparison."""

    state: RunState
    at: datetime
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """How many items are in one state at either moment."""

    look: Look
    before: int
    after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Turned:
    """An item that is in another state, or at another attempt."""

    item: ItemState
    """As it is later."""
    before: Look | None
    """`None`: it was not there yet."""
    after: Look
    attempts: int
    """Attempts that began between the two."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What came between two moments, the earlier one first."""

    before: Moment
    after: Moment
    counts: tuple[Counted, ...]
    turned: tuple[Turned, ...]
    """In the order of the list."""

    @property
    def seconds(self) -> float:
        return (self.after.at - self.before.at).total_seconds()

    @property
    def events(self) -> int:
        return self.after.seq - self.before.seq

    @property
    def usd(self) -> float | None:
        """What was spent between them; `None` when no cost is known."""
        spent = self.after.state.usage.usd
        return spent - (self.before.state.usage.usd or 0.0) if spent is not None else None

    @property
    def tokens(self) -> int:
        return _tokens(self.after.state) - _tokens(self.before.state)

    @property
    def merged(self) -> int:
        return self.after.state.merged - self.before.state.merged


def compare(one: Moment, other: Moment) -> Comparison:
    """Returns what came between two moments of one run, given in any order."""
    before, after = (one, other) if one.seq <= other.seq else (other, one)
    return Comparison(
        before=before,
        after=after,
        counts=_counts(before.state, after.state),
        turned=tuple(_turned(before.state, after.state)),
    )


def _counts(before: RunState, after: RunState) -> tuple[Counted, ...]:
    then, now = dict(tallies(before)), dict(tallies(after))
    looks = [*now, *(look for look in then if look not in now)]
    return tuple(Counted(look=look, before=then.get(look, 0), after=now.get(look, 0)) for look in looks)


def _turned(before: RunState, after: RunState) -> list[Turned]:
    found: list[Turned] = []
    for item_id in after.order:
        old, new = before.items.get(item_id), after.items[item_id]
        if old is new or (old is not None and (old.status, old.attempt) == (new.status, new.attempt)):
            continue
        found.append(
            Turned(
                item=new,
                before=ITEM_LOOKS[old.status] if old is not None else None,
                after=ITEM_LOOKS[new.status],
                attempts=new.attempt - (old.attempt if old is not None else 0),
            )
        )
    return found


def _tokens(state: RunState) -> int:
    return state.usage.input_tokens + state.usage.output_tokens
