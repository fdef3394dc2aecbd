"""What should happen next, as a pure function of workflow, state, time and what is under way.

The runner carries the actions out, appends what comes of them and asks again, until there is nothing to do. Every rule
looks at queues, counts and slots only, so that asking costs the same however many items there are.

A run goes through its phases in order; each is waiting, running, or over:

    plain:      steps ─────────────────────────▶ landing ▶ clean up ▶ finished
    mapreduce:  setup ▶ map (agents, merges) ▶ reduce ▶ landing ▶ clean up ▶ finished

A stop leaves the rest undone, to be resumed. Dead letters that are retried make the map phase wait again.
"""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from datetime import datetime

from prodigy_tui.engine.actions import (
    Action,
    CleanUp,
    Effect,
    Land,
    LoadItems,
    MergeItem,
    PrepareRun,
    ProposeLanding,
    Record,
    RunPhase,
    StartAgent,
    StopAgent,
    StopEverything,
    Wake,
)
from prodigy_tui.engine.outcome import finished, superfluous_worktrees
from prodigy_tui.engine.policy import decide, stop_reason
from prodigy_tui.events.evolve import SEQUENCES
from prodigy_tui.events.fifo import first
from prodigy_tui.events.schema import LandingFinished, PhaseFinished, PhaseStarted
from prodigy_tui.events.state import RunState
from prodigy_tui.events.values import PhaseName, PhaseStatus
from prodigy_tui.workflow.model import PhaseSteps, Workflow

MERGES_WAITING = 2
"""No agent starts while more than this many times `max_parallel` finished agents wait for the merge queue: bases would
go stale, and conflicts that need not be would follow. One agent at a time sees what those before it have done."""


_ENDING: frozenset[Effect] = frozenset({ProposeLanding(), Land(), CleanUp()})
"""While one of these goes on, items given back to work have to wait: it reads, moves or removes what they need."""


def next_actions(workflow: Workflow, state: RunState, busy: AbstractSet[Effect], now: datetime) -> tuple[Action, ...]:
    """Returns what to do now; empty when the run is over or everything waits for something under way.

    A `Record` always comes alone or last: the state that it makes may call for other actions.
    """
    return tuple(_actions(workflow, state, busy, now))


def _actions(workflow: Workflow, state: RunState, busy: AbstractSet[Effect], now: datetime) -> Iterator[Action]:
    if state.ended_at is not None:
        return
    if state.stop is not None and state.stop.kind in ("stop", "kill"):
        if busy:
            yield StopEverything(at_once=state.stop.kind == "kill")
        else:
            yield Record(finished(state))
        return
    undecided = first(state.undecided)
    if undecided is not None:
        yield Record(decide(workflow.error_policy, state.items[undecided], now))
        return
    for item_id in state.stopping_items:
        yield StopAgent(item_id)
    if not _has_run_worktree(state) and not _all_done(workflow, state):
        if PrepareRun() not in busy and not busy:
            yield PrepareRun()
        return
    if state.merge_wanted and state.landing is None and _stopped_early(workflow, state):
        yield from _land_anyway(state, busy)
        return
    yield from _phases(workflow, state, busy, now)


def _has_run_worktree(state: RunState) -> bool:
    return any(made.name == "run" for made in state.worktrees.values())


def _all_done(workflow: Workflow, state: RunState) -> bool:
    """Nothing is left but to say so; a finished run that is taken up again needs no new worktree for that."""
    if state.merge_wanted and state.landing is None:
        return False
    if _stopped_early(workflow, state):
        return True
    return state.landing is not None and all(_is_over(state, phase) for phase in _sequence(workflow))


def _stopped_early(workflow: Workflow, state: RunState) -> bool:
    return any(_status(state, phase) in ("failed", "interrupted") for phase in _sequence(workflow))


def _sequence(workflow: Workflow) -> tuple[PhaseName, ...]:
    return SEQUENCES[workflow.kind]


def _status(state: RunState, phase: PhaseName) -> str | None:
    known = state.phases.get(phase)
    return known.status if known is not None else None


def _is_over(state: RunState, phase: PhaseName) -> bool:
    return _status(state, phase) in ("ok", "failed", "skipped", "interrupted")


def phase_steps(workflow: Workflow, phase: PhaseName) -> PhaseSteps:
    """Returns the steps of a phase that runs in the run worktree."""
    match phase:
        case "steps":
            return workflow.steps
        case "setup":
            return workflow.setup
        case "reduce":
            return workflow.reduce
        case "merge":
            merge = workflow.merge
            late = {name: value for name, value in merge.late.items() if name == "timeout"}
            return PhaseSteps(steps=merge.steps, timeout=merge.timeout, late=late)
        case "map":
            raise ValueError("the map phase has no steps of its own")


def _phases(workflow: Workflow, state: RunState, busy: AbstractSet[Effect], now: datetime) -> Iterator[Action]:
    if not _ENDING.isdisjoint(busy):
        return
    for phase in _sequence(workflow):
        match _status(state, phase):
            case "ok" | "skipped":
                continue
            case "failed" | "interrupted":
                yield from _end(state, busy)
                return
            case "running":
                yield from _running(workflow, state, phase, busy, now)
                return
            case _:
                yield from _begin(workflow, state, phase)
                return
    yield from _land(workflow, state, busy)


def _begin(workflow: Workflow, state: RunState, phase: PhaseName) -> Iterator[Action]:
    if state.paused:
        return
    if state.stop is not None:
        yield Record(PhaseFinished(phase=phase, status="interrupted", message=state.stop.message))
    elif phase == "reduce" and (reason := _no_reduce(workflow, state)):
        yield Record(PhaseFinished(phase=phase, status="skipped", message=reason))
    elif phase != "map" and not phase_steps(workflow, phase).steps:
        yield Record(PhaseFinished(phase=phase, status="skipped", message="no steps"))
    else:
        yield Record(PhaseStarted(phase=phase))


def _no_reduce(workflow: Workflow, state: RunState) -> str:
    counts = state.counts
    if counts.total == 0:
        return "no items"
    if workflow.reduce.run_if == "any_success" and counts.success == 0:
        return "no item succeeded"
    if workflow.reduce.run_if == "all_success" and counts.success < counts.total:
        return f"{counts.total - counts.success} of {counts.total} items did not succeed"
    return ""


def _running(
    workflow: Workflow, state: RunState, phase: PhaseName, busy: AbstractSet[Effect], now: datetime
) -> Iterator[Action]:
    if phase == "map":
        yield from _map(workflow, state, busy, now)
    elif RunPhase(phase) not in busy:
        yield RunPhase(phase)


# ------------------------------------------------------------------------------------------------------------- the map


def _map(workflow: Workflow, state: RunState, busy: AbstractSet[Effect], now: datetime) -> Iterator[Action]:
    if not state.items_loaded:
        if LoadItems() not in busy:
            yield LoadItems()
        return
    if state.stop is None and (reason := stop_reason(workflow.error_policy, state)) is not None and _fails_anew(state):
        yield Record(reason)
        return
    yield from _merge(state, busy)
    if state.stop is None and not state.paused:
        yield from _start_agents(state, busy, now)
        yield from _wake_for_retries(state, now)
    if _map_is_idle(state, busy):
        yield from _end_map(state)


def _fails_anew(state: RunState) -> bool:
    """A stop by policy is lifted by resuming, and applies again at the next failure."""
    return state.failures_seen > state.failures_at_resume


def _merge(state: RunState, busy: AbstractSet[Effect]) -> Iterator[Action]:
    waiting = first(state.merge_queue)
    if state.merge is None and waiting is not None and not any(isinstance(effect, MergeItem) for effect in busy):
        yield MergeItem(waiting, state.items[waiting].attempt)


def _start_agents(state: RunState, busy: AbstractSet[Effect], now: datetime) -> Iterator[Action]:
    taken = {effect.slot for effect in busy if isinstance(effect, StartAgent)} | set(state.slots)
    if state.counts.merging > (MERGES_WAITING * state.max_parallel if state.max_parallel > 1 else 0):
        return
    free = [slot for slot in range(1, state.max_parallel + 1) if slot not in taken]
    room = state.max_parallel - len(taken)
    for slot, item_id in zip(free[: max(room, 0)], _startable(state, now), strict=False):
        yield StartAgent(item_id, state.items[item_id].attempt + 1, slot)


def _startable(state: RunState, now: datetime) -> Iterator[str]:
    """Yields items that may start: due retries, then what was interrupted or requeued, then the rest in order."""
    for queue in state.retries.values():
        for item_id in queue:
            item = state.items[item_id]
            if item.status != "retrying":
                continue
            if item.due is not None and item.due > now:
                break
            yield item_id
    seen: set[str] = set()
    for item_id in state.requeued:
        if item_id not in seen and state.items[item_id].status == "pending":
            seen.add(item_id)
            yield item_id
    for position in range(state.next_position, len(state.order)):
        item_id = state.order[position]
        if item_id not in seen and state.items[item_id].status == "pending":
            yield item_id


def _map_is_idle(state: RunState, busy: AbstractSet[Effect]) -> bool:
    return not busy and state.counts.running == 0 and state.counts.merging == 0 and state.counts.failed == 0


def _wake_for_retries(state: RunState, now: datetime) -> Iterator[Action]:
    if not state.counts.retrying or len(state.slots) >= state.max_parallel:
        return
    heads = (first(queue) for queue in state.retries.values())
    dues = [due for head in heads if head is not None and (due := state.items[head].due) is not None and due > now]
    if dues:
        yield Wake(min(dues))


def _end_map(state: RunState) -> Iterator[Action]:
    counts = state.counts
    if state.stop is not None:
        status: PhaseStatus = "failed" if state.stop.kind == "policy" else "interrupted"
        yield Record(PhaseFinished(phase="map", status=status, message=state.stop.message, tip=state.tip))
        return
    if counts.pending or counts.retrying:
        return
    if counts.total == 0:
        yield Record(PhaseFinished(phase="map", status="skipped", message="no items", tip=state.tip))
        return
    yield Record(PhaseFinished(phase="map", status="ok", tip=state.tip))


# --------------------------------------------------------------------------------------------------- landing, the end


def _land(workflow: Workflow, state: RunState, busy: AbstractSet[Effect]) -> Iterator[Action]:
    """All phases went well; dead letters do not keep the rest from landing, a person may."""
    if state.landing is not None:
        yield from _end(state, busy)
    elif not workflow.merge.land and not state.merge_wanted:
        yield Record(LandingFinished(status="unmerged", target=state.target, message="the workflow says land: false"))
    elif "land" in workflow.merge.late and not state.merge_wanted:
        message = f"'land: {workflow.merge.late['land'].text}' has no value that is true or false"
        yield Record(LandingFinished(status="unmerged", target=state.target, message=message))
    elif state.gate is not None:
        return
    elif state.stop is not None:
        yield Record(LandingFinished(status="unmerged", target=state.target, message=state.stop.message))
    elif state.answer is None:
        if not busy:
            yield ProposeLanding()
    elif state.answer != "approve":
        yield Record(LandingFinished(status="unmerged", target=state.target, message="nobody said yes"))
    elif not busy:
        yield Land()


def _end(state: RunState, busy: AbstractSet[Effect]) -> Iterator[Action]:
    if busy:
        return
    result = finished(state)
    if result.status != "interrupted" and superfluous_worktrees(state):
        yield CleanUp()
        return
    yield Record(result)


def _land_anyway(state: RunState, busy: AbstractSet[Effect]) -> Iterator[Action]:
    """A failed or stopped run lands what it has when a person asks for exactly that."""
    if busy or state.gate is not None:
        return
    if state.answer is None:
        yield ProposeLanding()
    elif state.answer == "approve":
        yield Land()
    else:
        yield Record(LandingFinished(status="unmerged", target=state.target, message="nobody said yes"))
