"""Which agents at work are silent for too long."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Final

from prodigy_tui.events.item_state import ItemState
from prodigy_tui.tui.model.glance import Glance

_NEVER: Final = datetime.max.replace(tzinfo=UTC)


class Silence:
    """Looks at everybody only when the next one may have become silent; else at those of whom there is news."""

    def __init__(self) -> None:
        self.stalled: frozenset[str] = frozenset()
        """Who is silent, when that was looked at last."""
        self._after_s = 0.0
        self._looked_at = _NEVER
        self._next = _NEVER
        """Nobody else has been silent for long enough before."""

    def look(self, glance: Glance, touched: Collection[str] | None = None) -> frozenset[str]:
        """Returns of whom it is different now; `touched`: where something has changed, by default anywhere."""
        before, items = self.stalled, glance.state.items
        back, other = glance.now < self._looked_at, glance.stalled_after_s != self._after_s
        if touched is None or back or other or glance.now >= self._next:
            self._after_s, self._next = glance.stalled_after_s, _NEVER
            looked_at = list(glance.state.slots.values())
        else:
            looked_at = [*self.stalled.union(touched)]
        self._looked_at = glance.now
        found = (items.get(item_id) for item_id in looked_at)
        self.stalled = frozenset(item.item.id for item in found if item is not None and self._is_silent(item, glance))
        return before ^ self.stalled

    def _is_silent(self, item: ItemState, glance: Glance) -> bool:
        if not glance.may_stall(item):
            return False
        heard = glance.heard(item)
        if heard is None:
            return False
        until = heard + timedelta(seconds=glance.stalled_after_s)
        if glance.now > until:
            return True
        self._next = min(self._next, until)
        return False
