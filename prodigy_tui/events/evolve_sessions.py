"""The part of the fold in which a process begins a run, or takes it up again."""

from msgspec.structs import replace
from rpds import HashTrieMap

from prodigy_tui.events.evolve_gates import only_lasting
from prodigy_tui.events.evolve_items import without_landing
from prodigy_tui.events.evolve_pace import pace_taken_up
from prodigy_tui.events.phase_state import PhaseState
from prodigy_tui.events.schema import Envelope, RunResumed, RunStarted
from prodigy_tui.events.spending import taken_up_spending
from prodigy_tui.events.state import RunState
from prodigy_tui.events.transition import InvalidTransition
from prodigy_tui.events.values import PhaseName

SEQUENCES: dict[str, tuple[PhaseName, ...]] = {"plain": ("steps",), "mapreduce": ("setup", "map", "reduce")}
"""The phases of each kind of workflow before landing, in order."""


def started(state: RunState, envelope: Envelope, event: RunStarted) -> RunState:
    """Returns the state of a run that has just begun."""
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
        caller=event.caller,
        max_parallel=event.max_parallel,
        attended=event.attended,
        started_at=envelope.at,
        spending=replace(state.spending, driven_from=envelope.at),
        sessions=1,
    )


def resumed(state: RunState, envelope: Envelope, event: RunResumed) -> RunState:
    """A new process begins with nothing under way; what recovery found in doubt was closed before."""
    taken_up = _landing_taken_up(state, envelope) if event.landing_only else _work_taken_up(state)
    return replace(
        pace_taken_up(only_lasting(taken_up)),
        landing_started=None,
        repository=event.repository or state.repository,
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
        tidied=False,
        stop=None,
        merges_held=False,
        paused=False,
        disk=None,
        gate=None,
        answer=None,
        asked=None,
        limited=HashTrieMap(),
        held=HashTrieMap(),
        spending=taken_up_spending(state.spending, state.ended_at or event.left_at or state.last_at, envelope.at),
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
