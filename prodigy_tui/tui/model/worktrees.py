"""Where the files of an agent lie, and why one cannot go there."""

from collections.abc import Callable
from pathlib import Path

from prodigy_tui.events.item_state import ItemState
from prodigy_tui.tui.model.cells import item_name
from prodigy_tui.tui.model.run import RunModel
from prodigy_tui.tui.model.text import agent_name


def worktree_of(item: ItemState) -> Path:
    """Returns the folder that the agent of an item has worked in last."""
    return Path(item.worktree)


def no_worktree(model: RunModel, item_id: str | None, is_there: Callable[[Path], bool]) -> str:
    """Returns why the files of an item's last attempt cannot be gone to; empty when they can."""
    item = model.state.items.get(item_id or "")
    if item is None:
        return "select an agent"
    if model.past:
        return "in the past"
    who = agent_name(item.position)
    if not item.attempt or not item.worktree:
        return f"{who} has no worktree yet"
    files = model.state.agent_files.get(item.worktree)
    if files is not None and files.item_id != item_id:
        other = model.state.items.get(files.item_id)
        by = f"{agent_name(other.position)} {item_name(other)}" if other is not None else "another agent"
        return f"the worktree of {who} is that of {by} now"
    if files is None or not is_there(worktree_of(item)):
        return f"{who} has no worktree any more" + (f": its work is on {item.branch}" if item.branch else "")
    return ""
