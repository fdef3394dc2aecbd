"""The log of a run that goes on, as a sequence: its latest events in memory, all others read from its file again."""

from collections import deque
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Final, overload

from prodigy_tui.events.loglines import LogLines
from prodigy_tui.events.schema import Envelope
from prodigy_tui.events.source import LogDamaged

_KEPT: Final = 2_000
"""Latest events kept in memory: they may still be on their way to the disk."""


class GrownLog(Sequence[Envelope]):
    """Events of a log whose writer hands them over one by one, in order and from the first on."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lines: LogLines | None = None
        self._recent: deque[Envelope] = deque(maxlen=_KEPT)
        self._size = 0

    def extend(self, envelopes: Sequence[Envelope]) -> None:
        """Takes in the next events."""
        self._recent.extend(envelopes)
        self._size += len(envelopes)

    def __len__(self) -> int:
        return self._size

    @overload
    def __getitem__(self, index: int) -> Envelope: ...
    @overload
    def __getitem__(self, index: slice) -> list[Envelope]: ...
    def __getitem__(self, index: int | slice) -> Envelope | list[Envelope]:
        if isinstance(index, int):
            position = range(self._size)[index]
            return self._piece(position, position + 1)[0]
        first, end, step = index.indices(self._size)
        return self._piece(first, end) if step == 1 else [self[position] for position in range(first, end, step)]

    def _piece(self, first: int, end: int) -> list[Envelope]:
        if first >= end:
            return []
        forgotten = self._size - len(self._recent)
        old = self._read(first, min(end, forgotten)) if first < forgotten else []
        return old + list(islice(self._recent, max(0, first - forgotten), max(0, end - forgotten)))

    def _read(self, first: int, end: int) -> list[Envelope]:
        if self._lines is None:
            self._lines = LogLines(self._path, lazily=True)
        if len(self._lines) < end:
            self._lines.look()
            self._lines.extend(end)
        if len(self._lines) < end:
            raise LogDamaged(self._path, len(self._lines) + 1, "it ends before an event that was recorded")
        return self._lines[first:end]
