"""A list with a cursor: draws only the lines in view; what the lines are is the subclass's matter."""

from collections.abc import Hashable, Iterable
from typing import Final, Generic, NamedTuple, TypeVar

from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip

from prodigy_tui.tui.model.line import Line
from prodigy_tui.tui.widgets.surface import Scrolled

K = TypeVar("K", bound=Hashable)

_WHOLE: Final = 0.6
"""The share of lines from which on drawing everything is cheaper than drawing lines."""


class _Frame(NamedTuple):
    """What is the same for all lines of a frame, and takes as long to ask for as a line to draw."""

    top: int
    lines: int
    width: int


class CursorList(Scrolled, Generic[K], can_focus=True, inherit_bindings=False):
    """Lines that stand for keys. The heading stays; the cursor stays on its key while lines move around it."""

    class Selected(Message):
        """The cursor stands on another key."""

        def __init__(self, sender: "CursorList[K]", key: K) -> None:
            super().__init__()
            self.sender = sender
            self.key = key

    class Opened(Message):
        """A key was clicked while the cursor stood on it."""

        def __init__(self, sender: "CursorList[K]", key: K) -> None:
            super().__init__()
            self.sender = sender
            self.key = key

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(id=id)
        self._index = 0
        self.selected: K | None = None
        """The key that the person chose; stays when its line is folded away."""
        self.pinned = False
        """Whether a person has put the cursor somewhere; before, it goes to what is most worth a look."""
        self.lines_drawn = 0
        """Lines made so far; what a frame costs."""
        self._frame = _Frame(0, 0, 0)

    def begin_anew(self) -> None:
        """Forgets where the cursor was: another run is shown."""
        self.selected = None
        self.pinned = False
        self._index = 0
        self.scroll_top_to(0)

    async def handle_key(self, event: events.Key) -> bool:  # noqa: ARG002  # Textual's signature
        """Keys are bound. Textual would also call a method named `key_` and the key's name: `@` is called `at`."""
        return False

    def count(self) -> int:
        """Returns how many lines there are."""
        raise NotImplementedError

    def key_at(self, index: int) -> K | None:
        """Returns what a line stands for."""
        raise NotImplementedError

    def index_of(self, key: K) -> int | None:
        """Returns the line of a key."""
        raise NotImplementedError

    def line(self, key: K, width: int) -> Line:
        """Returns what the line says."""
        raise NotImplementedError

    def heading(self, width: int) -> Line:
        """Returns the line above the first."""
        raise NotImplementedError

    def first_choice(self) -> K | None:
        """Returns what the cursor stands on before anybody has moved it."""
        return self.key_at(0)

    @property
    def index(self) -> int:
        """The line of the cursor."""
        return self._index

    @property
    def view(self) -> range:
        """The lines in view."""
        top = self.scroll_offset.y
        return range(top, min(self.count(), top + max(0, self.size.height - 1)))

    def lines_moved(self) -> None:
        """Draws everything again after lines came, went or changed places."""
        self.set_line_count(self.count() + 1)
        if not self.pinned and (first := self.first_choice()) is not None:
            self._choose(first)
        here = self.index_of(self.selected) if self.selected is not None else None
        if here is None:
            here = min(self._index, max(0, self.count() - 1))
        moved, top = here - self._index, self.scroll_offset.y
        self._index = here
        if self.selected is None and (stands_on := self.key_at(here)) is not None:
            # All lines had left, and some came again: the cursor stands on one of them.
            self._choose(stands_on)
        if moved and top:
            self.scroll_top_to(max(0, top + moved))
        self.refresh()

    def refresh_lines_of(self, keys: Iterable[K]) -> None:
        """Draws the lines of some keys again, as far as they are in view."""
        view = self.view
        found = (self.index_of(key) for key in keys)
        self.refresh_indexes([line for line in found if line is not None and line in view])

    def refresh_indexes(self, lines: list[int]) -> None:
        """Draws some lines again."""
        if len(lines) > self.size.height * _WHOLE:
            self.refresh()
            return
        self.refresh_rows(line - self.scroll_offset.y + 1 for line in lines)

    def select(self, key: K) -> None:
        """Puts the cursor on a key."""
        line = self.index_of(key)
        if line is not None:
            self.move_to(line)

    def move(self, lines: int) -> None:
        """Moves the cursor down, or up."""
        self.move_to(self._index + lines)

    def move_to(self, line: int) -> None:
        """Puts the cursor on a line, within the list."""
        self.pinned = True
        before = self._index
        self._index = min(max(line, 0), max(0, self.count() - 1))
        self._reveal()
        self.refresh_indexes([before, self._index])
        key = self.key_at(self._index)
        if key is not None:
            self._choose(key)

    def page(self, direction: int) -> None:
        """Moves the cursor by a screenful."""
        self.move(direction * max(1, self.size.height - 2))

    def edge(self, direction: int) -> None:
        """Puts the cursor on the first line, or the last."""
        self.move_to(0 if direction < 0 else self.count() - 1)

    def _choose(self, key: K) -> None:
        if key != self.selected:
            self.selected = key
            self.post_message(self.Selected(self, key))

    def _reveal(self) -> None:
        top, height = self.scroll_offset.y, max(1, self.size.height - 1)
        if self._index < top:
            self.scroll_top_to(self._index)
        elif self._index >= top + height:
            self.scroll_top_to(self._index - height + 1)

    def render_lines(self, crop: Region) -> list[Strip]:
        self._frame = _Frame(self.scroll_offset.y, self.count(), self.line_width)
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        top, count, width = self._frame
        self.lines_drawn += 1
        if y == 0:
            return self.paint.strip(self.heading(width), width, self.ground)
        index = top + y - 1
        key = self.key_at(index) if index < count else None
        if key is None:
            return self.paint.strip((), width, self.ground)
        ground = self.ground
        if index == self._index:
            ground += self.paint.cursor if self.leads else self.paint.resting_cursor
        return self.paint.strip(self.line(key, width), width, ground)

    @property
    def leads(self) -> bool:
        """Whether keys move this cursor now; a list that never has the focus is moved from where it is typed."""
        return self.has_focus or not self.can_focus

    def on_focus(self) -> None:
        self.refresh_indexes([self._index])

    def on_blur(self) -> None:
        self.refresh_indexes([self._index])

    def on_resize(self) -> None:
        self.lines_moved()
        self._reveal()

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is None or offset.y < 1:
            return
        line = self.scroll_offset.y + offset.y - 1
        key = self.key_at(line) if line < self.count() else None
        if key is None:
            return
        again = line == self._index
        self.move_to(line)
        if again:
            self.post_message(self.Opened(self, key))
