"""A live run's events, taken from its bus.

Only the inbox is touched by another thread: appending to a `deque` is atomic, so neither side ever waits for the other.
"""

from collections import deque
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Final

from prodigy_tui.clock import Clock, SystemClock
from prodigy_tui.errors import ProdigyError
from prodigy_tui.events.bus import Bus
from prodigy_tui.events.evolve import evolve, fold
from prodigy_tui.events.grownlog import GrownLog
from prodigy_tui.events.schema import Envelope
from prodigy_tui.events.state import RunState
from prodigy_tui.events.timeline import Timeline
from prodigy_tui.tui.feed.base import LOOK_BACK, Change, Feed

_AT_ONCE: Final = 64
"""Events folded between two looks at the clock."""


class LiveFeed(Feed):
    """Follows a run in this process.

    Subscribes when it is made, so that nothing is lost before the interface is up. `history` holds the events that a
    run taken up again has behind it. While something else is shown it is advanced all the same, and `redraw` brings
    the picture back. With `log`, the run's log, its past can be looked at.
    """

    past = False

    def __init__(
        self, bus: Bus, *, history: Iterable[Envelope] = (), log: Path | None = None, clock: Clock | None = None
    ) -> None:
        super().__init__(clock or SystemClock())
        self._log = GrownLog(log) if log is not None else None
        self.timeline = Timeline(self._log) if self._log is not None else None
        """The run's past, which grows as events are taken in."""
        self._state = RunState()
        self._inbox: deque[Envelope] = deque(history)
        self._recent: deque[Envelope] = deque(maxlen=LOOK_BACK)
        self._grown: dict[str, int] = {}
        self._awake = False
        self._anew = False
        self._wake: Callable[[], None] | None = None
        self._trouble = ""
        self._unsubscribe = (bus.subscribe(self._published), bus.on_output(self._grew))

    @property
    def state(self) -> RunState:
        """The run as far as it has been taken in."""
        return self._state

    def open(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._rouse()

    def close(self) -> None:
        self._wake = None
        for unsubscribe in self._unsubscribe:
            unsubscribe()

    def redraw(self) -> None:
        self._anew = True
        self._rouse()

    def advance(self, budget_s: float) -> Change | None:
        # Cleared before the inbox is read: an event that comes from now on wakes again, and none is overlooked.
        self._awake = False
        streams = self._take_grown()
        envelopes: list[Envelope] = []
        deadline = self.clock.monotonic() + budget_s
        while self._inbox and not self._trouble:
            envelopes += self._take()
            if self.clock.monotonic() >= deadline:
                break
        self._recent.extend(envelopes)
        if self._anew:
            self._anew = False
            return Change(
                state=self._state, envelopes=tuple(self._recent), jumped=True, streams=streams, trouble=self._trouble
            )
        if not envelopes and not streams and not self._trouble:
            return None
        return Change.after(envelopes, self._state, streams=streams, trouble=self._trouble)

    def _take(self) -> list[Envelope]:
        """Takes in some events, no more than one may wait for, and returns them."""
        most = min(_AT_ONCE, self.timeline.room) if self.timeline is not None else _AT_ONCE
        block = [self._inbox.popleft() for _ in range(min(most, len(self._inbox)))]
        try:
            state = fold(block, start=self._state)
        except ProdigyError as error:
            block, state = self._as_far_as_understood(block)
            self._trouble = f"cannot follow the run any more: {error}"
        self._state = state
        if self._log is not None and self.timeline is not None:
            self._log.extend(block)
            self.timeline.note(block, state)
        return block

    def _as_far_as_understood(self, block: list[Envelope]) -> tuple[list[Envelope], RunState]:
        """Returns the events of a block before the one that cannot follow, and the state after them."""
        state = self._state
        for number, envelope in enumerate(block):
            try:
                state = evolve(state, envelope)
            except ProdigyError:
                return block[:number], state
        return block, state

    def now(self) -> datetime:
        return self.clock.now()

    @property
    def backlog(self) -> int:
        return 0 if self._trouble else len(self._inbox)

    @property
    def settled(self) -> bool:
        return self.backlog == 0 and not self._grown and not self._anew

    def _published(self, envelope: Envelope) -> None:
        self._inbox.append(envelope)
        if not self._awake:
            self._rouse()

    def _grew(self, stream: str, offset: int) -> None:
        self._grown[stream] = offset
        if not self._awake:
            self._rouse()

    def _rouse(self) -> None:
        if self._wake is not None:
            self._awake = True
            self._wake()

    def _take_grown(self) -> frozenset[str]:
        grown, self._grown = self._grown, {}
        return frozenset(grown)
