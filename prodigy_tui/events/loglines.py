"""An event log as a sequence: it stays on disk, and eight bytes a line are kept to find each of them again."""

import os
import re
from array import array
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final, overload

from prodigy_tui.events.codec import UndecodableLine, place_of
from prodigy_tui.events.schema import Envelope
from prodigy_tui.events.source import LogDamaged, check_length, read_lines
from prodigy_tui.storage.append import end_of_text

_BLOCK: Final = 1 << 20
_PROBE: Final = 1 << 12
_NEWLINE: Final = re.compile(rb"\n")


class LogLines(Sequence[Envelope]):
    """The whole lines of a log, decoded only when asked for; a slice is read from the file in one piece.

    `look` takes note of what the log has gained, `extend` makes it part of the sequence. One thread may extend while
    another reads. `lazily`: nothing is part of it at first.
    """

    def __init__(self, path: Path, *, lazily: bool = False) -> None:
        self._path = path
        self._starts = array("Q", [0])
        self._end = 0
        self._last: tuple[int, datetime] | None = None
        self.look()
        if not lazily:
            self.extend()

    def __len__(self) -> int:
        return len(self._starts) - 1

    @property
    def total(self) -> int:
        """How many events the log had at the last look, part of the sequence or not."""
        return self._last[0] if self._last is not None else len(self)

    @property
    def last_at(self) -> datetime | None:
        """When the last of them happened."""
        return self._last[1] if self._last is not None else None

    def look(self) -> bool:
        """Takes note of what the log holds by now; returns whether that is more than before."""
        with self._path.open("rb") as file:
            end = end_of_text(file.fileno(), os.fstat(file.fileno()).st_size)
            if end <= self._end:
                return False
            line = _line_before(file, end)
        try:
            self._last = place_of(line)
        except UndecodableLine:
            self._last = None  # whoever reads as far as that is told
        self._end = end
        return True

    def extend(self, size: int | None = None) -> None:
        """Makes lines that have been looked at part of the sequence, until it has `size` of them or all.

        Raises:
            LogDamaged: a line is longer than any event.
        """
        position = self._starts[-1]
        if position >= self._end or (size is not None and len(self) >= size):
            return
        with self._path.open("rb", buffering=0) as file:
            file.seek(position)
            while position < self._end and (size is None or len(self) < size):
                block = file.read(min(_BLOCK, self._end - position))
                if not block:
                    return
                # Into a list first: whoever reads meanwhile sees all of a block or nothing.
                self._starts.extend(array("Q", [position + found.end() for found in _NEWLINE.finditer(block)]))
                position += len(block)
                check_length(self._path, len(self) + 1, position - self._starts[-1])

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
        if first >= end:
            return []
        start, after = self._starts[first], self._starts[end]
        with self._path.open("rb", buffering=0) as file:
            text = os.pread(file.fileno(), after - start, start)
        if len(text) < after - start:
            raise LogDamaged(self._path, first + 1 + text.count(b"\n"), "the file ends before it does")
        return list(read_lines(self._path, first + 1, text))

    def seq_at(self, moment: datetime) -> int:
        """Returns the last event not after `moment` among all that were looked at, found by a few looks at the file.

        Where a clock was set back it is one of those that fit; a line that cannot be read counts as later than all.
        """
        low, high, found = 0, self._end, self.total
        with self._path.open("rb", buffering=0) as file:
            while low < high:
                middle = (low + high) // 2
                start = _line_start(file, middle)
                place = _place(file, start) if start < self._end else None
                if place is not None and place[1] <= moment:
                    low = start + 1
                else:
                    high = middle
                    if place is not None:
                        found = place[0] - 1
        return found


def _line_before(file: BinaryIO, end: int) -> bytes:
    """Returns the line that ends at `end`."""
    start = end
    text = b""
    while start > 0:
        start = max(0, start - _PROBE)
        text = os.pread(file.fileno(), min(_PROBE, end - start), start) + text
        found = text.rfind(b"\n", 0, len(text) - 1)
        if found >= 0:
            return text[found + 1 :]
        end = start
    return text


def _line_start(file: BinaryIO, position: int) -> int:
    """Returns where the first line begins that begins at `position` or later."""
    if position == 0:
        return 0
    at = position - 1
    while block := os.pread(file.fileno(), _PROBE, at):
        found = block.find(b"\n")
        if found >= 0:
            return at + found + 1
        at += len(block)
    return at


def _place(file: BinaryIO, start: int) -> tuple[int, datetime] | None:
    text, size = b"", _PROBE
    while b"\n" not in text:
        text = os.pread(file.fileno(), size, start)
        if len(text) < size and b"\n" not in text:
            return None
        size *= 8
    try:
        return place_of(text[: text.index(b"\n")])
    except UndecodableLine:
        return None
