"""Commands by name, and the keys of a place: one searchable list of actions, greyed with the reason when need be."""

from typing import ClassVar

from rapidfuzz import fuzz
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from prodigy_tui.tui.actions.action import Action
from prodigy_tui.tui.actions.registry import shown_keys
from prodigy_tui.tui.desk import Desk
from prodigy_tui.tui.model.line import Line, Role
from prodigy_tui.tui.model.text import clip, fit, plural
from prodigy_tui.tui.widgets.cursor import CursorList

_CLOSE_ENOUGH = 75.0


class ActionList(CursorList[str]):
    """Actions with their keys; those that cannot be done now come last, with the reason."""

    can_focus = False

    def __init__(self, actions: tuple[Action, ...], desk: Desk) -> None:
        super().__init__(id="actions")
        self._actions = {action.id: action for action in actions}
        self._reasons = {action.id: action.reason(desk) for action in actions}
        self._shown: list[str] = []
        self._note = " · @12:31, @+5m or @#611 goes to a moment" if desk.replay is not None else ""
        self.search("")

    def search(self, text: str) -> None:
        """Shows what matches the words."""
        found = [(rank, action.id) for action in self._actions.values() if (rank := _rank(action, text)) is not None]
        self._shown = [name for _, name in sorted(found, key=lambda hit: (bool(self._reasons[hit[1]]), hit[0]))]
        self.selected = None
        self._index, self.pinned = 0, False
        if self.is_mounted:
            self.lines_moved()

    def reason(self, name: str) -> str:
        """Returns why an action cannot be done; empty when it can."""
        return self._reasons[name]

    def count(self) -> int:
        return len(self._shown)

    def key_at(self, index: int) -> str | None:
        return self._shown[index] if 0 <= index < len(self._shown) else None

    def index_of(self, key: str) -> int | None:
        return self._shown.index(key) if key in self._shown else None

    def heading(self, width: int) -> Line:
        words = plural(len(self._shown), "action") if self._shown else "nothing by that name"
        return ((clip(f" {words}{self._note}", width), "muted"),)

    def line(self, key: str, width: int) -> Line:
        action, reason = self._actions[key], self._reasons[key]
        keys = shown_keys(action)
        role: Role = "muted" if reason else "text"
        words = f"{action.caption} – {reason}" if reason else action.caption
        room = width - 16
        return ((f" {fit(words, room)} ", role), (fit(keys, 13, right=True), "muted" if reason else "key"), (" ", role))


def _rank(action: Action, text: str) -> float | None:
    """Returns how far an action is from the words, or `None` when it is too far."""
    words = text.casefold().split()
    caption = action.caption.casefold()
    if all(word in caption for word in words) or text in action.keys:
        return 0.0
    likeness = fuzz.partial_ratio(" ".join(words), caption)
    return 100.0 - likeness if likeness >= _CLOSE_ENOUGH else None


class PaletteScreen(ModalScreen[str | None]):
    """Returns the id of the chosen action. Text with `@` in front is a place in time."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape", "back", "Back"),
        ("down", "move(1)", "Down"),
        ("up", "move(-1)", "Up"),
        ("pagedown", "turn(1)", "A page down"),
        ("pageup", "turn(-1)", "A page up"),
    ]

    def __init__(self, title: str, actions: tuple[Action, ...], desk: Desk) -> None:
        super().__init__()
        self._title = title
        self._desk = desk
        self._asking: Action | None = None
        self._by_id = {action.id: action for action in actions}
        self.list = ActionList(actions, desk)
        self.input = Input(placeholder="type to search · enter runs · esc closes", compact=True)

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
        if self._asking is None and not event.value.startswith("@"):
            self.list.search(event.value)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        text = event.value.strip()
        if self._asking is not None:
            run_with = self._asking.run_with
            self._finish(run_with(self._desk, text) if run_with is not None else "")
        elif text.startswith("@"):
            self._finish(self._desk.jump(text))
        else:
            self._run(self.list.key_at(self.list.index))

    @on(CursorList.Opened)
    def _clicked(self, event: CursorList.Opened) -> None:
        self._run(str(event.key))

    def _run(self, name: str | None) -> None:
        if name is None:
            return
        action = self._by_id[name]
        if self.list.reason(name):
            self._desk.say(self.list.reason(name))
        elif action.ask:
            self._asking = action
            self.input.value = ""
            self.input.placeholder = f"{action.ask} · enter · esc back"
            self.list.display = False
        else:
            self.dismiss(name)

    def _finish(self, wrong: str) -> None:
        if wrong:
            self._desk.say(wrong)
        else:
            self.dismiss(None)

    def action_back(self) -> None:
        """One step back."""
        if self._asking is None:
            self.dismiss(None)
            return
        self._asking = None
        self.list.display = True
        self.input.value = ""
        self.input.placeholder = "type to search · enter runs · esc closes"

    def action_move(self, lines: int) -> None:
        """Moves the cursor in the list."""
        self.list.move(lines)

    def action_turn(self, direction: int) -> None:
        """Moves the cursor by a screenful."""
        self.list.page(direction)
