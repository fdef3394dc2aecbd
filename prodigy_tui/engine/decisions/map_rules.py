"""What a map does next: agents, merges, its canary, its breaker, its end (language 13.6 to 13.9). Pure.

Part of the scheduler; every rule looks at queues, counts and slots only, so that asking costs the same however many
items there are.
"""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from datetime import datetime
from heapq import nsmallest
from itertools import count, filterfalse

from msgspec import Struct

from prodigy_tui.engine.decisions.actions import (
    Action,
    Effect,
    JudgeCanary,
    LoadItems,
    MergeItems,
    Record,
    StartAgent,
    StopAgent,
    Wake,
)
from prodigy_tui.engine.decisions.batches import next_batch
from prodigy_tui.engine.decisions.breaker import breaker_change
from prodigy_tui.engine.decisions.canary import canary_change
from prodigy_tui.engine.decisions.limits_of_time import map_is_over
from prodigy_tui.engine.decisions.parallel import Host, parallel_change
from prodigy_tui.engine.decisions.policy import report_due, stop_reason
from prodigy_tui.events.fifo import first
from prodigy_tui.events.holds import Hold, breaker_phase, hold, room, startable
from prodigy_tui.events.schema import FailuresReported, GateOpened, KnownEvent, PhaseFinished
from prodigy_tui.events.state import RunState
from prodigy_tui.events.values import Failure, PhaseStatus
from prodigy_tui.workflow.model import MapPhase, Workflow

TOLD_AT_ONCE = 100
"""Failed items that one report names at most."""

ACCEPT, REJECT, AGAIN = "accept", "reject", "again"


QUIET = Host()


class Outside(Struct, frozen=True, kw_only=True):
    """What the scheduler is told besides the workflow, the state and the time."""

    jitter: float = 0.5
    """Chance, at least 0 and below 1: for the delay of the next retry."""
    host: Host = QUIET
    holds: tuple[Hold, ...] = ()
    """What keeps agents from starting that is not in the state."""


def map_actions(
    workflow: Workflow, state: RunState, busy: AbstractSet[Effect], now: datetime, outside: Outside
) -> Iterator[Action]:
    """Yields what a map that has begun does now."""
    phase = workflow.map
    assert phase is not None, "only a mapreduce workflow has a map"
    if not state.items_loaded:
        if LoadItems() in busy:
            return
        if state.stop is not None:
            yield Record(PhaseFinished(phase="map", status="interrupted", message=state.stop.message, tip=state.tip))
        else:
            yield LoadItems()
        return
    over = map_is_over(phase, state, now)
    if state.stop is None and not over:
        changed = _changed(workflow, phase, state, now, outside)
        if changed is not None:
            yield Record(changed)
            return
        if canary_change(phase, workflow.error_policy, state) == "ask" and JudgeCanary() not in busy:
            yield JudgeCanary()
    if over or (state.stop is not None and state.stop.running != "drain"):
        yield from _stop_agents(busy)
    yield from _merge(workflow, state, busy)
    if state.stop is None and not over and not state.spending.asked and not len(state.spending.waiting):
        yield from _start_agents(state, busy, now, outside)
        yield from _wakes(state, now, outside)
    if _is_idle(state, busy):
        yield from _end(workflow, phase, state, over=over)


def _changed(
    workflow: Workflow, phase: MapPhase, state: RunState, now: datetime, outside: Outside
) -> KnownEvent | None:
    """Returns what the results so far have changed: the first of the rules that has something to say."""
    policy = workflow.error_policy
    stop = stop_reason(phase, policy, state) or breaker_change(policy, state, now)
    if stop is not None:
        return stop
    canary = canary_change(phase, policy, state)
    if canary is not None and canary != "ask":
        return canary
    return parallel_change(phase, state, outside.host) or (
        _told(state) if report_due(policy, state, over=False) else None
    )


def _told(state: RunState) -> FailuresReported:
    named = nsmallest(TOLD_AT_ONCE, state.untold.items(), key=lambda one: one[1])
    return FailuresReported(item_ids=tuple(item_id for item_id, _ in named), total=state.untold_count)


def ask_about_suspect(state: RunState) -> GateOpened | None:
    """Returns the question about the oldest suspect item that nobody has been asked about."""
    item_id = first(state.suspects)
    if item_id is None:
        return None
    entry = state.items[item_id]
    why = entry.failure.message if entry.failure is not None else "its changes need a look"
    return GateOpened(
        gate=f"suspect-{entry.item.safe_id}-{entry.attempt}",
        kind="suspect",
        question=f"Merge what '{entry.item.label or item_id}' changed? {why}",
        options=(ACCEPT, REJECT, AGAIN),
        item_id=item_id,
        show="diff",
        detail="\n".join(entry.files[:20]),
        head=entry.head,
        onto=entry.base,
        commits=entry.commits,
        files=len(entry.files),
    )


# ------------------------------------------------------------------------------------------------------------- agents


def _stop_agents(busy: AbstractSet[Effect]) -> Iterator[Action]:
    for effect in sorted((one for one in busy if isinstance(one, StartAgent)), key=lambda one: one.slot):
        yield StopAgent(effect.item_id)


def _merge(workflow: Workflow, state: RunState, busy: AbstractSet[Effect]) -> Iterator[Action]:
    if any(isinstance(effect, MergeItems) for effect in busy):
        return
    batch = next_batch(workflow.merge.agents, state)
    if batch is not None:
        yield batch


def ending_agents(state: RunState, busy: AbstractSet[Effect]) -> int:
    """Returns how many agents have told their outcome and are about to leave their place."""
    at_work = ("running", "waiting")
    agents = (one for one in busy if isinstance(one, StartAgent))
    return sum(1 for one in agents if state.items[one.item_id].status not in at_work)


def _start_agents(state: RunState, busy: AbstractSet[Effect], now: datetime, outside: Outside) -> Iterator[Action]:
    ending = ending_agents(state, busy)
    if hold(state, now, outside.holds, starting=ending) is not None:
        return
    places = zip(range(room(state, now, starting=ending)), _free_slots(state, busy), strict=False)
    for (_, slot), item_id in zip(places, startable(state, now), strict=False):
        yield StartAgent(item_id, state.items[item_id].attempt + 1, slot)


def _free_slots(state: RunState, busy: AbstractSet[Effect]) -> Iterator[int]:
    """Yields numbers of worktrees that nobody uses; those of failed items that are kept are out of use."""
    if state.settings.keep_worktrees:
        return count(state.slots_used + 1)
    taken = {effect.slot for effect in busy if isinstance(effect, StartAgent)} | set(state.slots)
    taken |= {state.agent_files[path].slot for path in state.kept}
    return filterfalse(taken.__contains__, count(1))


def _wakes(state: RunState, now: datetime, outside: Outside) -> Iterator[Action]:
    """Yields when agents may start that may not now."""
    if state.paused or not (state.counts.pending or state.counts.retrying):
        return
    for held in outside.holds:
        if held.until is not None and held.until > now:
            yield Wake(held.until)
    if breaker_phase(state.breaker, now) == "open" and state.breaker.until is not None:
        yield Wake(state.breaker.until)
    due = state.retries.first
    if due is not None and due.due > now:
        yield Wake(due.due)


# ---------------------------------------------------------------------------------------------------------- the end


def _is_idle(state: RunState, busy: AbstractSet[Effect]) -> bool:
    counts = state.counts
    merging = counts.merging and not state.merges_held
    return not busy and not (counts.running or counts.waiting or merging or counts.failed)


def _end(workflow: Workflow, phase: MapPhase, state: RunState, *, over: bool) -> Iterator[Action]:
    counts = state.counts
    left = counts.pending or counts.retrying or counts.suspect
    if left and state.stop is None and not over:
        return
    if report_due(workflow.error_policy, state, over=True):
        yield Record(_told(state))
    elif state.stop is not None:
        status: PhaseStatus = "failed" if state.stop.kind == "policy" and state.stop.exit_code == 1 else "interrupted"
        yield Record(PhaseFinished(phase="map", status=status, message=state.stop.message, tip=state.tip))
    elif over and left:
        message = f"map timed out after {phase.timeout:g} s, {counts.total - counts.finished} items are not done"
        failure = Failure(kind="timeout", message=message, exit_code=124)
        yield Record(PhaseFinished(phase="map", status="failed", message=message, tip=state.tip, failure=failure))
    elif counts.total == 0:
        yield Record(PhaseFinished(phase="map", status="skipped", message="no items", tip=state.tip))
    else:
        yield Record(PhaseFinished(phase="map", status="ok", tip=state.tip))
