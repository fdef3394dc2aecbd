"""Whether a called run can go on in its caller's worktree, where others may have committed since."""

from pathlib import Path

from prodigy_tui.events.state import RunState
from prodigy_tui.git.inspect import head
from prodigy_tui.git.merge import Conflict, merge
from prodigy_tui.git.refs import contains
from prodigy_tui.ids import Oid


def fits(worktree: Path, recorded: RunState) -> bool:
    """Tells whether what a called run has made fits to what is in the worktree by now. Blocking."""
    at, tip = head(worktree), Oid(recorded.tip)
    if contains(worktree, at, tip) or contains(worktree, tip, at):
        return True
    return not isinstance(merge(worktree, at, tip, "whether it can be"), Conflict)
