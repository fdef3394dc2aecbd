"""The part of the fold that concerns agent merges: the queue, the batch under way, and its verification.

Whatever is done here looks at the items of one batch at most.
"""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace
from rpds import Queue

from prodigy_tui.events.evolve_items import put, require
from prodigy_tui.events.evolve_steps import AnyStepEvent, step_record
from prodigy_tui.events.fifo import first, without_first
from prodigy_tui.events.item_state import ItemState, ItemStatus
from prodigy_tui.events.merge_state import Verification
from prodigy_tui.events.schema import (
    Envelope,
    MergeFinished,
    MergeInterrupted,
    MergeStarted,
    StepFinished,
    VerifyFinished,
    VerifyStarted,
)
from prodigy_tui.events.state import RunState
from prodigy_tui.events.transition import InvalidTransition
from prodigy_tui.events.values import Failure
from prodigy_tui.wording import merge_conflict

MergeEvent = MergeStarted | MergeFinished | MergeInterrupted | VerifyStarted | VerifyFinished

VERIFY = "verify/"
"""How the paths of the steps of `verify` begin."""

QUEUED, MERGING, VERIFYING = "merge queue", "merge", "verification"
"""What an item waits for."""

_MERGING: frozenset[ItemStatus] = frozenset({"merging"})


def evolve_merge(state: RunState, envelope: Envelope, event: MergeEvent) -> RunState:
    """Returns the state after a merge or a verification has begun or ended."""
    at = envelope.at
    match event:
        case MergeStarted(item_id=item_id):
            entry = require(state, envelope, item_id, _MERGING)
            if first(state.merge_queue) != item_id:
                raise InvalidTransition(envelope, f"item {item_id!r} is not the next to be merged")
            merging = replace(entry, last_at=at, waiting=MERGING)
            return replace(
                put(state, entry, merging),
                merges={**state.merges, item_id: event},
                merge_queue=without_first(state.merge_queue),
            )
        case MergeFinished(item_id=item_id):
            entry = require(state, envelope, item_id, _MERGING)
            return _finished(_without_merge(state, envelope, item_id), entry, event, at)
        case MergeInterrupted(item_id=item_id):
            entry = require(state, envelope, item_id, _MERGING)
            left = _without_merge(state, envelope, item_id)
            waiting = put(left, entry, replace(entry, last_at=at, waiting=QUEUED))
            queue = Queue([item_id, *state.merge_queue])  # as dear as the queue is long, and rare
            return replace(waiting, merge_queue=queue, merges_held=state.stop is not None)
        case VerifyStarted(item_ids=item_ids):
            verification = Verification(
                item_ids=item_ids, commit=event.commit, purpose=event.purpose, landing=event.landing, since=at
            )
            return _with_words(replace(state, verification=verification), item_ids, VERIFYING, at)
        case VerifyFinished(item_ids=item_ids, batch=batch):
            checked = state.verification if event.landing else state.checked
            ended = replace(state, verification=None, checked=checked, batch_size=batch or state.batch_size)
            return _with_words(ended, item_ids, MERGING, at)


def is_of_verification(event: AnyStepEvent) -> bool:
    """Tells whether it is the event of a step of `verify`, which belongs to no phase."""
    return event.item_id is None and event.path.startswith(VERIFY)


def evolve_verify_step(state: RunState, envelope: Envelope, event: AnyStepEvent) -> RunState:
    """Returns the state after an event of a step of `verify`."""
    verification = state.verification
    if verification is None:
        raise InvalidTransition(envelope, "nothing is being verified")
    record = step_record(verification.steps.get(event.path), envelope, event)
    if isinstance(event, StepFinished):
        record = replace(record, result=None)
    steps = verification.steps.insert(event.path, record)
    return replace(state, verification=replace(verification, steps=steps))


def _without_merge(state: RunState, envelope: Envelope, item_id: str) -> RunState:
    if item_id not in state.merges:
        raise InvalidTransition(envelope, f"item {item_id!r} is not being merged")
    return replace(state, merges={one: event for one, event in state.merges.items() if one != item_id})


def _finished(state: RunState, entry: ItemState, event: MergeFinished, at: datetime) -> RunState:
    if event.status not in ("conflict", "failed"):
        merged = replace(entry, status="success", merged=True, ended_at=at, last_at=at, waiting="")
        return replace(put(state, entry, merged), tip=event.tip, merged=state.merged + 1)
    message = merge_conflict(event.conflicts, event.detail)
    failure = event.failure or Failure(kind="merge", code="PT640", message=message, tail=event.detail)
    history = (*entry.history[:-1], replace(entry.history[-1], outcome=event.status, failure=failure))
    failed = replace(
        entry,
        status="failed",
        failures=entry.failures + 1,
        failure=failure,
        repeatable=None,
        last_at=at,
        waiting="",
        history=history,
    )
    moved = put(state, entry, failed)
    return replace(moved, undecided=moved.undecided.enqueue(event.item_id))


def _with_words(state: RunState, item_ids: tuple[str, ...], waiting: str, at: datetime) -> RunState:
    """Says of items that are being merged what they wait for."""
    for item_id in item_ids:
        entry = state.items.get(item_id)
        if entry is not None and item_id in state.merges:
            state = put(state, entry, replace(entry, waiting=waiting, last_at=at))
    return state
