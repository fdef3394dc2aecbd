"""The items that a person has marked, and what a key then means: all of them, in the order of the run."""

from collections.abc import Iterable, Iterator

from prodigy_tui.events.state import RunState


class Marks:
    """A set of items."""

    def __init__(self) -> None:
        self._marked: set[str] = set()

    def __len__(self) -> int:
        return len(self._marked)

    def __contains__(self, item_id: object) -> bool:
        return item_id in self._marked

    def __iter__(self) -> Iterator[str]:
        return iter(self._marked)

    def toggle(self, item_id: str) -> None:
        """Marks an item, or takes its mark away."""
        self._marked ^= {item_id}

    def toggle_all(self, item_ids: Iterable[str]) -> None:
        """Marks all of these, or none when all of them are marked."""
        every = set(item_ids)
        self._marked = self._marked - every if every <= self._marked else self._marked | every

    def clear(self) -> None:
        """Takes all marks away."""
        self._marked.clear()

    def in_order(self, state: RunState) -> tuple[str, ...]:
        """Returns the marked items that there are, by their position."""
        found = [state.items[item_id] for item_id in self._marked if item_id in state.items]
        return tuple(item.item.id for item in sorted(found, key=lambda item: item.position))
