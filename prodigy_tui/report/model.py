"""The value of a report: its figures, steps, items, attempts. As in `figures`, `None` is what nobody knows.

The names are those of the JSON document.
"""

from datetime import datetime
from typing import Literal, TypeAlias

from prodigy_tui.events.frozen import Frozen
from prodigy_tui.events.item_state import ItemStatus
from prodigy_tui.events.values import LandingStatus, PhaseName, RunStatus, StepKind
from prodigy_tui.report.figures import (
    Bottleneck,
    Merging,
    Outcomes,
    Pace,
    Parallel,
    PhaseTime,
    Quantiles,
    Spend,
    TimeShare,
    Waits,
)

AttemptEnd: TypeAlias = Literal[
    "running", "success", "failed", "suspect", "cancelled", "interrupted", "conflict", "not_merged"
]
"""What became of an attempt. `conflict`, `not_merged`: the agent succeeded, its branch could not be merged."""


class StepTimes(Frozen, frozen=True, kw_only=True):
    """All executions of one step of the workflow."""

    phase: PhaseName
    path: str
    """Where it stands: `2`; `2/r*.0` is the first step of the handler of step 2, whatever the round."""
    label: str
    kind: StepKind
    failed: int
    """Ends with `failed` or `tolerated`."""
    retries: int
    """Executions again within one attempt."""
    times: Quantiles
    """From its start to its end, further executions and handlers included, without waiting for provider or budget."""
    spend: Spend


class ProviderUse(Frozen, frozen=True, kw_only=True):
    """What one provider was asked for."""

    provider: str
    spend: Spend
    """`calls`: how many times it said what was used."""
    limits: int
    """How often it answered with a limit."""


class ItemReport(Frozen, frozen=True, kw_only=True):
    """One item."""

    item_id: str
    label: str
    status: ItemStatus
    merged: bool
    attempts: int
    work_s: float
    """Sum of its attempts, from the start of the agent to its end."""
    started_s: float | None
    """When its first attempt began, in seconds from the start of the run; likewise the next."""
    ended_s: float | None
    """When it came to its end: merged, done without a change, or given up."""
    spend: Spend
    commits: int
    files: tuple[str, ...]
    """What its last attempt changed; the event names at most 200."""
    base: str
    head: str
    """Commit that its last attempt came to; empty where there is none."""
    failure_step: str
    failure: str
    """Why it failed last, one line; empty where it did not."""


class Attempt(Frozen, frozen=True, kw_only=True):
    """A bar of the timeline: an agent in its worktree."""

    item_id: str
    attempt: int
    slot: int
    """The number of its worktree, from 1. There may be more of them than agents at once."""
    started_s: float
    ended_s: float | None
    """None: it is at work."""
    outcome: AttemptEnd


class Session(Frozen, frozen=True, kw_only=True):
    """A process that drove the run."""

    at: datetime
    """When it took the run up."""
    started_s: float
    """The driven seconds before it."""


class Progress(Frozen, frozen=True, kw_only=True):
    """How far the run was at a moment."""

    at_s: float
    succeeded: int
    failed: int
    running: int
    tokens: int
    usd: float | None
    """The sum of the prices that are known."""


class Report(Frozen, frozen=True, kw_only=True):
    """A run in figures, up to one moment of it."""

    run_id: str
    workflow: str
    label: str
    kind: str
    status: RunStatus
    message: str
    repository: str
    """The user's checkout."""
    target: str
    landing: LandingStatus | None
    """How the last landing ended; None: there was none."""
    live: bool
    """The run goes on; all figures are those up to now."""
    seq: int
    """The last event that was taken in."""
    started_at: datetime | None
    ended_at: datetime | None
    """When it came to rest; None: it goes on, or nobody knows."""
    until: datetime | None
    """The moment up to which this tells."""
    wall_s: float
    """From `started_at` to `until`, whether or not a process was there."""
    driven_s: float
    """Of it, the time in which a process drove the run."""
    sessions: tuple[Session, ...]
    items: Outcomes
    pace: Pace
    phases: tuple[PhaseTime, ...]
    """In the order in which they began."""
    where_time_went: tuple[TimeShare, ...]
    """The largest first."""
    bottleneck: Bottleneck | None
    parallel: Parallel
    waits: Waits
    merging: Merging
    spend: Spend
    providers: tuple[ProviderUse, ...]
    steps: tuple[StepTimes, ...]
    """In the order of the workflow; only those that have run."""
    item_reports: tuple[ItemReport, ...]
    """In the order in which they are given out."""
    timeline: tuple[Attempt, ...]
    """In the order in which they began."""
    progress: tuple[Progress, ...]
    """At most some two thousand moments, evenly thinned out."""
    shortfalls: tuple[str, ...]
    """What the result lacks although nothing has failed, in words."""
    warnings: int
