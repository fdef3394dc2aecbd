"""Which of the open questions a person means."""

from prodigy_tui.events.schema import GateOpened
from prodigy_tui.events.state import RunState


def oldest_question(state: RunState, item_id: str | None = None) -> GateOpened | None:
    """Returns what a person answers first: the question of the item, of the landing, or the one that waits longest."""
    item = state.items.get(item_id) if item_id is not None else None
    if item is not None and item.gates and (own := state.gates.get(item.gates[0])) is not None:
        return own
    if state.gate is not None:
        return state.gate
    if not state.gates:
        return None
    return state.gates[min(state.gates, key=lambda name: (state.asked_at[name], name))]


def run_questions(state: RunState) -> list[str]:
    """Returns the names of the questions that belong to no item, the longest open first."""
    names = [name for name, gate in state.gates.items() if gate.item_id is None]
    return sorted(names, key=lambda name: (state.asked_at[name], name))


def questions_in_order(state: RunState) -> list[str]:
    """Returns the names of all open questions, the one that waits longest first."""
    return sorted(state.gates, key=lambda name: (state.asked_at[name], name))


def next_question(state: RunState, here: str) -> str | None:
    """Returns the question after `here`, round and round; `None` when there is no other."""
    names = questions_in_order(state)
    if here not in names:
        return names[0] if names else None
    after = names[(names.index(here) + 1) % len(names)]
    return after if after != here else None
