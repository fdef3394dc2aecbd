"""Following a run that another process drives: its log and its output as they grow, until it comes to rest.

Files tell nobody that they have grown, so they are looked at several times a second.
"""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from prodigy_tui.cli.places import is_live
from prodigy_tui.events.codec import UndecodableLine, decode
from prodigy_tui.events.schema import Envelope
from prodigy_tui.events.source import LogDamaged

if TYPE_CHECKING:
    from prodigy_tui.storage import RunFolder

PAUSE_S: Final = 0.1


class LogTail:
    """The events of a log, each once, as far as they are there."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0
        self._number = 0

    def new(self) -> Iterator[tuple[bytes, Envelope]]:
        """Yields the whole lines that have come since the last time, each with what it means.

        Raises:
            LogDamaged: a line cannot be read, or `seq` has a gap or a repeat.
        """
        with self._path.open("rb") as lines:
            lines.seek(self._offset)
            for line in lines:
                if not line.endswith(b"\n"):
                    return
                number = self._number + 1
                try:
                    envelope = decode(line)
                except UndecodableLine as error:
                    raise LogDamaged(self._path, number, str(error)) from error
                if envelope.seq != number:
                    raise LogDamaged(self._path, number, f"event {envelope.seq} where event {number} should be")
                self._offset += len(line)
                self._number = number
                yield line.rstrip(b"\n"), envelope


def follow(folder: "RunFolder", *, wait: Callable[[float], object] = time.sleep) -> Iterator[tuple[bytes, Envelope]]:
    """Yields the events of a run, those so far and those to come, until nobody drives it any more.

    Raises:
        LogDamaged: as `LogTail.new`.
    """
    tail = LogTail(folder.events)
    while True:
        live = is_live(folder)  # before the last look: what is written until the lock is free is seen
        yield from tail.new()
        if not live:
            return
        wait(PAUSE_S)
