"""The part of the fold that tells how a map gets on: its breaker, its canary, how many agents work side by side.

It only counts; what the counts mean is for the rules of the engine to say, which know the workflow.
"""

from datetime import datetime

from msgspec.structs import replace
from rpds import HashTrieMap

from prodigy_tui.events.item_state import ItemState
from prodigy_tui.events.pace import Breaker, Window
from prodigy_tui.events.schema import (
    AgentFinished,
    BreakerClosed,
    BreakerOpened,
    CanaryJudged,
    Envelope,
    FailuresReported,
    ParallelChanged,
)
from prodigy_tui.events.state import RunState
from prodigy_tui.events.transition import InvalidTransition

PaceEvent = BreakerOpened | BreakerClosed | CanaryJudged | ParallelChanged | FailuresReported


def evolve_pace(state: RunState, envelope: Envelope, event: PaceEvent) -> RunState:
    """Returns the state after a rule of the map has taken effect."""
    match event:
        case BreakerOpened(until=until, opens=opens, trials=trials):
            opened = Breaker(opens=opens, opened_seq=envelope.seq, until=until, trials=trials)
            return replace(state, breaker=opened)
        case BreakerClosed():
            if state.breaker.until is None:
                raise InvalidTransition(envelope, "the breaker is closed already")
            known = state.breaker
            return replace(state, breaker=Breaker(opens=known.opens, opened_seq=known.opened_seq))
        case CanaryJudged():
            if state.canary is None or state.canary.status != "running":
                raise InvalidTransition(envelope, "no canary is undecided")
            judged = replace(
                state.canary,
                status="passed" if event.passed else "refused",
                denied=event.denied,
                message=event.message,
            )
            return replace(
                state, canary=judged, gates=state.gates.discard("canary"), answers=state.answers.discard("canary")
            )
        case ParallelChanged(number=number):
            return replace(state, max_parallel=number, window=Window())
        case FailuresReported():
            return replace(state, untold=HashTrieMap(), untold_count=0)


def note_result(state: RunState, entry: ItemState, event: AgentFinished) -> RunState:
    """Returns the state after an attempt that ended by itself; those from before the breaker opened do not count."""
    if event.outcome not in ("success", "failed"):
        return state
    window = replace(state.window, attempts=state.window.attempts + 1)
    state = replace(state, window=window)
    breaker = state.breaker
    if entry.started_seq <= breaker.opened_seq:
        return state
    if event.outcome == "failed":
        row = breaker.failures + 1
        counted = replace(breaker, failures=row, worst=max(breaker.worst, row), successes=0)
    else:
        row = breaker.successes + 1
        counted = replace(breaker, successes=row, best=max(breaker.best, row), failures=0)
    return replace(state, breaker=counted)


def note_limit(state: RunState, known: datetime | None, at: datetime) -> RunState:
    """Returns the state after a provider's limit; more of them before it has passed are the same limit."""
    if known is not None and known > at:
        return state
    return replace(state, window=replace(state.window, limits=state.window.limits + 1))


def pace_taken_up(state: RunState) -> RunState:
    """Returns the state of a run that is taken up again: what stopped it is tried once more."""
    canary = state.canary
    if canary is not None and canary.status == "refused":
        canary = replace(canary, status="running", denied=False, message="")
    stopped = state.stop is not None and state.stop.code == "PT621"
    breaker = Breaker(opened_seq=state.last_seq) if stopped else state.breaker
    return replace(state, canary=canary, breaker=breaker)
