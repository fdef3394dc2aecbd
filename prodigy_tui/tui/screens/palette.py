"""Commands by name, and the keys of a place: one searchable list, whose further steps are asked in the same box."""

from dataclasses import dataclass
from enum import Enum
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from prodigy_tui.tui.actions.action import Action
from prodigy_tui.tui.desk import Desk
from prodigy_tui.tui.model.commands import GO, NOTE, agents, command, found, keys_of_place
from prodigy_tui.tui.model.jump import is_place
from prodigy_tui.tui.model.text import safe
from prodigy_tui.tui.widgets.commandlist import ChoiceLines, CommandList
from prodigy_tui.tui.widgets.cursor import CursorList
from prodigy_tui.wording import plural


class Way(Enum):
    """What the list is for."""

    EVERYTHING = "Commands"
    KEYS_HERE = "Keys of this place"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a person wants: an action with what was chosen and typed for it, or just a place in time, or an agent."""

    action: Action | None = None
    chosen: str = ""
    text: str = ""
    item_id: str = ""

    @property
    def moment(self) -> str:
        """The place in time; empty when it is none."""
        return self.text if self.action is None else ""


class PaletteScreen(ModalScreen[Wish | None]):
    """Returns what is wanted; it is done when the box has closed. `@…` is a place in time."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape", "back", "Back"),
        ("down", "move(1)", "Down"),
        ("up", "move(-1)", "Up"),
        ("pagedown", "turn(1)", "A page down"),
        ("pageup", "turn(-1)", "A page up"),
    ]

    def __init__(
        self, way: Way, actions: tuple[Action, ...], desk: Desk, *, begin: Wish | None = None, alone: bool = False
    ) -> None:
        """Opens.

        Args:
            way: What the list is for.
            actions: What it has.
            desk: What they work with.
            begin: What has been chosen and typed already.
            alone: There is no list to go back to from the steps that are asked.
        """
        super().__init__()
        self._alone = alone
        self._way = way
        self._desk = desk
        self._by_id = {action.id: action for action in actions}
        self._commands = [
            command(action.id, action.caption, keys=desk.keymap.shown(action), reason=action.reason(desk))
            for action in actions
        ]
        self._begin = begin
        self._doing: Action | None = None
        """The action whose steps are asked."""
        self._chosen: str | None = None
        """What was chosen in its first step."""
        self._tried = False
        self.list = CommandList()
        self.choices = ChoiceLines(self._try_out)
        self.choices.display = False
        self.input = Input(compact=True, max_length=4_000)

    def compose(self) -> ComposeResult:
        with Vertical(id="box", classes="-palette"):
            yield self.input
            yield self.list
            yield self.choices

    def on_mount(self) -> None:
        self.input.focus()
        begin = self._begin
        if begin is not None and begin.action is not None:
            self._doing, self._chosen = begin.action, begin.chosen or None
        self._show_step()
        if begin is not None and begin.text:
            self.input.value = begin.text

    # ------------------------------------------------------------------------------------------------------- steps

    @property
    def _choosing(self) -> bool:
        return self._doing is not None and self._doing.choose is not None and self._chosen is None

    def _show_step(self) -> None:
        """Shows what is asked now."""
        doing = self._doing
        box = self.query_one("#box")
        box.border_title = self._way.value if doing is None else safe(doing.caption).rstrip("…")
        back = "esc closes" if doing is None else "esc one step back"
        self.list.display, self.choices.display = doing is None, self._choosing
        self.input.value = ""
        if doing is None:
            box.border_subtitle = f"enter runs · {back}"
            self.input.placeholder = "type to search"
            self._search("")
        elif self._choosing and doing.choose is not None:
            box.border_subtitle = f"enter chooses · {back}"
            self.input.placeholder = "type to search"
            self.choices.show(doing.choose(self._desk))
        else:
            box.border_subtitle = f"enter takes it · {back}"
            self.input.placeholder = doing.ask

    def _start(self, action: Action) -> None:
        self._doing, self._chosen = action, None
        self._show_step()

    def action_back(self) -> None:
        """One step back."""
        self._stop_trying()
        if self._doing is None:
            self.dismiss(None)
        elif self._chosen is not None:
            self._chosen = None
            self._show_step()
        elif self._alone:
            self.dismiss(None)
        else:
            self._doing = None
            self._show_step()

    def _try_out(self, choice: str) -> None:
        """Lets the action show what a choice would do."""
        doing = self._doing
        if doing is not None and doing.try_out is not None:
            self._tried = True
            doing.try_out(self._desk, choice)

    def _stop_trying(self) -> None:
        if self._tried and self._doing is not None and self._doing.try_out is not None:
            self._doing.try_out(self._desk, "")
        self._tried = False

    # ------------------------------------------------------------------------------------------------------ typing

    def _search(self, text: str) -> None:
        recent = self._desk.personal.kept.recent if self._way is Way.EVERYTHING else ()
        if self._way is Way.KEYS_HERE and not text.strip():
            shown = keys_of_place(self._commands)
            self.list.show(shown, self._note(text, len(shown) - 1))
            return
        shown = found(self._commands, text, recent=recent)
        if self._way is Way.EVERYTHING:
            people = agents(self._desk.model.state, text)
            named = any(one.reason == "" for one in shown[:1]) and not text.strip().lower().startswith("a0")
            shown = [*shown, *people] if named and people and not _is_position(text) else [*people, *shown]
        self.list.show(shown, self._note(text, len(shown)))

    def _note(self, text: str, count: int) -> str:
        if not count:
            if self._way is Way.KEYS_HERE:
                return "no key of this place does that; : searches everything"
            return "nothing by that name: try other words, a017 or a name for an agent, @12:31 for a moment"
        if self._way is Way.KEYS_HERE:
            return f"{plural(count, 'key')[:40]} · : has everything else"
        if text:
            return plural(count, "command")
        moment = "" if self._desk.travel.no_past() else " · @12:31, @+5m or @#611 a moment"
        return f"a017 or a name goes to an agent{moment}"

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        if self._doing is None:
            if not is_place(event.value):
                self._search(event.value)
            else:
                self.list.show((), "enter goes to that moment: @12:31, @+5m, @#611, @a044 failed, @merge")
        elif self._choosing:
            self.choices.search(event.value)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        text = event.value.strip()
        if self._doing is None and is_place(text):
            self.dismiss(Wish(text=text))
        elif self._doing is None:
            self._run(self.list.key_at(self.list.index))
        elif self._choosing:
            self._take_choice(self.choices.key_at(self.choices.index))
        else:
            self.dismiss(Wish(action=self._doing, chosen=self._chosen or "", text=text))

    @on(CursorList.Opened)
    def _clicked(self, event: CursorList.Opened) -> None:
        if self._choosing:
            self._take_choice(str(event.key))
        else:
            self._run(str(event.key))

    # ------------------------------------------------------------------------------------------------------- doing

    def _run(self, name: str | None) -> None:
        if name is None or name == NOTE:
            return
        if name.startswith(GO):
            self.dismiss(Wish(item_id=name.removeprefix(GO)))
            return
        action = self._by_id[name]
        if reason := action.reason(self._desk):
            self._desk.say(reason)
            return
        if self._way is Way.EVERYTHING:
            self._desk.personal.used(name)
        if action.in_steps:
            self._start(action)
        else:
            self.dismiss(Wish(action=action))

    def _take_choice(self, choice: str | None) -> None:
        doing = self._doing
        if choice is None or doing is None:
            return
        if doing.ask:
            self._chosen = choice
            self._show_step()
        else:
            self.dismiss(Wish(action=doing, chosen=choice))

    def action_move(self, lines: int) -> None:
        """Moves the cursor in the list."""
        (self.choices if self._choosing else self.list).move(lines)

    def action_turn(self, direction: int) -> None:
        """Moves the cursor by a screenful."""
        (self.choices if self._choosing else self.list).page(direction)


def _is_position(text: str) -> bool:
    return text.strip().lower().removeprefix("a").isdigit()
