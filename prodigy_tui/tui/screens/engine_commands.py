"""Every command of git and of agents that the program has run, over whatever screen was up; it follows the last."""

from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from prodigy_tui.tui.machine import CommandSource
from prodigy_tui.tui.model.engine_commands import Ran, command_line, heading, typed
from prodigy_tui.tui.model.line import Line
from prodigy_tui.tui.screens.stage import Stage
from prodigy_tui.tui.widgets.cursor import CursorList

_LOOK_S: Final = 0.5


class RanList(CursorList[int]):
    """Commands by their number, the newest last."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(id="actions")
        self._stage = stage
        self.commands: tuple[Ran, ...] = ()
        self._first = 0

    @property
    def following(self) -> bool:
        """Whether the cursor stands on the last one, and goes with it."""
        return self.index >= self.count() - 1

    def look(self, commands: tuple[Ran, ...]) -> None:
        """Shows what there is by now; the cursor stays where a person has put it."""
        if commands == self.commands:
            return
        following = self.following
        self.commands = commands
        self._first = commands[0].number if commands else 0
        self.pinned = True
        self.lines_moved()
        if following:
            self.edge(1)

    def count(self) -> int:
        return len(self.commands)

    def key_at(self, index: int) -> int | None:
        return self.commands[index].number if 0 <= index < len(self.commands) else None

    def index_of(self, key: int) -> int | None:
        return key - self._first if 0 <= key - self._first < len(self.commands) else None

    def heading(self, width: int) -> Line:
        return heading(self.commands, width, following=self.following)

    def line(self, key: int, width: int) -> Line:
        return command_line(self.commands[key - self._first], width, self._stage.model.zone)

    def move_to(self, line: int) -> None:
        super().move_to(line)
        self.refresh_row(0)


class EngineCommandsScreen(ModalScreen[None]):
    """The log of commands; `y` copies one as it would be typed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape,at,q", "dismiss", "Close"),
        ("y", "copy", "Copy"),
        ("Y", "copy_all", "Copy all"),
        ("down,j", "move(1)", "Down"),
        ("up,k", "move(-1)", "Up"),
        ("pagedown", "turn(1)", "A page down"),
        ("pageup", "turn(-1)", "A page up"),
        ("home,g", "edge(-1)", "The oldest"),
        ("end,G", "edge(1)", "The newest, and follow"),
    ]

    def __init__(self, stage: Stage, source: CommandSource) -> None:
        super().__init__()
        self._stage = stage
        self._source = source
        self.list = RanList(stage)

    def compose(self) -> ComposeResult:
        with Vertical(id="box") as box:
            box.border_title = "Engine commands"
            box.border_subtitle = "y copies · Y copies all · G follows · esc closes"
            yield self.list

    def on_mount(self) -> None:
        self.list.focus()
        self.look()
        self.set_interval(_LOOK_S, self.look)

    def look(self) -> None:
        """Takes in what has been run meanwhile."""
        self.list.look(self._source.commands())

    def action_copy(self) -> None:
        """Copies a command."""
        if self.list.commands:
            self._stage.desk.copy(typed(self.list.commands[self.list.index]))

    def action_copy_all(self) -> None:
        """Copies all of them, a line each."""
        if self.list.commands:
            self._stage.desk.copy("\n".join(map(typed, self.list.commands)))

    def action_move(self, lines: int) -> None:
        """Moves the cursor."""
        self.list.move(lines)

    def action_turn(self, direction: int) -> None:
        """Moves the cursor by a screenful."""
        self.list.page(direction)

    def action_edge(self, direction: int) -> None:
        """Goes to the oldest or the newest."""
        self.list.edge(direction)
