"""The items of a state while many events are folded at once: changed in place, and made lasting at the end.

To put an item into the persistent mapping is a quarter of what an event costs, and of the states in between nobody ever
sees one. What was there before stays as it is.
"""

from __future__ import annotations  # rpds.HashTrieMap cannot be subscripted at run time

from collections.abc import Mapping

from rpds import HashTrieMap

from prodigy_tui.events.item_state import ItemState


class OpenItems:
    """Stands where the persistent mapping does, for rules that only get and insert, and never look back."""

    __slots__ = ("_before", "_changed")

    def __init__(self, items: HashTrieMap[str, ItemState]) -> None:
        self._before = items
        self._changed: dict[str, ItemState] = {}

    def get(self, item_id: str) -> ItemState | None:
        return self._changed.get(item_id) or self._before.get(item_id)

    def __getitem__(self, item_id: str) -> ItemState:
        return self._changed.get(item_id) or self._before[item_id]

    def insert(self, item_id: str, entry: ItemState) -> OpenItems:
        self._changed[item_id] = entry
        return self

    def update(self, entries: Mapping[str, ItemState]) -> OpenItems:
        self._changed.update(entries)
        return self

    def lasting(self) -> HashTrieMap[str, ItemState]:
        """Returns the persistent mapping with all that has changed."""
        return self._before.update(self._changed)
