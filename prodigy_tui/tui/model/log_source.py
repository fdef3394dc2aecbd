"""What a log is to those who show and search it: numbered lines that are read when they are looked at.

A number belongs to its line for good. Lines may come at the end, and go at the start where memory is bounded; only a
move into the past takes lines away from the end.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, Protocol

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
BLOCK_BYTES: Final = 64 * 1024
"""How much of a log is read at once; made ready to be looked at within a millisecond."""


class LogSource(Protocol):
    """A log of one output, or of several."""

    @property
    def first(self) -> int:
        """The first line that is still known."""
        ...

    @property
    def count(self) -> int:
        """The number behind the last line."""
        ...

    @property
    def whole(self) -> int:
        """The number behind the last line that has its end: what stands before it never changes."""
        ...

    @property
    def more(self) -> bool:
        """Whether there is more than has been taken in."""
        ...

    @property
    def missing(self) -> bool:
        """Whether there is nothing to read from."""
        ...

    def refresh(self, at: datetime | None) -> bool:
        """Takes in what has come, cut at `at` when given; returns whether anything differs."""
        ...

    def block(self, first: int) -> int:
        """Returns the line before which to stop who looks at every line from `first` on."""
        ...

    def texts(self, first: int, last: int) -> list[str]:
        """Returns lines as they were printed, to be looked at one by one."""
        ...

    def raw(self, first: int, last: int) -> bytes | None:
        """Returns the bytes of whole lines, parted by line feeds; `None` where they are better read as texts."""
        ...

    def times(self, first: int, last: int) -> list[int]:
        """Returns when lines began to be printed, in microseconds since 1970."""
        ...

    def errors(self, first: int, last: int) -> set[int]:
        """Returns those lines that came from standard error."""
        ...

    def line_at(self, moment: datetime) -> int:
        """Returns the last line that had begun at a moment."""
        ...

    def name(self, number: int) -> str:
        """Returns whose line it is, where there are several; else nothing."""
        ...

    def save(self, path: Path) -> None:
        """Writes everything to a new file, as it was printed, and never over another.

        Raises:
            OSError: it cannot be written, or is there.
        """
        ...


Budget = Callable[[], bool]
"""Whether the time for this frame is used up."""


def moment_of(microseconds: int) -> datetime:
    """Returns a time of a log as an instant."""
    return EPOCH + timedelta(microseconds=microseconds)


def microseconds_of(moment: datetime) -> int:
    """Returns an instant as logs count."""
    return (moment - EPOCH) // timedelta(microseconds=1)
