"""Several logs as one: their lines in the order of time, of which the newest are kept.

A line is known by whose it is, where it lies in its file, and when it was printed; its text is read when it is looked
at. What has come since the last time is put in order and added at the end; what is there is never moved. Of a long
past, the log that lags behind in time is read on first, so that little waits for its place.
"""

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from heapq import merge
from itertools import islice, repeat
from pathlib import Path
from typing import Final, TypeAlias

from prodigy_tui.storage.lines import LINE_LIMIT
from prodigy_tui.storage.output import OutputReader
from prodigy_tui.tui.model.log_part import Part
from prodigy_tui.tui.model.log_source import microseconds_of

KEPT: Final = 100_000
"""Lines that are kept at least, when there are as many."""
_SPARE: Final = KEPT // 4
"""Lines above that which wait to be dropped, so that dropping is rare."""
TAIL_BYTES: Final = 16 * 1024 * 1024
"""What is read of the past of all logs together."""
_LEAST_TAIL: Final = 64 * 1024
_PIECE: Final = 16 * 1024
"""What is read of one log between two looks at the clock."""
_WAITING: Final = 16_000
"""Lines that wait for their places before some are given theirs."""
_PLACED: Final = 500
"""Lines that are given their places between two looks at the clock."""
_LOOK: Final = 2 * 1024
"""How much could be read in the time that it takes to look at a log."""
_NEVER: Final = 1 << 62
_BLOCK: Final = 500
"""Lines that are read at once by who looks at all of them."""


_Found: TypeAlias = tuple[int, int, int, int]
"""A line: time, number of the log, start, end."""


class MergedLog:
    """The lines of several logs by time. Line numbers count what has ever been added."""

    def __init__(self, outputs: Path, logs: Sequence[tuple[str, str]]) -> None:
        """Makes it of names and streams."""
        self.first = 0
        self.more = True
        self.names: tuple[str, ...] = ()
        self._outputs = outputs
        self._parts: list[Part] = []
        self._numbers: dict[str, int] = {}
        self._due: set[int] = set()
        """Logs that may have grown since they were read."""
        self.add(logs)
        self._whose, self._starts, self._ends, self._times = array("H"), array("Q"), array("Q"), array("q")
        self._placing: Iterator[_Found] | None = None
        """Lines that are given their places, over several frames."""
        self._at: datetime | None = None

    def add(self, logs: Iterable[tuple[str, str]]) -> None:
        """Takes in more logs by their names and streams; those that are in it stay as they are."""
        for name, stem in logs:
            if stem not in self._numbers:
                self._due.add(len(self._parts))
                self._numbers[stem] = len(self._parts)
                self._parts.append(Part(name, OutputReader(self._outputs / stem)))
                if name not in self.names:
                    self.names = (*self.names, name)

    def grew(self, streams: Iterable[str]) -> bool:
        """Takes note of streams that have grown; returns whether any of them is in it."""
        mine = {self._numbers[stem] for stem in streams if stem in self._numbers}
        self._due |= mine
        return bool(mine)

    @property
    def count(self) -> int:
        """The number behind the last line."""
        return self.first + len(self._times)

    @property
    def whole(self) -> int:
        """The number behind the last line; lines without an end are not among them."""
        return self.count

    @property
    def missing(self) -> bool:
        """Whether none of the logs is here."""
        return all(part.reader.missing for part in self._parts)

    def refresh(self, at: datetime | None) -> bool:
        """Takes in some of what has come, cut at `at` when given; returns whether anything differs."""
        before = self.count, self.first
        if at != self._at:
            if at is not None and self._at is not None and at < self._at:
                self._go_back(at)
            self._at = at
            self._due.update(range(len(self._parts)))
        if self._placing is None and (not self._due or self._waiting >= _WAITING):
            self._begin_placing()
        if self._placing is None and self._due:
            self._read_next(at)
        if self._placing is not None:
            self._place_next(self._placing)
        self.more = bool(self._due or self._waiting or self._placing is not None)
        return before != (self.count, self.first)

    @property
    def _waiting(self) -> int:
        """How many lines wait for their places."""
        return sum(len(part.times) for part in self._parts)

    def _read_next(self, at: datetime | None) -> None:
        """Reads on in the logs that lag behind, until there is a piece."""
        room = _PIECE
        while self._due and room > 0:
            number = min(self._due, key=lambda number: self._parts[number].read_to)
            part = self._parts[number]
            size = part.reader.size(at)
            if part.offset < 0:
                part.begin(size, max(_LEAST_TAIL, TAIL_BYTES // len(self._parts)))
            read = part.read(size, _PIECE)
            if part.offset >= size or not read:
                self._due.discard(number)  # a line without an end waits for it
            room -= read + _LOOK

    def _begin_placing(self) -> None:
        """Begins with what no log can hold anything before."""
        known = min((self._parts[number].read_to for number in self._due), default=_NEVER)
        ready: list[Iterator[_Found]] = []
        for number, part in enumerate(self._parts):
            count = bisect_right(part.times, known)
            if count:
                times, starts, ends = part.take(count)
                ready.append(zip(times, repeat(number), starts, ends, strict=False))
        self._placing = merge(*ready) if ready else None

    def block(self, first: int) -> int:
        """Returns the line before which to stop who looks at every line from `first` on."""
        return min(self.count, first + _BLOCK)

    def texts(self, first: int, last: int) -> list[str]:
        """Returns lines as they were printed, to be looked at one by one."""
        low, high = max(first, self.first) - self.first, min(last, self.count) - self.first
        found = [""] * max(0, high - low)
        places: dict[int, list[int]] = {}
        for place, number in enumerate(self._whose[low:high], low):
            places.setdefault(number, []).append(place)
        for number, mine in places.items():
            self._fill(found, low, mine, self._parts[number].reader)
        return found

    def raw(self, first: int, last: int) -> bytes | None:  # noqa: ARG002  # they lie in several files
        """Returns nothing: lines of several logs are read as texts."""
        return None

    def _fill(self, found: list[str], low: int, places: list[int], reader: OutputReader) -> None:
        """Reads the lines of one log, those that lie together at once."""
        run: list[int] = []
        for place in [*places, -1]:
            if run and (place < 0 or self._starts[place] != self._ends[run[-1]] + 1 or len(run) >= _BLOCK):
                start = self._starts[run[0]]
                end = min(self._ends[run[-1]], start + len(run) * (LINE_LIMIT + 1))
                lines = reader.read(start, end).split("\n")
                if len(lines) == len(run):
                    for one, text in zip(run, lines, strict=True):
                        found[one - low] = text if len(text) <= LINE_LIMIT else f"{text[:LINE_LIMIT]}…"
                else:
                    for one in run:
                        first, last = self._starts[one], self._ends[one]
                        found[one - low] = reader.read(first, min(last, first + LINE_LIMIT))
                run = []
            if place >= 0:
                run.append(place)

    def times(self, first: int, last: int) -> list[int]:
        """Returns when lines began to be printed, in microseconds since 1970."""
        return list(self._times[max(0, first - self.first) : max(0, last - self.first)])

    def errors(self, first: int, last: int) -> set[int]:
        """Returns those lines that came from standard error."""
        found: set[int] = set()
        for number in range(first, last):
            place = number - self.first
            start, end = self._starts[place], self._ends[place]
            if self._parts[self._whose[place]].reader.error_pieces(start, max(end, start + 1)):
                found.add(number)
        return found

    def line_at(self, moment: datetime) -> int:
        """Returns the last line that had begun at a moment."""
        return self.first + max(0, bisect_right(self._times, microseconds_of(moment)) - 1)

    def name(self, number: int) -> str:
        """Returns whose line it is."""
        place = number - self.first
        return self._parts[self._whose[place]].name if 0 <= place < len(self._whose) else ""

    def save(self, path: Path) -> None:
        """Writes the lines that are kept to a new file, with whose they are, and never over another.

        Raises:
            OSError: it cannot be written, or is there.
        """
        with path.open("x", encoding="utf-8", errors="replace") as file:
            number = self.first
            while number < self.count:
                last = self.block(number)
                for place, text in enumerate(self.texts(number, last)):
                    file.write(f"{self.name(number + place)}  {text}\n")
                number = last

    def _place_next(self, placing: Iterator[_Found]) -> None:
        """Adds the next of what has come, in the order of time, and drops the oldest of too many."""
        lines = list(islice(placing, _PLACED))
        if len(lines) < _PLACED:
            self._placing = None
        if not lines:
            return
        times, whose, starts, ends = zip(*lines, strict=True)
        self._times.extend(times)
        self._whose.extend(whose)
        self._starts.extend(starts)
        self._ends.extend(ends)
        for number, end in dict(zip(whose, ends, strict=True)).items():
            self._parts[number].placed = end + 1
        if len(self._times) > KEPT + _SPARE:
            gone = len(self._times) - KEPT
            for kept in (self._times, self._whose, self._starts, self._ends):
                del kept[:gone]
            self.first += gone

    def _go_back(self, at: datetime) -> None:
        """Takes away what was printed after a moment; begins anew where what was before it has been dropped."""
        keep = bisect_right(self._times, microseconds_of(at))
        anew = self.first > 0 and keep < len(self._times) // 2
        if anew:
            keep = 0
        for number in set(self._whose[keep:]):
            self._parts[number].placed = self._starts[self._whose.index(number, keep)]
        for part in self._parts:
            part.begin_again(anew=anew)
        self._placing = None
        for kept in (self._times, self._whose, self._starts, self._ends):
            del kept[keep:]
        if not keep:
            self.first = 0
