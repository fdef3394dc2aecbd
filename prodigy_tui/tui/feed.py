"""Where the picture's events come from: a live run's bus, or the timeline of a past one. Who draws cannot tell which.

A feed is advanced on the interface's loop, once a frame, and returns what has changed since. Only `LiveFeed`'s inbox is
touched by another thread: appending to a `deque` is atomic, so neither side ever waits for the other.
"""

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Final

from prodigy_tui.clock import Clock, SystemClock
from prodigy_tui.errors import ProdigyError
from prodigy_tui.events.bus import Bus
from prodigy_tui.events.evolve import evolve
from prodigy_tui.events.schema import Envelope
from prodigy_tui.events.source import Timeline
from prodigy_tui.events.state import RunState
from prodigy_tui.tui.model.activity import item_of

SPEEDS: Final = (1, 4, 16, 64)
_LOOK_EVERY: Final = 16
"""Events folded between two looks at the clock."""
_JUMP: Final = 500
"""A move over more events than these is drawn anew instead of step by step."""
_LOOK_BACK: Final = 200
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

    past: ClassVar[bool]
    """Whether nothing can be done any more."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock

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


class LiveFeed(Feed):
    """Follows a run in this process.

    Subscribes when it is made, so that nothing is lost before the interface is up. `history` holds the events that a
    run taken up again has behind it.
    """

    past = False

    def __init__(self, bus: Bus, *, history: Iterable[Envelope] = (), clock: Clock | None = None) -> None:
        super().__init__(clock or SystemClock())
        self._state = RunState()
        self._inbox: deque[Envelope] = deque(history)
        self._grown: dict[str, int] = {}
        self._awake = False
        self._wake: Callable[[], None] | None = None
        self._trouble = ""
        self._unsubscribe = (bus.subscribe(self._published), bus.on_output(self._grew))

    def open(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._rouse()

    def close(self) -> None:
        self._wake = None
        for unsubscribe in self._unsubscribe:
            unsubscribe()

    def advance(self, budget_s: float) -> Change | None:
        # Cleared before the inbox is read: an event that comes from now on wakes again, and none is overlooked.
        self._awake = False
        streams = self._take_grown()
        envelopes: list[Envelope] = []
        deadline = self.clock.monotonic() + budget_s
        while self._inbox and not self._trouble:
            envelope = self._inbox.popleft()
            try:
                self._state = evolve(self._state, envelope)
            except ProdigyError as error:
                self._trouble = f"cannot follow the run any more: {error}"
                break
            envelopes.append(envelope)
            if len(envelopes) % _LOOK_EVERY == 0 and self.clock.monotonic() >= deadline:
                break
        if not envelopes and not streams and not self._trouble:
            return None
        touched = frozenset(filter(None, (item_of(envelope.event) for envelope in envelopes)))
        return Change(
            state=self._state,
            envelopes=tuple(envelopes),
            touched=touched,
            streams=streams,
            trouble=self._trouble,
        )

    def now(self) -> datetime:
        return self.clock.now()

    @property
    def backlog(self) -> int:
        return 0 if self._trouble else len(self._inbox)

    @property
    def settled(self) -> bool:
        return self.backlog == 0 and not self._grown

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


class ReplayFeed(Feed):
    """Moves about in a timeline: by events, by time, by marks, or playing."""

    past = True

    def __init__(self, timeline: Timeline, *, clock: Clock | None = None) -> None:
        super().__init__(clock or SystemClock())
        self.timeline = timeline
        self.playing = False
        self.speed: int = SPEEDS[0]
        self._drawn = -1
        self._cursor = min(1, timeline.last_seq)
        self._time = self._time_of(self._cursor)
        self._played_at = 0.0
        self._wake: Callable[[], None] | None = None

    @property
    def cursor(self) -> int:
        """The `seq` of the last event that has happened."""
        return self._cursor

    @property
    def start(self) -> datetime:
        """When the run began."""
        return self._time_of(1)

    @property
    def end(self) -> datetime:
        """When the last event happened."""
        return self._time_of(self.timeline.last_seq)

    def open(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        wake()

    def close(self) -> None:
        self._wake = None
        self.playing = False

    def now(self) -> datetime:
        return self._time

    @property
    def backlog(self) -> int:
        return abs(self._cursor - self._drawn) if self._drawn != self._cursor else 0

    @property
    def moving(self) -> bool:
        return self.playing

    def advance(self, budget_s: float) -> Change | None:  # noqa: ARG002  # a move is bounded by the timeline's keyframes
        if self.playing:
            self._play()
        before, after = self._drawn, self._cursor
        if before == after:
            return None
        self._drawn = after
        state = self.timeline.state_at(after)
        if before < 0 or not 0 < after - before <= _JUMP:
            recent = tuple(self.timeline.events[max(0, after - _LOOK_BACK) : after])
            return Change(state=state, envelopes=recent, jumped=True)
        envelopes = tuple(self.timeline.events[before:after])
        touched = frozenset(filter(None, (item_of(envelope.event) for envelope in envelopes)))
        return Change(state=state, envelopes=envelopes, touched=touched)

    def seek(self, seq: int) -> None:
        """Goes to just after event `seq`."""
        self._cursor = min(max(seq, 0), self.timeline.last_seq)
        self._time = self._time_of(self._cursor)
        self._moved()

    def seek_time(self, moment: datetime) -> None:
        """Goes to an instant, within the run."""
        self._time = min(max(moment, self.start), self.end)
        self._cursor = max(self.timeline.seq_at(self._time), min(1, self.timeline.last_seq))
        self._moved()

    def step(self, events: int) -> None:
        """Goes some events forward, or back."""
        self.playing = False
        self.seek(max(1, self._cursor + events))

    def skip(self, seconds: float) -> None:
        """Goes some seconds forward, or back."""
        self.seek_time(self._time + timedelta(seconds=seconds))

    def to_mark(self, direction: int) -> bool:
        """Goes to the next mark, or the previous one; returns whether there is any."""
        timeline = self.timeline
        mark = timeline.mark_after(self._cursor) if direction > 0 else timeline.mark_before(self._cursor)
        if mark is not None:
            self.playing = False
            self.seek(mark.seq)
        return mark is not None

    def toggle(self) -> None:
        """Plays, or holds; from the end it plays from the beginning."""
        if not self.playing and self._cursor >= self.timeline.last_seq:
            self.seek(1)
        self.playing = not self.playing
        self._played_at = self.clock.monotonic()
        self._moved()

    def change_speed(self, direction: int) -> None:
        """Takes the next speed, or the one before."""
        index = SPEEDS.index(self.speed) + direction
        self.speed = SPEEDS[min(max(index, 0), len(SPEEDS) - 1)]
        self._moved()

    def _play(self) -> None:
        now = self.clock.monotonic()
        self._time += timedelta(seconds=(now - self._played_at) * self.speed)
        self._played_at = now
        if self._time >= self.end:
            self._time = self.end
            self._cursor = self.timeline.last_seq
            self.playing = False
        else:
            self._cursor = max(self._cursor, self.timeline.seq_at(self._time))

    def _time_of(self, seq: int) -> datetime:
        if not self.timeline.last_seq:
            return self.clock.now()
        return self.timeline.events[max(seq, 1) - 1].at

    def _moved(self) -> None:
        if self._wake is not None:
            self._wake()
