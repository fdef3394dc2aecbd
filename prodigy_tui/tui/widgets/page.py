"""A page of lines to read: facts, stories, differences, help."""

from collections.abc import Callable, Sequence
from typing import TypeAlias, overload

from textual.strip import Strip

from prodigy_tui.tui.model.line import Line, Role, wrap
from prodigy_tui.tui.model.text import safe
from prodigy_tui.tui.widgets.surface import Scrolled

Lines: TypeAlias = Sequence[Line] | Callable[[int], Sequence[Line]]
"""Lines, or what makes them for a width."""


class Page(Scrolled, can_focus=True, inherit_bindings=False):
    """Lines that scroll, below a head that stays. `wrapped` breaks long ones; without it they are cut."""

    def __init__(self, *, wrapped: bool = True, id: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(id=id)
        self._wrapped = wrapped
        self._source: tuple[Sequence[Line], Lines] = ((), ())
        self._head: Sequence[Line] = ()
        self._lines: Sequence[Line] = ()

    @property
    def page_lines(self) -> Sequence[Line]:
        """The lines below the head as they are drawn."""
        return self._lines

    def set_lines(self, lines: Lines, *, head: Sequence[Line] = ()) -> None:
        """Shows other lines; the place stays when there are as many as before."""
        if (head, lines) == self._source:
            return
        self._source = (head, lines)
        before = (self._head, self._lines)
        self._head, self._lines = map(self._fitted, self._source)
        if (len(self._head), len(self._lines)) != (len(before[0]), len(before[1])):
            self._draw_all()
            return
        top, now = self.scroll_offset.y, (self._head, self._lines)
        self.refresh_rows(y for y in range(self.size.height) if _line_at(y, top, *before) != _line_at(y, top, *now))

    def _lay_out(self) -> None:
        self._head, self._lines = map(self._fitted, self._source)
        self._draw_all()

    def _draw_all(self) -> None:
        self.set_line_count(len(self._head) + len(self._lines))
        self.refresh()

    def _fitted(self, source: Lines) -> Sequence[Line]:
        # A blank on either side; and the scrollbar comes only when the lines are known.
        width = max(1, self.size.width - 3)
        lines = source(width) if callable(source) else source
        return [part for line in lines for part in wrap(line, width)] if self._wrapped else lines

    def on_resize(self) -> None:
        self._lay_out()

    def move(self, lines: int) -> None:
        """Scrolls."""
        self.scroll_top_to(self.scroll_offset.y + lines)

    def page(self, direction: int) -> None:
        """Scrolls by a screenful."""
        self.move(direction * max(1, self.size.height - len(self._head) - 1))

    def edge(self, direction: int) -> None:
        """Scrolls to the start, or the end."""
        self.scroll_top_to(0 if direction < 0 else self.max_scroll_y)

    def render_line(self, y: int) -> Strip:
        return self.draw(((" ", "text"), *_line_at(y, self.scroll_offset.y, self._head, self._lines)))


def _line_at(y: int, top: int, head: Sequence[Line], lines: Sequence[Line]) -> Line:
    """Returns what stands in a row of a page whose lines are scrolled so that `top` comes first."""
    if y < len(head):
        return head[y]
    index = top + y - len(head)
    return lines[index] if index < len(lines) else ()


class DiffLines(Sequence[Line]):
    """A unified diff as lines; each is made safe only when it comes into view."""

    def __init__(self, text: str) -> None:
        # Not splitlines(): a form feed or a line separator inside a line of code ends no line of the diff.
        self._lines = text.removesuffix("\n").split("\n") if text else []

    def __len__(self) -> int:
        return len(self._lines)

    @overload
    def __getitem__(self, index: int) -> Line: ...
    @overload
    def __getitem__(self, index: slice) -> list[Line]: ...
    def __getitem__(self, index: int | slice) -> Line | list[Line]:
        if isinstance(index, slice):
            return [_diff_line(line) for line in self._lines[index]]
        return _diff_line(self._lines[index])

    def hunk(self, start: int, direction: int) -> int | None:
        """Returns the next line that begins a hunk, or the previous one."""
        step = 1 if direction > 0 else -1
        index = start + step
        while 0 <= index < len(self._lines):
            if self._lines[index].startswith(("@@", "diff --git")):
                return index
            index += step
        return None


def _diff_line(text: str) -> Line:
    role: Role = "text"
    if text.startswith(("diff --git", "+++", "---")):
        role = "strong"
    elif text.startswith("@@"):
        role = "primary"
    elif text.startswith("+"):
        role = "added"
    elif text.startswith("-"):
        role = "removed"
    elif text.startswith(("index ", "new file", "deleted file", "similarity", "rename ")):
        role = "muted"
    return ((safe(text), role),)
