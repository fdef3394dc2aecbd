"""The part of the fold that tells which agent steps wait for their provider, and until when.

Whoever waits is found under its phase and item. What is said of a provider is said once, for all who wait for it.
"""

from datetime import datetime

from msgspec.structs import replace

from prodigy_tui.events.pace import Held, held_key
from prodigy_tui.events.schema import (
    AgentFinished,
    AgentInterrupted,
    ProviderLimited,
    StepFinished,
    StepHeld,
    StepInterrupted,
    StepLetIn,
)
from prodigy_tui.events.state import RunState

HeldEvent = StepHeld | StepLetIn | ProviderLimited
HeldEnd = StepFinished | StepInterrupted | AgentFinished | AgentInterrupted


def evolve_held(state: RunState, event: HeldEvent) -> RunState:
    """Returns the state after a limit, or after a step began or ceased to wait for its provider."""
    match event:
        case ProviderLimited(provider=provider, until=until):
            return replace(state, limited=state.limited.insert(provider, until))
        case StepHeld():
            return _held(state, event)
        case StepLetIn(provider=provider, path=path):
            changed = _without_path(state, held_key(event.phase, event.item_id), path)
            return replace(changed, limited=changed.limited.discard(provider))


def no_longer_held(state: RunState, event: HeldEnd) -> RunState:
    """Returns the state after the end of a step or of an attempt: it waits for nothing."""
    if not state.held:
        return state
    if isinstance(event, AgentFinished | AgentInterrupted):
        return _without(state, held_key("map", event.item_id))
    return _without_path(state, held_key(event.phase, event.item_id), event.path)


def _held(state: RunState, event: StepHeld) -> RunState:
    owner = held_key(event.phase, event.item_id)
    known = state.held.get(owner)
    others = tuple(path for path in known.paths if path != event.path) if known is not None else ()
    held = Held(
        by=event.by, provider=event.provider, phase=event.phase, paths=(*others, event.path), item_id=event.item_id
    )
    limited = state.limited if event.until is None else state.limited.insert(event.provider, event.until)
    changed = replace(state, held=state.held.insert(owner, held), limited=limited)
    return _item(changed, event.item_id, event.by, event.until)


def _without_path(state: RunState, owner: str, path: str) -> RunState:
    held = state.held.get(owner)
    if held is None or path not in held.paths:
        return state
    left = tuple(other for other in held.paths if other != path)
    if not left:
        return _without(state, owner)
    return replace(state, held=state.held.insert(owner, replace(held, paths=left)))


def _without(state: RunState, owner: str) -> RunState:
    held = state.held.get(owner)
    if held is None:
        return state
    return _item(replace(state, held=state.held.discard(owner)), held.item_id, "", None)


def _item(state: RunState, item_id: str | None, waiting: str, due: datetime | None) -> RunState:
    """Tells with the item that it waits; a status is not touched."""
    entry = state.items.get(item_id) if item_id is not None else None
    if entry is None or entry.status != "running":
        return state
    told = replace(entry, waiting=waiting, due=due)
    return replace(state, items=state.items.insert(told.item.id, told))
