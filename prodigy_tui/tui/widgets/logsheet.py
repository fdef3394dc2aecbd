"""A log as it is drawn and moved about in; what it shows and looks for is the matter of the pane above it."""

from datetime import timedelta
from typing import Final, NamedTuple

from rich.segment import Segment
from textual import events
from textual.geometry import Size
from textual.strip import Strip

from prodigy_tui.tui.model.line import Line
from prodigy_tui.tui.model.log_picture import LogPicture
from prodigy_tui.tui.model.log_source import moment_of
from prodigy_tui.tui.model.log_viewport import Viewport, one_row
from prodigy_tui.tui.model.output import OutputLog
from prodigy_tui.tui.widgets.surface import Painted

_WHEEL: Final = 3


class _Look(NamedTuple):
    line: Line
    marked: bool = False
    """The cursor stands on it."""
    seen: bool = False
    """The bar beside it is bright."""


class _Seen(NamedTuple):
    """What is in view, until something moves or comes; asking for each line how large the pane is costs as much."""

    rows: list[tuple[int, Line]]
    """The rows of the picture, each with the number of its line."""
    marked: int | None
    """The line that the cursor stands on."""
    bright: range
    """The rows beside which the bar is bright, which says what part of the log is in view."""
    width: int
    """Cells of a row, without the bar."""
    size: Size
    """Of the pane for which all that holds."""


class LogSheet(Painted):
    """The rows of a log that are in view, with a bar that says which part that is."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(id=id)
        self.picture = LogPicture(OutputLog(None, ""))
        self.view = Viewport()
        self.wrapped = False
        self._sideways = 0
        self._said: list[str] = []
        """What stands in place of a log."""
        self._seen: _Seen | None = None
        self._drawn: dict[int, _Look] = {}
        """What stands in each row of the picture."""

    @property
    def following(self) -> bool:
        """Whether the end is in view and stays there."""
        return self.view.following

    def show_anew(self) -> None:
        """Draws the rows that look different now, and says in the frame how it stands."""
        self._seen = None
        self.refresh_rows([y for y in range(self.size.height) if self._drawn.get(y) != self._look(y)])

    def turn_fold(self) -> None:
        """Folds what the cursor stands on, or unfolds it."""
        raise NotImplementedError

    def _fit(self) -> None:
        width = self._text_width
        picture, wrap = self.picture, self.wrapped
        self.view.heights = (
            (lambda index: picture.height(picture.number_at(index), width, wrap=wrap))
            if wrap or picture.unfolded
            else one_row
        )
        self.view.fit(self.picture.count, self.size.height)

    # ---------------------------------------------------------------------------------------------------- moving about

    def hold_or_follow(self) -> None:
        """Holds the view where it is, or goes to the end and stays there."""
        self.view.turn()
        self.show_anew()

    def scroll_lines(self, lines: int) -> None:
        """Moves the cursor, and holds; below the end it follows."""
        if self.picture.count:
            self.view.move(lines)
        self.show_anew()

    def page(self, direction: int) -> None:
        """Moves by a screenful."""
        self.view.page(direction)
        self.show_anew()

    def edge(self, direction: int) -> None:
        """Goes to the start, or to the end and follows."""
        self.view.edge(direction)
        self.show_anew()

    def go_to_line(self, number: int) -> None:
        """Puts the cursor on a line of the log."""
        if self.picture.reading is not None and not self.picture.filtered:
            self.picture.reading.reveal(number)
            self._fit()
        self.view.go_to(self.picture.index_of(number))
        self.show_anew()

    def go_by_time(self, seconds: float) -> None:
        """Goes to what was printed so much later, or earlier."""
        here = self.picture.moment(self.picture.number_at(self.view.cursor))
        if not here:
            return
        source = self.picture.source
        number = source.line_at(moment_of(here) + timedelta(seconds=seconds))
        if seconds > 0 and number >= source.count - 1:
            self.edge(1)
        else:
            self.go_to_line(max(source.first, number))

    def sideways(self, direction: int) -> None:
        """Shows what is half a page further to the right, or back."""
        self._sideways = max(0, self._sideways + direction * max(1, self._text_width // 2))
        self.show_anew()

    # --------------------------------------------------------------------------------------------------------- drawing

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.view.scroll(_WHEEL)
        self.show_anew()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.view.scroll(-_WHEEL)
        self.show_anew()

    def on_focus(self) -> None:
        self._draw_cursor()

    def on_blur(self) -> None:
        self._draw_cursor()

    def _draw_cursor(self) -> None:
        """Draws the line with the cursor, which is a strong one only where keys move it."""
        self.refresh_rows([y for y, look in self._drawn.items() if look.marked])

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is None or not self.picture.count:
            return
        if offset.x >= self._text_width:
            self.view.drag_to(offset.y * self.picture.count // max(1, self.size.height))
            self.show_anew()
            return
        rows = self._in_view().rows
        if offset.y >= len(rows):
            return
        index = self.picture.index_of(rows[offset.y][0])
        again = not self.view.following and index == self.view.cursor
        self.view.hold()
        self.view.cursor = index
        if again:
            self.turn_fold()
        else:
            self.show_anew()

    @property
    def _text_width(self) -> int:
        return max(1, self.size.width - 1)

    def _in_view(self) -> _Seen:
        """Returns what is in view."""
        if self._seen is None or self._seen.size != self.outer_size:
            height, width, count, view = self.size.height, self._text_width, self.picture.count, self.view
            rows: list[tuple[int, Line]] = []
            index, above = view.top, view.skipped
            while (room := height - len(rows)) > 0 and index < count:
                number = self.picture.number_at(index)
                lines = self.picture.rows(
                    number, width, wrap=self.wrapped, sideways=self._sideways, first=above, most=room
                )
                rows += [(number, line) for line in lines]
                index, above = index + 1, 0
            marked = None if view.following else self.picture.number_at(view.cursor)
            self._seen = _Seen(rows, marked, _bright(height, count, view.top), width, self.outer_size)
        return self._seen

    def _look(self, y: int) -> _Look:
        """Returns what a row of the picture shows."""
        if not self.picture.count:
            said = self._said[y] if y < len(self._said) else ""
            return _Look(line=((" " + said, "muted"),))
        seen = self._in_view()
        if y >= len(seen.rows):
            return _Look(line=(), seen=y in seen.bright)
        number, line = seen.rows[y]
        return _Look(line=line, marked=number == seen.marked, seen=y in seen.bright)

    def render_line(self, y: int) -> Strip:
        look = self._drawn[y] = self._look(y)
        paint, plain = self.paint, self.ground
        cursor = paint.cursor if self.has_focus else paint.resting_cursor
        ground = plain + cursor if look.marked else plain
        bar = Segment(" ", plain + paint.bar if look.seen else plain)
        return paint.strip(look.line, self._in_view().width, ground, bar)


def _bright(height: int, count: int, top: int) -> range:
    """Returns the rows of the bar that stand for what is in view; none where all is."""
    if count <= height:
        return range(0)
    length = max(1, height * height // count)
    start = min((height - length) * top // max(1, count - height), height - length)
    return range(start, start + length)
