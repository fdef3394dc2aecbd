"""Commands of this program that do from a shell what cannot be done here."""

from prodigy_tui.events import advice
from prodigy_tui.events.item_state import ItemState
from prodigy_tui.events.state import RunState
from prodigy_tui.tui.model.text import agent_name, safe


def merge_command(state: RunState) -> str:
    """Returns the command that lands the run later."""
    return f"prodigy-tui merge {state.run_id}"


def resume_command(state: RunState) -> str:
    """Returns the command that lets a paused run go on."""
    return f"prodigy-tui signal {safe(state.run_id)} resume"


def retry_command(state: RunState, item: ItemState | None = None) -> str:
    """Returns what tries one dead letter again from a shell, or all of them."""
    return safe(advice.retry_command(state, "--all" if item is None else agent_name(item.position)))
