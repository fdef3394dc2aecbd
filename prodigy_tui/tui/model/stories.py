"""What has happened to each item, event by event: its story. Chatter stays in the log; this is what became of it."""

from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from typing import Final

from prodigy_tui.events.schema import AgentMessage, Envelope, UsageReported
from prodigy_tui.tui.model.activity import item_of

LONGEST: Final = 400
"""Events that are kept of one item; the oldest go first."""
_CHATTER: Final[frozenset[type]] = frozenset({AgentMessage, UsageReported})
_LOOKED_AT: Final = 1_000
"""Events of a past run that are looked at for one item before the present one."""


class Stories:
    """The events of each item of a live run, as they come."""

    def __init__(self) -> None:
        self._events: defaultdict[str, deque[Envelope]] = defaultdict(lambda: deque(maxlen=LONGEST))
        self._last = 0

    def take(self, envelopes: Iterable[Envelope]) -> None:
        """Takes in what has happened; what is known already is passed over."""
        for envelope in [one for one in envelopes if type(one.event) not in _CHATTER]:
            if envelope.seq <= self._last:
                continue
            self._last = envelope.seq
            if (item_id := tells_of(envelope)) is not None:
                self._events[item_id].append(envelope)

    def of(self, item_id: str) -> tuple[Envelope, ...]:
        """Returns what is known of an item, the oldest first."""
        return tuple(self._events.get(item_id, ()))


class Chronicle:
    """The same of one item of a past run, whose events are all at hand; it goes on from what it has looked at."""

    def __init__(self, events: Sequence[Envelope]) -> None:
        self.events = events
        self._item = ""
        self._from = self._upto = 0
        self._found: list[Envelope] = []

    def of(self, item_id: str, since: int, upto: int) -> tuple[Envelope, ...]:
        """Returns what has happened to an item from event `since` to event `upto`, the oldest first."""
        first = max(since - 1, upto - _LOOKED_AT, 0)
        if item_id != self._item or first < self._from or first > self._upto:
            self._item, self._from, self._upto, self._found = item_id, first, first, []
        for envelope in self.events[self._upto : upto]:
            if tells_of(envelope) == item_id:
                self._found.append(envelope)
        self._upto = max(self._upto, upto)
        return tuple(envelope for envelope in self._found if envelope.seq <= upto)[-LONGEST:]


def tells_of(envelope: Envelope) -> str | None:
    """Returns the item whose story an event belongs to."""
    return None if type(envelope.event) in _CHATTER else item_of(envelope.event)
