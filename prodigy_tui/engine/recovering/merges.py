"""Merges that were under way when a process died: the private tip ref tells which of them have happened. Reads only."""

from collections.abc import Iterator

from prodigy_tui.engine.recovering.look import Look
from prodigy_tui.events.schema import (
    KnownEvent,
    MergeFinished,
    MergeInterrupted,
    MergeStarted,
    ResolutionFinished,
    StepInterrupted,
    VerifyFinished,
)
from prodigy_tui.events.state import RunState
from prodigy_tui.events.values import PhaseName
from prodigy_tui.ids import Oid


def settled_merges(look: Look) -> Iterator[KnownEvent]:
    """Yields how the merges that had begun have ended, and what was being verified.

    The tip may have moved several times since: each time to a commit that had been verified.
    """
    yield from _ended_resolution(look.state)
    yield from _ended_verification(look.state)
    merges = tuple(look.state.merges.values())
    if not merges:
        return
    tip = look.ref(look.tip_ref)
    done = {started.item_id for started in merges if tip is not None and _has_happened(look, started, tip)}
    for started in merges:
        if started.item_id in done:
            yield MergeFinished(item_id=started.item_id, attempt=started.attempt, status="merged", tip=tip or "")
    for started in reversed(merges):  # each one goes to the front of the queue
        if started.item_id not in done:
            yield MergeInterrupted(item_id=started.item_id, attempt=started.attempt)


def _ended_resolution(state: RunState) -> Iterator[KnownEvent]:
    """What was being done to a merge begins anew, in a worktree that is made anew."""
    under_way = state.resolution
    if under_way is None:
        return
    for record in under_way.steps.values():
        if record.status == "running":
            yield StepInterrupted(phase="merge" if under_way.item_id is None else "map", path=record.path)
    yield ResolutionFinished(
        item_id=under_way.item_id, purpose=under_way.purpose, status="interrupted", message="its process ended"
    )


def _ended_verification(state: RunState) -> Iterator[KnownEvent]:
    """Nothing is known of a check that its process did not see the end of."""
    under_way = state.verification
    if under_way is None:
        return
    phase: PhaseName = "merge" if under_way.landing else "map"
    for record in under_way.steps.values():
        if record.status == "running":
            yield StepInterrupted(phase=phase, path=record.path)
    yield VerifyFinished(
        item_ids=under_way.item_ids,
        commit=under_way.commit,
        status="interrupted",
        message="its process ended",
        landing=under_way.landing,
    )


def _has_happened(look: Look, started: MergeStarted, tip: Oid) -> bool:
    return tip != started.onto and look.contains(tip, started.onto) and look.contains(tip, started.head)
