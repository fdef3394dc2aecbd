"""The merge confirmation: what would land where, what is left out, and a key for yes that no one presses by chance."""

from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import ModalScreen

from prodigy_tui.tui.actions import merging
from prodigy_tui.tui.actions.registry import bindings_for
from prodigy_tui.tui.model.landing import landing_facts, landing_question, merge_command
from prodigy_tui.tui.model.line import BLANK, Line
from prodigy_tui.tui.model.run import Dirty
from prodigy_tui.tui.model.text import clip, safe
from prodigy_tui.tui.screens.stage import Stage
from prodigy_tui.tui.widgets.page import Page

DEAF_S: Final = 0.3
"""For so long after opening, keys do not answer: they were meant for the screen below."""
_TARGET_CELLS: Final = 36
"""Of the target's name among the choices: one line of the narrowest sheet; the facts tell it in full."""


class MergeScreen(ModalScreen[None]):
    """A sheet over whatever screen was up: question and choices stay, the facts scroll. Nothing answers to enter.

    Without room for it the sheet is hidden, and then nothing answers but escape.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings_for("merge"),
        ("d", "diff", "Changes"),
        ("escape", "app.pop_screen", "Decide later"),
        ("down,j", "move(1)", "Down"),
        ("up,k", "move(-1)", "Up"),
    ]

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self.stage = stage
        self.page_of_facts = Page(id="facts")
        self._opened_at = stage.feed.clock.monotonic()

    def compose(self) -> ComposeResult:
        yield self.page_of_facts

    def on_mount(self) -> None:
        self.page_of_facts.entitle((("Merge", "strong"),), ((self.stage.model.state.run_id, "muted"),))
        self.page_of_facts.focus()
        self.follow(Dirty(state=True))

    def follow(self, dirty: Dirty) -> None:
        """Shows the gate as it is now; when somebody else has answered it, there is nothing left to ask."""
        if dirty.state and self.page_of_facts.is_attached:
            if self.stage.model.state.gate is None:
                self.dismiss()
                return
            state = self.stage.model.state
            head = [landing_question(state), BLANK, *self._keys(), BLANK]
            self.page_of_facts.set_lines(landing_facts(state), head=head)

    def tick(self) -> None:
        """Nothing here changes with time alone."""

    def _keys(self) -> list[Line]:
        state = self.stage.model.state
        if self.stage.model.past:
            return [(("in the past: look only", "muted"),), (("esc ", "key"), ("closes", "text"))]
        diff: list[Line] = [(("d ", "key"), ("shows the changes", "text"))] if self.stage.desk.has_diffs else []
        return [
            (("a ", "key"), ("lands it on ", "text"), (clip(safe(state.target), _TARGET_CELLS), "strong")),
            (("n ", "key"), ("leaves the run unmerged; land it later with ", "text"), (merge_command(state), "key")),
            *diff,
            (("esc ", "key"), ("decides later: the question stays open", "text")),
        ]

    @property
    def _hidden(self) -> bool:
        """Whether the terminal is too small for the sheet; nobody can agree to what is not shown."""
        return not self.page_of_facts.display

    def perform(self, deed: str) -> None:
        """Answers; type-ahead is not heard."""
        if self._hidden or self.stage.feed.clock.monotonic() - self._opened_at < DEAF_S:
            return
        if deed == "approve":
            merging.answer(self.stage.desk, "approve")
            self.dismiss()
        elif deed == "later":
            merging.answer(self.stage.desk, "later")
            self.stage.desk.say(f"left unmerged; land it with\n{merge_command(self.stage.model.state)}")
            self.dismiss()

    def action_diff(self) -> None:
        """Shows what would land."""
        if self._hidden:
            return
        self.stage.desk.open_landing_diff()

    def action_move(self, lines: int) -> None:
        """Scrolls the facts."""
        self.page_of_facts.move(lines)

    def move(self, lines: int) -> None:
        """Scrolls the facts."""
        self.page_of_facts.move(lines)

    def page(self, direction: int) -> None:
        """Scrolls by a screenful."""
        self.page_of_facts.page(direction)

    def edge(self, direction: int) -> None:
        """Scrolls to the start, or the end."""
        self.page_of_facts.edge(direction)

    def enter(self) -> None:
        """Enter answers nothing."""
