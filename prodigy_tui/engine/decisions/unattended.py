"""When nobody is there to answer (language 5.8, 13.9): the run ends, to be resumed, once nothing else goes on. Pure."""

from collections.abc import Set as AbstractSet

from prodigy_tui.engine.decisions.actions import (
    Effect,
    JudgeCanary,
    Land,
    MergeItems,
    ProposeLanding,
    RunPhase,
    StartAgent,
)
from prodigy_tui.engine.decisions.called import calls_at_work
from prodigy_tui.events.schema import StopDecided
from prodigy_tui.events.state import RunState
from prodigy_tui.events.values import PhaseName


def nobody_answers(state: RunState, busy: AbstractSet[Effect]) -> StopDecided | None:
    """Returns the stop of a run that only waits for people, in a process where there are none; else `None`.

    A question that answers itself after a time is waited for. Who is asked whether to land is there.
    """
    if state.attended or state.paused or state.disk is not None or state.gate is not None or not len(state.gates):
        return None
    if state.stop is not None and state.stop.running == "all":
        return None
    if any(gate.due is not None for gate in state.gates.values()):
        return None
    if not all(_is_held_up(state, effect) for effect in busy):
        return None
    questions = [gate.question for gate in state.gates.values()]
    more = f" and {len(questions) - 1} more" if len(questions) > 1 else ""
    return StopDecided(message=f"nobody is here to answer: {questions[0]}{more}", exit_code=3, running="all")


def _is_held_up(state: RunState, effect: Effect) -> bool:
    """Tells whether an effect under way waits for a person."""
    match effect:
        case StartAgent(item_id=item_id):
            entry = state.items[item_id]
            return entry.status == "waiting" and bool(entry.gates)
        case RunPhase(phase=phase):
            return _asks(state, phase)
        case ProposeLanding() | Land():
            return _asks(state, "merge")
        case JudgeCanary():
            return _asks(state, "map", "canary/")
        case MergeItems():
            return _asks(state, "map", "verify/", "resolve/")
        case _:
            return False


def _asks(state: RunState, phase: PhaseName, *paths: str) -> bool:
    """Tells whether a step of a phase waits for an answer; of several that may, those below certain paths."""
    return any(
        gate.phase == phase
        and gate.item_id is None
        and gate.path.startswith(paths or "")
        and not calls_at_work(state, phase)
        for gate in state.gates.values()
    )
