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

from prodigy_tui.engine.decisions.actions import (
    Action,
    CleanUp,
    Effect,
    Land,
    PrepareRun,
    ProposeLanding,
    Record,
    RunPhase,
    StartAgent,
    StopAgent,
    StopEverything,
    StopPhase,
    Wake,
)
from prodigy_tui.engine.decisions.budget import STOPPABLE, caps_of, decision, time_ends
from prodigy_tui.engine.decisions.called import end_calls
from prodigy_tui.engine.decisions.limits_of_time import map_deadline, run_deadline, run_is_over, stands_still
from prodigy_tui.engine.decisions.map_rules import Outside, ask_about_suspect, ending_agents, map_actions
from prodigy_tui.engine.decisions.outcome import finished, superfluous_worktrees
from prodigy_tui.engine.decisions.policy import decide, stop_reason
from prodigy_tui.engine.decisions.quota import end_held, too_far
from prodigy_tui.engine.decisions.unattended import nobody_answers
from prodigy_tui.events.evolve_sessions import SEQUENCES
from prodigy_tui.events.fifo import first
from prodigy_tui.events.schema import AgentContinued, KnownEvent, LandingFinished, PhaseFinished, PhaseStarted
from prodigy_tui.events.state import RunState
from prodigy_tui.events.values import PhaseName
from prodigy_tui.workflow.model import PhaseSteps, Workflow

NOTHING = Outside()

_ENDING: frozenset[Effect] = frozenset({ProposeLanding(), Land(), CleanUp()})
"""While one of these goes on, items given back to work have to wait: it reads, moves or removes what they need."""


def next_actions(
    workflow: Workflow, state: RunState, busy: AbstractSet[Effect], now: datetime, outside: Outside = NOTHING
) -> tuple[Action, ...]:
    """Returns what to do now; empty when the run is over or everything waits for something under way.

    A `Record` always comes alone or last: the state that it makes may call for other actions. A `Wake` is the last of
    all, and there is one at most.
    """
    if state.ended_at is not None:
        return ()
    asked = tuple(_actions(workflow, state, busy, now, outside))
    actions = tuple(action for action in asked if not isinstance(action, Wake))
    if actions and isinstance(actions[-1], Record):
        return actions
    if not actions and state.stop is None and state.disk is None and _has_work(workflow, state):
        decided = decision(workflow.budget, state, now, starved=True)
        if decided is not None:
            return (Record(decided),)
    if not asked and (stop := nobody_answers(state, busy)) is not None:
        return (Record(stop),)
    times = [action.at for action in asked if isinstance(action, Wake)]
    times += [at for at in _deadlines(workflow, state, now) if at is not None and at > now]
    return (*actions, Wake(min(times))) if times else actions


def _deadlines(workflow: Workflow, state: RunState, now: datetime) -> Iterator[datetime | None]:
    yield run_deadline(workflow, state)
    if workflow.map is not None and not stands_still(state):
        yield map_deadline(workflow.map, state)
    if state.stop is None and _has_work(workflow, state):
        yield time_ends(caps_of(workflow.budget, state), state, now)


def _actions(
    workflow: Workflow, state: RunState, busy: AbstractSet[Effect], now: datetime, outside: Outside
) -> Iterator[Action]:
    stop = state.stop
    if stop is not None and stop.kind in ("stop", "kill"):
        if busy:
            yield StopEverything(at_once=stop.kind == "kill")
        else:
            yield Record(finished(state))
        return
    if stop is None or stop.running != "all":
        over = run_is_over(workflow, state, now)
        if over is not None:
            yield Record(over)
            return
    elif not busy <= {CleanUp()}:
        yield StopEverything(at_once=False)
        return
    record = _item_event(workflow, state, busy, now, outside)
    if record is not None:
        yield Record(record)
        return
    decided = decision(workflow.budget, state, now) if _has_work(workflow, state) else None
    if decided is not None:
        yield Record(decided)
        return
    if state.stop is not None:
        yield from _end_waiting(state, busy)
        yield from end_calls(state, busy)
        yield from end_held(workflow, state, busy, now)
    elif (far := too_far(workflow, state, now)) is not None:
        yield Record(far)
        return
    for item_id in state.stopping_items:
        if any(isinstance(effect, StartAgent) and effect.item_id == item_id for effect in busy):
            yield StopAgent(item_id)
    if state.disk is not None and state.stop is None:
        return
    if PrepareRun() in busy:
        return  # its worktree is noted before it is there
    if state.stop is None and not state.run_worktree and not _all_done(workflow, state):
        if not busy:
            yield PrepareRun()
        return
    if state.merge_wanted and state.landing is None and _stopped_early(workflow, state):
        yield from _land_anyway(state, busy)
        return
    yield from _phases(workflow, state, busy, now, outside)


def _item_event(
    workflow: Workflow, state: RunState, busy: AbstractSet[Effect], now: datetime, outside: Outside
) -> KnownEvent | None:
    """Returns what is to be recorded about a single item: its fate, the question about it, that it goes on."""
    phase = workflow.map
    if phase is None:
        return None
    undecided = first(state.undecided)
    if undecided is not None:
        if state.stop is None and _status(state, "map") == "running":
            stop = stop_reason(phase, workflow.error_policy, state)  # before the next failure is the newest
            if stop is not None:
                return stop
        return decide(phase, workflow.error_policy, state.items[undecided], now, outside.jitter)
    suspect = ask_about_suspect(state)
    if suspect is not None:
        return suspect
    answered = first(state.continuing)
    if answered is not None and state.counts.running + ending_agents(state, busy) < state.max_parallel:
        return AgentContinued(item_id=answered)
    return None


def _has_work(workflow: Workflow, state: RunState) -> bool:
    """Something is left that costs time or money: phases, or steps of the landing that wait for the budget."""
    if len(state.spending.waiting):
        return True
    return not _stopped_early(workflow, state) and not all(_is_over(state, phase) for phase in _sequence(workflow))


def _end_waiting(state: RunState, busy: AbstractSet[Effect]) -> Iterator[Action]:
    """Steps that wait for the budget of a run that stops are not started any more; they go on with the run."""
    for waiting in state.spending.waiting.values():
        if waiting.item_id is not None:
            yield StopAgent(waiting.item_id)
        elif waiting.phase in STOPPABLE and RunPhase(waiting.phase) in busy:
            yield StopPhase(waiting.phase)


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


def _phases(
    workflow: Workflow, state: RunState, busy: AbstractSet[Effect], now: datetime, outside: Outside
) -> Iterator[Action]:
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
                yield from _running(workflow, state, phase, busy, now, outside)
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
    elif phase != "map" and not phase_steps(workflow, phase).steps and not _has_calls(workflow, phase):
        yield Record(PhaseFinished(phase=phase, status="skipped", message="no steps"))
    else:
        yield Record(PhaseStarted(phase=phase))


def _has_calls(workflow: Workflow, phase: PhaseName) -> bool:
    """Tells whether sub-workflows run in a phase: in the first one, before its steps."""
    return bool(workflow.sub_workflows) and phase == _sequence(workflow)[0]


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
    workflow: Workflow,
    state: RunState,
    phase: PhaseName,
    busy: AbstractSet[Effect],
    now: datetime,
    outside: Outside,
) -> Iterator[Action]:
    if phase == "map":
        yield from map_actions(workflow, state, busy, now, outside)
    elif RunPhase(phase) in busy:
        return
    elif state.stop is not None:
        yield Record(PhaseFinished(phase=phase, status="interrupted", message=state.stop.message))
    else:
        yield RunPhase(phase)


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
    elif state.stop is not None and (state.gate is None or state.stop.running == "all"):
        yield Record(LandingFinished(status="unmerged", target=state.target, message=state.stop.message))
    elif state.gate is not None:
        return
    elif state.answer is None:
        if not busy:
            yield ProposeLanding()
    elif state.answer != "approve":
        yield Record(LandingFinished(status="unmerged", target=state.target, message="you said no"))
    elif not busy:
        yield Land()


def _end(state: RunState, busy: AbstractSet[Effect]) -> Iterator[Action]:
    if busy:
        return
    result = finished(state)
    untidy = state.worktrees and not state.tidied
    if result.status != "interrupted" and (untidy or superfluous_worktrees(state)):
        yield CleanUp()
        return
    yield Record(result)


def _land_anyway(state: RunState, busy: AbstractSet[Effect]) -> Iterator[Action]:
    """A failed or stopped run lands what it has when a person asks for exactly that."""
    if state.stop is not None and (state.gate is None or state.stop.running == "all"):
        yield Record(LandingFinished(status="unmerged", target=state.target, message=state.stop.message))
        return
    if busy or state.gate is not None:
        return
    if state.answer is None:
        yield ProposeLanding()
    elif state.answer == "approve":
        yield Land()
    else:
        yield Record(LandingFinished(status="unmerged", target=state.target, message="you said no"))
