"""Several logs as one: their lines in the order of time, of which the newest are kept.

A line is known by whose it is, where it lies in its file, and when it was printed; its text is read when it is looked
at. What has come since the last time is put in order and added at the end; what is there is never moved.
"""

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import merge
from itertools import chain, islice
from pathlib import Path
from typing import Final, TypeAlias

from prodigy_tui.storage.lines import LINE_LIMIT
from prodigy_tui.storage.output import OutputReader
from prodigy_tui.tui.model.log_source import microseconds_of

KEPT: Final = 100_000
"""Lines that are kept at least, when there are as many."""
_SPARE: Final = KEPT // 4
"""Lines above that which wait to be dropped, so that dropping is rare."""
TAIL_BYTES: Final = 16 * 1024 * 1024
"""What is read of the past of all logs together."""
_LEAST_TAIL: Final = 64 * 1024
_SLICE_BYTES: Final = 192 * 1024
"""What is read in one frame."""
_PIECE: Final = 128 * 1024
_PLACED: Final = 4000
"""Lines that are given their places in one frame."""
_BLOCK: Final = 1000
"""Lines that are read at once by who looks at all of them."""


@dataclass(slots=True)
class _Part:
    """One of the logs."""

    name: str
    reader: OutputReader
    offset: int = -1
    """Up to where whole lines have been taken in; below 0: not begun."""


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
        self._parts: list[_Part] = []
        self._numbers: dict[str, int] = {}
        self._due: set[int] = set()
        """Logs that may have grown since they were read."""
        self.add(logs)
        self._whose, self._starts, self._ends, self._times = array("H"), array("Q"), array("Q"), array("q")
        self._come: dict[int, list[_Found]] = {}
        """Lines that have been read and wait for their place, by log; those of one are in order."""
        self._placing: Iterator[_Found] = iter(())
        """Lines that are given their places, over several frames."""
        self._is_placing = False
        self._at: datetime | None = None

    def add(self, logs: Iterable[tuple[str, str]]) -> None:
        """Takes in more logs by their names and streams; those that are in it stay as they are."""
        for name, stem in logs:
            if stem not in self._numbers:
                self._due.add(len(self._parts))
                self._numbers[stem] = len(self._parts)
                self._parts.append(_Part(name, OutputReader(self._outputs / stem)))
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
        """Takes in what has come, cut at `at` when given; returns whether anything differs."""
        before = self.count, self.first
        if at is not None and self._at is not None and at < self._at:
            self._go_back(at)
        self._at = at
        room, self.more = _SLICE_BYTES, False
        for number in range(len(self._parts)) if at is not None else sorted(self._due):
            if room <= 0:
                self.more = True
                break
            part = self._parts[number]
            size = part.reader.size(at)
            if part.offset < 0:
                part.offset = self._begin(part, size)
            while part.offset < size and room > 0:
                end = min(size, part.offset + _PIECE)
                taken = self._read(number, part, end)
                if taken == part.offset and end < size and end - taken < LINE_LIMIT * 16:
                    end = min(size, taken + LINE_LIMIT * 16)
                    taken = self._read(number, part, end)
                if taken == part.offset:
                    if end == size:
                        break  # a line without an end
                    taken = end  # longer than anybody reads: the rest of it counts as one more
                room -= taken - part.offset
                part.offset = taken
            if part.offset < size and room <= 0:
                self.more = True
            else:
                self._due.discard(number)
        if not self._is_placing and self._come and (not self.more or sum(map(len, self._come.values())) > KEPT):
            self._placing = merge(*self._come.values())
            self._come, self._is_placing = {}, True
        if self._is_placing:
            self._place_next()
        self.more = self.more or self._is_placing
        return before != (self.count, self.first)

    def block(self, first: int) -> int:
        """Returns the line before which to stop who looks at every line from `first` on."""
        return min(self.count, first + _BLOCK)

    def texts(self, first: int, last: int) -> list[str]:
        """Returns lines as they were printed, to be looked at one by one."""
        low, high = max(first, self.first) - self.first, min(last, self.count) - self.first
        found = [""] * max(0, high - low)
        for number in set(self._whose[low:high]):
            mine = [place for place in range(low, high) if self._whose[place] == number]
            self._fill(found, low, mine, self._parts[number].reader)
        return found

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

    def _begin(self, part: _Part, size: int) -> int:
        """Returns where the part of a log's past begins that is read: behind a line's end."""
        tail = max(_LEAST_TAIL, TAIL_BYTES // max(1, len(self._parts)))
        if size <= tail:
            return 0
        return min(size, part.reader.line_after(size - tail))

    def _read(self, number: int, part: _Part, end: int) -> int:
        """Reads whole lines of a log; returns up to where."""
        data = part.reader.raw(part.offset, end)
        last = data.rfind(b"\n") + 1
        if not last:
            return part.offset
        pieces, piece = part.reader.times(part.offset, part.offset + last), 0
        start, lines = part.offset, self._come.setdefault(number, [])
        for line in data[: last - 1].split(b"\n"):
            while piece < len(pieces) - 1 and pieces[piece][1] <= start:
                piece += 1
            after = start + len(line)
            lines.append((pieces[piece][0] if pieces else 0, number, start, after))
            start = after + 1
        return part.offset + last

    def _place_next(self) -> None:
        """Adds the next of what has come, in the order of time, and drops the oldest of too many."""
        lines = list(islice(self._placing, _PLACED))
        self._is_placing = len(lines) == _PLACED
        if not lines:
            return
        times, whose, starts, ends = zip(*lines, strict=True)
        self._times.extend(times)
        self._whose.extend(whose)
        self._starts.extend(starts)
        self._ends.extend(ends)
        if len(self._times) > KEPT + _SPARE:
            gone = len(self._times) - KEPT
            for kept in (self._times, self._whose, self._starts, self._ends):
                del kept[:gone]
            self.first += gone

    def _go_back(self, at: datetime) -> None:
        """Takes away what was printed after a moment; begins anew where what was before it has been dropped."""
        keep = bisect_right(self._times, microseconds_of(at))
        waiting = [*self._placing, *chain.from_iterable(self._come.values())]
        self._come, self._is_placing, self._placing = {}, False, iter(())
        if self.first and keep < len(self._times) // 2:
            keep = 0
            for part in self._parts:
                part.offset = -1
        else:
            gone: dict[int, int] = {}
            for _, number, start, _ in waiting:
                gone[number] = min(gone.get(number, start), start)
            for place in range(keep, len(self._times)):
                number = self._whose[place]
                gone[number] = min(gone.get(number, self._starts[place]), self._starts[place])
            for number, start in gone.items():
                self._parts[number].offset = min(self._parts[number].offset, start)
        for kept in (self._times, self._whose, self._starts, self._ends):
            del kept[keep:]
        if not keep:
            self.first = 0
