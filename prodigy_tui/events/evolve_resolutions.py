"""The part of the fold that concerns steps which work on a merge: on its conflicts, on files that are made anew."""

from __future__ import annotations

from msgspec.structs import replace

from prodigy_tui.events.evolve_items import put
from prodigy_tui.events.evolve_steps import AnyStepEvent, step_record
from prodigy_tui.events.merge_state import Resolution
from prodigy_tui.events.schema import Envelope, ResolutionFinished, ResolutionStarted, StepFinished
from prodigy_tui.events.state import RunState
from prodigy_tui.events.transition import InvalidTransition

ResolutionEvent = ResolutionStarted | ResolutionFinished

RESOLVE = "resolve/"
"""How the paths of the steps begin."""

RESOLVING = {"conflict": "its conflict to be solved", "regenerate": "files to be made anew"}
"""What an item waits for meanwhile."""


def evolve_resolution(state: RunState, envelope: Envelope, event: ResolutionEvent) -> RunState:
    """Returns the state in which such work begins, or has ended.

    Raises:
        InvalidTransition: there is other such work, or none.
    """
    if isinstance(event, ResolutionStarted):
        if state.resolution is not None:
            raise InvalidTransition(envelope, "another merge is being worked on")
        begun = Resolution(
            item_id=event.item_id, purpose=event.purpose, paths=event.paths, attempt=event.attempt, since=envelope.at
        )
        return _with_words(replace(state, resolution=begun), envelope, event.item_id, RESOLVING[event.purpose])
    if state.resolution is None or state.resolution.item_id != event.item_id:
        raise InvalidTransition(envelope, "this merge is not being worked on")
    return _with_words(replace(state, resolution=None), envelope, event.item_id, "merge")


def is_of_resolution(event: AnyStepEvent) -> bool:
    """Tells whether it is the event of such a step, which belongs to no phase."""
    return event.item_id is None and event.path.startswith(RESOLVE)


def evolve_resolution_step(state: RunState, envelope: Envelope, event: AnyStepEvent) -> RunState:
    """Returns the state after an event of such a step.

    Raises:
        InvalidTransition: no merge is being worked on.
    """
    resolution = state.resolution
    if resolution is None:
        raise InvalidTransition(envelope, "no merge is being worked on")
    record = step_record(resolution.steps.get(event.path), envelope, event)
    if isinstance(event, StepFinished):
        record = replace(record, result=None)
    return replace(state, resolution=replace(resolution, steps=resolution.steps.insert(event.path, record)))


def _with_words(state: RunState, envelope: Envelope, item_id: str | None, waiting: str) -> RunState:
    entry = state.items.get(item_id) if item_id is not None else None
    if entry is None or entry.status != "merging":
        return state
    return put(state, entry, replace(entry, waiting=waiting, last_at=envelope.at))
