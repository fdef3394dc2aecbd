"""What a step printed, and when: `PATH.log` holds the text, `PATH.idx` the time at which each piece of it was there.

An index record is 16 bytes: microseconds since 1970 and the end offset in the log, both little-endian; a bit of the
offset says that the piece came from standard error. The log is
written first, so after a crash the index is at most behind. Neither file is synced: after a power loss each may end
anywhere, so a reader trusts a record only as far as the log reaches, and takes what no record times as written when the
log was last changed.

What the disk has no room for waits in memory, up to a limit, and is written by a later write or `flush`: no step fails
because what it prints cannot be kept. Offsets count as if it were written.
"""

import os
import struct
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from contextlib import AbstractContextManager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from prodigy_tui.storage.append import AppendFile
from prodigy_tui.storage.paths import make_folder
from prodigy_tui.storage.trouble import DiskTrouble, disk, trouble_of

_RECORD = struct.Struct("<qq")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
BACKLOG_LIMIT: Final = 8 * 1024 * 1024
"""Bytes of one stream that wait for room; what comes after them is lost, and the stream says how much it was. A single
piece may be larger: it is in memory anyway."""
_ERROR: Final = 1 << 62
"""The bit of an end offset that says that the piece before it came from standard error."""
_RECORDS: Final = 512
"""Records that are read at once where many are wanted."""
_LOOKED_AT: Final = 64 * 1024
_BEYOND = (2**63 - 1, 2**63 - 1)
"""Later and further than any record."""


class OutputWriter:
    """Appends to one output stream; one thread at a time owns it."""

    def __init__(self, path: Path) -> None:
        """Opens the stream, made when missing, and mends what a crash left of it."""
        self.refusal: DiskTrouble | None = None
        """Why there is something that waits to be written."""
        self._backlog: list[tuple[bytes | memoryview, int, bool]] = []
        self._waiting = 0
        self._dropped = 0
        self._log = _open_log(path)
        try:
            self._index = AppendFile.open(_index_path(path))
            try:
                # A stream that is new has nothing to mend; looking took a third of the time of opening it.
                self._last = self._mend(path) if self._log.size or self._index.size else 0
            except BaseException:
                self._index.close()
                raise
        except BaseException:
            self._log.close()
            raise

    @property
    def offset(self) -> int:
        """The end of what is written or waits to be, in bytes."""
        return self._log.size + self._waiting

    def write(self, text: str | memoryview, at: datetime, *, error: bool = False) -> int:
        """Appends `text`, or its UTF-8, as printed at the aware instant `at` and returns the offset after it.

        `error`: it came from standard error. A clock that went back does not reorder the stream: the time of the piece
        before counts then.

        Raises:
            DiskTrouble: nothing of `text` is in the stream, and not for want of room.
        """
        data = text.encode(errors="replace") if isinstance(text, str) else text
        if not data:
            return self.offset
        if self._dropped:
            self.flush()  # if there is room by now, this is not lost any more
        if self._dropped or (self._backlog and self._waiting + len(data) > BACKLOG_LIMIT):
            self._dropped += len(data)  # not in the midst of it: what is there is whole up to one place
        else:
            self._backlog.append((data, _microseconds(at), error))
            self._waiting += len(data)
        if not self.flush() and self._backlog[-1][0] is data:
            self._backlog[-1] = (bytes(data), *self._backlog[-1][1:])  # where it came from is used again
        return self.offset

    def flush(self) -> bool:
        """Writes what waits, as far as there is room; returns whether nothing waits any more.

        Raises:
            DiskTrouble: it cannot be written, and not for want of room.
        """
        try:
            while self._backlog or self._dropped:
                if not self._backlog:
                    lost = f"\n[{self._dropped} bytes are missing here: the disk was full]\n".encode()
                    self._backlog.append((lost, self._last, False))
                    self._waiting += len(lost)
                    self._dropped = 0
                data, time, error = self._backlog[0]
                self._put(data, time, error=error)
                self._waiting -= len(data)
                del self._backlog[0]
        except DiskTrouble as trouble:
            if not trouble.may_pass:
                self._backlog.clear()
                self._waiting = 0
                raise
            self.refusal = trouble
            return False
        self.refusal = None
        return True

    def _put(self, data: bytes | memoryview, time: int, *, error: bool) -> None:
        before = self._log.size
        time = max(self._last, time)
        self._log.write(data)
        try:
            self._index.write(_RECORD.pack(time, self._log.size | (_ERROR if error else 0)))
        except DiskTrouble:
            self._log.cut_back(before)
            raise
        self._last = time

    def close(self) -> None:
        """Closes both files, after a last try to write what waits; a second call does nothing."""
        if self._backlog:
            with suppress(DiskTrouble):
                self.flush()
            self._backlog.clear()
            self._waiting = 0
        self._log.close()
        self._index.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _mend(self, path: Path) -> int:
        """Makes log and index agree again and returns the last time in the index."""
        reader = OutputReader(path)
        changed = reader.changed_at()
        self._log.cut_back(reader.size())
        with _Opened(self._index.path) as descriptor:
            times = _Times(descriptor)
            count = bisect_right(times, self._log.size, key=_end)
            last, end = times[count - 1] if count else (0, 0)
        self._index.cut_back(count * _RECORD.size)
        if end < self._log.size:
            last = max(last, changed)
            self._index.write(_RECORD.pack(last, self._log.size))
        return last


class OutputReader:
    """Reads one output stream, finished, growing, torn or missing. Opens the files anew for each call."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._log, self._index = _log_path(path), _index_path(path)

    @property
    def missing(self) -> bool:
        """Whether there is no log, for instance because only the event log was copied."""
        return not self._log.is_file()

    def size(self, at: datetime | None = None) -> int:
        """Returns how many bytes had been written at `at`, or have been by now; never inside a character."""
        with self.opened() as log:
            return 0 if log is None else self._size(log, at)

    def read(self, start: int = 0, end: int | None = None) -> str:
        """Returns the text between two offsets; an offset inside a character counts as the character's start."""
        with self.opened() as log:
            if log is None:
                return ""
            length = os.fstat(log).st_size
            first, last = (_align(log, min(max(0, at), length)) for at in (start, length if end is None else end))
            return "" if last <= first else _read_exactly(log, first, last).decode(errors="replace")

    def raw(self, start: int, end: int) -> bytes:
        """Returns the bytes between two offsets, as far as they are there."""
        with self.opened() as log:
            return b"" if log is None else _read_exactly(log, start, end)

    def line_after(self, offset: int) -> int:
        """Returns where the line after the one at an offset begins; the end of the log when there is none."""
        with self.opened() as log:
            while log is not None and (block := os.pread(log, _LOOKED_AT, offset)):
                found = block.find(b"\n") + 1
                offset += found or len(block)
                if found:
                    break
        return offset

    def error_pieces(self, start: int, end: int) -> list[tuple[int, int]]:
        """Returns where between two offsets there is what came from standard error."""
        found: list[tuple[int, int]] = []
        with _Opened(self._index) as index:
            times = _Times(index)
            number = bisect_right(times, start, key=_end)
            before = times[number - 1][1] if number else 0
            while before < end and (read := times.pieces(number)):
                number += len(read)
                for after, is_error in read:
                    if is_error and before < end:
                        found.append((max(before, start), min(after, end)))
                    before = after
        return found

    def times(self, start: int, end: int) -> list[tuple[int, int]]:
        """Returns when what lies between two offsets was printed: pairs of a time and the offset up to which it holds.

        Times are in microseconds since 1970; the last pair reaches `end` at least. Empty without a log.
        """
        found: list[tuple[int, int]] = []
        with _Opened(self._index) as index:
            times = _Times(index)
            number = bisect_right(times, start, key=_end)
            while number < len(times) and (not found or found[-1][1] < end) and (read := times.records(number)):
                found += read
                number += len(read)
        del found[bisect_left(found, end, key=_end) + 1 :]
        if (not found or found[-1][1] < end) and not self.missing:
            found.append((self.changed_at(), end))
        return found

    def changed_at(self) -> int:
        """Returns when the log was last changed, in microseconds since 1970."""
        with disk(self._log, "read"):
            return self._log.stat().st_mtime_ns // 1000

    def opened(self) -> AbstractContextManager[int | None]:
        """Opens the log for reading for the length of a block; None when it is missing."""
        return _Opened(self._log)

    def _size(self, log: int, at: datetime | None) -> int:
        length = os.fstat(log).st_size
        if at is None:
            return _align(log, length)
        time = _microseconds(at)
        with _Opened(self._index) as index:
            times = _Times(index)
            count = bisect_right(times, time, key=_time)
            if count == len(times) and time >= self.changed_at():
                return _align(log, length)
            return _align(log, min(times[count - 1][1], length)) if count else 0


class _Times:
    """The whole records of an index file, read one by one where they lie: a bisection touches few."""

    def __init__(self, descriptor: int | None) -> None:
        self._descriptor = descriptor
        self._count = 0 if descriptor is None else os.fstat(descriptor).st_size // _RECORD.size
        # A power loss can leave a tail of zeros where the length reached the disk and the bytes did not.
        while self._count and self[self._count - 1][1] == 0:
            self._count -= 1

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, number: int) -> tuple[int, int]:
        if self._descriptor is None or number >= self._count:
            raise IndexError(number)
        record = os.pread(self._descriptor, _RECORD.size, number * _RECORD.size)
        if len(record) < _RECORD.size:
            return _BEYOND  # a writer that mends the stream cut it off meanwhile
        time, end = _RECORD.unpack(record)
        return time, end & ~_ERROR

    def records(self, number: int) -> list[tuple[int, int]]:
        """Returns some records from one on, read at once."""
        return [(time, end & ~_ERROR) for time, end in self._read(number)]

    def pieces(self, number: int) -> list[tuple[int, bool]]:
        """Returns the ends of some pieces from one on, read at once, and whether they came from standard error."""
        return [(end & ~_ERROR, bool(end & _ERROR)) for _, end in self._read(number)]

    def _read(self, number: int) -> Iterator[tuple[int, int]]:
        if self._descriptor is None or number >= self._count:
            return iter(())
        size = min(_RECORDS, self._count - number) * _RECORD.size
        read = os.pread(self._descriptor, size, number * _RECORD.size)
        return _RECORD.iter_unpack(read[: len(read) // _RECORD.size * _RECORD.size])


def _time(record: tuple[int, int]) -> int:
    return record[0]


def _end(record: tuple[int, int]) -> int:
    return record[1]


def _open_log(path: Path) -> AppendFile:
    """Opens a log, its folder made when missing.

    Most streams are the first in their folder: to make it takes one call, to look for it and those above it three.
    """
    log = _log_path(path)
    with suppress(OSError):
        path.parent.mkdir(mode=0o700)
    try:
        return AppendFile.open(log)
    except DiskTrouble:
        make_folder(path.parent)
        return AppendFile.open(log)


def _log_path(path: Path) -> Path:
    return path.with_name(f"{path.name}.log")


def _index_path(path: Path) -> Path:
    return path.with_name(f"{path.name}.idx")


def _microseconds(at: datetime) -> int:
    return (at - _EPOCH) // _MICROSECOND


class _Opened:
    """A file that is open for reading for the length of a block; None when it is missing.

    No generator with another in it: that took seven times as long as to open and close, some times at every look at a
    log.
    """

    __slots__ = ("_descriptor", "_path")

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> int | None:
        self._descriptor: int | None = None
        try:
            self._descriptor = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        except (FileNotFoundError, NotADirectoryError):
            pass
        except OSError as error:
            raise trouble_of(error, self._path, "read") from error
        return self._descriptor

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
        if isinstance(error, OSError):
            raise trouble_of(error, self._path, "read") from error


def _align(log: int, offset: int) -> int:
    """Returns `offset`, moved back to the start of the character that it would cut."""
    before = os.pread(log, min(3, offset), max(0, offset - 3))
    for back, byte in enumerate(reversed(before), start=1):
        if byte & 0xC0 != 0x80:  # not a continuation byte: here a character begins, of this many bytes
            length = 1 if byte < 0xC0 else 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return offset - back if length > back else offset
    return offset


def _read_exactly(log: int, start: int, end: int) -> bytes:
    pieces: list[bytes] = []
    while start < end and (piece := os.pread(log, end - start, start)):
        pieces.append(piece)
        start += len(piece)
    return b"".join(pieces)
