"""The moments of a run that people look for: failures, merges, phases, dead letters, questions."""

from datetime import datetime
from typing import Literal, TypeAlias

from msgspec import Struct

from prodigy_tui.events.schema import (
    AgentFinished,
    Envelope,
    GateOpened,
    ItemDeadLettered,
    KnownEvent,
    LandingFinished,
    MergeFinished,
    PassStarted,
    PhaseFinished,
    PhaseStarted,
    StopDecided,
    Unknown,
)

MarkKind: TypeAlias = Literal["phase", "failure", "merge", "dead_letter", "question"]


class Mark(Struct, frozen=True, kw_only=True):
    """A moment that people look for."""

    seq: int
    at: datetime
    kind: MarkKind
    text: str
    item_id: str | None = None


def mark_of(envelope: Envelope) -> Mark | None:
    """Returns the mark that an event is, if it is one."""
    noted = _noted(envelope.event)
    if noted is None:
        return None
    kind, text, item_id = noted
    return Mark(seq=envelope.seq, at=envelope.at, kind=kind, text=text, item_id=item_id)


def _noted(event: KnownEvent | Unknown) -> tuple[MarkKind, str, str | None] | None:
    """Which events are marks, and what is said of them."""
    match event:
        case PhaseStarted(phase=phase):
            return "phase", phase, None
        case PassStarted(iteration=iteration):
            return "phase", f"pass {iteration}", None
        case PhaseFinished(status="failed", phase=phase, message=message):
            return "failure", message or f"{phase} failed", None
        case StopDecided(message=message):
            return "failure", message, None
        case AgentFinished(outcome="failed", item_id=item_id, failure=failure):
            return "failure", failure.message if failure is not None else "failed", item_id
        case MergeFinished(status="conflict", item_id=item_id):
            return "failure", "merge conflict", item_id
        case MergeFinished(status="failed", item_id=item_id, failure=failure):
            return "failure", failure.message if failure is not None else "not merged", item_id
        case MergeFinished(item_id=item_id):
            return "merge", "merged", item_id
        case LandingFinished(status="landed", target=target):
            return "merge", f"landed on {target}", None
        case LandingFinished(status="refused" | "conflict", message=message):
            return "failure", message or "not landed", None
        case ItemDeadLettered(item_id=item_id, failure=failure):
            return "dead_letter", failure.message, item_id
        case GateOpened(question=question):
            return "question", question, None
        case _:
            return None
