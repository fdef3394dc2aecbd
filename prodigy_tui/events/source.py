"""The reading end of a run's event log: its events in order, and a timeline to move about in.

Reading needs no lock: whoever reads stops before a last line that is not whole yet. Nothing here writes.
"""

import os
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Final, Literal, TypeAlias, overload

from prodigy_tui.errors import ExitCode, ProdigyError
from prodigy_tui.events.codec import LARGEST_LINE, UndecodableLine, decode
from prodigy_tui.events.evolve import fold
from prodigy_tui.events.schema import (
    AgentFinished,
    Envelope,
    GateOpened,
    ItemDeadLettered,
    KnownEvent,
    LandingFinished,
    MergeFinished,
    PassStarted,
    PhaseFinished,
    PhaseStarted,
    StopDecided,
    Unknown,
)
from prodigy_tui.events.state import RunState
from prodigy_tui.storage.append import end_of_text

KEYFRAME_EVERY: Final = 250
"""Events between two kept states; a seek folds fewer than this many. Kept states are cheap: they share structure."""

MarkKind: TypeAlias = Literal["phase", "failure", "merge", "dead_letter", "question"]


class LogDamaged(ProdigyError):
    """A whole line of an event log cannot be what the writer wrote there."""

    exit_code = ExitCode.FAILED

    def __init__(self, path: Path, line: int, reason: str) -> None:
        super().__init__(
            f"event log {path} is damaged at line {line}: {reason}",
            hint="restore the file from a copy, or start the run anew",
        )
        self.path = path
        self.line = line
        self.reason = reason

    def __reduce__(self) -> tuple[type["LogDamaged"], tuple[Path, int, str]]:
        return type(self), (self.path, self.line, self.reason)


def read_events(path: Path) -> Iterator[Envelope]:
    """Yields the events that a log has now, and ends before what is not whole at its end.

    Raises:
        LogDamaged: a line cannot be read, or `seq` has a gap or a repeat.
    """
    for number, line in enumerate(_whole_lines(path), start=1):
        yield _read_line(path, number, line)


def _whole_lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        end = end_of_text(file.fileno(), os.fstat(file.fileno()).st_size)
        number = 0
        while file.tell() < end:
            number += 1
            line = file.readline(LARGEST_LINE + 1)
            if len(line) > LARGEST_LINE:
                raise LogDamaged(path, number, f"it has more than {LARGEST_LINE >> 20} MiB")
            yield line


def _read_line(path: Path, number: int, line: bytes) -> Envelope:
    try:
        envelope = decode(line)
    except UndecodableLine as error:
        zeros = b"\0" in line
        reason = "it has zeros in it, as a loss of power leaves them, and is not the last" if zeros else str(error)
        raise LogDamaged(path, number, reason) from error
    if envelope.seq != number:  # one event a line, counted from 1
        kind = "a gap" if envelope.seq > number else "a repeat"
        raise LogDamaged(path, number, f"event {envelope.seq} where event {number} should be ({kind})")
    return envelope


class LogLines(Sequence[Envelope]):
    """The whole lines that a log had when this was made, decoded only when asked for.

    Keeps eight bytes a line. A slice is read from the file in one piece.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._starts = array("Q", [0])
        for line in _whole_lines(path):
            self._starts.append(self._starts[-1] + len(line))

    def __len__(self) -> int:
        return len(self._starts) - 1

    @overload
    def __getitem__(self, index: int) -> Envelope: ...
    @overload
    def __getitem__(self, index: slice) -> list[Envelope]: ...
    def __getitem__(self, index: int | slice) -> Envelope | list[Envelope]:
        if isinstance(index, int):
            position = range(len(self))[index]
            return self._read(position, position + 1)[0]
        first, end, step = index.indices(len(self))
        return self._read(first, end) if step == 1 else [self[position] for position in range(first, end, step)]

    def _read(self, first: int, end: int) -> list[Envelope]:
        with self._path.open("rb") as lines:
            lines.seek(self._starts[first])
            numbered = enumerate(islice(lines, max(0, end - first)), start=first + 1)
            return [_read_line(self._path, number, line) for number, line in numbered]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A moment that people look for."""

    seq: int
    at: datetime
    kind: MarkKind
    text: str
    item_id: str | None = None


class Timeline:
    """A run's history with a cheap way to its state at any moment.

    A cursor is the `seq` of the last event that has happened; 0 is before the first. Cursors beyond either end mean
    that end. One pass keeps a state every `KEYFRAME_EVERY` events and collects the marks.
    Not thread-safe; a timeline may be made in one thread and then used in another.
    """

    def __init__(self, events: Sequence[Envelope]) -> None:
        self._events = events
        self._size = 0
        self._keyframes = [RunState()]
        self._newest = RunState()
        self._visited = (0, RunState())
        self._times = array("d")
        self._marks: list[Mark] = []
        self.catch_up()

    @classmethod
    def open(cls, path: Path) -> "Timeline":
        """Returns the timeline of a log, which stays on disk.

        Raises:
            LogDamaged: as `read_events`.
        """
        return cls(LogLines(path))

    def catch_up(self) -> None:
        """Takes in what the sequence of events has gained since."""
        while block := self._events[self._size : (self._size // KEYFRAME_EVERY + 1) * KEYFRAME_EVERY]:
            for envelope in block:
                # A clock may have been set back; a search by time needs times that never fall.
                moment = envelope.at.timestamp()
                self._times.append(max(moment, self._times[-1]) if self._times else moment)
                if (mark := _mark(envelope)) is not None:
                    self._marks.append(mark)
            self._newest = fold(block, start=self._newest)
            self._size += len(block)
            if self._size % KEYFRAME_EVERY == 0:
                self._keyframes.append(self._newest)

    @property
    def last_seq(self) -> int:
        """The last cursor; 0 when nothing has happened."""
        return self._size

    @property
    def events(self) -> Sequence[Envelope]:
        """The events; the one with `seq` n is at n - 1."""
        return self._events

    @property
    def marks(self) -> Sequence[Mark]:
        """Failures, merges, phases, dead letters and questions, in order."""
        return self._marks

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
        """Returns the last cursor that is not after `moment`."""
        return bisect_right(self._times, moment.timestamp())

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


def _mark(envelope: Envelope) -> Mark | None:
    noted = _noted(envelope.event)
    if noted is None:
        return None
    kind, text, item_id = noted
    return Mark(seq=envelope.seq, at=envelope.at, kind=kind, text=text, item_id=item_id)


def _noted(event: KnownEvent | Unknown) -> tuple[MarkKind, str, str | None] | None:
    """Which events are marks, and what is said of them."""
    match event:
        case PhaseStarted(phase=phase):
            return "phase", phase, None
        case PassStarted(iteration=iteration):
            return "phase", f"pass {iteration}", None
        case PhaseFinished(status="failed", phase=phase, message=message):
            return "failure", message or f"{phase} failed", None
        case StopDecided(message=message):
            return "failure", message, None
        case AgentFinished(outcome="failed", item_id=item_id, failure=failure):
            return "failure", failure.message if failure is not None else "failed", item_id
        case MergeFinished(status="conflict", item_id=item_id):
            return "failure", "merge conflict", item_id
        case MergeFinished(status="failed", item_id=item_id, failure=failure):
            return "failure", failure.message if failure is not None else "not merged", item_id
        case MergeFinished(item_id=item_id):
            return "merge", "merged", item_id
        case LandingFinished(status="landed", target=target):
            return "merge", f"landed on {target}", None
        case LandingFinished(status="refused" | "conflict", message=message):
            return "failure", message or "not landed", None
        case ItemDeadLettered(item_id=item_id, failure=failure):
            return "dead_letter", failure.message, item_id
        case GateOpened(question=question):
            return "question", question, None
        case _:
            return None
