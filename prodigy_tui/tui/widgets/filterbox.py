"""One line to type a filter into, and beside it what is wrong with what has been typed.

Neither is made before a filter is: a screen that is opened would lay out, style and load for both what nobody sees,
which is 4 % of a start.
"""

from functools import cached_property
from typing import TYPE_CHECKING

from textual.containers import Horizontal

from prodigy_tui.tui.model.line import Line
from prodigy_tui.tui.model.text import clip
from prodigy_tui.tui.widgets.surface import Bar

if TYPE_CHECKING:
    from textual.widgets import Input


class FilterNote(Bar):
    """What is wrong with the filter, or how it is written."""

    HINT = "word · !word · state:failed · age<10m · tries>=3 · ~pattern~ · =expression"

    def __init__(self) -> None:
        super().__init__(id="filter-note")
        self.trouble = ""

    def lines(self, width: int) -> list[Line]:
        text, role = (self.trouble, "error") if self.trouble else (self.HINT, "muted")
        return [((clip(f" {text}", width), "error" if role == "error" else "muted"),)]


class FilterBox(Horizontal):
    """Shown only while a filter is typed; hidden it takes no keys either, not even those typed before a frame."""

    def __init__(self) -> None:
        super().__init__(id="filter-box")
        self.note = FilterNote()
        self._is_ready = False
        self.show(False)

    @cached_property
    def input(self) -> "Input":
        """Where the filter is typed."""
        from textual.widgets import Input

        made = Input(placeholder="filter · enter keeps · esc clears", id="filter", compact=True)
        made.disabled = not self.display
        if self._is_ready:
            self.mount(made, self.note)
        return made

    def on_mount(self) -> None:
        self._is_ready = True
        if self._is_made:
            self.mount(self.input, self.note)

    @property
    def _is_made(self) -> bool:
        return "input" in vars(self)

    def show(self, wanted: bool) -> None:
        """Shows the line, or hides it."""
        self.display = wanted
        if self._is_made or wanted:
            self.input.disabled = not wanted
        if not wanted:
            self.tell("")

    def clear(self) -> None:
        """Takes away what has been typed."""
        if self._is_made:
            self.input.value = ""

    def tell(self, trouble: str) -> None:
        """Says what is wrong; nothing when nothing is."""
        self.note.trouble = trouble
        if self.note.is_mounted:
            self.note.update()
