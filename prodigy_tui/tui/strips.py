"""Lines made of segments that cost less than Textual's. Checked with 8.2.8.

A strip of Textual's is made with seven places for what it may be turned into, which takes as long as all else about it;
of our lines only those in their frames are cut, and none is turned into anything more than that.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from rich.segment import Segment
from textual.cache import FIFOCache
from textual.strip import Strip


class _Forgets(FIFOCache[Any, Any]):
    """Keeps nothing."""

    def __setitem__(self, key: object, value: object) -> None:
        """Forgets it."""


_FORGETS: Final = _Forgets(0)


class _Light(Strip):
    """A line that does not keep what it was turned into."""

    __slots__ = ()

    def __init__(self, segments: Iterable[Segment], cell_length: int) -> None:
        self._segments = list(segments)
        self._cell_length = cell_length
        self._divide_cache = self._filter_cache = self._crop_cache = self._style_cache = _FORGETS
        self._line_length_cache = self._crop_extend_cache = self._offsets_cache = _FORGETS
        self._render_cache = self._link_ids = self._cell_count = None


class Drawn(_Light):
    """A line as a widget draws it, which knows itself in its frame."""

    __slots__ = ("edges", "framed")

    def __init__(self, segments: Iterable[Segment], cell_length: int) -> None:
        super().__init__(segments, cell_length)
        self.edges: object = None
        """The edges that it was framed with."""
        self.framed: Framed | None = None


class Framed(_Light):
    """A line in its frame, which is gone as soon as nobody has it.

    A strip keeps how it was divided, even that it was not, and so it keeps itself: 50 of 16 objects each in every frame
    were left to the collector of garbage, which took 8 ms for them every now and then.
    """

    __slots__ = ()

    def __init__(self, segments: Iterable[Segment], cell_length: int) -> None:
        super().__init__(segments, cell_length)
        self._divide_cache, self._filter_cache = FIFOCache(4), FIFOCache(4)

    def divide(self, cuts: Iterable[int]) -> Sequence[Strip]:
        wanted = list(cuts)
        return [self] if wanted == [self.cell_length] else super().divide(wanted)
