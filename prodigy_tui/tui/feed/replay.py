"""The past of a run: moves about in its timeline."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from prodigy_tui.clock import Clock, SystemClock
from prodigy_tui.errors import ProdigyError
from prodigy_tui.events.state import RunState
from prodigy_tui.events.timeline import Timeline
from prodigy_tui.tui.feed.base import LOOK_BACK, Change, Feed
from prodigy_tui.tui.feed.reading import TimelineReader

Place: TypeAlias = int | datetime
"""A cursor, or an instant."""

SPEEDS: Final = (1, 2, 4, 8, 16, 32, 64)
_JUMP: Final = 500
"""A move over more events than these is drawn anew instead of step by step."""
_QUIET_S: Final = 2.0
"""Seconds of playing without an event that count as a quiet stretch."""
_LEAD_S: Final = 0.5
"""Seconds of playing that are left of it before the next event."""


class ReplayFeed(Feed):
    """Moves about in a timeline: by events, by time, by marks, or playing.

    With a `reader` the timeline is still being read: a place that has not been read yet is gone to when it has been.
    Reading begins with the first picture, because it takes turns with drawing and would double the time until then. A
    timeline that a live run adds to is moved about in all the same.
    """

    past = True

    def __init__(self, timeline: Timeline, *, reader: TimelineReader | None = None, clock: Clock | None = None) -> None:
        super().__init__(clock or SystemClock())
        self.timeline = timeline
        self.playing = False
        self.speed: int = SPEEDS[0]
        self.skips_quiet = False
        """Whether playing leaps over stretches in which nothing happens."""
        self.ahead: Place | None = None
        """Where to go as soon as it has been read."""
        self._reader = reader
        self._told = ""
        self._shown = RunState()
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
        """When the last event happened, read or not."""
        return self.timeline.last_at or self.clock.now()

    @property
    def reading(self) -> float | None:
        """The share of the log that is read; `None` when that is all."""
        total = self.timeline.total
        return self.timeline.last_seq / total if total > self.timeline.last_seq else None

    @property
    def trouble(self) -> str:
        """Why the log cannot be read to its end."""
        return self._reader.trouble if self._reader is not None else ""

    def open(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        wake()

    def pictured(self) -> None:
        if self._reader is not None and self._wake is not None:
            self._reader.start(self._wake)

    def close(self) -> None:
        self._wake = None
        self.playing = False
        if self._reader is not None:
            self._reader.close()

    def now(self) -> datetime:
        return self._time

    def redraw(self) -> None:
        self._drawn = -1
        self._moved()

    @property
    def backlog(self) -> int:
        return abs(self._cursor - self._drawn) if self._drawn != self._cursor else 0

    @property
    def quiet_until(self) -> datetime | None:
        """When the next event comes, where playing on to it would take a while."""
        due = self.timeline.at(self._cursor + 1)
        long = due is not None and (due - self._time).total_seconds() > _QUIET_S * self.speed
        return due if long else None

    @property
    def moving(self) -> bool:
        return self.playing

    @property
    def settled(self) -> bool:
        unread = self._reader is not None and self._reader.reading
        return super().settled and not unread

    def advance(self, budget_s: float) -> Change | None:  # noqa: ARG002  # a move is bounded by the timeline's keyframes
        if self._cursor == 0 < self.timeline.last_seq:
            self.seek(1)
        if self.trouble != self._told:
            self._told, self._drawn = self.trouble, -1
        if self.ahead is not None:
            self._arrive(self.ahead)
        if self.playing:
            self._play()
        before, after = self._drawn, self._cursor
        if before == after:
            return None
        self._drawn = after
        far = before < 0 or not 0 < after - before <= _JUMP
        try:
            state = self.timeline.state_at(after)
            envelopes = tuple(self.timeline.events[max(0, after - LOOK_BACK) if far else before : after])
        except (ProdigyError, OSError) as error:
            return Change(state=self._shown, jumped=True, trouble=f"the record cannot be read any more: {error}")
        self._shown = state
        if far:
            return Change(state=state, envelopes=envelopes, jumped=True, trouble=self.trouble)
        return Change.after(envelopes, state, trouble=self.trouble)

    def go(self, place: Place) -> None:
        """Goes to an event or an instant; when that has not been read yet, as soon as it has."""
        timeline = self.timeline
        unread = place > timeline.last_seq if isinstance(place, int) else timeline.seq_at(place) > timeline.last_seq
        if unread and not timeline.whole:
            self.ahead = place
            self._moved()
        elif isinstance(place, int):
            self.seek(place)
        else:
            self.seek_time(place)

    def seek(self, seq: int) -> None:
        """Goes to just after event `seq`."""
        self.ahead = None
        self._cursor = min(max(seq, 0), self.timeline.last_seq)
        self._time = self._time_of(self._cursor)
        self._moved()

    def seek_time(self, moment: datetime) -> None:
        """Goes to an instant, within the run."""
        self.ahead = None
        self._time = min(max(moment, self.start), self._time_of(self.timeline.last_seq))
        self._cursor = max(self.timeline.seq_at(self._time), min(1, self.timeline.last_seq))
        self._moved()

    def show_anew(self) -> None:
        """Lets the bar be drawn again: something else than the place has changed."""
        self._moved()

    def step(self, events: int) -> None:
        """Goes some events forward, or back."""
        self.playing = False
        self.go(max(1, self._cursor + events))

    def skip(self, seconds: float) -> None:
        """Goes some seconds forward, or back."""
        self.go(max(self.start, self._time + timedelta(seconds=seconds)))

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
        if not self.playing and self._cursor >= self.timeline.last_seq and self.timeline.whole:
            self.seek(1)
        self.playing = not self.playing
        self._played_at = self.clock.monotonic()
        self._moved()

    def change_speed(self, direction: int) -> None:
        """Takes the next speed, or the one before."""
        index = SPEEDS.index(self.speed) + direction
        self.speed = SPEEDS[min(max(index, 0), len(SPEEDS) - 1)]
        self._moved()

    def _arrive(self, place: Place) -> None:
        timeline = self.timeline
        seq = place if isinstance(place, int) else timeline.seq_at(place)
        if seq <= timeline.last_seq or timeline.whole:
            self.go(place)

    def _play(self) -> None:
        now = self.clock.monotonic()
        passed, self._played_at = now - self._played_at, now
        if self.ahead is not None:
            return  # it plays on from there
        self._time += timedelta(seconds=passed * self.speed)
        if self.skips_quiet and (due := self.quiet_until) is not None:
            # Leaping keeps a short lead, so that the event is seen to come.
            self._time = due - timedelta(seconds=_LEAD_S * self.speed)
        end = self._time_of(self.timeline.last_seq)
        if self._time < end:
            self._cursor = max(self._cursor, min(self.timeline.seq_at(self._time), self.timeline.last_seq))
            return
        # What has not been read yet is waited for.
        self._time, self._cursor = end, self.timeline.last_seq
        self.playing = not self.timeline.whole

    def _time_of(self, seq: int) -> datetime:
        return self.timeline.at(max(seq, 1)) or self.clock.now()

    def _moved(self) -> None:
        if self._wake is not None:
            self._wake()


def replay_of(timeline: Timeline, *, clock: Clock | None = None) -> ReplayFeed:
    """Returns a feed over a timeline of which no more than the beginning may have been read."""
    return ReplayFeed(timeline, reader=TimelineReader(timeline), clock=clock)
