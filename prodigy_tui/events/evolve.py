"""The fold: `evolve(state, envelope)` is the one function that makes a new state.

It never changes its input, knows no clock, and costs the same however many items a run has. An event that cannot follow
the ones before it raises `InvalidTransition`, and no state comes of it. What concerns single items is in
`evolve_items`; this module has the run, its phases, gates and landing.
"""

from collections.abc import Iterable
from typing import Literal, assert_never

from msgspec.structs import replace
from rpds import HashTrieMap, List

from prodigy_tui.events.evolve_commits import CommitEvent, evolve_commit
from prodigy_tui.events.evolve_gates import GateEvent, evolve_gate, only_lasting
from prodigy_tui.events.evolve_held import HeldEnd, HeldEvent, evolve_held, no_longer_held
from prodigy_tui.events.evolve_items import (
    ItemEvent,
    advance,
    evolve_item,
    put,
    requeue,
    wait_for_budget,
    without_landing,
    without_question,
)
from prodigy_tui.events.evolve_pace import PaceEvent, evolve_pace, note_limit, pace_taken_up
from prodigy_tui.events.evolve_steps import StepEvent, evolve_run_step
from prodigy_tui.events.schema import (
    BudgetRaised,
    BudgetSet,
    Envelope,
    GateOpened,
    ItemRequeued,
    ItemsLoaded,
    KnownEvent,
    LandingFinished,
    LandingStarted,
    LogRecovered,
    PassStarted,
    PhaseFinished,
    PhaseStarted,
    ProviderLimited,
    RunFinished,
    RunResumed,
    RunStarted,
    SignalReceived,
    StepFinished,
    StopDecided,
    Unknown,
    UsageReported,
    WarningRaised,
    WorktreeCreated,
    WorktreeRemoved,
)
from prodigy_tui.events.spending import (
    BudgetEvent,
    add_usage,
    evolve_spending,
    limit_spending,
    note_usage,
    taken_up_spending,
)
from prodigy_tui.events.state import Canary, Counts, ItemState, PhaseState, RunState, Stop, Warned
from prodigy_tui.events.transition import InvalidTransition
from prodigy_tui.events.values import PhaseName

__all__ = ["InvalidTransition", "evolve", "fold"]


def fold(envelopes: Iterable[Envelope], start: RunState | None = None) -> RunState:
    """Returns the state after `envelopes`, beginning from `start` or from nothing."""
    state = start or RunState()
    for envelope in envelopes:
        state = evolve(state, envelope)
    return state


def evolve(state: RunState, envelope: Envelope) -> RunState:
    """Returns the state after one more event.

    Raises:
        InvalidTransition: the event cannot follow; `state` is as good as before.
    """
    event = envelope.event
    if state.last_seq and envelope.seq != state.last_seq + 1:
        raise InvalidTransition(envelope, f"event {state.last_seq + 1} should come next")
    if isinstance(event, HeldEnd):
        state = no_longer_held(state, event)
    if isinstance(event, ItemEvent):
        changed = evolve_item(state, envelope, event)
    elif isinstance(event, StepEvent):
        of_run = event.item_id is None
        changed = evolve_run_step(state, envelope, event) if of_run else evolve_item(state, envelope, event)
    elif isinstance(event, UsageReported):
        if event.item_id is None:
            changed = replace(state, usage=add_usage(state.usage, event.usage))
        else:
            changed = evolve_item(state, envelope, event)
        changed = replace(changed, spending=note_usage(state.spending, event))
    elif isinstance(event, BudgetEvent | BudgetSet | BudgetRaised):
        changed = _budget(state, envelope, event)
    elif isinstance(event, GateEvent):
        changed = evolve_gate(state, envelope, event)
        if isinstance(event, GateOpened) and event.kind == "budget":
            changed = replace(changed, spending=replace(state.spending, asked=event.gate))
    elif isinstance(event, PaceEvent):
        changed = evolve_pace(state, envelope, event)
    elif isinstance(event, CommitEvent):
        changed = evolve_commit(state, envelope, event)
    elif isinstance(event, HeldEvent):
        changed = evolve_held(state, event)
    elif isinstance(event, Unknown):
        changed = state
    else:
        changed = _run_event(state, envelope, event)
    if isinstance(event, ProviderLimited) and not event.again:
        changed = note_limit(changed, state.limited.get(event.provider), envelope.at)
    elif isinstance(event, StepFinished) and event.status == "tolerated":
        changed = _tolerated(changed, envelope, event)
    return replace(
        changed,
        last_seq=envelope.seq,
        last_at=envelope.at,
        status=_status(changed),
        idle_s=state.idle_s + _idle_s(state, envelope),
    )


def _idle_s(state: RunState, envelope: Envelope) -> float:
    """Returns the seconds before an event in which nobody drove the run, or all waited for a person or a provider."""
    if state.last_at is None:
        return 0.0
    idle = state.ended_at is not None or state.status in ("paused", "waiting") or state.waits_for_provider
    return (envelope.at - state.last_at).total_seconds() if idle or isinstance(envelope.event, RunResumed) else 0.0


def _tolerated(state: RunState, envelope: Envelope, event: StepFinished) -> RunState:
    """A run that goes on after a failed step tells so in the end (language 4.3)."""
    failure = event.failure
    step = failure.step if failure is not None and failure.step else f"{event.phase} {event.path}"
    why = f": {failure.message}" if failure is not None else ""
    message = f"step '{step}' failed and was tolerated{why}"
    warned = Warned(seq=envelope.seq, message=message, item_id=event.item_id)
    return replace(
        state,
        tolerated=state.tolerated + 1,
        warnings=state.warnings.push_front(warned),
        warning_count=state.warning_count + 1,
    )


def _status(state: RunState) -> str:
    if state.ended_at is not None:
        return state.status
    at_rest = not state.counts.running and not state.counts.merging
    if state.gate is not None or state.spending.asked in state.gates or (state.gates and at_rest):
        return "waiting"
    return "paused" if state.paused else "running"


def _run_event(state: RunState, envelope: Envelope, event: KnownEvent) -> RunState:
    """The run's own events, one kind a branch."""
    match event:
        case RunStarted():
            return _started(state, envelope, event)
        case RunResumed():
            return _resumed(state, envelope, event)
        case RunFinished(status=status, message=message, code=code, exit_code=exit_code):
            ended = replace(state, status=status, message=message, code=code, exit_code=exit_code, ended_at=envelope.at)
            return without_question(ended)
        case SignalReceived():
            return _signal(state, envelope, event)
        case StopDecided():
            decided = Stop(
                kind="policy",
                message=event.message,
                code=event.code,
                exit_code=event.exit_code,
                running=event.running,
            )
            return replace(_without_answered_budget(state), stop=_stronger(state.stop, decided))
        case ItemsLoaded():
            return _items_loaded(state, envelope, event)
        case ItemRequeued(item_id=item_id):
            return requeue(state, envelope, item_id)
        case PhaseStarted() | PhaseFinished():
            return _phase(state, envelope, event)
        case PassStarted():
            return _pass(state, envelope, event)
        case WorktreeCreated(name=name, path=path, base=base):
            made = replace(state, worktrees=state.worktrees.insert(path, event))
            return replace(made, tip=base) if name == "run" else made
        case WorktreeRemoved(path=path):
            return replace(state, worktrees=state.worktrees.discard(path))
        case WarningRaised(message=message, code=code, item_id=item_id):
            warned = Warned(seq=envelope.seq, message=message, code=code, item_id=item_id)
            return replace(state, warnings=state.warnings.push_front(warned), warning_count=state.warning_count + 1)
        case LandingStarted():
            return replace(state, landing_started=event)
        case LandingFinished():
            return _landed(state, event)
        case LogRecovered():
            return state
        case _:
            return _unreachable(event)


_RANKS = {4: 0, 5: 1, 3: 2, 1: 3}
"""Exit codes of stops: where two apply, the one with the lower rank is told."""


def _stronger(known: Stop | None, decided: Stop) -> Stop:
    """Returns the stop that holds: the first one, unless a later one ends more, or asks for more in the end."""
    if known is None or known.kind in ("stop", "kill"):
        return known or decided
    told = min(known, decided, key=lambda stop: _RANKS.get(stop.exit_code, len(_RANKS)))
    return replace(told, running="all") if decided.running == "all" else known


def _unreachable(event: KnownEvent) -> RunState:
    """Events of items, steps and gates were taken out before; a new kind that nobody handles ends here."""
    raise TypeError(f"no rule for {type(event).__name__}")


def _started(state: RunState, envelope: Envelope, event: RunStarted) -> RunState:
    if state.run_id:
        raise InvalidTransition(envelope, "the run has started already")
    return replace(
        state,
        run_id=event.run_id,
        workflow=event.workflow,
        kind=event.kind,
        label=event.label,
        file=event.file,
        text=event.text,
        digest=event.digest,
        repository=event.repository,
        target=event.target,
        base=event.base,
        tip=event.base,
        run_branch=event.run_branch,
        version=event.version,
        outline=event.outline,
        settings=event.settings,
        sources=event.sources,
        max_parallel=event.max_parallel,
        attended=event.attended,
        started_at=envelope.at,
        spending=replace(state.spending, driven_from=envelope.at),
        sessions=1,
    )


BEFORE_STEPS = "sub"
"""How the paths of sub-workflows begin, which run before the steps of a phase."""

SEQUENCES: dict[str, tuple[PhaseName, ...]] = {"plain": ("steps",), "mapreduce": ("setup", "map", "reduce")}
"""The phases of each kind of workflow before landing, in order."""


def _resumed(state: RunState, envelope: Envelope, event: RunResumed) -> RunState:
    """A new process begins with nothing under way; what recovery found in doubt was closed before."""
    taken_up = _landing_taken_up(state, envelope) if event.landing_only else _work_taken_up(state)
    return replace(
        pace_taken_up(only_lasting(taken_up)),
        landing_started=None,
        settings=replace(state.settings, merge=event.merge, yes=event.yes),
        attended=event.attended,
        max_parallel=event.max_parallel or state.max_parallel,
        parallel_is_fixed=state.parallel_is_fixed or event.max_parallel is not None,
        resumed_at=envelope.at,
        sessions=state.sessions + 1,
        failures_at_resume=state.failures_seen,
        status="running",
        message="",
        code=None,
        exit_code=None,
        ended_at=None,
        stop=None,
        paused=False,
        gate=None,
        answer=None,
        asked=None,
        limited=HashTrieMap(),
        held=HashTrieMap(),
        spending=taken_up_spending(state.spending, state.ended_at or state.last_at, envelope.at),
    )


def _work_taken_up(state: RunState) -> RunState:
    """Phases that did not go well wait; what they will bring has to land, whatever has landed already."""
    phases = state.phases
    for name, phase in phases.items():
        if phase.status in ("running", "failed", "interrupted"):
            phases = phases.insert(name, replace(phase, status="waiting"))
    landed = state.landing is not None and state.landing.status in ("landed", "nothing")
    if landed and phases == state.phases:
        return state
    return without_landing(replace(state, phases=phases))


def _landing_taken_up(state: RunState, envelope: Envelope) -> RunState:
    """Phases that are not over are left at that, and a later process may take them up."""
    phases = state.phases
    for name in SEQUENCES[state.kind]:
        phase = phases.get(name) or PhaseState(phase=name, status="waiting", started_at=envelope.at)
        if phase.status in ("running", "waiting"):
            phases = phases.insert(name, replace(phase, status="interrupted"))
    merge = phases.get("merge")
    if merge is not None and merge.status in ("running", "failed"):
        phases = phases.insert("merge", replace(merge, status="waiting"))
    landed = state.landing is not None and state.landing.status in ("landed", "nothing")
    changed = replace(state, phases=phases)
    return changed if landed else without_landing(changed)


def _signal(state: RunState, envelope: Envelope, event: SignalReceived) -> RunState:
    """What a person asked for takes effect here; requeueing and answers have events of their own."""
    match event.signal:
        case "pause":
            return replace(state, paused=True)
        case "resume":
            stop = state.stop if state.stop is not None and state.stop.kind != "drain" else None
            return replace(state, paused=False, stop=stop)
        case "drain" | "stop" | "kill":
            known = state.stop
            if known is not None and (event.signal == "drain" or known.kind == "kill"):
                return state  # it has been stopped more thoroughly
            return replace(state, stop=Stop(kind=event.signal, message=f"{event.signal} asked by {event.source}"))
        case "set-parallel":
            if not event.number:
                return state
            return replace(state, max_parallel=event.number, parallel_is_fixed=True)
        case "stop-item":
            return _stop_item(state, envelope, event.item_id or "", "cancelled")
        case "skip":
            return _stop_item(state, envelope, event.item_id or "", "skipped")
        case "merge":
            return replace(without_landing(state), merge_wanted=True)
        case "leave":
            return replace(state, attended=False)
        case "retry" | "answer" | "tell":
            return state
        case _:
            assert_never(event.signal)


def _stop_item(state: RunState, envelope: Envelope, item_id: str, become: Literal["cancelled", "skipped"]) -> RunState:
    entry = state.items.get(item_id)
    if entry is None:
        return state
    if entry.status in ("running", "waiting"):
        return replace(state, stopping_items=state.stopping_items.insert(item_id, become))
    if entry.status not in ("pending", "retrying"):
        return state
    aside = become == "skipped"
    gone = replace(entry, status=become, set_aside=aside, ended_at=envelope.at, last_at=envelope.at, due=None)
    return advance(put(state, entry, gone))


def _items_loaded(state: RunState, envelope: Envelope, event: ItemsLoaded) -> RunState:
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


def _phase(state: RunState, envelope: Envelope, event: PhaseStarted | PhaseFinished) -> RunState:
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
        return replace(state, phase=event.phase, phases=state.phases.insert(event.phase, begun))
    if known is None:
        known = PhaseState(phase=event.phase, status="running", started_at=envelope.at)
    ended = replace(known, status=event.status, ended_at=envelope.at, message=event.message, failure=event.failure)
    changed = replace(state, phases=state.phases.insert(event.phase, ended))
    return replace(changed, tip=event.tip) if event.tip is not None else changed


def _pass(state: RunState, envelope: Envelope, event: PassStarted) -> RunState:
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


def _budget(state: RunState, envelope: Envelope, event: BudgetEvent | BudgetSet | BudgetRaised) -> RunState:
    """What is set aside, who waits for it, and limits that a person has moved: no question about them is left."""
    if not isinstance(event, BudgetSet | BudgetRaised):
        return wait_for_budget(replace(state, spending=evolve_spending(state.spending, event)), envelope, event)
    asked = state.spending.asked
    raised = replace(state, spending=limit_spending(state.spending, event))
    return replace(raised, gates=state.gates.discard(asked), answers=state.answers.discard(asked))


def _without_answered_budget(state: RunState) -> RunState:
    """Returns the state in which a run that is taken up again would ask anew: an answer to stop was for this time."""
    asked = state.spending.asked
    if asked not in state.answers:
        return state
    return replace(state, answers=state.answers.discard(asked), spending=replace(state.spending, asked=""))


def _landed(state: RunState, event: LandingFinished) -> RunState:
    landed = event if event.status == "landed" else state.landed
    ended = landed if event.status == "nothing" and landed is not None else event
    over = replace(
        without_question(state),
        landing=ended,
        landed=landed,
        landing_started=None,
        answer=None,
        asked=None,
        merge_wanted=False,
    )
    return without_landing(over) if _has_work_again(state) else over


def _has_work_again(state: RunState) -> bool:
    """Items were given back to work while the run was landing: what they bring has to land as well."""
    phase = state.phases.get("map")
    return phase is not None and phase.status in ("waiting", "running")
