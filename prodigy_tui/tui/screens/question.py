"""A question of a step, a canary, a suspect item or the budget: what is known, and a key for every answer."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from prodigy_tui.events.schema import GateOpened
from prodigy_tui.tui.actions import merging
from prodigy_tui.tui.model.asked import next_question, questions_in_order
from prodigy_tui.tui.model.line import Line
from prodigy_tui.tui.model.questions import question_head, question_lines
from prodigy_tui.tui.model.run import Dirty
from prodigy_tui.tui.model.text import clip, safe
from prodigy_tui.tui.screens.merge import DEAF_S
from prodigy_tui.tui.screens.prompt import PromptScreen
from prodigy_tui.tui.screens.stage import Stage
from prodigy_tui.tui.screens.unheard import TellsItsKeys
from prodigy_tui.tui.widgets.page import Page
from prodigy_tui.wording import plural


class QuestionScreen(TellsItsKeys[None]):
    """A sheet over whatever screen was up. Digits answer; enter answers nothing, and type-ahead is not heard."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *((str(number), f"choose({number})", f"Answer {number}") for number in range(1, 10)),
        ("d", "diff", "Changes"),
        ("n", "note", "A note"),
        ("full_stop", "next", "The next question"),
        ("escape", "app.pop_screen", "Decide later"),
        ("down,j", "move(1)", "Down"),
        ("up,k", "move(-1)", "Up"),
        ("pagedown", "move(10)", "Down"),
        ("pageup", "move(-10)", "Up"),
    ]

    def __init__(self, stage: Stage, gate: str) -> None:
        super().__init__()
        self.stage = stage
        self.gate = gate
        self.note = ""
        self.facts = Page(id="facts")
        self._opened_at = stage.feed.clock.monotonic()

    @property
    def sheet(self) -> Page:
        return self.facts

    def keys_here(self) -> tuple[str, ...]:
        options = len(self._asked.options) if self._asked is not None else 0
        return (*map(str, range(1, min(options, 9) + 1)), "d", "n", "escape")

    def compose(self) -> ComposeResult:
        yield self.facts

    def on_mount(self) -> None:
        self.facts.focus()
        self.follow(Dirty(state=True))

    @property
    def _asked(self) -> GateOpened | None:
        return self.stage.model.state.gates.get(self.gate)

    def follow(self, dirty: Dirty) -> None:
        """Shows the question as it is now; when somebody else has answered it, there is nothing left to ask."""
        if not (dirty.state or dirty.jumped) or not self.facts.is_attached:
            return
        if self._asked is None:
            if self.is_current:
                self.dismiss()
            return
        self._draw()

    def _draw(self) -> None:
        model, gate = self.stage.model, self._asked
        if gate is None:
            return
        names = questions_in_order(model.state)
        place = f"{names.index(gate.gate) + 1} of {len(names)}"
        self.facts.entitle(
            (("Question", "strong"), (f" · {gate.kind} · {place}", "muted")),
            self.unheard or ((safe(model.state.run_id, 80), "muted"),),
        )
        more, diffs = len(names) > 1, self.stage.desk.has_diffs
        head = question_head(gate, past=model.past, diffs=diffs, note=self.note, more=more)
        self.facts.set_lines(question_lines(gate, model.state, self.stage.feed.now()), head=head)

    def on_screen_resume(self) -> None:
        # While a note was typed, or the changes were read, somebody else may have answered.
        if self._asked is None:
            self.dismiss()
        else:
            self._draw()

    def tick(self) -> None:
        """Lets the time that it waits go on."""
        self._draw()

    @property
    def _deaf(self) -> bool:
        """Whether what is typed was hardly meant for what is shown."""
        return self.stage.feed.clock.monotonic() - self._opened_at < DEAF_S or not self.facts.display

    def action_choose(self, number: int) -> None:
        """Gives the answer of that number."""
        gate = self._asked
        if gate is None or self._deaf:
            return
        if number > len(gate.options):
            self.unheard = ((f"there are {len(gate.options)} answers", "warning"),)
            self._draw()
            return
        desk = self.stage.desk
        refused = merging.answer_question(desk, gate, gate.options[number - 1], self.note)
        if refused:
            desk.say(refused)
            return
        self.dismiss()
        more = len(self.stage.model.state.gates) - 1
        if more > 0:
            desk.say(f"{plural(more, 'more question waits', 'more questions wait')}: . opens the next")

    def action_note(self) -> None:
        """Asks for what is to be said with the answer."""
        gate = self._asked
        if gate is None or self._deaf:
            return
        if self.stage.model.past:
            self.stage.desk.say("in the past")
            return
        told: list[Line] = [((clip(safe(gate.question), 300), "strong"),)]

        def taken(text: str | None) -> None:
            if text is not None:
                self.note = text
                self._draw()

        self.app.push_screen(PromptScreen("A note with the answer", told, value=self.note, needed=False), taken)

    def action_next(self) -> None:
        """Goes to the next question, round and round; its keys are deaf for a moment as if it had just been opened."""
        state = self.stage.model.state
        name = next_question(state, self.gate)
        if name is None:
            self.stage.desk.say("no other question waits")
        elif state.gates[name].kind == "landing":
            self.dismiss()
            self.app.call_later(self.stage.desk.open_question, state.gates[name])
        else:
            self.gate, self.note = name, ""
            self._opened_at = self.stage.feed.clock.monotonic()
            self._draw()
            self.facts.edge(-1)

    def action_diff(self) -> None:
        """Shows what the question is about."""
        gate = self._asked
        if gate is not None and gate.head and self.facts.display:
            self.stage.desk.open_question_diff(gate)

    def action_move(self, lines: int) -> None:
        """Scrolls the facts."""
        self.facts.move(lines)
