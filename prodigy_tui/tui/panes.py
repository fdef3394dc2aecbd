"""The panes of the screen that is up: going from one to the next, one of them alone, and labels to jump to."""

from collections.abc import Callable, Hashable
from typing import Any, Final

from msgspec import Struct
from textual.app import App
from textual.geometry import Offset
from textual.screen import Screen
from textual.widget import Widget

from prodigy_tui.tui.screens.kind import is_a
from prodigy_tui.tui.widgets.bars import Ticker
from prodigy_tui.tui.widgets.cursor import CursorList
from prodigy_tui.tui.widgets.filterbox import FilterBox
from prodigy_tui.tui.widgets.surface import Bar

ALONE: Final = "-alone"
"""The class of a pane that fills the body, and of what holds it."""
ASIDE: Final = "-aside"
"""The class of what has to give way to it."""


class Target(Struct, frozen=True):
    """A place to jump to."""

    at: Offset
    """Where its label stands, on the screen."""
    go: Callable[[], object]


class Panes:
    """The panes of one app."""

    def __init__(self, app: App[Any]) -> None:
        self._app = app

    @property
    def _screen(self) -> Screen[Any]:
        return self._app.screen

    @property
    def zoomed(self) -> bool:
        """Whether one pane stands alone."""
        return self._screen.has_class("-zoomed")

    def step(self, direction: int) -> None:
        """Gives the next pane the focus, or the one before; where one stands alone, the other does then.

        A screen whose panes are not all in view goes to the next one itself, by `action_pane`.
        """
        zoomed = self.zoomed
        if not zoomed and callable(own := getattr(self._screen, "action_pane", None)):
            own(direction)
            return
        if zoomed:
            self.unzoom()
        if direction > 0:
            self._screen.focus_next()
        else:
            self._screen.focus_previous()
        if zoomed and not self.no_zoom():
            self.zoom()

    def no_zoom(self) -> str:
        """Returns why no pane can stand alone; empty when one can, or does."""
        return "" if self.zoomed or self._pane() is not None else "no pane has the focus"

    def zoom(self) -> None:
        """Lets the pane that has the focus fill the body, or brings the others back."""
        if self.zoomed:
            self.unzoom()
            return
        pane = self._pane()
        if pane is None:
            return
        self._screen.add_class("-zoomed")
        inner: Widget = pane
        for outer in pane.ancestors:
            if not isinstance(outer, Widget):
                break
            inner.add_class(ALONE)
            for other in outer.children:
                if other is not inner and _gives_way(other):
                    other.add_class(ASIDE)
            if isinstance(outer, Screen):
                break
            inner = outer

    def unzoom(self) -> None:
        """Brings the other panes back."""
        self._screen.remove_class("-zoomed")
        for name in (ALONE, ASIDE):
            self._screen.query(f".{name}").remove_class(name)

    def _pane(self) -> Widget | None:
        focused = self._screen.focused
        return None if isinstance(focused, Bar) or is_a(focused, "Input") else focused

    def targets(self) -> list[Target]:
        """Returns where one can jump to: the lines of the pane that has the focus, other lists' lines, the panes."""
        focused = self._screen.focused
        shown = [
            widget
            for widget in self._screen.query(Widget)
            if widget.focusable and widget.is_on_screen and not is_a(widget, "Input")
        ]
        shown.sort(key=lambda widget: widget is not focused)
        lines = [target for widget in shown if isinstance(widget, CursorList) for target in _lines(widget)]
        return [*lines, *(Target(widget.region.offset + Offset(1, 0), widget.focus) for widget in shown)]


def _gives_way(widget: Widget) -> bool:
    """Bars stay, except the activity log."""
    return isinstance(widget, Ticker) or not isinstance(widget, Bar | FilterBox)


def _lines(widget: CursorList[Hashable]) -> list[Target]:
    """Returns the lines of a list that are in view."""
    region, top = widget.content_region, widget.scroll_offset.y
    found = []
    for index in widget.view:
        y = region.y + 1 + index - top
        if y < region.bottom:
            found.append(Target(Offset(region.x, y), _goer(widget, index)))
    return found


def _goer(widget: CursorList[Hashable], index: int) -> Callable[[], None]:
    def go() -> None:
        widget.focus()
        widget.move_to(index)

    return go
