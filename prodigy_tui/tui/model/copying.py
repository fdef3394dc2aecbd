"""What copying an agent gives: one line for people, and its path or id for programs."""

from prodigy_tui.events.item_state import ItemState
from prodigy_tui.tui.model.cells import item_name
from prodigy_tui.tui.model.looks import ITEM_LOOKS
from prodigy_tui.tui.model.text import agent_name, safe


def item_line(item: ItemState) -> str:
    """Returns who it is, how it stands, and what went wrong."""
    parts = [f"{agent_name(item.position)} {item_name(item)}", ITEM_LOOKS[item.status].word]
    if item.attempt > 1:
        parts.append(f"attempt {item.attempt}")
    if item.step:
        parts.append(f"step {safe(item.step, 100)}")
    if item.failure is not None:
        parts.append(safe(item.failure.message, 500))
    return " · ".join(parts)


def item_path(item: ItemState) -> str:
    """Returns its worktree while there is one, else its branch, else its id."""
    return safe(item.worktree or item.branch or item.item.id)
