"""The last thing done here that can be taken back."""

from collections.abc import Callable
from datetime import datetime

from msgspec import Struct


class _Offer(Struct, frozen=True, kw_only=True):
    what: str
    deed: Callable[[], object]
    until: datetime | None


class Undo:
    """Keeps one offer: a later deed takes the place of an earlier one."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._offer: _Offer | None = None

    def offer(self, what: str, deed: Callable[[], object], until: datetime | None = None) -> None:
        """Says how to take back what was just done, `what`; from `until` on it is too late."""
        self._offer = _Offer(what=what, deed=deed, until=until)

    def forget(self) -> None:
        """Another run is shown: what was done in the one before is not taken back by a key pressed here."""
        self._offer = None

    def reason(self) -> str:
        """Returns why nothing can be undone; empty when something can."""
        if self._offer is None:
            return "nothing to undo"
        if self._offer.until is not None and self._now() >= self._offer.until:
            return f"too late to undo: {self._offer.what}"
        return ""

    def undo(self) -> str:
        """Takes it back and returns what was taken back."""
        offer, self._offer = self._offer, None
        if offer is None:
            return ""
        offer.deed()
        return offer.what
