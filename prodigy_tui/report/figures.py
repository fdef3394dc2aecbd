"""Figures of a whole run. Durations are seconds of driven time (`driven`), shares and rates are between 0 and 1.

`None` always means that a figure is not known or makes no sense, never zero. Each field says what it is and how it is
computed.
"""

from typing import Literal, TypeAlias

from prodigy_tui.events.frozen import Frozen
from prodigy_tui.events.values import PhaseName, PhaseStatus

Cause: TypeAlias = Literal[
    "setup",
    "steps",
    "reduce",
    "merge",
    "landing",
    "agents",
    "tail",
    "start",
    "provider",
    "budget",
    "breaker",
    "retry",
    "merging",
    "verify",
    "resolve",
    "person",
    "paused",
    "disk",
    "other",
]
"""What a run was busy with, or held up by, at a moment.

`setup`, `steps`, `reduce`, `merge`: the steps of that phase; `landing`: what comes between and after them.

In the map, `agents`: every slot was taken and items waited for one; `tail`: agents were at work and no item was left to
start; `start`: a slot was free and an item waited (starting up, a canary, a stop); `provider`: agents waited for their
provider; `budget`: for money or tokens; `breaker`: the circuit breaker was open; `retry`: nothing but the delays of
retries was left; `merging`, `verify`, `resolve`: no agent was at work and branches were being merged, verified, or
their conflicts worked on.

Everywhere, `person`: nothing went on before an answer; `paused`; `disk`: it had no room; `other`: starting up, loading
items, tidying.
"""


class Quantiles(Frozen, frozen=True, kw_only=True):
    """How a number of durations are spread, by nearest rank: the smallest one that so many in a hundred do not pass."""

    count: int
    p50_s: float | None
    p95_s: float | None
    max_s: float | None
    total_s: float


class Spend(Frozen, frozen=True, kw_only=True):
    """What agents used. A number is a lower bound where `tokens_complete` or `usd_complete` is false."""

    calls: int
    """Agent steps that began their call."""
    input_tokens: int | None
    """None: there were calls, and none of them said."""
    output_tokens: int | None
    usd: float | None
    """None: there were calls, and of none of them the price is known."""
    tokens_complete: bool
    """Every call that has ended said what it used."""
    usd_complete: bool
    """Of every call that has ended the price is known."""


class PhaseTime(Frozen, frozen=True, kw_only=True):
    """A phase."""

    phase: PhaseName
    status: PhaseStatus | Literal["running", "waiting"]
    duration_s: float
    """While it ran, all its starts together."""
    share: float | None
    """`duration_s` / driven time of the run."""
    starts: int
    """How often it began: once, and once more for each time that it was taken up."""


class TimeShare(Frozen, frozen=True, kw_only=True):
    """What some of the run's time went into. Those of a run add up to its driven time."""

    cause: Cause
    seconds: float
    """Time in which that was so; where only some of the agents were held up, that part of it."""
    share: float
    """`seconds` / driven time."""


class Outcomes(Frozen, frozen=True, kw_only=True):
    """How many items came to what; `total` is the sum of the six after it and `pending`, as in the summary."""

    total: int = 0
    succeeded: int = 0
    failed: int = 0
    skipped: int = 0
    suspect: int = 0
    cancelled: int = 0
    pending: int = 0
    dead_lettered: int = 0
    merged: int = 0


class Pace(Frozen, frozen=True, kw_only=True):
    """How fast and how well items were done."""

    finished: int
    """Items that succeeded or failed for good; those that people set aside are neither."""
    items_per_minute: float | None
    """`finished` / minutes of the map."""
    success_rate: float | None
    """Succeeded / `finished`."""
    failure_rate: float | None
    """Failed for good / `finished`; 1 - `success_rate`."""
    retry_rate: float | None
    """Items that were given back to work at least once (by the policy, or by a person) / items that were begun."""
    retries: int
    """How often items were given back to work."""
    attempts: int
    """How often agents began; an attempt that was interrupted begins again under another number."""
    failed_attempts: int
    """Of them: failed, or not to be merged."""
    interrupted_attempts: int
    """Of them: cut short by a stop or a crash."""
    attempt_times: Quantiles
    """From the start of an agent to its end, waiting included; of those that came to an end."""


class Parallel(Frozen, frozen=True, kw_only=True):
    """How well the slots were used."""

    slots: int
    """Agents that may work at once, at the end of the report."""
    peak: int
    """The most that were at work at once."""
    busy_s: float
    """Sum over agents of the time in which they worked: not while they waited for a person, a provider, the budget."""
    slot_s: float
    """Sum over the slots there were at each moment of the map of that moment's length: slots × map time."""
    efficiency: float | None
    """`busy_s` / `slot_s`. At most 1, but where fewer agents are allowed than are at work still."""


class Waits(Frozen, frozen=True, kw_only=True):
    """Seconds of waiting, summed over all who waited at the same time."""

    slot_s: float
    """Over items ready to start while every slot was taken."""
    slot_mean_s: float | None
    """`slot_s` / items."""
    quota_s: float
    """Over agent steps, for the end of a provider's limit."""
    turn_s: float
    """Over agent steps, for others to be done with a provider that bears no more at once."""
    budget_s: float
    """Over agent steps, for room in the budget."""
    merge_queue_s: float
    """Over items, from the end of their agent until their merge began (again)."""
    person_s: float
    """Over questions, from being asked until they were answered; only while the run was driven."""
    breaker_s: float
    """Of the run, while the circuit breaker was open."""


class Merging(Frozen, frozen=True, kw_only=True):
    """What became of branches."""

    merged: int
    """Merges that went well, those without any new commit included."""
    conflicts: int
    """Merges that met a conflict, whether it was resolved or not."""
    resolved: int
    """Of them: resolved."""
    failed: int
    """Merges refused for another reason."""
    merge_s: float
    """While at least one merge was under way, verification and work on conflicts included."""
    verify_runs: int
    verify_failed: int
    verify_times: Quantiles
    resolve_s: float
    """While a conflict was worked on, or files were made anew."""


class Bottleneck(Frozen, frozen=True, kw_only=True):
    """What took most of the time."""

    cause: Cause
    share: float
    text: str
    """One line that says so, and what one could do."""
