"""What one should know before answering a question of the run."""

from prodigy_tui.events.item_state import ItemState
from prodigy_tui.events.schema import GateOpened
from prodigy_tui.events.state import RunState
from prodigy_tui.tui.model.cells import item_name
from prodigy_tui.tui.model.line import BLANK, Line
from prodigy_tui.tui.model.text import agent_name, clip, plural, safe

_QUESTION_CELLS = 300
_DETAIL_LINES = 40
_FILES_NAMED = 12
_ABOUT = {
    "canary": "the first items are done; the rest waits for your answer",
    "approve": "a step asks",
    "incomplete": "a step's check is not passed",
    "suspect": "finished, but not as the workflow allows: it is merged only when you accept it",
    "budget": "the budget is used up",
}


def question_lines(gate: GateOpened, state: RunState) -> list[Line]:
    """Returns what one should know before answering."""
    item = state.items.get(gate.item_id) if gate.item_id is not None else None
    lines: list[Line] = [((_ABOUT.get(gate.kind, gate.kind), "muted"),)]
    if item is not None:
        lines.append(((f"{agent_name(item.position)} ", "muted"), (item_name(item), "text")))
    elif gate.phase is not None:
        lines.append((("phase ", "muted"), (gate.phase, "text")))
    if gate.due is not None:
        until = f"without an answer by {gate.due:%H:%M:%S} UTC it is "
        lines.append(((until, "muted"), (safe(gate.on_timeout), "text")))
    lines.append(BLANK)
    if gate.kind == "suspect" and item is not None:
        return lines + _suspect(item)  # the detail names the same files
    return lines + [((safe(line), "text"),) for line in gate.detail.splitlines()[:_DETAIL_LINES]]


def question_head(gate: GateOpened, *, past: bool, diffs: bool) -> list[Line]:
    """Returns the question and the keys that answer it."""
    asked: Line = ((clip(safe(gate.question), _QUESTION_CELLS), "strong"),)
    if past:
        return [asked, BLANK, (("in the past: look only", "muted"),), (("esc ", "key"), ("closes", "text")), BLANK]
    keys: list[Line] = [
        ((f"{number} ", "key"), (safe(option), "text")) for number, option in enumerate(gate.options[:9], start=1)
    ]
    if diffs and gate.head:
        keys.append((("d ", "key"), ("shows the changes", "text")))
    later: Line = (("esc ", "key"), ("decides later: the question stays open", "text"))
    return [asked, BLANK, *keys, later, BLANK]


def _suspect(item: ItemState) -> list[Line]:
    why = safe(item.failure.message) if item.failure is not None else ""
    lines: list[Line] = [((why, "warning"),), ((plural(item.commits, "commit"), "text"),)]
    lines += [((f"  {safe(path)}", "text"),) for path in item.files[:_FILES_NAMED]]
    more = len(item.files) - _FILES_NAMED
    return [*lines, ((f"  and {more} more", "muted"),)] if more > 0 else lines
