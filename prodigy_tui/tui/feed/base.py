"""What a feed is: a run's events at the pace of whoever looks, and what it hands over."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from prodigy_tui.clock import Clock
from prodigy_tui.events.schema import Envelope
from prodigy_tui.events.state import RunState

LOOK_BACK: Final = 200
"""Events before the place jumped to that are handed over, for the activity log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is different since the last time."""

    state: RunState
    envelopes: tuple[Envelope, ...] = ()
    """The events since then; after a jump, the last ones before the new place."""
    touched: frozenset[str] = frozenset()
    """Items that these events name."""
    jumped: bool = False
    """Anything may be different."""
    streams: frozenset[str] = frozenset()
    """Outputs that have grown."""
    trouble: str = ""
    """Why events stopped being understood; the picture stays where it was."""


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
