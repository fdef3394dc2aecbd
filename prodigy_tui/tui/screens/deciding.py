"""What a person decides in a review, and how it reaches the run; each decision is looked at again when it is made."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

from prodigy_tui.tui.actions.merging import answer_question
from prodigy_tui.tui.model.landing import Terms
from prodigy_tui.tui.model.line import Line
from prodigy_tui.tui.model.reviewing import (
    BACK,
    NO,
    YES,
    against,
    is_landing,
    next_review,
    no_rejecting,
    no_sending_back,
    subject_of,
    waiting_reviews,
)
from prodigy_tui.tui.model.standing import Choice
from prodigy_tui.tui.model.text import clip
from prodigy_tui.tui.model.worktrees import no_worktree
from prodigy_tui.tui.screens.merge import MergeScreen
from prodigy_tui.tui.screens.prompt import PromptScreen
from prodigy_tui.wording import plural

if TYPE_CHECKING:
    from prodigy_tui.tui.screens.review import ReviewScreen

_NOTHING_NEW: Final = "nothing has come since you looked"


class Deciding:
    """The decisions of one review."""

    def __init__(self, screen: "ReviewScreen") -> None:
        self._screen = screen
        self.over = False
        """Somebody has decided meanwhile."""
        self._busy = False

    def choices(self) -> list[Choice]:
        """Returns the decisions of this place, with the reasons why not."""
        found = self._screen.found
        shown: list[Choice] = []
        if found.gate is not None or self.over:
            shown.append(Choice("review.approve", "land" if is_landing(found) else "approve", self.reason("approve")))
        if found.gate is not None and found.gate.kind == "suspect":
            shown.append(Choice("merge.sweep", "all clean", self.reason("approve-clean")))
            shown.append(Choice("review.send-back", "send back", self.reason("send-back")))
        if found.option(NO) is not None:
            shown.append(Choice("review.reject", "reject", self.reason("reject")))
        if found.onto:
            shown.append(Choice("review.conflicts", "conflicts", self.reason("conflicts")))
        if len(waiting_reviews(self._screen.stage.model.state)) > 1:
            shown.append(Choice("review.next", "next"))
        return shown

    def reason(self, deed: str) -> str:
        """Returns why something cannot be done now; empty when it can."""
        screen = self._screen
        found, state = screen.found, screen.state
        match deed:
            case "conflicts":
                fit = state.findings.fit
                return "" if fit is not None and fit.files else "nothing in this change conflicts"
            case "new":
                return "" if screen.reading.new_since is not None else _NOTHING_NEW
            case "edit":
                return self._no_edit()
            case "approve" | "reject" | "send-back" | "approve-clean":
                pass
            case _:
                return ""
        held = self._held()
        if held:
            return held
        match deed:
            case "approve":
                return state.trouble or against(
                    found, state.changes.head if state.part == "all" else "", state.findings
                )
            case "reject":
                return no_rejecting(found)
            case "send-back":
                return no_sending_back(found)
            case _:
                return ""

    def _no_edit(self) -> str:
        screen = self._screen
        if screen.found.item_id is None:
            return "only the files of one agent can be opened"
        stage = screen.stage
        reason = no_worktree(stage.model, screen.found.item_id, Path.is_dir) or stage.desk.outside.no_editor()
        return reason or ("" if screen.reading.on_disk is not None else "the file is not there")

    def _held(self) -> str:
        desk = self._screen.stage.desk
        if self.over:
            return "it has been decided"
        if desk.model.past:
            return "in the past"
        return "" if desk.can_steer else "another process drives this run"

    def perform(self, deed: str) -> None:
        """Takes a decision, or asks for what belongs to it."""
        screen = self._screen
        reason = self.reason(deed)
        if reason:
            screen.stage.desk.say(reason)
            return
        match deed:
            case "approve":
                if not self._busy:
                    self._busy = True
                    screen.run_worker(self._approve(), group="review-decide", exclusive=True)
            case "send-back":
                self._ask("Send back with a note", "its agent goes on from these files; the note is what it is told")
            case "reject":
                self._ask("Reject", "it is not merged; the reason stands beside it in the dead letter queue")
            case "next":
                self._next()

    async def _approve(self) -> None:
        """Looks once more at how things stand, and answers only when nothing has come in between."""
        screen = self._screen
        try:
            screen.state.findings = await screen.examined()
        finally:
            self._busy = False
        screen.draw()
        reason = self.reason("approve")
        gate, word = screen.found.gate, screen.found.option(YES)
        if reason or gate is None or word is None:
            screen.stage.desk.say(reason or "nothing waits for your answer here")
            return
        ground = screen.state.findings.ground
        moved = ground is not None and ground.target_at != gate.onto
        self._answer(word, said="it has moved: checking again, and asking again if anything changed" if moved else word)

    def _ask(self, title: str, told: str) -> None:
        words: list[Line] = [((self._screen.found.title, "strong"),), ((told, "muted"),)]
        back = title.startswith("Send")
        word = self._screen.found.option(frozenset({BACK}) if back else NO)

        def said(note: str | None) -> None:
            if note is not None and word is not None and not self._held():
                self._answer(word, note, said="goes back to its agent" if back else "")

        self._screen.app.push_screen(PromptScreen(title, words, needed=back), said)

    def _answer(self, word: str, note: str = "", *, said: str = "") -> None:
        screen = self._screen
        gate = screen.found.gate
        if gate is None:
            return
        refused = answer_question(screen.stage.desk, gate, word, note, self._terms())
        if refused:
            screen.stage.desk.say(refused)
            return
        more = len(waiting_reviews(screen.stage.model.state)) - 1
        rest = f"; {plural(more, 'more waits', 'more wait')}: . opens the next" if more > 0 else ""
        screen.stage.desk.say(f"{clip(screen.found.title, 40)}: {said or word}{rest}")
        if screen.is_current:
            screen.dismiss()

    def _terms(self) -> Terms:
        """Returns how the landing is wanted, where the sheet below says so."""
        stack = self._screen.app.screen_stack
        return next((below.terms for below in stack if isinstance(below, MergeScreen)), Terms())

    def _next(self) -> None:
        screen = self._screen
        state = screen.stage.model.state
        name = next_review(state, screen.found.gate.gate if screen.found.gate is not None else "")
        if name is None:
            screen.stage.desk.say("nothing else waits for you here")
            return
        screen.stage.desk.open_review(subject_of(state.gates[name]), instead=True)
