"""What a feed is: a run's events at the pace of whoever looks, and what it hands over."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from msgspec import Struct

from prodigy_tui.clock import Clock
from prodigy_tui.events.schema import AgentMessage, Envelope
from prodigy_tui.events.state import RunState
from prodigy_tui.tui.model.activity import item_of

LOOK_BACK: Final = 200
"""Events before the place jumped to that are handed over, for the activity log."""


class Change(Struct, frozen=True, kw_only=True):
    """What is different since the last time."""

    state: RunState
    envelopes: tuple[Envelope, ...] = ()
    """The events since then; after a jump, the last ones before the new place."""
    touched: frozenset[str] = frozenset()
    """Items of which these events tell something."""
    heard: frozenset[str] = frozenset()
    """Items whose agents gave a sign of life, and maybe nothing more."""
    of_run: bool = False
    """Whether some of these events are of no single item."""
    jumped: bool = False
    """Anything may be different."""
    streams: frozenset[str] = frozenset()
    """Outputs that have grown."""
    trouble: str = ""
    """Why events stopped being understood; the picture stays where it was."""

    @classmethod
    def after(
        cls, envelopes: Sequence[Envelope], state: RunState, *, streams: frozenset[str] = frozenset(), trouble: str = ""
    ) -> "Change":
        """Returns the change that some events one after another have made; messages of agents are most of them."""
        touched, heard = set[str | None](), set[str | None]()
        for envelope in envelopes:
            event = envelope.event
            if type(event) is AgentMessage:
                heard.add(event.item_id)
            else:
                touched.add(item_of(event))
        of_run = None in touched or None in heard
        return cls(
            state=state,
            envelopes=tuple(envelopes),
            touched=frozenset(item_id for item_id in touched if item_id),
            heard=frozenset(item_id for item_id in heard if item_id),
            of_run=of_run,
            streams=streams,
            trouble=trouble,
        )


class Feed(ABC):
    """A run's events, at the pace of whoever looks."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock

    @property
    @abstractmethod
    def past(self) -> bool:
        """Whether nothing can be done any more."""

    @abstractmethod
    def open(self, wake: Callable[[], None]) -> None:
        """Calls `wake` from now on when there is something to advance to; from any thread, at most once until then."""

    def pictured(self) -> None:  # noqa: B027  # for most there is nothing that waits
        """The interface's first picture is drawn: what would have kept it waiting may begin."""

    @abstractmethod
    def close(self) -> None:
        """Ends all calls; a second time does nothing."""

    @abstractmethod
    def advance(self, budget_s: float) -> Change | None:
        """Takes in what has come, for about `budget_s` seconds at most; `None` when nothing has."""

    @abstractmethod
    def redraw(self) -> None:
        """Lets the next advance hand over everything anew, as after a jump."""

    @abstractmethod
    def now(self) -> datetime:
        """Returns the instant that the picture shows."""

    @property
    @abstractmethod
    def backlog(self) -> int:
        """How many events wait to be taken in."""

    @property
    def moving(self) -> bool:
        """Whether the picture changes without new events."""
        return False

    @property
    def settled(self) -> bool:
        """Whether the picture is as new as it can be."""
        return self.backlog == 0 and not self.moving
