"""A question that a step, a canary or a suspect item has for a person: what is known, and a key for every answer."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import ModalScreen

from prodigy_tui.tui.actions import merging
from prodigy_tui.tui.model.questions import question_head, question_lines
from prodigy_tui.tui.model.run import Dirty
from prodigy_tui.tui.screens.merge import DEAF_S
from prodigy_tui.tui.screens.stage import Stage
from prodigy_tui.tui.widgets.page import Page


class QuestionScreen(ModalScreen[None]):
    """A sheet over whatever screen was up. Digits answer; enter answers nothing, and type-ahead is not heard."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *((str(number), f"choose({number})", f"Answer {number}") for number in range(1, 10)),
        ("d", "diff", "Changes"),
        ("escape", "app.pop_screen", "Decide later"),
        ("down,j", "move(1)", "Down"),
        ("up,k", "move(-1)", "Up"),
    ]

    def __init__(self, stage: Stage, gate: str) -> None:
        super().__init__()
        self.stage = stage
        self.gate = gate
        self.facts = Page(id="facts")
        self._opened_at = stage.feed.clock.monotonic()

    def compose(self) -> ComposeResult:
        yield self.facts

    def on_mount(self) -> None:
        self.facts.entitle((("Question", "strong"),), ((self.stage.model.state.run_id, "muted"),))
        self.facts.focus()
        self.follow(Dirty(state=True))

    def follow(self, dirty: Dirty) -> None:
        """Shows the question as it is now; when somebody else has answered it, there is nothing left to ask."""
        if not dirty.state or not self.facts.is_attached:
            return
        model = self.stage.model
        gate = model.state.gates.get(self.gate)
        if gate is None:
            self.dismiss()
            return
        head = question_head(gate, past=model.past, diffs=self.stage.desk.has_diffs)
        self.facts.set_lines(question_lines(gate, model.state), head=head)

    def tick(self) -> None:
        """Nothing here changes with time alone."""

    def action_choose(self, number: int) -> None:
        """Gives the answer of that number."""
        gate = self.stage.model.state.gates.get(self.gate)
        deaf = self.stage.feed.clock.monotonic() - self._opened_at < DEAF_S
        if gate is None or deaf or not self.facts.display or number > len(gate.options):
            return
        refused = merging.answer_question(self.stage.desk, gate, gate.options[number - 1])
        if refused:
            self.stage.desk.say(refused)
        else:
            self.dismiss()

    def action_diff(self) -> None:
        """Shows what the question is about."""
        gate = self.stage.model.state.gates.get(self.gate)
        if gate is not None and gate.head and self.facts.display:
            self.stage.desk.open_question_diff(gate)

    def action_move(self, lines: int) -> None:
        """Scrolls the facts."""
        self.facts.move(lines)
