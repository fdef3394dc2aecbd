"""The lines of an output stream, found by number without holding the text: eight bytes of memory a line.

A line ends at a line feed, and what follows the last one is a line as soon as it has a byte. `until` is an offset that
`OutputReader.size(at)` gave: lines show exactly what had been printed by then, the last one maybe in part.
"""

import codecs
import os
from array import array
from bisect import bisect_right
from itertools import accumulate

from prodigy_tui.storage.output import OutputReader

LINE_LIMIT = 64 * 1024
"""Bytes of a line that are shown; `…` stands for the rest."""
_USUAL = 8 * 1024
"""Bytes of a line above which lines are better read one by one."""
_SCAN = 1024 * 1024
_BLOCK = 256 * 1024


class LineIndex:
    """Where each line of one stream ends; grows with it. One thread at a time owns it."""

    def __init__(self, reader: OutputReader) -> None:
        self._reader = reader
        self._ends = array("Q")
        self._scanned = 0

    @property
    def reach(self) -> int:
        """Up to which offset the stream has been taken in."""
        return self._scanned

    def extend(self, *, at_most: int | None = None) -> bool:
        """Takes in what the stream grew by, `at_most` that many bytes, and returns whether more is left."""
        with self._reader.opened() as log:
            size = 0 if log is None else os.fstat(log).st_size
            if size < self._scanned:
                self._forget(size)  # a failed write was taken back
            stop = size if at_most is None else min(size, self._scanned + at_most)
            while log is not None and self._scanned < stop:
                block = os.pread(log, min(_SCAN, stop - self._scanned), self._scanned)
                if not block:
                    break
                lengths = map(len, block.split(b"\n")[:-1])
                ends = accumulate((length + 1 for length in lengths), initial=self._scanned)
                next(ends)
                self._ends.extend(ends)
                self._scanned += len(block)
            return self._scanned < size

    def count(self, until: int | None = None) -> int:
        """Returns how many lines begin before the offset `until`, of those taken in."""
        until = self._limit(until)
        whole = bisect_right(self._ends, until)
        return whole + (until > self.start_of(whole))

    def whole(self, until: int | None = None) -> int:
        """Returns how many lines end before the offset `until`: those that will never be other than they are."""
        return bisect_right(self._ends, self._limit(until))

    def start_of(self, number: int) -> int:
        """Returns the offset at which line `number`, counted from 0, begins."""
        return self._ends[number - 1] if number else 0

    def line_at(self, offset: int) -> int:
        """Returns the number of the line that the byte at `offset` belongs to."""
        return bisect_right(self._ends, offset)

    def lines(self, first: int, last: int, *, until: int | None = None) -> list[str]:
        """Returns the lines `first` to before `last` without their line ends, as far as they lie before `until`."""
        until = self._limit(until)
        last = min(last, self.count(until))
        if first >= last:
            return []
        with self._reader.opened() as log:
            if log is None:
                return []
            stop = min(until, self._ends[last - 1]) if last <= len(self._ends) else until
            texts: list[str] = []
            block, block_start = b"", 0
            for number in range(max(0, first), last):
                start = self.start_of(number)
                end = min(until, self._ends[number]) if number < len(self._ends) else until
                shown = min(end, start + LINE_LIMIT + 1)  # one more, which may be the line feed
                if shown > block_start + len(block) or start < block_start:
                    alone = end - start >= _BLOCK
                    block, block_start = (
                        os.pread(log, shown - start if alone else min(stop - start, _BLOCK), start),
                        start,
                    )
                texts.append(_text(block[start - block_start : shown - block_start]))
            return texts

    def block(self, first: int, size: int) -> int:
        """Returns before which line to stop so that about `size` bytes lie from line `first` on; one line at least."""
        return max(first + 1, bisect_right(self._ends, self.start_of(first) + size, lo=min(first, len(self._ends))))

    def raw(self, first: int, last: int, *, until: int | None = None) -> bytes | None:
        """Returns the bytes of whole lines, parted by line feeds; None where `lines` would not show all of them."""
        if first >= last or last > self.whole(until):
            return None
        start, end = self.start_of(first), self._ends[last - 1]
        if end - start > (last - first) * _USUAL:
            return None
        with self._reader.opened() as log:
            data = b"" if log is None else os.pread(log, end - start, start)
        if len(data) < end - start or (len(data) > LINE_LIMIT and max(map(len, data.split(b"\n"))) > LINE_LIMIT):
            return None
        return data[:-1]

    def texts(self, first: int, last: int, *, until: int | None = None) -> list[str]:
        """Returns what `lines` does, read and decoded in one go: for those who look at every line of a block."""
        until = self._limit(until)
        last = min(last, self.count(until))
        if first >= last:
            return []
        start = self.start_of(first)
        end = min(until, self._ends[last - 1]) if last <= len(self._ends) else until
        if end - start > (last - first) * _USUAL:
            return self.lines(first, last, until=until)  # little of it is ever shown
        with self._reader.opened() as log:
            data = b"" if log is None else os.pread(log, end - start, start)
        try:
            found = data.decode().removesuffix("\n").split("\n")
        except UnicodeDecodeError:
            found = []
        # Torn in a character, too long, or cut back meanwhile: line by line.
        if len(found) != last - first or (len(data) > LINE_LIMIT and max(map(len, found)) * 4 > LINE_LIMIT):
            return self.lines(first, last, until=until)
        return found

    def _limit(self, until: int | None) -> int:
        return self._scanned if until is None else max(0, min(until, self._scanned))

    def _forget(self, size: int) -> None:
        del self._ends[bisect_right(self._ends, size) :]
        self._scanned = size


def _text(line: bytes) -> str:
    body = line.removesuffix(b"\n")
    # Not final: a character that the limit, `until` or a crash cut in two is left out instead of shown as rubbish.
    text, _ = codecs.utf_8_decode(body[:LINE_LIMIT], "replace", False)
    return text if len(body) <= LINE_LIMIT else f"{text}…"
