"""A run's history with a cheap way to its state at any moment."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, get_args

from prodigy_tui.events.evolve import evolve, fold
from prodigy_tui.events.loglines import LogLines
from prodigy_tui.events.marks import Mark, MarkKind, mark_of
from prodigy_tui.events.schema import Envelope
from prodigy_tui.events.source import LogDamaged
from prodigy_tui.events.state import RunState
from prodigy_tui.events.transition import InvalidTransition

KEYFRAME_EVERY: Final = 250
"""Events between two kept states; a seek folds fewer than this many. Kept states are cheap: they share structure."""


class Timeline:
    """A run's history, as far as it has been taken in.

    A cursor is the `seq` of the last event that has happened; 0 is before the first. Cursors beyond either end mean
    that end. One pass keeps a state every `KEYFRAME_EVERY` events and collects the marks. One thread may take in more
    while another looks at what is there.
    """

    def __init__(self, events: Sequence[Envelope], *, lazily: bool = False) -> None:
        self._events = events
        self._size = 0
        self._keyframes = [RunState()]
        self._newest = RunState()
        self._visited = (0, RunState())
        self._times = array("d")
        self._marks: list[Mark] = []
        self._marked: dict[MarkKind, array[int]] = {kind: array("Q") for kind in get_args(MarkKind)}
        self._closed = False
        self.catch_up(KEYFRAME_EVERY if lazily else None)

    @classmethod
    def open(cls, path: Path) -> "Timeline":
        """Returns the timeline of a log, which stays on disk.

        Raises:
            LogDamaged: as `read_events`.
        """
        return cls(LogLines(path))

    @classmethod
    def begin(cls, path: Path) -> "Timeline":
        """Returns the timeline of a log with no more than its beginning; `catch_up` takes in the rest.

        Raises:
            LogDamaged: as `read_events`, for the beginning.
        """
        return cls(LogLines(path, lazily=True), lazily=True)

    def catch_up(self, at_most: int | None = None) -> bool:
        """Takes in what the sequence of events has gained since, or about `at_most` of it; returns if there is more.

        Raises:
            LogDamaged: an event cannot be read; those before it are taken in.
            InvalidTransition: an event cannot follow; the same.
        """
        until = self._size + at_most if at_most is not None else None
        if isinstance(self._events, LogLines):
            if self._size >= self._events.total:
                self._events.look()
            self._events.extend(until)
        while until is None or self._size < until:
            before = self._size
            self._take_block()
            if self._size == before:
                break
        return self._size < self.total

    def _take_block(self) -> None:
        """Takes in what comes before the next kept state."""
        first, end = self._size, self._size + self.room
        try:
            block = self._events[first:end]
            state = fold(block, start=self._newest)
        except (LogDamaged, InvalidTransition):
            # One by one, so that those before the one that cannot be taken in are.
            for index in range(first, min(end, len(self._events))):
                envelope = self._events[index]
                self.note([envelope], evolve(self._newest, envelope))
        else:
            self.note(block, state)

    @property
    def room(self) -> int:
        """How many events there are up to the next kept state, which must be known of just that moment."""
        return KEYFRAME_EVERY - self._size % KEYFRAME_EVERY

    def note(self, envelopes: Sequence[Envelope], state: RunState) -> None:
        """Takes in the next events, at most as many as there is `room` for, whose effect is known already."""
        if not envelopes:
            return
        for envelope in envelopes:
            # A clock may have been set back; a search by time needs times that never fall.
            moment = envelope.at.timestamp()
            self._times.append(max(moment, self._times[-1]) if self._times else moment)
            if (mark := mark_of(envelope)) is not None:
                self._marks.append(mark)
                self._marked[mark.kind].append(mark.seq)
        self._newest = state
        if len(envelopes) == self.room:
            self._keyframes.append(state)
        self._size += len(envelopes)  # last: whoever looks meanwhile finds all that belongs to the events before

    def give_up(self) -> None:
        """Takes what there is for the whole: what comes after cannot be read."""
        self._closed = True

    @property
    def last_seq(self) -> int:
        """The last cursor; 0 when nothing has happened."""
        return self._size

    @property
    def total(self) -> int:
        """How many events there are, taken in or not."""
        if self._closed:
            return self._size
        known = self._events.total if isinstance(self._events, LogLines) else len(self._events)
        return max(self._size, known)

    @property
    def whole(self) -> bool:
        """Whether all events are taken in."""
        return self._size >= self.total

    @property
    def last_at(self) -> datetime | None:
        """When the last event happened, taken in or not."""
        if not self.whole and isinstance(self._events, LogLines) and self._events.last_at is not None:
            return self._events.last_at
        return self.at(self._size)

    @property
    def events(self) -> Sequence[Envelope]:
        """The events; the one with `seq` n is at n - 1."""
        return self._events

    @property
    def marks(self) -> Sequence[Mark]:
        """Failures, merges, phases, dead letters and questions, in order."""
        return self._marks

    @property
    def newest(self) -> RunState:
        """The state after all that is taken in."""
        return self._newest

    def at(self, seq: int) -> datetime | None:
        """Returns when an event happened that is taken in; of a clock that was set back, when it had caught up."""
        return datetime.fromtimestamp(self._times[seq - 1], UTC) if 0 < seq <= self._size else None

    def kept(self, seq: int) -> RunState:
        """Returns the state after a multiple of `KEYFRAME_EVERY` events; for whoever looks on from another thread."""
        return self._keyframes[seq // KEYFRAME_EVERY]

    def state_at(self, seq: int) -> RunState:
        """Returns the state after event `seq`, folding on from the nearest kept or last visited one."""
        cursor = min(max(seq, 0), self._size)
        keyframe = cursor // KEYFRAME_EVERY
        start, state = keyframe * KEYFRAME_EVERY, self._keyframes[keyframe]
        visited, visited_state = self._visited
        if start < visited <= cursor:
            start, state = visited, visited_state
        state = fold(self._events[start:cursor], start=state)
        self._visited = (cursor, state)
        return state

    def seq_at(self, moment: datetime) -> int:
        """Returns the last cursor that is not after `moment`; it may be of an event that is not taken in yet."""
        found = bisect_right(self._times, moment.timestamp(), hi=self._size)
        if found == self._size < self.total and isinstance(self._events, LogLines):
            return max(found, self._events.seq_at(moment))
        return found

    def first_of(self, kind: MarkKind, most: int) -> list[Mark]:
        """Returns the first marks of some kind."""
        places = (bisect_left(self._marks, seq, key=_seq) for seq in self._marked[kind][:most])
        return [self._marks[place] for place in places]

    def marked(self, kind: MarkKind, after: int, upto: int) -> bool:
        """Whether a mark of some kind is among the events after one and up to another."""
        seqs = self._marked[kind]
        index = bisect_right(seqs, after)
        return index < len(seqs) and seqs[index] <= upto

    def mark_after(self, seq: int) -> Mark | None:
        """Returns the next mark."""
        index = bisect_right(self._marks, seq, key=_seq)
        return self._marks[index] if index < len(self._marks) else None

    def mark_before(self, seq: int) -> Mark | None:
        """Returns the previous mark."""
        index = bisect_left(self._marks, seq, key=_seq)
        return self._marks[index - 1] if index else None


def _seq(mark: Mark) -> int:
    return mark.seq
