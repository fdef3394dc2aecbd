"""The fold: `evolve(state, envelope)` is the one function that makes a new state.

It never changes its input, knows no clock, and costs the same however many items a run has. An event that cannot follow
the ones before it raises `InvalidTransition`, and no state comes of it. What concerns single items is in
`evolve_items`; this module has the run, its phases, gates and landing.
"""

from collections.abc import Iterable
from typing import assert_never

from msgspec.structs import replace
from rpds import HashTrieMap

from prodigy_tui.events.evolve_items import ItemEvent, add_usage, advance, evolve_item, requeue, without_landing
from prodigy_tui.events.schema import (
    Envelope,
    GateAnswered,
    GateOpened,
    ItemRequeued,
    ItemsLoaded,
    KnownEvent,
    LandingFinished,
    LandingStarted,
    LogRecovered,
    PhaseFinished,
    PhaseStarted,
    ProviderLimited,
    RunFinished,
    RunResumed,
    RunStarted,
    SignalReceived,
    StepFinished,
    StepInterrupted,
    StepStarted,
    StopDecided,
    Unknown,
    UsageReported,
    WarningRaised,
    WorktreeCreated,
    WorktreeRemoved,
)
from prodigy_tui.events.state import Counts, ItemState, PhaseState, RunState, StepRecord, Stop, Warned
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
    if isinstance(event, ItemEvent):
        changed = evolve_item(state, envelope, event)
    elif isinstance(event, StepStarted | StepFinished | StepInterrupted | UsageReported):
        changed = _run_step(state, envelope, event) if event.item_id is None else evolve_item(state, envelope, event)
    elif isinstance(event, Unknown):
        changed = state
    else:
        changed = _run_event(state, envelope, event)
    return replace(changed, last_seq=envelope.seq, last_at=envelope.at, status=_status(changed))


def _status(state: RunState) -> str:
    if state.ended_at is not None:
        return state.status
    if state.gate is not None:
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
            return replace(
                state, status=status, message=message, code=code, exit_code=exit_code, ended_at=envelope.at, gate=None
            )
        case SignalReceived():
            return _signal(state, envelope, event)
        case StopDecided(code=code, message=message):
            return replace(state, stop=state.stop or Stop(kind="policy", message=message, code=code))
        case ItemsLoaded():
            return _items_loaded(state, envelope, event)
        case ItemRequeued(item_id=item_id):
            return requeue(state, envelope, item_id)
        case PhaseStarted() | PhaseFinished():
            return _phase(state, envelope, event)
        case WorktreeCreated(name=name, path=path, base=base):
            made = replace(state, worktrees=state.worktrees.insert(path, event))
            return replace(made, tip=base) if name == "run" else made
        case WorktreeRemoved(path=path):
            return replace(state, worktrees=state.worktrees.discard(path))
        case ProviderLimited(provider=provider, until=until):
            return replace(state, limited=state.limited.insert(provider, until))
        case WarningRaised(message=message, code=code, item_id=item_id):
            warned = Warned(seq=envelope.seq, message=message, code=code, item_id=item_id)
            return replace(state, warnings=state.warnings.push_front(warned), warning_count=state.warning_count + 1)
        case GateOpened() | GateAnswered() | LandingStarted() | LandingFinished():
            return _landing(state, envelope, event)
        case LogRecovered():
            return state
        case _:
            return _unreachable(event)


def _unreachable(event: KnownEvent) -> RunState:
    """Item and step events were taken out before; a new kind that nobody handles ends here."""
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
        started_at=envelope.at,
        sessions=1,
    )


SEQUENCES: dict[str, tuple[PhaseName, ...]] = {"plain": ("steps",), "mapreduce": ("setup", "map", "reduce")}
"""The phases of each kind of workflow before landing, in order."""


def _resumed(state: RunState, envelope: Envelope, event: RunResumed) -> RunState:
    """A new process begins with nothing under way; what recovery found in doubt was closed before."""
    taken_up = _landing_taken_up(state, envelope) if event.landing_only else _work_taken_up(state)
    return replace(
        taken_up,
        landing_started=None,
        settings=replace(state.settings, merge=event.merge),
        max_parallel=event.max_parallel or state.max_parallel,
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
            if event.signal == "drain" and state.stop is not None:
                return state
            return replace(state, stop=Stop(kind=event.signal, message=f"{event.signal} asked by {event.source}"))
        case "set-parallel":
            return replace(state, max_parallel=event.number) if event.number else state
        case "stop-item":
            return _stop_item(state, envelope, event.item_id or "")
        case "merge":
            return replace(without_landing(state), merge_wanted=True)
        case "retry" | "answer":
            return state
        case _:
            assert_never(event.signal)


def _stop_item(state: RunState, envelope: Envelope, item_id: str) -> RunState:
    entry = state.items.get(item_id)
    if entry is None:
        return state
    if entry.status == "running":
        return replace(state, stopping_items=state.stopping_items.insert(item_id, True))
    if entry.status not in ("pending", "retrying"):
        return state
    counts = replace(
        state.counts,
        **{entry.status: getattr(state.counts, entry.status) - 1, "cancelled": state.counts.cancelled + 1},
    )
    gone = replace(entry, status="cancelled", ended_at=envelope.at, last_at=envelope.at, due=None)
    return advance(
        replace(
            state,
            items=state.items.insert(item_id, gone),
            counts=counts,
        )
    )


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
        max_failures=event.max_failures,
        continue_on_failure=event.continue_on_failure,
    )


def _phase(state: RunState, envelope: Envelope, event: PhaseStarted | PhaseFinished) -> RunState:
    known = state.phases.get(event.phase)
    if isinstance(event, PhaseStarted):
        if known is not None and known.status == "running":
            raise InvalidTransition(envelope, f"phase {event.phase} is running already")
        steps = known.steps if known is not None else HashTrieMap()
        begun = PhaseState(phase=event.phase, status="running", started_at=envelope.at, steps=steps)
        return replace(state, phase=event.phase, phases=state.phases.insert(event.phase, begun))
    if known is None:
        known = PhaseState(phase=event.phase, status="running", started_at=envelope.at)
    ended = replace(known, status=event.status, ended_at=envelope.at, message=event.message, failure=event.failure)
    changed = replace(state, phases=state.phases.insert(event.phase, ended))
    return replace(changed, tip=event.tip) if event.tip is not None else changed


def _run_step(
    state: RunState, envelope: Envelope, event: StepStarted | StepFinished | StepInterrupted | UsageReported
) -> RunState:
    """Steps of setup, reduce, merge and plain workflows."""
    if isinstance(event, UsageReported):
        return replace(state, usage=add_usage(state.usage, event.usage))
    phase = state.phases.get(event.phase)
    if phase is None:
        raise InvalidTransition(envelope, f"phase {event.phase} has not started")
    known = phase.steps.get(event.path)
    match event:
        case StepStarted():
            record = StepRecord(
                path=event.path,
                label=event.label,
                status="running",
                started_at=envelope.at,
                execution=event.execution,
            )
        case StepFinished():
            base = known or StepRecord(path=event.path, label="", status="running", started_at=envelope.at)
            record = replace(
                base,
                status=event.status,
                ended_at=envelope.at,
                exit_code=event.exit_code,
                failure=event.failure,
                result=event.result,
            )
        case StepInterrupted():
            base = known or StepRecord(path=event.path, label="", status="running", started_at=envelope.at)
            record = replace(base, status="interrupted", ended_at=envelope.at)
        case _:
            assert_never(event)
    steps = phase.steps.insert(event.path, record)
    return replace(state, phases=state.phases.insert(event.phase, replace(phase, steps=steps)))


def _landing(
    state: RunState, envelope: Envelope, event: GateOpened | GateAnswered | LandingStarted | LandingFinished
) -> RunState:
    match event:
        case GateOpened():
            return replace(state, gate=event, answer=None, asked=None)
        case GateAnswered(gate=gate, answer=answer):
            if state.gate is None or state.gate.gate != gate:
                raise InvalidTransition(envelope, f"gate {gate} is not open")
            return replace(state, gate=None, answer=answer, asked=state.gate)
        case LandingStarted():
            return replace(state, landing_started=event)
        case LandingFinished():
            landed = event if event.status == "landed" else state.landed
            ended = landed if event.status == "nothing" and landed is not None else event
            over = replace(
                state,
                landing=ended,
                landed=landed,
                landing_started=None,
                answer=None,
                asked=None,
                merge_wanted=False,
                gate=None,
            )
            return without_landing(over) if _has_work_again(state) else over
        case _:
            assert_never(event)


def _has_work_again(state: RunState) -> bool:
    """Items were given back to work while the run was landing: what they bring has to land as well."""
    phase = state.phases.get("map")
    return phase is not None and phase.status in ("waiting", "running")
