"""What a run has spent and set aside, and who waits for money or tokens: the part of the fold that budgets look at.

Everything here is bounded by the number of agents at work and of steps in the workflow, never by the number of items.
"""

from __future__ import annotations

from datetime import datetime
from typing import TypeAlias

import msgspec
from msgspec.structs import replace
from rpds import HashTrieMap

from prodigy_tui.events.schema import (
    BudgetAwaited,
    BudgetRaised,
    BudgetReserved,
    BudgetSet,
    BudgetSettled,
    UsageReported,
)
from prodigy_tui.events.values import PhaseName, Usage

SAMPLE = 100
"""Executions of a step that are remembered, the newest: what it costs may drift, and an event must cost the same
however many there were."""


class Held(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What is set aside for an execution that is under way."""

    usd: float = 0.0
    tokens: int = 0
    step: str = ""
    used: Usage = Usage()
    """What it has used so far; that much is spent, and set aside no more."""

    @property
    def open_usd(self) -> float:
        return max(0.0, self.usd - (self.used.usd or 0.0))

    @property
    def assumed_usd(self) -> float:
        """What it has cost by our own guess, because nobody says."""
        return self.usd if self.used.usd is None and tokens_of(self.used) else 0.0

    @property
    def open_tokens(self) -> int:
        return max(0, self.tokens - tokens_of(self.used))


class Awaiting(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A step that wants to start and may not yet."""

    step: str
    """Which step of the workflow it is."""
    phase: PhaseName
    path: str = ""
    item_id: str | None = None
    message: str = ""


class Spending(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What budgets need to know of a run, besides what it has used."""

    held: HashTrieMap[str, Held] = HashTrieMap()
    """Execution → what is set aside for it."""
    waiting: HashTrieMap[str, Awaiting] = HashTrieMap()
    """Executions that may not start yet."""
    samples: HashTrieMap[str, tuple[Usage, ...]] = HashTrieMap()
    """Step → what its last finished executions have used, oldest first."""
    usd: float | None = None
    """The limit that holds; likewise the next two."""
    tokens: int | None = None
    time_s: float | None = None
    assumed_usd: float = 0.0
    """What was set aside for executions of which nobody told the cost, because they were cut off say."""
    asked: str = ""
    """The question about the budget that is open, or whose answer has not had effect yet."""
    driven_s: float = 0.0
    """How long earlier processes have driven the run."""
    driven_from: datetime | None = None
    """Since when the present one does."""

    def time_used_s(self, now: datetime) -> float:
        """Returns how long processes have driven the run."""
        return self.driven_s + ((now - self.driven_from).total_seconds() if self.driven_from is not None else 0.0)


BudgetEvent: TypeAlias = BudgetAwaited | BudgetReserved | BudgetSettled


def execution_key(phase: PhaseName, item_id: str | None, path: str) -> str:
    """Returns what tells executions that are under way at the same time apart."""
    return f"{phase} {path} {item_id or ''}"


def evolve_spending(spending: Spending, event: BudgetEvent) -> Spending:
    """Returns what is set aside after an execution asked, got what it needs, or ended."""
    key = execution_key(event.phase, event.item_id, event.path)
    match event:
        case BudgetAwaited(step=step, phase=phase, path=path, item_id=item_id, message=message):
            waits = Awaiting(step=step, phase=phase, path=path, item_id=item_id, message=message)
            return replace(spending, waiting=spending.waiting.insert(key, waits))
        case BudgetReserved(step=step, usd=usd, tokens=tokens):
            held = Held(usd=usd, tokens=tokens, step=step)
            return replace(spending, held=spending.held.insert(key, held), waiting=spending.waiting.discard(key))
        case BudgetSettled(finished=finished):
            known = spending.held.get(key)
            free = replace(spending, held=spending.held.discard(key), waiting=spending.waiting.discard(key))
            if known is None:
                return free
            if known.assumed_usd:
                free = replace(free, assumed_usd=free.assumed_usd + known.assumed_usd)
            if not finished:
                return free
            seen = (*spending.samples.get(known.step, ()), known.used)[-SAMPLE:]
            return replace(free, samples=spending.samples.insert(known.step, seen))


def limit_spending(spending: Spending, event: BudgetSet | BudgetRaised) -> Spending:
    """Returns the limits that hold from now on; what the event does not name stays."""
    return replace(
        spending,
        usd=event.usd if event.usd is not None else spending.usd,
        tokens=event.tokens if event.tokens is not None else spending.tokens,
        time_s=event.time_s if event.time_s is not None else spending.time_s,
        asked="",
    )


def note_usage(spending: Spending, event: UsageReported) -> Spending:
    """Returns what is set aside once an execution has used some of it."""
    key = execution_key(event.phase, event.item_id, event.path)
    held = spending.held.get(key)
    if held is None:
        return spending
    return replace(spending, held=spending.held.insert(key, replace(held, used=add_usage(held.used, event.usage))))


def taken_up_spending(spending: Spending, left: datetime | None, at: datetime) -> Spending:
    """Returns what a new process begins with: nothing is under way, and nobody waits.

    `left` is when the process before it did something last.
    """
    before = spending.time_used_s(left) if left is not None else spending.driven_s
    assumed = spending.assumed_usd + sum(held.assumed_usd for held in spending.held.values())
    return replace(
        spending, held=HashTrieMap(), waiting=HashTrieMap(), assumed_usd=assumed, driven_s=before, driven_from=at
    )


def tokens_of(usage: Usage) -> int:
    """Returns the tokens of both ways."""
    return usage.input_tokens + usage.output_tokens


def add_usage(total: Usage, more: Usage) -> Usage:
    """Returns the sum; an unknown price adds nothing, and stays unknown when nothing is known at all."""
    usd = total.usd if more.usd is None else (total.usd or 0.0) + more.usd
    return Usage(
        input_tokens=total.input_tokens + more.input_tokens,
        output_tokens=total.output_tokens + more.output_tokens,
        usd=usd,
    )
