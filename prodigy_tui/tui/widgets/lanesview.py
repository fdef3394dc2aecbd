"""The timeline of agents drawn: lanes, times below, and what is under the cursor."""

from collections.abc import Sequence

from textual import events
from textual.message import Message
from textual.strip import Strip

from prodigy_tui.report.model import Attempt, Report
from prodigy_tui.tui.model.lanes import LEGEND, Lanes
from prodigy_tui.tui.model.line import Line
from prodigy_tui.tui.widgets.surface import Scrolled

_BELOW = 2
"""Lines below the lanes: times, and what is under the cursor."""


class LanesView(Scrolled, can_focus=True, inherit_bindings=False):
    """Lanes in a frame. Up and down go from lane to lane, left and right in time."""

    class Opened(Message):
        """An attempt was clicked while the cursor stood on it."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(id=id)
        self.lanes = Lanes()
        self._names: dict[str, str] = {}

    def show(self, report: Report) -> None:
        """Takes in a newer report, or that of another run."""
        self.lanes.show(report.timeline, report.driven_s)
        self._names = {item.item_id: item.label for item in report.item_reports}
        self._changed()

    def forget(self) -> None:
        """Another run is shown."""
        self.lanes.forget()
        self.lanes.show((), 0.0)
        self._changed()

    @property
    def current(self) -> Attempt | None:
        """The attempt under the cursor."""
        return self.lanes.current

    def zoom(self, direction: int) -> None:
        """Draws time larger, or smaller."""
        self.lanes.change_zoom(direction)
        self._changed()

    def move(self, lines: int) -> None:
        """Goes to another lane."""
        self.lanes.move_lane(lines)
        self._changed()

    def move_in_time(self, steps: int) -> None:
        """Goes to a later attempt, or an earlier one."""
        self.lanes.move_in_time(steps)
        self._changed()

    def page(self, direction: int) -> None:
        """Goes on by as many lanes as are in view."""
        self.move(direction * max(1, self._room - 1))

    def edge(self, direction: int) -> None:
        """Goes to the first attempt of the lane, or the last."""
        self.lanes.edge(direction)
        self._changed()

    @property
    def _room(self) -> int:
        return max(1, self.size.height - _BELOW)

    def _changed(self) -> None:
        if not self.is_mounted:
            return
        # The lines below the lanes stay where they are, so that every lane can be scrolled to above them.
        self.set_line_count(self.lanes.count + _BELOW)
        top, row = self.scroll_offset.y, self.lanes.row
        if row < top:
            self.scroll_top_to(row)
        elif row >= top + self._room:
            self.scroll_top_to(row - self._room + 1)
        self.entitle(self._title(), ((LEGEND if self.size.width > len(LEGEND) + 4 else "", "muted"),))
        self.refresh()

    def _title(self) -> Line:
        zoom = f" · ×{self.lanes.zoom:g}" if self.lanes.zoom > 1 else ""
        return (("Agents over worktrees", "strong"), (zoom, "muted"))

    def on_resize(self) -> None:
        self._changed()

    def render_line(self, y: int) -> Strip:
        width = self.line_width
        below = self._below()
        if y >= self.size.height - len(below):
            return self.draw(below[y - self.size.height + len(below)])
        row = self.scroll_offset.y + y
        if row >= self.lanes.count:
            return self.draw(())
        return self.draw(self.lanes.line(row, width))

    def _below(self) -> Sequence[Line]:
        return (self.lanes.axis(self.line_width), self.lanes.caption(self._names))

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is None or offset.y >= self._room:
            return
        before = self.current
        if self.lanes.at(self.scroll_offset.y + offset.y, offset.x, self.line_width):
            self._changed()
            if before is self.current:
                self.post_message(self.Opened())
