"""When lines of a list may change places: at most twice a second, and never while somebody moves among them."""

from collections.abc import Callable
from typing import Final

PAUSE_S: Final = 0.5


class Calm:
    """Says when it is time to sort again."""

    def __init__(self, monotonic: Callable[[], float], pause_s: float = PAUSE_S) -> None:
        self._monotonic = monotonic
        self._pause_s = pause_s
        self._next = float("-inf")

    def moved(self) -> None:
        """The cursor has been moved."""
        self._next = self._monotonic() + self._pause_s

    def due(self) -> bool:
        """Whether lines may change places now; when they may, they may not again for a while."""
        now = self._monotonic()
        if now < self._next:
            return False
        self._next = now + self._pause_s
        return True
