"""The part of the fold that concerns ways out of the dead letter queue: back to work, and out for good."""

from __future__ import annotations

from typing import TypeAlias

from msgspec.structs import replace

from prodigy_tui.events.evolve_items import advance, put, require, without_landing, without_question
from prodigy_tui.events.evolve_phases import reopened
from prodigy_tui.events.item_state import FINAL, Discarded
from prodigy_tui.events.phase_state import PhaseState
from prodigy_tui.events.schema import Envelope, ItemDiscarded, ItemRequeued, ReduceRequested
from prodigy_tui.events.state import RunState
from prodigy_tui.events.transition import InvalidTransition

LetterEvent: TypeAlias = ItemRequeued | ItemDiscarded | ReduceRequested


def evolve_letter(state: RunState, envelope: Envelope, event: LetterEvent) -> RunState:
    """Returns the state after somebody decided about a dead letter, or what comes after its retry."""
    match event:
        case ItemRequeued():
            return _requeue(state, envelope, event)
        case ItemDiscarded():
            return _discard(state, envelope, event)
        case ReduceRequested():
            return reduce_anew(replace(state, reduce_requested=True))


def reduce_anew(state: RunState) -> RunState:
    """Returns the state in which a requested reduce waits for the map; one that is running has to end first."""
    reduce = state.phases.get("reduce")
    if not state.reduce_requested or (reduce is not None and reduce.status == "running"):
        return state
    phases = state.phases
    if reduce is not None:
        anew = PhaseState(phase="reduce", status="waiting", started_at=reduce.started_at)
        phases = phases.insert("reduce", anew)
    return without_landing(replace(state, phases=phases, reduce_requested=False))


def _requeue(state: RunState, envelope: Envelope, event: ItemRequeued) -> RunState:
    """Returns the state after a final, unmerged item went back to work."""
    item_id = event.item_id
    entry = require(state, envelope, item_id, FINAL - {"success"})
    if entry.discarded is not None:
        raise InvalidTransition(envelope, f"item {item_id!r} has been discarded")
    fresh = replace(
        entry,
        status="pending",
        failures=0,
        begun_at=None,
        repeatable=None,
        set_aside=False,
        ended_at=None,
        last_at=envelope.at,
        due=None,
        step="",
        step_index=0,
        score=None,
        started_at=None,
        from_attempt=event.from_attempt,
    )
    untold = state.untold.discard(item_id)  # told when it fails again
    back = replace(
        put(without_question(state), entry, fresh),
        requeued=state.requeued.enqueue(item_id),
        untold=untold,
        untold_count=len(untold),
        dead_letters=state.dead_letters.discard(item_id),
        answer=None,
        asked=None,
        phases=reopened(state.phases),
    )
    return advance(without_landing(back))


def _discard(state: RunState, envelope: Envelope, event: ItemDiscarded) -> RunState:
    """Returns the state in which a dead letter is out for good: it is left out, and has failed all the same."""
    entry = require(state, envelope, event.item_id, frozenset({"dead"}))
    out = replace(
        entry,
        status="skipped",
        last_at=envelope.at,
        discarded=Discarded(at=envelope.at, reason=event.reason, by=event.by),
    )
    return replace(
        put(state, entry, out),
        dead_letters=state.dead_letters.discard(event.item_id),
        discarded=state.discarded.insert(event.item_id, envelope.seq),
    )
