"""How the interface looks and behaves: what is tried shows at once, enter keeps it, escape takes it back."""

from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from prodigy_tui.tui.model.line import Line
from prodigy_tui.tui.model.settings import Setting, Value, settings, value_of
from prodigy_tui.tui.model.text import fit
from prodigy_tui.tui.screens.stage import Stage
from prodigy_tui.tui.widgets.cursor import CursorList
from prodigy_tui.tui.widgets.page import Page

_WIDEST: Final = 56
"""Cells of what is said of a setting; where a line has less, it is said below of the one under the cursor."""


class SettingList(CursorList[str]):
    """Settings with their values; a star stands at those that differ from what is kept."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(id="actions")
        self._stage = stage
        self.settings = {setting.name: setting for setting in settings(stage.themes)}
        self._names = list(self.settings)

    def count(self) -> int:
        return len(self._names)

    def key_at(self, index: int) -> str | None:
        return self._names[index] if 0 <= index < len(self._names) else None

    def index_of(self, key: str) -> int | None:
        return self._names.index(key) if key in self.settings else None

    def heading(self, width: int) -> Line:
        return ((fit(" kept for every run, in the state folder", width), "muted"),)

    def line(self, key: str, width: int) -> Line:
        setting, personal = self.settings[key], self._stage.desk.personal
        value = value_of(personal.preferences, setting)
        changed = value != value_of(personal.kept.preferences, setting)
        return (
            (f" {'*' if changed else ' '} ", "warning"),
            (fit(setting.caption, 15), "strong"),
            ("‹ ", "muted"),
            (fit(setting.words(value), 15), "key"),
            (" › ", "muted"),
            (fit(setting.about, width - 39) if width - 39 >= _WIDEST else "", "muted"),
        )


class SettingsScreen(ModalScreen[None]):
    """The settings over whatever screen was up."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape,q", "take_back", "Take back"),
        ("enter", "keep", "Keep"),
        ("right,space,l", "turn_value(1)", "Next value"),
        ("left", "turn_value(-1)", "Previous value"),
        ("down,j", "move(1)", "Down"),
        ("up,k", "move(-1)", "Up"),
    ]

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self._stage = stage
        self._tried: dict[str, Value] = {}
        self.list = SettingList(stage)
        self.about = Page(id="about")
        self.about.can_focus = False

    def compose(self) -> ComposeResult:
        with Vertical(id="box") as box:
            box.border_title = "Settings"
            box.border_subtitle = "←→ tries · enter keeps · esc takes back"
            yield self.list
            yield self.about

    def on_mount(self) -> None:
        self.list.focus()
        self.list.lines_moved()
        self._tell()

    @on(CursorList.Selected)
    def _tell(self) -> None:
        self.about.set_lines([((self._here.about, "muted"),)])

    @on(CursorList.Opened)
    def _clicked(self) -> None:
        self.action_turn_value(1)

    @property
    def _here(self) -> Setting:
        return self.list.settings[self.list.key_at(self.list.index) or "theme"]

    def action_turn_value(self, direction: int) -> None:
        """Tries another value."""
        setting, personal = self._here, self._stage.desk.personal
        value = setting.next(value_of(personal.preferences, setting), direction)
        self._tried[setting.name] = value
        personal.try_out(**self._tried)
        self.list.refresh()

    def action_keep(self) -> None:
        """Keeps everything that was tried."""
        personal = self._stage.desk.personal
        trouble = personal.prefer(**self._tried) if self._tried else ""
        self.dismiss()
        if trouble:
            self._stage.desk.say(f"until you leave: {trouble}")

    def action_take_back(self) -> None:
        """Takes everything back that was tried."""
        self._stage.desk.personal.try_out()
        self.dismiss()

    def action_move(self, lines: int) -> None:
        """Moves the cursor."""
        self.list.move(lines)
