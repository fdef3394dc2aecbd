"""One of the logs that are shown as one: read piece by piece, its lines wait until they are given their places."""

from array import array
from bisect import bisect_left
from dataclasses import dataclass, field
from itertools import accumulate, repeat

from prodigy_tui.storage.lines import LINE_LIMIT
from prodigy_tui.storage.output import OutputReader

_TOO_LONG = LINE_LIMIT * 16
"""Bytes of a line beyond which the rest counts as one more: longer than anybody reads."""


def _offsets() -> "array[int]":
    return array("Q")


@dataclass(slots=True)
class Part:
    """A log, how far it has been read, and what waits."""

    name: str
    reader: OutputReader
    offset: int = -1
    """Up to where whole lines have been taken in; below 0: not begun."""
    placed: int = 0
    """Up to where lines have been given their places."""
    read_to: int = -1
    """When the last line was printed that has been taken in."""
    times: "array[int]" = field(default_factory=lambda: array("q"))
    """When lines that wait were printed, which are in order; then where they start and end."""
    starts: "array[int]" = field(default_factory=_offsets)
    ends: "array[int]" = field(default_factory=_offsets)

    def begin(self, size: int, tail: int) -> None:
        """Begins where about `tail` bytes of the past are left, behind a line's end."""
        self.offset = 0 if size <= tail else min(size, self.reader.line_after(size - tail))
        self.placed = self.offset

    def begin_again(self, *, anew: bool) -> None:
        """Forgets what waits; it is read again, or everything is."""
        self.take(len(self.times))
        self.offset = -1 if anew else min(self.offset, self.placed)
        self.read_to = -1

    def read(self, size: int, piece: int) -> int:
        """Takes in whole lines of about the next `piece` bytes of `size`; returns of how many bytes they are."""
        before, end = self.offset, min(size, self.offset + piece)
        self._read(end)
        if self.offset == before and before < end < size:
            end = min(size, before + _TOO_LONG)
            self._read(end)
            if self.offset == before and end - before == _TOO_LONG:
                self.offset = end
        return self.offset - before

    def take(self, count: int) -> tuple["array[int]", "array[int]", "array[int]"]:
        """Returns times, starts and ends of the first ones of those that wait, which wait no more."""
        taken = self.times[:count], self.starts[:count], self.ends[:count]
        for kept in (self.times, self.starts, self.ends):
            del kept[:count]
        return taken

    def _read(self, end: int) -> None:
        data = self.reader.raw(self.offset, end)
        size = data.rfind(b"\n") + 1
        if not size:
            return
        lengths = map(len, data[: size - 1].split(b"\n"))
        bounds = list(accumulate((length + 1 for length in lengths), initial=self.offset))
        first = len(self.times)
        self.starts.extend(bounds[:-1])
        self.ends.extend([bound - 1 for bound in bounds[1:]])
        for time, until in self.reader.times(self.offset, self.offset + size):
            self.times.extend(repeat(time, bisect_left(self.starts, until, lo=len(self.times)) - len(self.times)))
        last = self.times[-1] if len(self.times) > first else max(0, self.read_to)
        self.times.extend(repeat(last, len(self.starts) - len(self.times)))
        self.read_to, self.offset = last, self.offset + size
