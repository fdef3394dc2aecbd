"""A list of anything: keys in order, and whoever can say how one reads."""

from collections.abc import Callable, Sequence

from prodigy_tui.tui.model.line import Line
from prodigy_tui.tui.widgets.cursor import CursorList


class EntryList(CursorList[str]):
    """Entries by their keys. What is told instead of none stands on the first line."""

    def __init__(
        self,
        draw: Callable[[str, int], Line],
        heading: Callable[[int], Line],
        *,
        empty: Line = (),
        id: str | None = None,  # noqa: A002  # Textual's name
    ) -> None:
        super().__init__(id=id)
        self._draw = draw
        self._heading = heading
        self.empty = empty
        self._keys: Sequence[str] = ()
        self._places: dict[str, int] = {}

    def set_entries(self, keys: Sequence[str]) -> None:
        """Shows other entries, or the same ones as they read now."""
        self._keys = keys
        self._places = {key: index for index, key in enumerate(keys)}
        if self.selected is not None and self.selected not in self._places:
            self.selected = self.key_at(min(self._index, self.count() - 1))
        if self.is_mounted:
            self.lines_moved()

    def count(self) -> int:
        return len(self._keys)

    def key_at(self, index: int) -> str | None:
        return self._keys[index] if 0 <= index < len(self._keys) else None

    def index_of(self, key: str) -> int | None:
        return self._places.get(key)

    def heading(self, width: int) -> Line:
        return self._heading(width) if self._keys else self.empty

    def line(self, key: str, width: int) -> Line:
        return self._draw(key, width)
