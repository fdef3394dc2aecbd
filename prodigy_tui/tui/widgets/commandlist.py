"""The lines of the palette: subject, what it does, its keys; what cannot be done now is greyed, with the reason."""

from collections.abc import Callable, Sequence

from prodigy_tui.tui.model.choosing import Choice
from prodigy_tui.tui.model.commands import LATELY, Command
from prodigy_tui.tui.model.line import Line, Role
from prodigy_tui.tui.model.text import clip, fit, width_of
from prodigy_tui.tui.widgets.cursor import CursorList

_GROUP_CELLS = 9
_KEY_CELLS = 13


class CommandList(CursorList[str]):
    """Commands to choose from. `note` says what is above the first."""

    can_focus = False

    def __init__(self) -> None:
        super().__init__(id="actions")
        self._shown: list[Command] = []
        self._note = ""

    def show(self, commands: Sequence[Command], note: str) -> None:
        """Shows other commands, the cursor on the first."""
        self._shown, self._note = list(commands), note
        self.selected, self.pinned, self._index = None, False, 0
        if self.is_mounted:
            self.scroll_top_to(0)
            self.lines_moved()

    def command_at(self, index: int) -> Command | None:
        """Returns the command of a line."""
        return self._shown[index] if 0 <= index < len(self._shown) else None

    def count(self) -> int:
        return len(self._shown)

    def key_at(self, index: int) -> str | None:
        command = self.command_at(index)
        return command.id if command is not None else None

    def index_of(self, key: str) -> int | None:
        return next((index for index, command in enumerate(self._shown) if command.id == key), None)

    def heading(self, width: int) -> Line:
        return ((clip(f" {self._note}", width), "muted"),)

    def line(self, key: str, width: int) -> Line:
        index = self.index_of(key)
        if index is None:
            return ()
        command = self._shown[index]
        before = self._shown[index - 1] if index else None
        named = before is None or (before.group, bool(before.reason)) != (command.group, bool(command.reason))
        role: Role = "muted" if command.reason else "text"
        keys = clip(command.keys, _KEY_CELLS)
        room = width - _GROUP_CELLS - width_of(keys) - 4
        words = f"{command.words} – {command.reason}" if command.reason else command.words
        return (
            (f" {fit(command.group if named else '', _GROUP_CELLS)}", "accent" if command.group == LATELY else "muted"),
            (f" {fit(words, room)} ", role),
            (keys, "muted" if command.reason else "key"),
            (" ", role),
        )


class ChoiceLines(CursorList[str]):
    """What is chosen in a step of a command; the cursor begins on what holds now."""

    can_focus = False

    def __init__(self, moved: Callable[[str], None]) -> None:
        super().__init__(id="choices")
        self._moved = moved
        self._choices: Sequence[Choice] = ()
        self._shown: dict[str, Choice] = {}
        self._ids: list[str] = []
        self._text = ""

    def show(self, choices: Sequence[Choice]) -> None:
        """Offers other choices."""
        self._choices = choices
        self.search("")

    def search(self, text: str) -> None:
        """Shows what matches the words."""
        self._text = text
        wanted = text.casefold().split()
        said = ((one, f"{one.caption} {one.note}".casefold()) for one in self._choices)
        self._shown = {one.id: one for one, words in said if all(word in words for word in wanted)}
        self._ids = list(self._shown)
        self.selected, self.pinned, self._index = None, False, 0
        if self.is_mounted:
            self.lines_moved()

    def first_choice(self) -> str | None:
        chosen = (one.id for one in self._shown.values() if one.chosen)
        return self.key_at(0) if self._text else next(chosen, self.key_at(0))

    def count(self) -> int:
        return len(self._ids)

    def key_at(self, index: int) -> str | None:
        return self._ids[index] if 0 <= index < len(self._ids) else None

    def index_of(self, key: str) -> int | None:
        return self._ids.index(key) if key in self._shown else None

    def _choose(self, key: str) -> None:
        if key != self.selected:
            self._moved(key)
        super()._choose(key)

    def heading(self, width: int) -> Line:
        words = "" if self._ids else " nothing like that: backspace takes letters back, esc goes one step back"
        return ((clip(words, width), "muted"),)

    def line(self, key: str, width: int) -> Line:
        choice = self._shown[key]
        caption = max(12, min(40, width // 2))
        return (
            (" ● " if choice.chosen else "   ", "success"),
            (fit(choice.caption, caption) + " ", "text"),
            (fit(choice.note, max(0, width - caption - 5)), "muted"),
            (" ", "text"),
        )
