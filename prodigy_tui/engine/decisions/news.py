"""Which events of a run people are told of by `notify`, once for each turn that things take (language 17). Pure.

run_started    the run began; not when it is taken up again
run_finished   it came to a good end            run_failed    it failed or was stopped
needs_input    somebody is asked, or has to put something right before it can go on
canary_ready   the question about the canary; whoever does not ask for it hears `needs_input`
item_failed    an item failed for good: dead letter queue, or skipped
quota          a provider lets nobody in; again only after it has worked in between
budget         the budget is reached: the run stops, or asks
merged         the result landed on its target
"""

from msgspec import Struct
from msgspec.structs import replace

from prodigy_tui.agents.oneline import one_line
from prodigy_tui.events.schema import (
    Envelope,
    GateOpened,
    ItemDeadLettered,
    ItemSkipped,
    LandingFinished,
    ProviderLimited,
    RunFinished,
    RunResumed,
    RunStarted,
    StopDecided,
    UsageReported,
)
from prodigy_tui.events.state import RunState

_MESSAGE_LIMIT = 500


class News(Struct, frozen=True, kw_only=True):
    """Something to tell."""

    events: tuple[str, ...]
    """Its names, the one that says most first: whoever asks for several of them is told once."""
    message: str
    """One line."""
    item_id: str | None = None
    gate: str | None = None
    """Only while this question is open."""


class Told(Struct, frozen=True, kw_only=True):
    """What has been told and still holds."""

    limited: frozenset[str] = frozenset()
    """Providers that let nobody in."""
    asked: bool = False
    """Somebody has been asked since the run was taken up last."""


def hear(told: Told, envelope: Envelope, state: RunState) -> tuple[Told, News | None]:
    """Returns what is to be told after an event, given the state behind it."""
    event = envelope.event
    match event:
        case RunStarted():
            return told, _news("run_started", f"{event.workflow}: run {event.run_id} has started")
        case RunResumed():
            return replace(told, asked=False), None
        case RunFinished():
            return told, _ending(told, event, state)
        case GateOpened():
            first = {"canary": ("canary_ready",), "budget": ("budget",)}.get(event.kind, ())
            question = one_line(f"{state.workflow}: {event.question}", _MESSAGE_LIMIT)
            news = News(events=(*first, "needs_input"), message=question, item_id=event.item_id, gate=event.gate)
            return replace(told, asked=True), news
        case ItemDeadLettered(item_id=item_id) | ItemSkipped(item_id=item_id):
            return told, _item_failed(item_id, state)
        case ProviderLimited(provider=provider):
            if provider in told.limited:
                return told, None
            until = f"{event.until:%H:%M} UTC"
            known = replace(told, limited=told.limited | {provider})
            return known, _news("quota", f"{state.workflow}: {provider} waits until {until}: {event.message}")
        case UsageReported(provider=provider) if provider in told.limited:
            return replace(told, limited=told.limited - {provider}), None
        case StopDecided(code="PT630") if not state.gates.get(state.spending.asked):  # the question was told
            return told, _news("budget", f"{state.workflow}: {event.message}")
        case LandingFinished(status="landed"):
            return told, _news("merged", f"{state.workflow}: landed on {event.target} at {event.commit[:9]}")
        case _:
            return told, None


def _news(event: str, message: str, item_id: str | None = None) -> News:
    return News(events=(event,), message=one_line(message, _MESSAGE_LIMIT), item_id=item_id)


def _ending(told: Told, event: RunFinished, state: RunState) -> News | None:
    why = f": {event.message}" if event.message else ""
    counts = state.counts
    items = f", {counts.success} of {counts.total} items succeeded" if counts.total else ""
    match event.status:
        case "succeeded":
            return _news("run_finished", f"{state.workflow}: finished{items}")
        case "failed" | "stopped":
            return _news("run_failed", f"{state.workflow}: {event.status}{why}{items}")
        case "waiting" if not told.asked:
            return _news("needs_input", f"{state.workflow}: waits for somebody{why}")
        case _:
            return None


def _item_failed(item_id: str, state: RunState) -> News:
    entry = state.items[item_id]
    why = f": {entry.failure.message}" if entry.failure is not None else ""
    return _news("item_failed", f"{state.workflow}: {entry.item.label or item_id} failed{why}", item_id)
