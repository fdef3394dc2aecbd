"""What is due when: a persistent binary heap of items by their time, for delays that differ from item to item.

Adding and taking cost the logarithm of the number of entries, and an older agenda stays as it was. An entry whose item
does something else by now is left in and skipped by whoever takes it.
"""

from __future__ import annotations

from datetime import datetime

import msgspec
from rpds import HashTrieMap


class Entry(msgspec.Struct, frozen=True, order=True, gc=False):
    """An item and the time before which it does not start; `number` keeps the order of entries due at once."""

    due: datetime
    number: int
    item_id: str


class Agenda(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Items by the time at which they are due."""

    cells: HashTrieMap[int, Entry] = HashTrieMap()
    """The heap: the entries below number n are 2n + 1 and 2n + 2, and none is due before n."""
    size: int = 0
    added: int = 0
    """Entries so far, for their numbers."""

    @property
    def first(self) -> Entry | None:
        """The entry that is due first."""
        return self.cells.get(0)

    def having(self, item_id: str, due: datetime) -> Agenda:
        """Returns the agenda with one more entry."""
        entry = Entry(due, self.added, item_id)
        cells, place = self.cells, self.size
        while place and entry < cells[above := (place - 1) // 2]:
            cells = cells.insert(place, cells[above])
            place = above
        return Agenda(cells=cells.insert(place, entry), size=self.size + 1, added=self.added + 1)

    def without_first(self) -> Agenda:
        """Returns the agenda without the entry that is due first; there must be one."""
        size = self.size - 1
        moved, cells = self.cells[size], self.cells.remove(size)
        place = 0
        while size:
            below = [child for child in (2 * place + 1, 2 * place + 2) if child < size]
            if not below or moved < cells[least := min(below, key=cells.__getitem__)]:
                break
            cells = cells.insert(place, cells[least])
            place = least
        return Agenda(cells=cells.insert(place, moved) if size else cells, size=size, added=self.added)
