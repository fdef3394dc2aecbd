"""One line to type a filter into, and beside it what is wrong with what has been typed."""

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Input

from prodigy_tui.tui.model.line import Line
from prodigy_tui.tui.model.text import clip
from prodigy_tui.tui.widgets.surface import Bar


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
        self.input = Input(placeholder="filter · enter keeps · esc clears", id="filter", compact=True)
        self.note = FilterNote()
        self.show(False)

    def compose(self) -> ComposeResult:
        yield self.input
        yield self.note

    def show(self, wanted: bool) -> None:
        """Shows the line, or hides it."""
        self.display = wanted
        self.input.disabled = not wanted
        if not wanted:
            self.tell("")

    def tell(self, trouble: str) -> None:
        """Says what is wrong; nothing when nothing is."""
        self.note.trouble = trouble
        if self.note.is_mounted:
            self.note.update()
