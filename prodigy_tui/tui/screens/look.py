"""What is looked for in a log, typed in one line below it; the log shows at every letter what it finds."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import ModalScreen
from textual.widgets import Input

from prodigy_tui.tui.model.log_query import QueryWrong, parse_query
from prodigy_tui.tui.model.text import safe
from prodigy_tui.tui.widgets.logview import LogView


class LookScreen(ModalScreen[None]):
    """Enter keeps what was typed, escape takes it back; nothing typed shows everything."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape", "take_back", "Back"),
        ("down", "match(1)", "Next match"),
        ("up", "match(-1)", "Previous match"),
    ]

    def __init__(self, log: LogView) -> None:
        super().__init__(id="looking")
        self._log = log
        search = log.picture.search
        self._before = search.query if search is not None else None
        text = self._before.text if self._before is not None else ""
        self.input = Input(
            value=text,
            placeholder="words · ~pattern~ · !without · enter keeps · esc takes back",
            compact=True,
            id="look",
            select_on_focus=True,
        )

    def compose(self) -> ComposeResult:
        yield self.input

    def on_mount(self) -> None:
        self.input.focus()
        self._log.expect_search()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        try:
            query = parse_query(event.value)
        except QueryWrong:
            self.input.set_class(True, "-wrong")  # and enter says why
            return
        self.input.set_class(False, "-wrong")
        search = self._log.picture.search
        if query != (search.query if search is not None else None):
            self._log.look_for(query)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        try:
            parse_query(event.value)
        except QueryWrong as wrong:
            self.app.notify(safe(str(wrong)), markup=False)
            return
        self.dismiss()

    def action_take_back(self) -> None:
        """Looks for what was looked for before."""
        self._log.look_for(self._before)
        self.dismiss()

    def action_match(self, direction: int) -> None:
        """Goes to the next match, or the one before."""
        self._log.to_match(direction)
