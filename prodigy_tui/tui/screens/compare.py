"""Two moments of a run held against each other, over whatever screen was up."""

from datetime import tzinfo
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import ModalScreen

from prodigy_tui.tui.model.compare import Comparison
from prodigy_tui.tui.model.comparing import comparison_head, comparison_lines
from prodigy_tui.tui.widgets.page import Page


class CompareScreen(ModalScreen[None]):
    """What came between the two: time, money, counts, and every item that has changed its state."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape,c,q", "dismiss", "Back"),
        ("down,j", "move(1)", "Down"),
        ("up,k", "move(-1)", "Up"),
        ("pagedown,ctrl+d", "turn(1)", "A page down"),
        ("pageup,ctrl+u", "turn(-1)", "A page up"),
        ("g,home", "edge(-1)", "To the top"),
        ("G,end", "edge(1)", "To the bottom"),
    ]

    def __init__(self, comparison: Comparison, zone: tzinfo | None) -> None:
        super().__init__()
        self._comparison = comparison
        self._zone = zone
        self.facts = Page(wrapped=False, id="compared")

    def compose(self) -> ComposeResult:
        yield self.facts

    def on_mount(self) -> None:
        self.facts.entitle((("Two moments", "strong"),), (("esc closes", "muted"),))
        self.facts.set_lines(comparison_lines(self._comparison), head=comparison_head(self._comparison, self._zone))
        self.facts.focus()

    def action_move(self, lines: int) -> None:
        """Scrolls."""
        self.facts.move(lines)

    def action_turn(self, direction: int) -> None:
        """Scrolls by a screenful."""
        self.facts.page(direction)

    def action_edge(self, direction: int) -> None:
        """Scrolls to the start, or the end."""
        self.facts.edge(direction)
