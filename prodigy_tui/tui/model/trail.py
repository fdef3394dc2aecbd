"""The places that a person has been at, for the way back."""

from typing import Final, Generic, TypeVar

P = TypeVar("P")
_LONGEST: Final = 50


class Trail(Generic[P]):
    """Views in the order they were left; the same view twice in a row is one."""

    def __init__(self) -> None:
        self._left: list[P] = []

    def __bool__(self) -> bool:
        return bool(self._left)

    def leave(self, view: P) -> None:
        """A view is left for another."""
        if not self._left or self._left[-1] != view:
            self._left = [*self._left, view][-_LONGEST:]

    def back(self, here: P) -> P | None:
        """Returns the view before this one, and forgets it."""
        while self._left:
            view = self._left.pop()
            if view != here:
                return view
        return None

    def clear(self) -> None:
        """Forgets everything: another run is shown."""
        self._left.clear()
