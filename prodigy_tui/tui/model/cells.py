"""What the rows of the fleet list say: one function from a row and a glance at the run to cells."""

from typing import Final

from prodigy_tui.events.item_state import ItemState
from prodigy_tui.events.state import RunState
from prodigy_tui.tui.model.glance import Glance
from prodigy_tui.tui.model.keynames import key
from prodigy_tui.tui.model.line import Role
from prodigy_tui.tui.model.looks import (
    DEAD,
    DONE,
    FAILED,
    ITEM_LOOKS,
    LEFT_OUT,
    MERGING,
    QUEUED,
    RUNNING,
    STALLED,
    WAITING,
    Look,
)
from prodigy_tui.tui.model.phase_cells import phase_cells, step_cells
from prodigy_tui.tui.model.reasons import why_held, why_merging, why_pending, why_queued
from prodigy_tui.tui.model.row_cells import Cells, Values
from prodigy_tui.tui.model.rows import Row, Section
from prodigy_tui.tui.model.text import agent_name, amount, safe, span
from prodigy_tui.wording import plural

_FOLDS: Final[dict[str, tuple[Look, str]]] = {
    "waiting": (WAITING, "wait for you"),
    "failed": (FAILED, "will be retried"),
    "dead": (DEAD, "dead"),
    "running": (RUNNING, "at work"),
    "merging": (MERGING, "merge queue"),
    "queued": (QUEUED, "queued"),
    "done": (DONE, "done"),
    "left out": (LEFT_OUT, "left out"),
}
_BAR_STEPS: Final = 6
"""Up to so many steps are a bar; more are numbers."""


def row_cells(row: Row, glance: Glance, section: Section | None) -> Cells:
    """Returns what a row says; `section` is that of a folding line."""
    state = glance.state
    match row.kind:
        case "gate":
            gate = state.gates.get(row.id)
            question, kind = (safe(gate.question), gate.kind) if gate is not None else ("", "")
            about = "merge?" if kind == "landing" else f"{kind}?"
            return Cells(look=WAITING, name="run", item=about, detail=question, detail_role="warning")
        case "phase":
            return phase_cells(row.id, state, glance.now)
        case "step":
            return step_cells(row.id, state, glance.now)
        case "fold":
            return _fold(row.id, section, glance)
        case "item":
            item = state.items.get(row.id)
            return Cells(look=QUEUED, item=safe(row.id)) if item is None else item_cells(item, glance)


def item_name(item: ItemState) -> str:
    """Returns what people call an item."""
    return safe(item.item.label or item.item.id)


def look_of(item: ItemState, glance: Glance) -> Look:
    """Returns how an item looks at a moment; a silent agent has a look of its own."""
    return STALLED if item.status == "running" and glance.is_stalled(item) else ITEM_LOOKS[item.status]


def item_cells(item: ItemState, glance: Glance) -> Cells:
    """Returns what the list says of an item."""
    look = look_of(item, glance)
    detail, role = _detail(item, glance, look)
    return Cells(
        look=look,
        name=agent_name(item.position),
        item=item_name(item),
        detail=detail,
        detail_role=role,
        values=_values(item, glance),
    )


def _values(item: ItemState, glance: Glance) -> Values:
    if not item.attempt:
        return {}
    tokens = item.usage.input_tokens + item.usage.output_tokens
    changed = glance.lines.get(item.item.id)
    age, took = glance.age_s(item), glance.took_s(item)
    return {
        "step": _progress(item, glance.state),
        "age": span(age) if age is not None else "",
        "took": span(took) if took is not None else "",
        "quiet": span(glance.silence_s(item)) if item.status == "running" else "",
        "lines": f"+{amount(changed[0])} −{amount(changed[1])}" if changed is not None else "",
        "files": str(len(item.files)) if item.files else "",
        "tries": tries(item, glance),
        "tokens": amount(tokens) if tokens else "",
        "cost": f"${item.usage.usd:,.2f}" if item.usage.usd is not None else "",
    }


def tries(item: ItemState, glance: Glance) -> str:
    """Returns which attempt this is, and of how many where that counts."""
    most = glance.attempts
    return f"{item.attempt}/{most}" if most is not None and most > 1 and item.attempt <= most else str(item.attempt)


def _progress(item: ItemState, state: RunState) -> str:
    """Returns how many steps of the template have ended: a bar while few are to be done, else numbers."""
    steps = map_steps(state)
    if not steps:
        return ""
    ended = min(item.step_index, steps)
    if item.status != "running" or not 1 < steps <= _BAR_STEPS:
        return f"{ended}/{steps}"
    return "▇" * ended + "▅" * (ended < steps) + "▁" * (steps - ended - 1)


def map_steps(state: RunState) -> int:
    """Returns the number of steps in the agent template."""
    return next((len(outline.steps) for outline in state.outline if outline.phase == "map"), 0)


def _detail(item: ItemState, glance: Glance, look: Look) -> tuple[str, Role]:
    reason = safe(item.failure.message) if item.failure is not None else ""
    match item.status:
        case "running":
            return _at_work(item, glance, look)
        case "waiting":
            return f"question: {safe(item.waiting)}", "warning"
        case "suspect":
            return f"suspect: {reason}", "warning"
        case "retrying":
            due = item.due
            wait = f" in {span((due - glance.now).total_seconds())}" if due is not None and due > glance.now else " due"
            return f"retry {_of_most(item.failures + 1, glance)}{wait} · {reason}", "error"
        case "failed" | "dead":
            return reason, "error"
        case "merging":
            return why_merging(item, glance), "accent"
        case "success":
            return _done(item)
        case "pending":
            return why_pending(item, glance), "muted"
        case "skipped":
            return f"skipped: {reason}", "muted"
        case "cancelled":
            return "cancelled", "muted"


def _done(item: ItemState) -> tuple[str, Role]:
    """Returns what became of an item that is done; what it has left uncommitted is nowhere but in a patch."""
    made = f"{plural(item.commits, 'commit')}, {plural(len(item.files), 'file')}"
    if item.leftover:
        return f"{made}, more left uncommitted" if item.commits else "! changed files, committed nothing", "warning"
    return made if item.commits else "no changes", "muted"


def _at_work(item: ItemState, glance: Glance, look: Look) -> tuple[str, Role]:
    step = safe(item.step)
    if item.item.id in glance.state.stopping_items:
        return f"stopping · {step}", "warning"
    if waits := why_held(item, glance):
        return waits, "warning"
    if look is STALLED:
        return f"silent for {span(glance.silence_s(item))} · {step}", "warning"
    again = f"try {_of_most(item.failures + 1, glance)} · " if item.failures else ""
    return again + (step or "prepares its worktree"), "text"


def _of_most(number: int, glance: Glance) -> str:
    return f"{number}/{glance.attempts}" if glance.attempts is not None and number <= glance.attempts else str(number)


def _fold(name: str, section: Section | None, glance: Glance) -> Cells:
    number = len(section.keys) if section is not None else 0
    look, words = _FOLDS.get(name, (RUNNING, ""))
    if name == "dead":
        words = f"{words} → {key('screen.dlq')}"
    elif name == "done" and (left := glance.state.uncommitted.items):
        words = f"{words}, {'all' if left == number else left} with changes that nobody committed"
    elif name.startswith("step:"):
        words = _step_label(name, glance.state)
    enter = key("move.enter")
    hidden = number - section.shown if section is not None else 0
    hint = f"▸ {hidden} more" if 0 < hidden < number else f"▸ {enter} opens" if hidden else f"▾ {enter} folds"
    why = why_queued(glance.state, glance.now) if name == "queued" else ""
    return Cells(look=look, name=f"{number}", item=words, detail=f"({why})  {hint}" if why else hint, joined=True)


def _step_label(name: str, state: RunState) -> str:
    number = int(name.removeprefix("step:"))
    template = next((outline.steps for outline in state.outline if outline.phase == "map"), ())
    return f"{number + 1} {safe(template[number].label)}" if number < len(template) else "between steps"
