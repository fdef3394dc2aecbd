"""The merge confirmation: what would land where, what is left out, and a key for yes that no one presses by chance."""

from typing import ClassVar, Final

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType

from prodigy_tui.errors import ProdigyError
from prodigy_tui.events.schema import GateOpened
from prodigy_tui.tui.actions import merging
from prodigy_tui.tui.actions.registry import bindings_for
from prodigy_tui.tui.model.changes import Ground
from prodigy_tui.tui.model.keynames import key
from prodigy_tui.tui.model.landing import (
    Terms,
    landing_facts,
    landing_question,
    landing_tally,
    next_strategy,
    wanted_message,
)
from prodigy_tui.tui.model.line import BLANK, Line
from prodigy_tui.tui.model.reviewing import landing_query
from prodigy_tui.tui.model.run import Dirty
from prodigy_tui.tui.model.text import clip, safe
from prodigy_tui.tui.model.verbs import merge_command
from prodigy_tui.tui.screens.prompt import PromptScreen
from prodigy_tui.tui.screens.stage import Stage
from prodigy_tui.tui.screens.unheard import TellsItsKeys
from prodigy_tui.tui.widgets.page import Page

DEAF_S: Final = 0.3
"""For so long after opening, keys do not answer: they were meant for the screen below."""
_TARGET_CELLS: Final = 36
"""Of the target's name among the choices: one line of the narrowest sheet; the facts tell it in full."""


class MergeScreen(TellsItsKeys[None]):
    """A sheet over whatever screen was up: question and choices stay, the facts scroll. Nothing answers to enter.

    Without room for it the sheet is hidden, and then nothing answers but escape.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings_for("merge"),
        ("escape", "app.pop_screen", "Decide later"),
        ("down,j", "move(1)", "Down"),
        ("up,k", "move(-1)", "Up"),
    ]

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self.stage = stage
        self.page_of_facts = Page(id="facts")
        self.terms = Terms()
        self.ground: Ground | None = None
        self._asked: GateOpened | None = None
        self._opened_at = stage.feed.clock.monotonic()

    @property
    def sheet(self) -> Page:
        return self.page_of_facts

    def keys_here(self) -> tuple[str, ...]:
        names = ("merge.approve", "merge.later", "merge.changes", "merge.strategy", "merge.message")
        return (*map(key, names), "escape")

    def compose(self) -> ComposeResult:
        yield self.page_of_facts

    def on_mount(self) -> None:
        self.page_of_facts.entitle((("Merge", "strong"),), ((self.stage.model.state.run_id, "muted"),))
        self.page_of_facts.focus()
        self.follow(Dirty(state=True))

    def follow(self, dirty: Dirty) -> None:
        """Shows the gate as it is now; when somebody else has answered it, there is nothing left to ask.

        Another question is another sheet: keys that were meant for the first do not answer it.
        """
        if dirty.state and self.page_of_facts.is_attached:
            gate = self.stage.model.state.gate
            if gate is None:
                self.dismiss()
                return
            if gate != self._asked:
                self._asked, self._opened_at = gate, self.stage.feed.clock.monotonic()
                self._look()
            self.draw()

    def tick(self) -> None:
        """Nothing here changes with time alone."""

    def draw(self) -> None:
        """Writes the sheet."""
        state = self.stage.model.state
        tally = landing_tally(state)
        head = [landing_question(state), *([tally] if tally else []), BLANK, *self._keys(), BLANK]
        self.page_of_facts.set_lines(landing_facts(state, self.ground, self.terms), head=head)

    def _keys(self) -> list[Line]:
        state = self.stage.model.state
        if self.stage.model.past:
            return [(("in the past: look only", "muted"),), (("esc ", "key"), ("closes", "text"))]
        diff: list[Line] = (
            [((f"{key('merge.changes')} ", "key"), ("shows the changes", "text"))] if self.stage.desk.has_diffs else []
        )
        target = clip(safe(state.target), _TARGET_CELLS)
        lands: Line = ((f"{key('merge.approve')} ", "key"), ("lands it on ", "text"), (target, "strong"))
        if self.in_the_way:
            lands = ((f"{key('merge.approve')} ", "muted"), (f"cannot land it now: {safe(self.in_the_way)}", "warning"))
        return [
            lands,
            (
                (f"{key('merge.later')} ", "key"),
                ("leaves the run unmerged; land it later with ", "text"),
                (merge_command(state), "key"),
            ),
            *diff,
            (
                (f"{key('merge.strategy')} ", "key"),
                ("another strategy   ", "text"),
                (f"{key('merge.message')} ", "key"),
                ("another message", "text"),
            ),
            (("esc ", "key"), ("decides later: the question stays open", "text")),
        ]

    @property
    def in_the_way(self) -> str:
        """What keeps it from landing as things stand; empty as long as nothing is known to."""
        return self.ground.in_the_way if self.ground is not None else ""

    @property
    def _hidden(self) -> bool:
        """Whether the terminal is too small for the sheet; nobody can agree to what is not shown."""
        return not self.page_of_facts.display

    @work(exclusive=True, group="ground")
    async def _look(self) -> None:
        await self._know_ground()
        if self.stage.model.state.gate is not None:
            self.draw()

    async def _know_ground(self) -> None:
        """Finds out how things stand where it goes. What cannot be found out keeps nobody from saying yes."""
        diffs, state = self.stage.world.diffs, self.stage.model.state
        gate = state.gate
        if diffs is None or gate is None or self.stage.model.past:
            return
        try:
            self.ground = await diffs.ground(landing_query(state, gate))
        except ProdigyError:
            self.ground = None

    def perform(self, deed: str) -> None:
        """Answers; type-ahead is not heard, unless it only shows something."""
        if deed == "changes" and not self._hidden:
            self.stage.desk.open_landing_diff()
            return
        if self._hidden or self.stage.feed.clock.monotonic() - self._opened_at < DEAF_S:
            return
        match deed:
            case "approve":
                self._approve()
            case "later":
                merging.answer(self.stage.desk, "later")
                self.stage.desk.say(f"left unmerged; land it with\n{merge_command(self.stage.model.state)}")
                self.dismiss()
            case "strategy":
                self.terms = Terms(next_strategy(self.stage.model.state, self.terms), self.terms.message)
                self.draw()
            case "message":
                self._ask_message()

    @work(exclusive=True, group="approve")
    async def _approve(self) -> None:
        """Looks once more before it answers: what is in the way now would only be refused."""
        asked = self.stage.model.state.gate
        await self._know_ground()
        if self.stage.model.state.gate is None or self.stage.model.state.gate != asked:
            return
        if self.in_the_way:
            self.draw()
            self.stage.desk.say(safe(self.in_the_way))
            return
        merging.answer(self.stage.desk, "approve", self.terms)
        self.dismiss()

    def _ask_message(self) -> None:
        state = self.stage.model.state
        told: list[Line] = [(("of the commit that joins the two; what it brings is added by itself", "muted"),)]

        def said(text: str | None) -> None:
            if text is not None:
                self.terms = Terms(self.terms.strategy, text)
                self.draw()

        value = wanted_message(state, self.terms)
        self.app.push_screen(PromptScreen("Message of the landing", told, value=value), said)

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
