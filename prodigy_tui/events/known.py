"""A log as it was once read: whoever needs it again reads and folds no more than what has come since.

The file stays the truth. What is remembered of it counts as long as the file begins with the very bytes that were read
then, and is forgotten where there is any doubt: another process may have cut or replaced the file meanwhile.
"""

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from msgspec import Struct

from prodigy_tui.events.evolve import InvalidTransition, fold
from prodigy_tui.events.schema import Envelope
from prodigy_tui.events.source import LogDamaged, read_blocks, read_events
from prodigy_tui.events.state import RunState

_PIECE = 1 << 20


class KnownLog(Struct, frozen=True):
    """The events that a log had, and the state that they amount to."""

    events: tuple[Envelope, ...]
    state: RunState
    size: int
    """Bytes of the lines that were read: all whole ones."""
    digest: bytes
    """By which these bytes are known again; SHA-256 takes a third of BLAKE2b's time where the processor helps."""

    @classmethod
    def read(cls, path: Path) -> Self:
        """Reads a log, live or not.

        Raises:
            LogDamaged: it cannot be read, or makes no sense.
        """
        events: list[Envelope] = []
        size, digest = 0, hashlib.sha256()
        for lines, block in read_blocks(path):
            events.extend(block)
            size += len(lines)
            digest.update(lines)
        try:
            state = fold(events)
        except InvalidTransition as error:
            raise LogDamaged(path, error.envelope.seq, str(error)) from error
        return cls(tuple(events), state, size, digest.digest())

    def still_holds(self, path: Path) -> bool:
        """Tells whether the file begins with what was read."""
        digest = hashlib.sha256()
        with path.open("rb", buffering=0) as file:
            if os.fstat(file.fileno()).st_size < self.size:
                return False
            at = 0
            while at < self.size:
                piece = os.pread(file.fileno(), min(_PIECE, self.size - at), at)
                if not piece:
                    return False
                digest.update(piece)
                at += len(piece)
        return digest.digest() == self.digest


def read_again(path: Path, known: KnownLog | None) -> tuple[Envelope, ...]:
    """Returns the events that a log has now; those that are known are not decoded again.

    Raises:
        LogDamaged: as `read_events`.
    """
    if known is None or not known.still_holds(path):
        return tuple(read_events(path))
    more = (envelope for _, block in read_blocks(path, known.size, len(known.events) + 1) for envelope in block)
    return (*known.events, *more)


def fold_again(events: Sequence[Envelope], known: KnownLog | None) -> RunState:
    """Returns the state after the events that `read_again` has returned; those that are known are not folded again.

    Raises:
        InvalidTransition: one of them cannot follow.
    """
    count = len(known.events) if known is not None else 0
    # Only `read_again` hands on the very same events: the last of them stands for all.
    if known is None or not count or len(events) < count or events[count - 1] is not known.events[-1]:
        return fold(events)
    return fold(events[count:], start=known.state)
