"""What called runs mean for the run that calls them: when its phase ends with them, and whether they wait. Pure."""

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from typing import Final, Literal, TypeAlias

from prodigy_tui.engine.decisions.actions import Action, Effect, RunPhase, StopPhase
from prodigy_tui.errors import ExitCode
from prodigy_tui.events.evolve_calls import call_key
from prodigy_tui.events.phase_state import CalledRun, PhaseState
from prodigy_tui.events.schema import StopDecided
from prodigy_tui.events.state import RunState
from prodigy_tui.events.values import Failure, PhaseName

Verdict: TypeAlias = Literal["done", "failed", "asks", "rests"]
"""`asks`: it goes on when somebody has answered; `rests`: when the run that calls it goes on."""

_MAY_CALL: Final = re.compile(r"(?:sub)?\d+(?:/[uw]\.(?:sub)?\d+)*")
_PHASES: Final[frozenset[PhaseName]] = frozenset({"steps", "setup", "reduce"})

TO_BE_RESUMED = frozenset({"stopped", "interrupted", "waiting"})


def end_calls(state: RunState, busy: AbstractSet[Effect]) -> Iterator[Action]:
    """Yields what ends the phases of a stopping run whose called runs have all come to rest."""
    for run_id in state.open_calls.values():
        call = state.calls[run_id]
        if call.status in TO_BE_RESUMED and RunPhase(call.phase) in busy and not calls_at_work(state, call.phase):
            yield StopPhase(call.phase)


def calls_at_work(state: RunState, phase: PhaseName) -> bool:
    """Tells whether a run that a step of a phase has called is being driven: the phase does not only wait, then."""
    calls = (state.calls[run_id] for run_id in state.open_calls.values())
    return any(call.phase == phase and call.status == "running" for call in calls)


def may_call(phase: PhaseName, path: str, item_id: str | None) -> bool:
    """Tells whether the step at a path may call a workflow with a map: not in agents, handlers, loops and checks."""
    return item_id is None and phase in _PHASES and _MAY_CALL.fullmatch(path) is not None


def open_call(state: RunState, phase: PhaseName, path: str, iteration: int) -> CalledRun | None:
    """Returns the run that a step has called before, in this pass, and has not taken in."""
    run_id = state.open_calls.get(call_key(phase, path))
    known = state.calls.get(run_id) if run_id is not None else None
    return known if known is not None and known.iteration == iteration else None


def verdict(called: RunState) -> Verdict:
    """Returns what a called run that has come to rest means for the step that calls it.

    Dead letters do not keep a run from landing, so they do not fail the step either.
    """
    stop, failed = called.stop, failed_phase(called)
    if stop is not None and (stop.kind != "policy" or stop.running == "all"):
        return "asks" if stop.exit_code == ExitCode.WAITING else "rests"
    if stop is not None:
        return "rests" if stop.exit_code == ExitCode.QUOTA else "failed"
    if failed is not None or called.status == "interrupted":
        return "failed"
    if called.status != "waiting":
        return "done"
    return "asks" if len(called.gates) else "failed"


def failed_phase(called: RunState) -> PhaseState | None:
    """Returns the phase that keeps a called run from being done."""
    return next((phase for phase in called.phases.values() if phase.status in ("failed", "interrupted")), None)


def failure_of(called: RunState) -> Failure:
    """Returns why a step fails whose called run has failed."""
    phase, stop = failed_phase(called), called.stop
    inner = phase.failure if phase is not None and stop is None else None
    if inner is None:
        return Failure(kind="exit", code=called.code, message=called.message, exit_code=1)
    where = f"'{inner.step}': " if inner.step else ""
    return Failure(
        kind=inner.kind,
        code=inner.code,
        message=f"{where}{inner.message}",
        exit_code=inner.exit_code or 1,
        tail=inner.tail,
    )


def stop_with(called: RunState) -> StopDecided:
    """Returns the stop of a run whose called run has been stopped; both go on together."""
    stop = called.stop
    assert stop is not None, "it has been stopped"
    message = f"{called.run_id}, which it has called, was stopped: {stop.message}"
    code = stop.exit_code if stop.exit_code == ExitCode.QUOTA else ExitCode.FAILED
    return StopDecided(code=stop.code, message=message, exit_code=code, running=stop.running)
