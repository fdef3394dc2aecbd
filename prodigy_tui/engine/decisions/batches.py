"""Which finished branches are merged together, and how that adapts itself (language 16.4). Pure.

First finished, first merged: a batch is the front of the queue, never a choice from it.
"""

from itertools import islice
from typing import Final

from prodigy_tui.engine.decisions.actions import MergeItems
from prodigy_tui.errors import ExitCode
from prodigy_tui.events.schema import MergeFinished, StopDecided
from prodigy_tui.events.state import RunState
from prodigy_tui.wording import merge_conflict
from prodigy_tui.workflow.model import MergeRules, Verify

LARGEST: Final = 32
"""Branches that `batch: auto` verifies together at most."""


def next_batch(rules: MergeRules, state: RunState) -> MergeItems | None:
    """Returns what is merged next, if anything waits and nothing is being merged."""
    if state.merges or state.merges_held:
        return None
    waiting = tuple(islice(state.merge_queue, batch_size(rules.verify, state)))
    return MergeItems(waiting) if waiting else None


def batch_size(verify: Verify | None, state: RunState) -> int:
    """Returns how many branches form one candidate at most."""
    if verify is None:
        return 1
    return max(1, state.batch_size) if verify.auto_batch else verify.batch


def adapted(verify: Verify, state: RunState, *, ok: bool) -> int:
    """Returns the size of the next batch after a whole one was verified; 0 where it stays as it is.

    It doubles while more wait than it holds, and halves after a failure: what fails is verified in parts anyway.
    """
    if not verify.auto_batch:
        return 0
    size = batch_size(verify, state)
    if not ok:
        wanted = max(1, size // 2)
    elif state.counts.merging - len(state.merges) > size:
        wanted = min(LARGEST, size * 2)
    else:
        wanted = size
    return wanted if wanted != size else 0


def stop_of_base(message: str) -> StopDecided:
    """Returns the stop of a run whose branch does not pass by itself: nobody's branch can be blamed."""
    why = f"the run branch itself fails verification: {message}"
    return StopDecided(code="PT643", message=why, exit_code=ExitCode.FAILED)


def stop_of_conflict(rules: MergeRules, finished: MergeFinished) -> StopDecided | None:
    """Returns the stop after a branch that could not be merged, where the workflow wants one."""
    if rules.conflict.action != "fail" or finished.status != "conflict":
        return None
    failure = finished.failure
    message = failure.message if failure is not None else merge_conflict(finished.conflicts, finished.detail)
    return StopDecided(
        code="PT640", message=f"item '{finished.item_id}': {message} (conflict: fail)", exit_code=ExitCode.WAITING
    )
