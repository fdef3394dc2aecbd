"""The part of the fold that concerns what people ask of a run."""

from typing import Literal, assert_never

from msgspec.structs import replace

from prodigy_tui.events.evolve_items import advance, put, without_landing
from prodigy_tui.events.merge_state import LandingWish
from prodigy_tui.events.pace import Stop
from prodigy_tui.events.schema import (
    Envelope,
    SignalReceived,
)
from prodigy_tui.events.state import RunState


def evolve_signal(state: RunState, envelope: Envelope, event: SignalReceived) -> RunState:
    """What a person asked for takes effect here; requeueing and answers have events of their own."""
    match event.signal:
        case "pause":
            return replace(state, paused=True)
        case "resume":
            stop = state.stop if state.stop is not None and state.stop.kind != "drain" else None
            return replace(state, paused=False, stop=stop, merges_held=state.merges_held and stop is not None)
        case "drain" | "stop" | "kill":
            known = state.stop
            if known is not None and (event.signal == "drain" or known.kind == "kill"):
                return state  # it has been stopped more thoroughly
            return replace(state, stop=Stop(kind=event.signal, message=f"{event.signal} asked by {event.source}"))
        case "set-parallel":
            if not event.number:
                return state
            return replace(state, max_parallel=event.number, parallel_is_fixed=True)
        case "stop-item":
            return _stop_item(state, envelope, event.item_id or "", "cancelled")
        case "skip":
            return _stop_item(state, envelope, event.item_id or "", "skipped")
        case "merge":
            wish = LandingWish(into=event.into, strategy=event.strategy, message=event.message)
            return replace(without_landing(state), merge_wanted=True, wish=wish)
        case "leave":
            return replace(state, attended=False)
        case "answer":
            return _with_terms(state, event)
        case "retry" | "tell":
            return state
        case _:
            assert_never(event.signal)


def _with_terms(state: RunState, event: SignalReceived) -> RunState:
    """Returns the state after an answer; a yes to landing may say how, instead of what the question said."""
    gate = state.gate
    if gate is None or event.answer != gate.options[0] or event.gate not in (None, gate.gate):
        return state
    if event.strategy is None and event.message is None:
        return state
    wish = state.wish
    return replace(
        state,
        wish=LandingWish(
            into=wish.into,
            strategy=event.strategy or wish.strategy,
            message=event.message if event.message is not None else wish.message,
        ),
    )


def _stop_item(state: RunState, envelope: Envelope, item_id: str, become: Literal["cancelled", "skipped"]) -> RunState:
    entry = state.items.get(item_id)
    if entry is None:
        return state
    if entry.status in ("running", "waiting"):
        return replace(state, stopping_items=state.stopping_items.insert(item_id, become))
    if entry.status not in ("pending", "retrying"):
        return state
    aside = become == "skipped"
    gone = replace(entry, status=become, set_aside=aside, ended_at=envelope.at, last_at=envelope.at, due=None)
    return advance(put(state, entry, gone))
