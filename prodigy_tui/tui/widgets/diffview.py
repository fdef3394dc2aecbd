"""A page of code: draws the lines in view, moves by hunks and sideways."""

from bisect import bisect_right

from textual.strip import Strip

from prodigy_tui.tui.model.diffpage import Readable, TextPage
from prodigy_tui.tui.widgets.surface import Scrolled


class DiffView(Scrolled, can_focus=True, inherit_bindings=False):
    """Shows one file's difference, or whatever else reads like it."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(id=id)
        self._page: Readable = TextPage([])
        self.pan = 0
        """Cells of the code that are left of the view."""
        self.at_stop = -1
        """The hunk that was gone to last; before anybody has, the one in view counts."""
        self.lines_drawn = 0
        """Lines made so far; what a frame costs."""

    def show(self, page: Readable, *, keep: bool = False) -> None:
        """Shows another page, from its start unless it is the same one in another dress."""
        stop = self.stop
        self._page = page
        self.set_line_count(len(page))
        if keep:
            self.to_stop(stop)
        else:
            self.pan, self.at_stop = 0, -1
            self.scroll_top_to(0)
        self.refresh()

    @property
    def stops(self) -> int:
        """How many hunks there are."""
        return len(self._page.stops)

    @property
    def stop(self) -> int:
        """The hunk in view, from 0; -1: none."""
        stops, top = self._page.stops, self.scroll_offset.y
        if 0 <= self.at_stop < len(stops) and self._is_in_view(stops[self.at_stop]):
            return self.at_stop
        above = bisect_right(stops, top) - 1
        return max(above, 0) if stops else -1

    def _is_in_view(self, line: int) -> bool:
        return self.scroll_offset.y <= line < self.scroll_offset.y + max(1, self.size.height)

    def to_stop(self, number: int) -> bool:
        """Goes to a hunk; returns whether there is such a one."""
        stops = self._page.stops
        if not 0 <= number < len(stops):
            return False
        self.at_stop = number
        self.scroll_top_to(stops[number])
        self.refresh()
        return True

    def step(self, direction: int) -> bool:
        """Goes to the next hunk, or the previous one; returns whether there is one."""
        return self.to_stop(self.stop + direction) if self.stops else False

    def move(self, lines: int) -> None:
        """Scrolls."""
        self.scroll_top_to(self.scroll_offset.y + lines)

    def page(self, direction: int) -> None:
        """Scrolls by a screenful."""
        self.move(direction * max(1, self.size.height - 1))

    def edge(self, direction: int) -> None:
        """Scrolls to the start, or the end."""
        self.scroll_top_to(0 if direction < 0 else self.max_scroll_y)

    def sideways(self, direction: int) -> None:
        """Moves the code by half a page."""
        self.pan = max(0, self.pan + direction * max(8, self.size.width // 2))
        self.refresh()

    def on_resize(self) -> None:
        self.set_line_count(len(self._page))
        self.refresh()

    def render_line(self, y: int) -> Strip:
        self.lines_drawn += 1
        index = self.scroll_offset.y + y
        width = self.line_width
        if not 0 <= index < len(self._page):
            return self.draw(())
        here = self.stop
        ground = self.ground
        if here >= 0 and index == self._page.stops[here]:
            ground = self.ground + self.paint.cursor
        return self.paint.strip(((" ", "text"), *self._page.line(index, width - 1, self.pan)), width, ground)
