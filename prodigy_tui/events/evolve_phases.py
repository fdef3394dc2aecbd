"""The part of the fold that concerns phases: their beginning and end, their items, their passes."""

from __future__ import annotations

from msgspec.structs import replace
from rpds import HashTrieMap, List

from prodigy_tui.events.item_state import Counts, ItemState
from prodigy_tui.events.pace import Canary
from prodigy_tui.events.phase_state import PhaseState
from prodigy_tui.events.schema import (
    Envelope,
    ItemsLoaded,
    PassStarted,
    PhaseFinished,
    PhaseStarted,
)
from prodigy_tui.events.state import RunState
from prodigy_tui.events.transition import InvalidTransition

BEFORE_STEPS = "sub"
"""How the paths of sub-workflows begin, which run before the steps of a phase."""


def items_loaded(state: RunState, envelope: Envelope, event: ItemsLoaded) -> RunState:
    """Returns the state of a map that knows its items."""
    if state.items_loaded:
        raise InvalidTransition(envelope, "the items have been loaded already")
    items = HashTrieMap({item.id: ItemState(item=item, position=n) for n, item in enumerate(event.items)})
    return replace(
        state,
        items=items,
        order=tuple(item.id for item in event.items),
        items_loaded=True,
        counts=Counts(pending=len(event.items)),
        stages=HashTrieMap(event.stages),
        max_parallel=event.max_parallel or state.max_parallel,
        settled=HashTrieMap(_settled(event)),
        canary=Canary(count=event.canary) if event.canary else None,
    )


def _settled(event: ItemsLoaded) -> dict[str, object]:
    """Returns the values that were settled; two of them had a place of their own once."""
    old = {"max_failures": event.max_failures, "continue_on_failure": event.continue_on_failure}
    known: dict[str, object] = {f"error_policy.{name}": value for name, value in old.items() if value is not None}
    return known | event.settled


def evolve_phase(state: RunState, envelope: Envelope, event: PhaseStarted | PhaseFinished) -> RunState:
    """Returns the state in which a phase begins, or is over."""
    known = state.phases.get(event.phase)
    if isinstance(event, PhaseStarted):
        if known is not None and known.status == "running":
            raise InvalidTransition(envelope, f"phase {event.phase} is running already")
        steps = known.steps if known is not None else HashTrieMap()
        begun = PhaseState(
            phase=event.phase,
            status="running",
            started_at=envelope.at,
            idle_before_s=state.idle_s,
            steps=steps,
            to_squash=known.to_squash if known is not None else List(),
            passing=known.passing if known is not None else None,
        )
        missed = 0 if event.phase == "reduce" else state.after_reduce
        phases = state.phases.insert(event.phase, begun)
        return replace(state, phase=event.phase, phases=phases, after_reduce=missed)
    if known is None:
        known = PhaseState(phase=event.phase, status="running", started_at=envelope.at)
    elif known.status == "waiting":  # left out this time; when it last began tells nothing of that
        known = replace(known, started_at=envelope.at)
    ended = replace(known, status=event.status, ended_at=envelope.at, message=event.message, failure=event.failure)
    changed = replace(state, phases=state.phases.insert(event.phase, ended))
    return replace(changed, tip=event.tip) if event.tip is not None else changed


def pass_started(state: RunState, envelope: Envelope, event: PassStarted) -> RunState:
    """The steps begin anew; what the sub-workflows before them have said stands."""
    known = state.phases.get(event.phase)
    if known is None or known.status != "running":
        raise InvalidTransition(envelope, f"phase {event.phase} is not running")
    steps = known.steps
    for path in known.steps:
        if not path.startswith(BEFORE_STEPS):
            steps = steps.discard(path)
    begun = replace(known, steps=steps, passing=event)
    return replace(state, phases=state.phases.insert(event.phase, begun))


def reopened(phases: HashTrieMap[str, PhaseState]) -> HashTrieMap[str, PhaseState]:
    """There is work again: the map goes on, a reduce that was left out is due once more, and so are merge steps."""
    for name, ended in (("map", {"ok", "failed", "skipped", "interrupted"}), ("reduce", {"skipped"})):
        phase = phases.get(name)
        if phase is not None and phase.status in ended:
            phases = phases.insert(name, replace(phase, status="waiting"))
    merge = phases.get("merge")
    return phases if merge is None or merge.status == "running" else phases.discard("merge")
