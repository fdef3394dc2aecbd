"""What is made of long lines, which takes a while, and is therefore kept for the next frame."""

from collections.abc import Callable
from typing import Final, Generic, TypeVar

LONG: Final = 1024
"""Characters from which on a line is long."""
_KEPT: Final = 24

Made = TypeVar("Made")


class LongLines(Generic[Made]):
    """Something of each of the long lines looked at last, good for as long as what it was made of stays the same."""

    def __init__(self) -> None:
        self._kept: dict[int, tuple[object, Made]] = {}

    def of(self, number: int, length: int, made_of: object, make: Callable[[], Made]) -> Made:
        """Returns what is kept of a line, or makes it anew; of short lines nothing is kept."""
        if length < LONG:
            return make()
        kept = self._kept.pop(number, None)
        if kept is None or kept[0] != made_of:
            kept = made_of, make()
        if len(self._kept) >= _KEPT:
            del self._kept[next(iter(self._kept))]
        self._kept[number] = kept
        return kept[1]
