"""What one should know before answering a question of the run."""

from datetime import datetime

from prodigy_tui.events.schema import GateOpened
from prodigy_tui.events.state import RunState
from prodigy_tui.tui.model.cells import item_name
from prodigy_tui.tui.model.gate_facts import gate_facts
from prodigy_tui.tui.model.line import BLANK, Line
from prodigy_tui.tui.model.text import agent_name, clip, safe, span

_QUESTION_CELLS = 300
_ABOUT = {
    "canary": "the first items are done; the rest waits for your answer",
    "approve": "a step asks",
    "incomplete": "a step's check is not passed",
    "suspect": "finished, but not as the workflow allows: it is merged only when you accept it",
    "budget": "the budget is used up",
}


def question_lines(gate: GateOpened, state: RunState, now: datetime) -> list[Line]:
    """Returns what one should know before answering."""
    item = state.items.get(gate.item_id) if gate.item_id is not None else None
    lines: list[Line] = [((_ABOUT.get(gate.kind, gate.kind), "muted"),)]
    if item is not None:
        lines.append(((f"{agent_name(item.position)} ", "muted"), (item_name(item), "text")))
    elif gate.phase is not None:
        lines.append((("phase ", "muted"), (gate.phase, "text")))
    asked = state.asked_at.get(gate.gate)
    if asked is not None:
        lines.append(((f"waits for {span((now - asked).total_seconds())}", "muted"),))
    if gate.due is not None:
        until = f"without an answer by {gate.due:%H:%M:%S} UTC it is "
        lines.append(((until, "muted"), (safe(gate.on_timeout), "text")))
    return [*lines, BLANK, *gate_facts(gate, state, now)]


def question_head(gate: GateOpened, *, past: bool, diffs: bool, note: str = "", more: bool = False) -> list[Line]:
    """Returns the question and the keys that answer it."""
    asked: Line = ((clip(safe(gate.question), _QUESTION_CELLS), "strong"),)
    following: Line = (("   . ", "key"), ("the next", "text")) if more else ()
    if past:
        closes: Line = (("esc ", "key"), ("closes", "text"), *following)
        return [asked, BLANK, (("in the past: look only", "muted"),), closes, BLANK]
    keys: list[Line] = [
        ((f"{number} ", "key"), (safe(option), "text")) for number, option in enumerate(gate.options[:9], start=1)
    ]
    said: Line = (("n ", "key"), ("a note with the answer", "text"))
    if note:
        said = (("n ", "key"), ("note: ", "muted"), (clip(safe(note), 200), "accent"))
    keys.append(said)
    if diffs and gate.head:
        keys.append((("d ", "key"), ("shows the changes", "text")))
    later: Line = (("esc ", "key"), ("decides later: the question stays open", "text"), *following)
    return [asked, BLANK, *keys, later, BLANK]
