"""Commands of this program that do from a shell what cannot be done here."""

from collections.abc import Sequence

from prodigy_tui.events import advice
from prodigy_tui.events.item_state import ItemState
from prodigy_tui.events.state import RunState
from prodigy_tui.tui.model.text import agent_name, safe

_COMMAND_CELLS = 200_000
"""Names of items in one command: it is split again, so nothing of it may be left out."""


def merge_command(state: RunState) -> str:
    """Returns the command that lands the run later."""
    return f"prodigy-tui merge {state.run_id}"


def continue_command(state: RunState) -> str:
    """Returns the command that takes up a run at rest that has work left; empty where nothing is."""
    left = state.ended_at is None or state.status in ("interrupted", "stopped", "waiting") or state.counts.unfinished
    return f"prodigy-tui resume {safe(state.run_id)}" if left else ""


def retry_these(state: RunState, items: Sequence[ItemState]) -> str:
    """Returns what tries some dead letters again from a shell, whether they need a look first or not."""
    dead = [item for item in items if item.status == "dead"]
    if not dead:
        return ""
    forced = "" if all(item.eligible for item in dead) else " --force"
    every = len(dead) > 1 and len(dead) == len(state.dead_letters)
    return safe(advice.retry_command(state, "--all" if every else _named(dead)) + forced, _COMMAND_CELLS)


def _named(items: Sequence[ItemState]) -> str:
    return " ".join(agent_name(item.position) for item in items)


def resume_command(state: RunState) -> str:
    """Returns the command that lets a paused run go on."""
    return f"prodigy-tui signal {safe(state.run_id)} resume"


def retry_command(state: RunState, item: ItemState | None = None) -> str:
    """Returns what tries one dead letter again from a shell, or all of them."""
    return safe(advice.retry_command(state, "--all" if item is None else agent_name(item.position)))
