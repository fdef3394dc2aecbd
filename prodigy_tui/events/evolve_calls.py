"""The part of the fold that concerns called runs: which there are, and which of them a step has still to take in."""

from msgspec.structs import replace
from rpds import HashTrieMap

from prodigy_tui.events.phase_state import CalledRun
from prodigy_tui.events.schema import CalledRunFinished, CalledRunStarted, Envelope, UsageReported
from prodigy_tui.events.spending import add_usage
from prodigy_tui.events.state import RunState
from prodigy_tui.events.transition import InvalidTransition
from prodigy_tui.events.values import PhaseName

CallEvent = CalledRunStarted | CalledRunFinished


def call_key(phase: PhaseName, path: str) -> str:
    """Returns under what `RunState.open_calls` has the run that a step has called."""
    return f"{phase} {path}"


def evolve_call(state: RunState, envelope: Envelope, event: CallEvent) -> RunState:
    """Returns the state in which a called run begins, goes on, or has come to rest."""
    known = state.calls.get(event.run_id)
    if isinstance(event, CalledRunFinished):
        if known is None or known.status != "running":
            raise InvalidTransition(envelope, f"the called run {event.run_id} is not running")
        rests = replace(known, status=event.status, message=event.message, dead=event.dead)
        return replace(state, calls=state.calls.insert(event.run_id, rests))
    begun = known or CalledRun(
        run_id=event.run_id,
        number=len(state.calls) + 1,
        workflow=event.workflow,
        phase=event.phase,
        path=event.path,
        iteration=event.iteration,
    )
    return replace(
        state,
        calls=state.calls.insert(event.run_id, replace(begun, status="running", message="")),
        open_calls=state.open_calls.insert(call_key(event.phase, event.path), event.run_id),
    )


def call_used(state: RunState, event: UsageReported) -> RunState:
    """Returns the state in which a called run has used more."""
    known = state.calls.get(event.called_run)
    if known is None:
        return state
    used = replace(known, usage=add_usage(known.usage, event.usage))
    return replace(state, calls=state.calls.insert(event.called_run, used))


def call_taken_in(state: RunState, phase: PhaseName, path: str) -> RunState:
    """Returns the state after a step that goes on: what it has called is not taken up again."""
    key = call_key(phase, path)
    return replace(state, open_calls=state.open_calls.discard(key)) if key in state.open_calls else state


def without_open_calls(state: RunState) -> RunState:
    """Returns the state in which the steps of a phase begin from the first one: they call anew."""
    return replace(state, open_calls=HashTrieMap()) if len(state.open_calls) else state
