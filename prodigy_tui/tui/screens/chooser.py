"""One of several things, or several of them, chosen from a list that is searched by typing."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from prodigy_tui.tui.model.choosing import Choice
from prodigy_tui.tui.model.line import Line
from prodigy_tui.tui.model.text import fit
from prodigy_tui.tui.widgets.cursor import CursorList


class ChoiceList(CursorList[str]):
    """Choices with a sign for those that hold."""

    can_focus = False

    def __init__(self, choices: Callable[[], Sequence[Choice]]) -> None:
        super().__init__(id="actions")
        self._choices = choices
        self._text = ""
        self._shown: dict[str, Choice] = {}
        self.reload()

    def reload(self) -> None:
        """Asks anew what there is to choose."""
        wanted = self._text.casefold().split()
        found = (choice for choice in self._choices() if all(word in choice.caption.casefold() for word in wanted))
        self._shown = {choice.id: choice for choice in found}
        if self.is_mounted:
            self.lines_moved()

    def search(self, text: str) -> None:
        """Shows what matches the words."""
        self._text = text
        self.selected, self.pinned, self._index = None, False, 0
        self.reload()

    def first_choice(self) -> str | None:
        """The cursor begins on what holds now."""
        chosen = (choice.id for choice in self._shown.values() if choice.chosen)
        return self.key_at(0) if self._text else next(chosen, self.key_at(0))

    def count(self) -> int:
        return len(self._shown)

    def key_at(self, index: int) -> str | None:
        return list(self._shown)[index] if 0 <= index < len(self._shown) else None

    def index_of(self, key: str) -> int | None:
        return list(self._shown).index(key) if key in self._shown else None

    def heading(self, width: int) -> Line:
        return ((fit("" if self._shown else " nothing by that name", width), "muted"),)

    def line(self, key: str, width: int) -> Line:
        choice = self._shown[key]
        caption = max(12, min(30, width // 3))
        return (
            (" ● " if choice.chosen else " ○ ", "success" if choice.chosen else "muted"),
            (fit(choice.caption, caption) + " ", "text"),
            (fit(choice.note, max(0, width - caption - 5)), "muted"),
            (" ", "text"),
        )


class ChooserScreen(ModalScreen[None]):
    """Enter takes what the cursor stands on; `pick` returns whether there is more to choose."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape", "app.pop_screen", "Back"),
        ("down", "move(1)", "Down"),
        ("up", "move(-1)", "Up"),
        ("pagedown", "turn(1)", "A page down"),
        ("pageup", "turn(-1)", "A page up"),
    ]

    def __init__(self, title: str, choices: Callable[[], Sequence[Choice]], pick: Callable[[str], bool]) -> None:
        super().__init__()
        self._title = title
        self._pick = pick
        self.list = ChoiceList(choices)
        self.input = Input(placeholder="type to search · enter chooses · esc closes", compact=True)

    def compose(self) -> ComposeResult:
        with Vertical(id="box") as box:
            box.border_title = self._title
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
        self._take(self.list.key_at(self.list.index))

    @on(CursorList.Opened)
    def _clicked(self, event: CursorList.Opened) -> None:
        self._take(str(event.key))

    def _take(self, name: str | None) -> None:
        if name is None:
            return
        if self._pick(name):
            self.list.pinned = True
            self.list.reload()
        else:
            self.dismiss()

    def action_move(self, lines: int) -> None:
        """Moves the cursor in the list."""
        self.list.move(lines)

    def action_turn(self, direction: int) -> None:
        """Moves the cursor by a screenful."""
        self.list.page(direction)
