"""The fleet as a heat map: one glyph an agent in the order of the items, and below it what the chosen one does."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from textual import events
from textual.message import Message
from textual.strip import Strip

from prodigy_tui.tui.model.cells import item_cells, look_of
from prodigy_tui.tui.model.glance import Glance
from prodigy_tui.tui.model.keynames import key
from prodigy_tui.tui.model.line import Line, Span
from prodigy_tui.tui.model.row_cells import MARK
from prodigy_tui.tui.model.run import Dirty, RunModel
from prodigy_tui.tui.model.text import agent_name, fit
from prodigy_tui.tui.widgets.surface import Scrolled
from prodigy_tui.wording import plural

_LEAD: Final = 6
_CELL: Final = 2
_FOOT: Final = 2
"""Lines below the map: a blank one and the label of the chosen cell."""
_MOST: Final = 36


class HeatMap(Scrolled, can_focus=True, inherit_bindings=False):
    """Agents as cells, of which only the lines in view are ever made."""

    class Chosen(Message):
        """The cursor stands on another agent."""

        def __init__(self, item_id: str) -> None:
            super().__init__()
            self.item_id = item_id

    class Opened(Message):
        """The agent under the cursor was clicked again."""

    def __init__(self, model: RunModel, now: Callable[[], datetime], *, id: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(id=id)
        self._model = model
        self._now = now
        self._drawn: dict[int, Line] = {}
        self._label: Line = ()
        self.index = 0
        """The position of the chosen agent."""
        self.lines_drawn = 0
        """Lines made so far; what a frame costs."""

    @property
    def selected(self) -> str | None:
        """The chosen agent's item."""
        order = self._model.state.order
        return order[self.index] if self.index < len(order) else None

    @property
    def across(self) -> int:
        """Agents on a line."""
        return max(1, min(_MOST, (self.line_width - _LEAD) // _CELL))

    @property
    def view(self) -> range:
        """The lines in view."""
        top = self.scroll_offset.y
        return range(top, min(self._lines, top + self._height))

    @property
    def _height(self) -> int:
        return max(1, self.size.height - _FOOT)

    @property
    def _lines(self) -> int:
        return -(-len(self._model.state.order) // self.across)

    def begin_anew(self) -> None:
        """Another run is shown."""
        self.index = 0
        self._drawn.clear()
        self.scroll_top_to(0)

    def follow(self, dirty: Dirty) -> None:
        """Brings the map up to date with the model."""
        self._entitle()
        if dirty.jumped or self.virtual_size.height != self._lines + _FOOT:
            self.lay_out()
            return
        items, across = self._model.state.items, self.across
        touched = (items.get(item_id) for item_id in dirty.items)
        self._refresh_lines({item.position // across for item in touched if item is not None})
        if dirty.rows:
            self.tick()

    def tick(self) -> None:
        """Draws the lines that look different by now."""
        glance = self._model.glance(self._now())
        self._refresh_lines({line for line in self.view if self._drawn.get(line) != self._line(line, glance)})

    def lay_out(self) -> None:
        """Draws everything again."""
        self.set_line_count(self._lines + _FOOT)
        self.index = min(self.index, max(0, len(self._model.state.order) - 1))
        self._reveal()
        self.refresh()

    def select(self, item_id: str) -> None:
        """Puts the cursor on an item."""
        item = self._model.state.items.get(item_id)
        if item is not None:
            self.move_to(item.position)

    def move(self, lines: int) -> None:
        """Moves the cursor by lines; it stays in its column."""
        aim = self.index + lines * self.across
        last = len(self._model.state.order) - 1
        if 0 <= aim <= last:
            self.move_to(aim)
        elif aim > last and self.index // self.across < last // self.across:
            self.move_to(last)

    def sideways(self, cells: int) -> None:
        """Moves the cursor by agents, from line to line."""
        self.move_to(self.index + cells)

    def page(self, direction: int) -> None:
        """Moves by as many lines as are in view."""
        lines = min(self._height, self._lines - 1) * direction
        row = min(max(self.index // self.across + lines, 0), max(0, self._lines - 1))
        self.move_to(row * self.across + self.index % self.across)

    def edge(self, direction: int) -> None:
        """Goes to the first agent, or the last."""
        self.move_to(0 if direction < 0 else len(self._model.state.order) - 1)

    def move_to(self, index: int) -> None:
        """Puts the cursor on a position, as far as there are any."""
        before = self.index
        self.index = min(max(index, 0), max(0, len(self._model.state.order) - 1))
        self._reveal()
        self._refresh_lines({before // self.across, self.index // self.across})
        if self.selected is not None:
            self.post_message(self.Chosen(self.selected))

    def mark(self) -> None:
        """Marks the chosen agent, or takes its mark away, and goes on to the next."""
        if self.selected is not None:
            self._model.marks.toggle(self.selected)
            self._entitle()
            self.sideways(1)

    def _entitle(self) -> None:
        total, rows, marks = self._model.state.counts.total, self._model.rows, len(self._model.marks)
        words = [f"{marks} marked"] if marks else []
        words += [f"{rows.admitted} of {total} pass the filter"] if rows.narrowed else []
        title: Line = (("Fleet", "strong"), (f" · heat map · {plural(total, 'agent')}", "muted"))
        self.entitle(title, ((" · ".join([*words, f"{key('view.heat')} list"]), "muted"),))

    def _reveal(self) -> None:
        line, top = self.index // self.across, self.scroll_offset.y
        if line < top:
            self.scroll_top_to(line)
        elif line >= top + self._height:
            self.scroll_top_to(line - self._height + 1)

    def _refresh_lines(self, lines: set[int]) -> None:
        view = self.view
        if lines:
            self.refresh_rows([*(line - view.start for line in lines if line in view), self.size.height - 1])

    def _line(self, line: int, glance: Glance) -> Line:
        """Returns the cells of a line, each a blank or a mark and a glyph."""
        state, rows, marks = self._model.state, self._model.rows, self._model.marks
        first = line * self.across
        spans: list[Span] = []
        for item_id in state.order[first : first + self.across]:
            item = state.items[item_id]
            look = look_of(item, glance)
            spans.append((MARK if item_id in marks else " ", "warning"))
            spans.append((look.glyph, look.role) if rows.admits(item_id) else ("∙", "muted"))
        return tuple(spans)

    def _told(self, glance: Glance) -> Line:
        """Returns what the chosen agent is and does."""
        item = glance.state.items.get(self.selected or "")
        if item is None:
            return ()
        cells = item_cells(item, glance)
        step, age = cells.values.get("step", ""), cells.values.get("age", "")
        return (
            (f" {agent_name(item.position)}  ", "strong"),
            (f"{cells.look.glyph} {cells.look.word}  ", cells.look.role),
            (f"{cells.item}  ", "text"),
            ("  ".join(part for part in (step, age) if part) + "  ", "muted"),
            (cells.detail, cells.detail_role),
        )

    def render_line(self, y: int) -> Strip:
        self.lines_drawn += 1
        if y >= self.size.height - _FOOT:
            return self.draw(self._told(self._model.glance(self._now())) if y == self.size.height - 1 else ())
        line = self.scroll_offset.y + y
        if line >= self._lines:
            return self.draw(())
        cells = self._drawn[line] = self._line(line, self._model.glance(self._now()))
        label: Span = (fit(f" {line * self.across:04d}", _LEAD), "muted")
        if line != self.index // self.across:
            return self.draw((label, *cells))
        at = self.index % self.across * _CELL
        ground = self.ground + (self.paint.cursor if self.has_focus else self.paint.resting_cursor)
        parts = (label, *cells[:at]), cells[at : at + _CELL], cells[at + _CELL :]
        lead = _LEAD + at
        return Strip.join(
            [
                self.paint.strip(parts[0], lead, self.ground),
                self.paint.strip(parts[1], _CELL, ground),
                self.paint.strip(parts[2], max(0, self.line_width - lead - _CELL), self.ground),
            ]
        )

    def on_focus(self) -> None:
        self._refresh_lines({self.index // self.across})

    def on_blur(self) -> None:
        self._refresh_lines({self.index // self.across})

    def on_resize(self) -> None:
        self._drawn.clear()
        self.lay_out()

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is None or offset.x < _LEAD or offset.y >= self._height:
            return
        column = (offset.x - _LEAD) // _CELL
        index = (self.scroll_offset.y + offset.y) * self.across + column
        if column < self.across and index < len(self._model.state.order):
            again = index == self.index
            self.move_to(index)
            if again:
                self.post_message(self.Opened())
