"""The part of the fold in which the result of a run comes to its target: candidates, the landing, its end."""

from msgspec.structs import replace

from prodigy_tui.events.evolve_items import without_landing, without_question
from prodigy_tui.events.merge_state import LandingWish
from prodigy_tui.events.schema import CandidateMade, LandingFinished, LandingStarted
from prodigy_tui.events.state import RunState

LandingEvent = CandidateMade | LandingStarted | LandingFinished


def evolve_landing(state: RunState, event: LandingEvent) -> RunState:
    """Returns the state after an event of the landing."""
    match event:
        case CandidateMade():
            return replace(state, candidate=event)
        case LandingStarted():
            return replace(state, landing_started=event)
        case LandingFinished():
            return _finished(state, event)


def _finished(state: RunState, event: LandingFinished) -> RunState:
    landed = event if event.status == "landed" else state.landed
    ended = landed if event.status == "nothing" and landed is not None else event
    over = replace(
        without_question(state),
        landing=ended,
        landed=landed,
        landing_started=None,
        candidate=None if event.status == "landed" else state.candidate,
        answer=None,
        asked=None,
        merge_wanted=False,
        wish=LandingWish(),
    )
    return without_landing(over) if _has_work_again(state) else over


def _has_work_again(state: RunState) -> bool:
    """Items were given back to work while the run was landing: what they bring has to land as well."""
    phase = state.phases.get("map")
    return phase is not None and phase.status in ("waiting", "running")
