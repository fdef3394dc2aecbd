"""The question before something is done to many agents, or is hard on one: what exactly it hits."""

from collections.abc import Callable, Sequence
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import BindingType

from prodigy_tui.tui.model.line import BLANK, Line
from prodigy_tui.tui.screens.unheard import TellsItsKeys
from prodigy_tui.tui.widgets.page import Page

DEAF_S: Final = 0.3
"""For so long after it has opened the sheet hears nothing: what was typed before was not meant for it."""


class ConfirmScreen(TellsItsKeys[None]):
    """`y` does it, esc leaves everything as it is; enter does neither."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("y", "do", "Do it"),
        ("escape,n", "app.pop_screen", "Leave it"),
        ("down,j", "move(1)", "Down"),
        ("up,k", "move(-1)", "Up"),
    ]

    def __init__(
        self, title: str, lines: Sequence[Line], verb: str, do: Callable[[], None], monotonic: Callable[[], float]
    ) -> None:
        super().__init__()
        self._title, self._verb, self._do = title, verb, do
        self._lines = tuple(lines)
        self._monotonic = monotonic
        self._opened_at = monotonic()
        self.page = Page(id="facts")

    @property
    def sheet(self) -> Page:
        return self.page

    def keys_here(self) -> tuple[str, ...]:
        return "y", "escape"

    def compose(self) -> ComposeResult:
        yield self.page

    def on_mount(self) -> None:
        keys: Line = (("y ", "key"), (self._verb, "text"), ("   esc ", "key"), ("leaves everything as it is", "text"))
        self.page.entitle(((self._title, "strong"),))
        self.page.set_lines((*self._lines, BLANK), head=(keys, BLANK))
        self.page.focus()

    def action_do(self) -> None:
        """Does it."""
        if self._monotonic() - self._opened_at >= DEAF_S:
            self.dismiss()
            self._do()

    def action_move(self, lines: int) -> None:
        """Scrolls."""
        self.page.move(lines)
