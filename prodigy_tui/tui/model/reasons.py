"""Why things wait: every reason in words, for one item and for all of them."""

from datetime import datetime

from prodigy_tui.events.holds import canary_is_open, hold
from prodigy_tui.events.item_state import ItemState
from prodigy_tui.events.pace import held_key
from prodigy_tui.events.state import RunState
from prodigy_tui.tui.model.glance import Glance
from prodigy_tui.tui.model.text import agent_name, clock, safe, span
from prodigy_tui.wording import plural


def why_queued(state: RunState, now: datetime) -> str:
    """Returns why no agent starts now; empty when one may."""
    held = hold(state, now)
    match held.reason if held is not None else None:
        case "slots":
            return f"all {plural(state.max_parallel, 'slot')} are busy"
        case "breaker" if held is not None and held.until is not None:
            return f"too much has failed, agents start again in {span((held.until - now).total_seconds())}"
        case "breaker":
            return f"after many failures {plural(state.breaker.trials, 'agent')} at once on trial"
        case "canary" if state.canary is not None:
            return f"they wait for the first {plural(state.canary.count, 'item')}"
        case "merge queue":
            return "what is finished has to merge first"
        case "stopped":
            return "nothing new starts: the run stops"
        case "paused":
            return "nothing new starts: paused"
        case "disk":
            return "nothing new starts: no room on the disk"
        case _:
            return ""


def why_pending(item: ItemState, glance: Glance) -> str:
    """Returns why an item that has not begun, or begins again, is not at work."""
    state, now = glance.state, glance.now
    again = f"again after {plural(item.attempt, 'attempt')}" if item.attempt else ""
    if canary_is_open(state) and state.canary is not None and item.position >= state.canary.count:
        return _joined(again, f"waits for the canary of {plural(state.canary.count, 'item')}")
    held = hold(state, now)
    match held.reason if held is not None else None:
        case "slots":
            why = "waits for a slot"
        case "breaker" if held is not None and held.until is not None:
            why = f"waits for the circuit breaker{until(held.until, now)}"
        case "breaker":
            why = "waits for the circuit breaker: only a few on trial"
        case "merge queue":
            why = "waits for the merge queue to get shorter"
        case "stopped":
            why = "does not start: the run stops"
        case "paused":
            why = "waits: the run is paused"
        case "disk":
            why = "waits for room on the disk"
        case _:
            why = _scarce(state, now) or "starts next"
    return _joined(again, why)


def _scarce(state: RunState, now: datetime) -> str:
    """Returns what only the living process holds back, as far as the events tell of it."""
    limits = [(end, name) for name, end in state.limited.items() if end > now]
    if limits:
        end, name = max(limits)
        return f"waits for the quota of {safe(name)}{until(end, now)}"
    return "waits for the budget" if len(state.spending.waiting) else ""


def why_held(item: ItemState, glance: Glance) -> str:
    """Returns why an agent that has begun waits, and until when; empty when it does not wait."""
    if not item.waiting:
        return ""
    state = glance.state
    held = state.held.get(held_key("map", item.item.id)) if item.due is not None else None
    # What has become known of its provider since it began to wait counts.
    due = state.limited.get(held.provider, item.due) if held is not None else item.due
    return f"waits: {safe(item.waiting)}{until(due, glance.now)}"


def until(due: datetime | None, now: datetime) -> str:
    """Returns a time to come as a time of day and from now on; empty when it is past."""
    return f" until {clock(due, None)} ({span((due - now).total_seconds())})" if due is not None and due > now else ""


def why_merging(item: ItemState, glance: Glance) -> str:
    """Returns what becomes of a finished item's branch at present, or what it waits for."""
    state = glance.state
    commits, verification = plural(item.commits, "commit"), state.verification
    if item.item.id not in state.merges:
        place = glance.places.get(item.item.id)
        where = f"queue {place}" if place is not None else "queue"
        held = "waits for the next process: " if state.merges_held else ""
        return f"{held}{where} · {commits}"
    resolution = state.resolution
    if resolution is not None and resolution.item_id == item.item.id:
        work = "solving the conflict in" if resolution.purpose == "conflict" else "making anew"
        return f"{work} {safe(', '.join(resolution.paths[:3]))}"
    if verification is None or item.item.id not in verification.item_ids:
        return f"merging {commits}"
    running = [step.label for step in verification.steps.values() if step.status == "running"]
    check = f"verifying {safe(running[-1])}" if running else "verifying"
    others = len(verification.item_ids) - 1
    return f"{check}, with {plural(others, 'other')}: {commits}" if others else f"{check}: {commits}"


def behind(state: RunState) -> str:
    """Returns which item's merge the queue waits for; empty when none is under way."""
    head = state.items.get(next(iter(state.merges))) if state.merges else None
    return f" behind {agent_name(head.position)}" if head is not None else ""


def _joined(*parts: str) -> str:
    return " · ".join(part for part in parts if part)
