"""The reading end of a run's event log: its events in order.

Reading needs no lock: whoever reads stops before a last line that is not whole yet. Nothing here writes.
"""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from prodigy_tui.errors import ExitCode, ProdigyError
from prodigy_tui.events.codec import LARGEST_LINE, UndecodableLine, decode, decode_lines
from prodigy_tui.events.schema import Envelope
from prodigy_tui.storage.append import end_of_text

_BLOCK: Final = 1 << 20
"""Bytes that are read at once; more only where a line is longer."""


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
    for _, events in read_blocks(path):
        yield from events


def read_blocks(path: Path, at: int = 0, first: int = 1) -> Iterator[tuple[bytes, Iterable[Envelope]]]:
    """Yields the same in blocks, each as it stands in the file and as events; from a line on that begins at `at`.

    Raises:
        LogDamaged: as `read_events`, also while the events of a block are taken.
    """
    with path.open("rb", buffering=0) as file:
        end = end_of_text(file.fileno(), os.fstat(file.fileno()).st_size)
        size = _BLOCK
        while at < end:
            block = os.pread(file.fileno(), min(size, end - at), at)
            lines = block[: block.rfind(b"\n") + 1]
            check_length(path, first, lines.find(b"\n") + 1 or len(block))
            if not lines and len(block) < min(size, end - at):
                return  # the writer has cut it off meanwhile
            size = _BLOCK if lines else min(2 * size, LARGEST_LINE + 1)
            yield lines, read_lines(path, first, lines)
            at += len(lines)
            first += lines.count(b"\n")


def check_length(path: Path, number: int, length: int) -> None:
    """Raises `LogDamaged` for a line that is longer than any event."""
    if length > LARGEST_LINE:
        raise LogDamaged(path, number, f"it has more than {LARGEST_LINE >> 20} MiB")


def read_lines(path: Path, first: int, lines: bytes) -> Iterable[Envelope]:
    """Returns the events of whole lines, of which the first one is the line of that number.

    Raises:
        LogDamaged: as `read_line`, when the events before are taken.
    """
    events = decode_lines(lines)
    if events is not None and [one.seq for one in events] == list(range(first, first + len(events))):
        return events
    return (read_line(path, number, line) for number, line in enumerate(lines.split(b"\n")[:-1], start=first))


def read_line(path: Path, number: int, line: bytes) -> Envelope:
    """Returns the event of one line of a log.

    Raises:
        LogDamaged: it cannot be read, or is not the event of that number.
    """
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
