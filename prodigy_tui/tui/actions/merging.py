"""Questions and the landing."""

from typing import TYPE_CHECKING, Final, Literal

from prodigy_tui.events.schema import GateOpened, SignalReceived
from prodigy_tui.tui.actions.action import Action, performs
from prodigy_tui.tui.desk import Desk
from prodigy_tui.tui.model.asked import oldest_question
from prodigy_tui.tui.model.keynames import key
from prodigy_tui.tui.model.overview import is_over
from prodigy_tui.tui.model.verbs import continue_command, merge_command

if TYPE_CHECKING:
    from prodigy_tui.tui.model.landing import Terms


def no_gate(desk: Desk) -> str:
    return "" if desk.model.state.gate is not None else "nothing waits to be merged"


def merge(desk: Desk) -> None:
    """Opens the question; of a run that ended without landing, asks for it anew."""
    state = desk.model.state
    if desk.records.takes_up:
        words = "to let it go on, and be asked again" if state.gates else "to be asked whether it lands"
        desk.records.take_up(words, continue_command(state) if state.gates else merge_command(state))
    elif (asked := oldest_question(state, desk.current_item)) is not None:
        desk.open_question(asked)
    else:
        desk.send(SignalReceived(signal="merge", source="interface"))
        desk.say(f"asked to land; {key('merge.open')} opens the question when it is ready")


def no_merge(desk: Desk) -> str:
    state = desk.model.state
    if state.gates:
        return ""
    unlanded = state.landing is not None and state.landing.status in ("unmerged", "refused", "conflict")
    if not is_over(state) or not unlanded:
        return "nothing waits for your answer"
    if desk.records.takes_up:
        return ""
    if desk.model.past:
        return f"in the past; it is done with: {merge_command(state)}" if desk.travel.no_live() else "in the past"
    return "" if desk.can_steer else "another process drives this run"


def answer(desk: Desk, answer: Literal["approve", "later"], terms: "Terms | None" = None) -> None:
    gate = desk.model.state.gate
    if gate is not None:
        answer_question(desk, gate, answer, terms=terms)


def answer_question(desk: Desk, gate: GateOpened, answer: str, note: str = "", terms: "Terms | None" = None) -> str:
    """Answers a question; returns why that cannot be done from here, or nothing."""
    if desk.model.past:
        return "in the past"
    if not desk.can_steer:
        return "another process drives this run"
    desk.send(
        SignalReceived(
            signal="answer",
            gate=gate.gate,
            answer=answer,
            note=note,
            source="interface",
            strategy=terms.strategy if terms is not None else None,
            message=terms.message if terms is not None else None,
        )
    )
    return ""


def no_changes(desk: Desk) -> str:
    return no_gate(desk) if desk.has_diffs else "changes cannot be read here: the repository is not at hand"


def no_suspect(desk: Desk) -> str:
    if not desk.has_diffs:
        return "changes cannot be read here: the repository is not at hand"
    from prodigy_tui.tui.model.reviewing import suspects

    return "" if suspects(desk.model.state) else "no suspect waits for you"


ACTIONS: Final[tuple[Action, ...]] = (
    Action(
        id="merge.sweep",
        caption="Merge: accept all clean suspects…",
        hint="accept clean",
        keys=("A",),
        steers=True,
        why_not=no_suspect,
        run=lambda desk: desk.open_sweep(),
    ),
    Action(
        id="merge.open",
        caption="Decide: merge or answer",
        hint="decide",
        keys=("m",),
        why_not=no_merge,
        run=merge,
    ),
    Action(
        id="merge.approve",
        caption="Merge: land it",
        hint="approve",
        keys=("a",),
        scope="merge",
        steers=True,
        why_not=no_gate,
        run=performs("approve"),
    ),
    Action(
        id="merge.changes",
        caption="Merge: show the changes",
        hint="changes",
        keys=("d",),
        scope="merge",
        why_not=no_changes,
        run=performs("changes"),
    ),
    Action(
        id="merge.strategy",
        caption="Merge: another strategy",
        keys=("s",),
        scope="merge",
        steers=True,
        why_not=no_gate,
        run=performs("strategy"),
    ),
    Action(
        id="merge.message",
        caption="Merge: another message…",
        keys=("e",),
        scope="merge",
        steers=True,
        why_not=no_gate,
        run=performs("message"),
    ),
    Action(
        id="merge.later",
        caption="Merge: leave the run unmerged",
        hint="leave unmerged",
        keys=("n",),
        scope="merge",
        steers=True,
        why_not=no_gate,
        run=performs("later"),
    ),
)
