"""One line that is asked for: a note, a reason, a message. Enter takes it, escape does not."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from prodigy_tui.tui.model.line import Line
from prodigy_tui.tui.widgets.page import Page


class PromptScreen(ModalScreen[str | None]):
    """Returns what was typed; `None` when the person went back."""

    BINDINGS: ClassVar[list[BindingType]] = [("escape", "dismiss(None)", "Back")]

    def __init__(self, title: str, told: list[Line], *, value: str = "", needed: bool = True) -> None:
        """Asks.

        Args:
            title: What is asked for; our own words.
            told: What one should know before typing.
            value: What stands there already.
            needed: Whether nothing is no answer.
        """
        super().__init__()
        self._title = title
        self._told = told
        self._needed = needed
        self.words = Page(id="words")
        self.input = Input(value=value, compact=True, max_length=4_000)

    def compose(self) -> ComposeResult:
        with Vertical(id="prompt") as box:
            box.border_title = self._title
            box.border_subtitle = "enter takes it · esc back"
            yield self.words
            yield self.input

    def on_mount(self) -> None:
        self.words.can_focus = False
        self.words.set_lines(self._told)
        self.input.focus()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        text = event.value.strip()
        if text or not self._needed:
            self.dismiss(text)
