"""The tip of the run branch: a private ref that only agent merges and phases move."""

from typing import Final

from prodigy_tui.agents.oneline import one_line
from prodigy_tui.engine.phases import sync_run_worktree
from prodigy_tui.engine.run_context import RunContext
from prodigy_tui.engine.tip_ref import TipMoved
from prodigy_tui.events.schema import MergeStarted, WarningRaised
from prodigy_tui.events.state import RunState
from prodigy_tui.events.values import Item
from prodigy_tui.git.inspect import changed_paths, head
from prodigy_tui.git.merge import steers_merges
from prodigy_tui.git.messages import TRAILER_ATTEMPT, TRAILER_ITEM, TRAILER_RUN, with_trailers
from prodigy_tui.git.open_merge import OpenMerge
from prodigy_tui.git.refs import move_ref, read_ref
from prodigy_tui.ids import Oid

LABEL: Final = 60
"""Characters of an item's label in the subject of its merge."""


def move_tip(
    run: RunContext, onto: Oid, commit: Oid, *, follow: bool, by: OpenMerge | None = None
) -> WarningRaised | None:
    """Moves the tip by compare-and-swap; the run's worktree may have to follow at once. Blocking.

    Moving it again to where it is does no harm: the worktree may have found no room on the disk.

    Returns:
        What was saved of the worktree, where something was in the way.

    Raises:
        TipMoved: it is not at `onto`.
        GitFailed: the repository is damaged.
    """
    if by is None:
        moved = move_ref(run.repository, run.tip_ref, commit, onto)
    else:
        moved = by.move_ref(run.tip_ref, commit, onto)
    if not moved and read_ref(run.repository, run.tip_ref) != commit:
        raise TipMoved(run.tip_ref)
    return sync_run_worktree(run, commit) if follow else None


def catch_up(run: RunContext, tip: Oid) -> WarningRaised | None:
    """Has the run's worktree follow to the tip if what steers merges has come since. Blocking.

    It does so with each merge that brings such a file; a process that died, or a full disk, may have come between.

    Raises:
        GitFailed: the repository is damaged.
    """
    if not run.run_worktree.is_dir():
        return None
    at = head(run.run_worktree)
    if at == tip or not steers_merges(changed_paths(run.run_worktree, at, tip)):
        return None
    return sync_run_worktree(run, tip)


def merge_message(state: RunState, started: MergeStarted) -> str:
    """Returns the message of an item's merge commit."""
    entry = state.items[started.item_id]
    trailers = {
        TRAILER_RUN: state.run_id,
        TRAILER_ITEM: started.item_id,
        TRAILER_ATTEMPT: str(started.attempt),
    }
    return with_trailers(f"Merge {_called(entry.item)} into {state.run_branch}", trailers)


def _called(item: Item) -> str:
    """Returns what people know an item by, in one line, and its id where that is something else."""
    label = one_line(item.label, LABEL)
    return f"{label} ({item.safe_id})" if label and label not in (item.id, item.safe_id) else item.safe_id
