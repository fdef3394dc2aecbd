"""What of a screen is put together for a frame. Checked with Textual 8.2.8.

For a frame in which some lines are drawn Textual asks every widget within a rectangle around all of them for all of its
lines, cuts up each that has a drawn line anywhere beside it, and writes a place for the neighbour of whatever is drawn.
That is as much work as making the few lines that look different. Here a widget is asked only for lines that show what
is drawn anew, the front ones first, and for none that are all covered.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TypeAlias

from rich.console import Console
from textual._compositor import ChopsUpdate, Compositor
from textual.geometry import Region
from textual.strip import Strip

_Row: TypeAlias = dict[int, Strip | None]
"""A row of the screen: where each piece of it begins, and the piece, as far as it is drawn."""


class Pieces(ChopsUpdate):
    """Pieces of rows, each at its place."""

    def render_segments(self, console: Console) -> str:
        # Textual makes an object for each place, and cuts a piece of no width from the neighbour of what is drawn.
        written: list[str] = []
        for y, left, right in self.spans:
            for end, (x, strip) in zip(self.chop_ends[y], self.chops[y].items(), strict=True):
                if strip is None or x >= right or end <= left:
                    continue
                shown = strip if end <= right else strip.crop(0, right - x)
                written.append(f"\x1b[{y + 1};{x + 1}H{shown.render(console)}")
        return "".join(written)


class Sparing(Compositor):
    """Asks widgets for no more than is drawn."""

    def render_partial_update(self) -> ChopsUpdate | None:
        dirty = self._dirty_regions.copy()
        self._dirty_regions.clear()
        if not dirty:
            return None
        width, height = self.size
        spans = [
            (y, max(0, left), min(width, right))
            for y, left, right in self._regions_to_spans(dirty)
            if 0 <= y < height and left < width and right > 0
        ]
        cuts = self.cuts
        rows: dict[int, _Row] = {}
        missing: defaultdict[int, list[int]] = defaultdict(list)
        for y, left, right in spans:
            edges = cuts[y]
            if y not in rows:
                rows[y] = dict.fromkeys(edges[:-1])
            places = missing[y]
            places += [x for x, end in pairwise(edges) if x < right and end > left and x not in places]
        self._fill(rows, missing)
        ends: Mapping[int, Sequence[int]] = {y: cuts[y][1:] for y in rows}
        return Pieces(rows, spans, ends)  # type: ignore[arg-type]  # only the rows that it has are asked for

    def _fill(self, rows: dict[int, _Row], missing: dict[int, list[int]]) -> None:
        """Puts into rows what is missing there, from the front to the back."""
        for widget, (region, clip) in self.visible_widgets.items():
            shown = region.intersection(clip)
            left, right = shown.column_span
            wanted = {
                y: mine
                for y, places in missing.items()
                if shown.y <= y < shown.bottom and (mine := [x for x in places if left <= x < right])
            }
            if not wanted:
                continue
            first, last = min(wanted), max(wanted)
            crop = Region(shown.x - region.x, first - region.y, shown.width, last + 1 - first)
            lines = widget.render_lines(crop)
            for y, mine in wanted.items():
                line, places, row = lines[y - first], missing[y], rows[y]
                edges = [cut for cut in self.cuts[y] if left <= cut <= right]
                pieces: Sequence[Strip] = (line,)
                if len(edges) > 2 or line.cell_length != right - left:
                    pieces = line.divide([cut - left for cut in edges[1:]])
                for x, piece in zip(edges, pieces, strict=False):
                    if x in mine:
                        row[x] = piece
                        places.remove(x)
                if not places:
                    del missing[y]
            if not missing:
                return
