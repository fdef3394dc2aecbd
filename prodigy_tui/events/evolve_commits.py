"""The part of the fold that concerns commits which the program makes itself (language 7.2, 7.4)."""

from __future__ import annotations

from typing import assert_never

from msgspec.structs import replace
from rpds import List

from prodigy_tui.events.schema import CommitsSquashed, Envelope, LeftoversCommitted, StepCommitted
from prodigy_tui.events.state import RunState
from prodigy_tui.events.transition import InvalidTransition

CommitEvent = StepCommitted | CommitsSquashed | LeftoversCommitted


def evolve_commit(state: RunState, envelope: Envelope, event: CommitEvent) -> RunState:
    """Returns the state after such a commit; those of agents are of interest to the merge queue only."""
    match event:
        case LeftoversCommitted(commit=commit):
            return replace(state, tip=commit)
        case StepCommitted():
            if event.item_id is not None or not event.squash:
                return state
        case CommitsSquashed():
            pass
        case _:
            assert_never(event)
    phase = state.phases.get(event.phase)
    if phase is None:
        raise InvalidTransition(envelope, f"phase {event.phase} has not started")
    left = phase.to_squash.push_front(event) if isinstance(event, StepCommitted) else List()
    return replace(state, phases=state.phases.insert(event.phase, replace(phase, to_squash=left)))
