"""Lines to read over whatever screen was up: a comparison, a plan that cannot be started."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import ModalScreen

from prodigy_tui.tui.widgets.page import Lines, Page


class TellingScreen(ModalScreen[None]):
    """A page that is read and closed; lines that are made for the width are not broken."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape,enter,c,q", "dismiss", "Back"),
        ("down,j", "move(1)", "Down"),
        ("up,k", "move(-1)", "Up"),
        ("pagedown,ctrl+d", "turn(1)", "A page down"),
        ("pageup,ctrl+u", "turn(-1)", "A page up"),
        ("g,home", "edge(-1)", "To the top"),
        ("G,end", "edge(1)", "To the bottom"),
    ]

    def __init__(self, title: str, lines: Lines) -> None:
        super().__init__()
        self._title = title
        self._lines = lines
        self.told = Page(wrapped=not callable(lines), id="compared")

    def compose(self) -> ComposeResult:
        yield self.told

    def on_mount(self) -> None:
        self.told.entitle(((self._title, "strong"),), (("esc closes", "muted"),))
        self.told.set_lines(self._lines)
        self.told.focus()

    def action_move(self, lines: int) -> None:
        """Scrolls."""
        self.told.move(lines)

    def action_turn(self, direction: int) -> None:
        """Scrolls by a screenful."""
        self.told.page(direction)

    def action_edge(self, direction: int) -> None:
        """Scrolls to the start, or the end."""
        self.told.edge(direction)
