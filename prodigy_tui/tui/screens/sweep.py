"""The question before all suspects that merge cleanly are accepted at once; nothing answers to enter."""

from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import ModalScreen

from prodigy_tui.errors import ProdigyError
from prodigy_tui.events.schema import GateOpened
from prodigy_tui.tui.actions.merging import answer_question
from prodigy_tui.tui.model.line import BLANK, Line
from prodigy_tui.tui.model.reviewing import suspects
from prodigy_tui.tui.model.run import Dirty
from prodigy_tui.tui.model.telling import suspect_line
from prodigy_tui.tui.ports import DiffSource
from prodigy_tui.tui.screens.merge import DEAF_S
from prodigy_tui.tui.screens.stage import Stage
from prodigy_tui.tui.widgets.page import Page
from prodigy_tui.wording import plural


class SweepScreen(ModalScreen[None]):
    """Checks every suspect against the run branch as it stands and names those that would be accepted."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("A", "accept", "Accept them"),
        ("escape", "app.pop_screen", "Back"),
        ("down,j", "move(1)", "Down"),
        ("up,k", "move(-1)", "Up"),
    ]

    def __init__(self, stage: Stage, diffs: DiffSource) -> None:
        super().__init__()
        self.stage = stage
        self.facts = Page(id="facts")
        self._diffs = diffs
        self._why: dict[str, str] = {}
        """Question → why it is left to the person; empty: it is clean."""
        self._checked_at = ""
        self._opened_at = stage.feed.clock.monotonic()

    def compose(self) -> ComposeResult:
        yield self.facts

    def on_mount(self) -> None:
        self.facts.entitle((("Accept all clean suspects?", "strong"),))
        self.facts.focus()
        self._check()

    def follow(self, dirty: Dirty) -> None:
        """Checks anew what has come, or come to stand elsewhere."""
        if not dirty.state or not self.facts.is_attached:
            return
        state = self.stage.model.state
        if state.tip != self._checked_at or any(gate.gate not in self._why for gate in suspects(state)):
            self._check()
        else:
            self._tell()

    @work(exclusive=True, group="sweep")
    async def _check(self) -> None:
        state = self.stage.model.state
        self._why, self._checked_at = {}, state.tip
        for gate in suspects(state):
            self._tell()
            try:
                fit = await self._diffs.fit(state.tip, gate.head)
                why = "" if fit.clean else "conflicts with the run branch"
            except ProdigyError as error:
                why = str(error)
            self._why[gate.gate] = why
        self._tell()

    @property
    def clean(self) -> list[GateOpened]:
        """The questions that would be answered."""
        return [gate for gate in suspects(self.stage.model.state) if self._why.get(gate.gate) == ""]

    @property
    def _waits(self) -> bool:
        return any(gate.gate not in self._why for gate in suspects(self.stage.model.state))

    def _tell(self) -> None:
        state = self.stage.model.state
        asked = suspects(state)
        number = len(self.clean)
        key: Line = (("checking whether they merge…", "muted"),)
        if not self._waits:
            words = f"accepts {plural(number, 'suspect')} of {len(asked)}"
            key = (("A ", "key"), (words, "strong")) if number else (("none of them is clean", "warning"),)
        together: Line = (
            ("each merges onto the run branch as it stands; what meets in the queue is merged there", "muted"),
        )
        head = [key, (("esc ", "key"), ("accepts nothing", "text")), BLANK]
        lines = [suspect_line(gate, state, self._why.get(gate.gate)) for gate in asked]
        self.facts.set_lines([*lines, BLANK, together], head=head)

    def action_accept(self) -> None:
        """Accepts those that are clean."""
        deaf = self.stage.feed.clock.monotonic() - self._opened_at < DEAF_S
        if deaf or self._waits or not self.facts.display:
            return
        answered = 0
        for gate in self.clean:
            refused = answer_question(self.stage.desk, gate, "accept")
            if refused:
                self.stage.desk.say(refused)
                return
            answered += 1
        if answered:
            self.stage.desk.say(f"{plural(answered, 'suspect')} accepted")
            self.dismiss()

    def action_move(self, lines: int) -> None:
        """Scrolls."""
        self.facts.move(lines)
