"""The part of the fold that concerns single steps: their records in the run's phases, and what items say of theirs.

Steps inside steps have longer paths: `2/r1.0` is the first step of the handler after round 1 of step 2.
"""

from typing import TypeAlias, assert_never

from msgspec.structs import replace
from rpds import HashTrieMap

from prodigy_tui.events.item_state import ItemState
from prodigy_tui.events.phase_state import StepRecord
from prodigy_tui.events.schema import (
    Envelope,
    StepFinished,
    StepInterrupted,
    StepRetryScheduled,
    StepStarted,
    ValidationFinished,
)
from prodigy_tui.events.state import RunState
from prodigy_tui.events.transition import InvalidTransition

StepEvent = StepStarted | StepFinished | StepInterrupted | StepRetryScheduled | ValidationFinished
AnyStepEvent: TypeAlias = StepStarted | StepFinished | StepInterrupted | StepRetryScheduled | ValidationFinished

_ROLES = {"r": "handler", "v": "check", "c": "check", "i": "repair"}
"""What steps inside a step are there for, by the letter behind the last `/` of their path."""


ITERATION = "/e"
"""In the paths of the steps of a loop: `2/e7.0` is the first step for the eighth item."""


def evolve_run_step(state: RunState, envelope: Envelope, event: AnyStepEvent) -> RunState:
    """Returns the state after an event of a step of setup, reduce, merge or a plain workflow.

    Raises:
        InvalidTransition: its phase has not started.
    """
    phase = state.phases.get(event.phase)
    if phase is None:
        raise InvalidTransition(envelope, f"phase {event.phase} has not started")
    record = step_record(phase.steps.get(event.path), envelope, event)
    # Of the many iterations of a loop only those under way are kept; the loop's own record says what came of them.
    over = isinstance(event, StepFinished) and ITERATION in event.path
    steps = phase.steps.discard(event.path) if over else phase.steps.insert(event.path, record)
    if isinstance(event, StepFinished) and "/" not in event.path:
        state = replace(state, heard=HashTrieMap())  # the step will not ask again
    return replace(state, phases=state.phases.insert(event.phase, replace(phase, steps=steps)))


def step_record(known: StepRecord | None, envelope: Envelope, event: AnyStepEvent) -> StepRecord:
    """Returns what is known of a step of the run's own after one more event of it."""
    base = known or StepRecord(path=event.path, label="", status="running", started_at=envelope.at)
    match event:
        case StepStarted(execution=execution):
            if known is not None and known.status == "running" and execution > 1:
                return replace(known, execution=execution, waiting="", due=None)
            return StepRecord(
                path=event.path, label=event.label, status="running", started_at=envelope.at, execution=execution
            )
        case StepFinished():
            return replace(
                base,
                status=event.status,
                ended_at=envelope.at,
                exit_code=event.exit_code,
                failure=event.failure,
                result=event.result,
                waiting="",
                due=None,
            )
        case StepInterrupted():
            return replace(base, status="interrupted", ended_at=envelope.at, waiting="", due=None)
        case StepRetryScheduled(due=due):
            return replace(base, waiting=_waiting(event), due=due)
        case ValidationFinished(score=score):
            return replace(base, score=score)
        case _:
            assert_never(event)


def step_of_item(entry: ItemState, envelope: Envelope, event: AnyStepEvent) -> ItemState:
    """Returns an item after an event of one of its steps."""
    at = envelope.at
    match event:
        case StepStarted(label=label, path=path):
            return replace(_going_on(entry), step=f"{label}{_role(path)}", last_at=at)
        case StepFinished(path=path):
            done = int(path) + 1 if path.isdigit() else entry.step_index
            return replace(_going_on(entry), step_index=done, last_at=at)
        case StepInterrupted():
            return replace(_going_on(entry), last_at=at)
        case StepRetryScheduled(due=due):
            return replace(entry, waiting=_waiting(event), due=due, last_at=at)
        case ValidationFinished(score=score):
            return replace(entry, score=score, last_at=at)
        case _:
            assert_never(event)


def _going_on(entry: ItemState) -> ItemState:
    """An item at work has a due time only while a step of it waits for its next execution."""
    return entry if entry.due is None else replace(entry, waiting="", due=None)


def _waiting(event: StepRetryScheduled) -> str:
    return f"try {event.execution} after: {event.message}" if event.message else f"try {event.execution}"


def _role(path: str) -> str:
    if "/" not in path:
        return ""
    if path.startswith("item/"):
        return " (handler)"
    role = _ROLES.get(path.rpartition("/")[2][:1])
    return f" ({role})" if role is not None else ""
