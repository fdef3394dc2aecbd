"""Which log to open: steps of the present one, attempts, phases, agents; typing narrows the list."""

from collections.abc import Callable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from prodigy_tui.tui.model.line import Line, plain, shorten
from prodigy_tui.tui.model.log_choices import Choice, matching
from prodigy_tui.tui.widgets.cursor import CursorList
from prodigy_tui.wording import plural


class ChoiceList(CursorList[Choice]):
    """What can be opened."""

    can_focus = False

    def __init__(self, found: list[Choice], line_of: Callable[[Choice], Line]) -> None:
        super().__init__(id="actions")
        self._found = self._shown = found
        self._line_of = line_of

    def search(self, words: str) -> None:
        """Shows what holds all words."""
        self._shown = matching(self._found, words, lambda choice: plain(self._line_of(choice)))
        self.selected = None
        self._index, self.pinned = 0, False
        self.lines_moved()

    def count(self) -> int:
        return len(self._shown)

    def key_at(self, index: int) -> Choice | None:
        return self._shown[index] if 0 <= index < len(self._shown) else None

    def index_of(self, key: Choice) -> int | None:
        return self._shown.index(key) if key in self._shown else None

    def heading(self, width: int) -> Line:
        return shorten(((f" {plural(len(self._shown), 'log or step', 'logs and steps')}", "muted"),), width)

    def line(self, key: Choice, width: int) -> Line:
        return shorten(((" ", "text"), *self._line_of(key)), width)


class ChooseLogScreen(ModalScreen[Choice | None]):
    """Returns what was chosen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape", "dismiss(None)", "Back"),
        ("down", "move(1)", "Down"),
        ("up", "move(-1)", "Up"),
        ("pagedown", "turn(1)", "A page down"),
        ("pageup", "turn(-1)", "A page up"),
    ]

    def __init__(self, found: list[Choice], line_of: Callable[[Choice], Line]) -> None:
        super().__init__()
        self.list = ChoiceList(found, line_of)
        self.input = Input(placeholder="type to search · enter opens · esc closes", compact=True)

    def compose(self) -> ComposeResult:
        with Vertical(id="box") as box:
            box.border_title = "Logs"
            yield self.input
            yield self.list

    def on_mount(self) -> None:
        self.input.focus()
        self.list.lines_moved()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self.list.search(event.value)

    @on(Input.Submitted)
    def _submitted(self) -> None:
        chosen = self.list.key_at(self.list.index)
        if chosen is not None:
            self.dismiss(chosen)

    @on(CursorList.Opened)
    def _clicked(self) -> None:
        self._submitted()

    def action_move(self, lines: int) -> None:
        """Moves the cursor in the list."""
        self.list.move(lines)

    def action_turn(self, direction: int) -> None:
        """Moves the cursor by a screenful."""
        self.list.page(direction)
