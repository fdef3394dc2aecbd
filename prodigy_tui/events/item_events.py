"""What happens to phases, work items and the agents that carry them."""

from datetime import datetime
from typing import Any

import msgspec

from prodigy_tui.events.event import Event
from prodigy_tui.events.values import (
    AgentOutcome,
    Failure,
    Item,
    PhaseName,
    PhaseStatus,
)


class PhaseStarted(Event, frozen=True, kw_only=True):
    phase: PhaseName


class PassStarted(Event, frozen=True, kw_only=True):
    """A plain workflow begins with its first step: again, or for another positional value."""

    phase: PhaseName = "steps"
    iteration: int = 1
    """From 1, for each value."""
    iterations: int = 1
    """How many there are at most."""
    argument: int | None = None
    """Which of several positional values it is for, from 0."""
    head: str = ""
    """Where HEAD stood; a pass in which it does not move is the last."""


class PhaseFinished(Event, frozen=True, kw_only=True):
    phase: PhaseName
    status: PhaseStatus
    message: str = ""
    tip: str | None = None
    """Where the run branch stands now."""
    failure: Failure | None = None


class ItemsLoaded(Event, frozen=True, kw_only=True):
    """The work items, in the order in which they are given out."""

    items: tuple[Item, ...]
    stages: dict[str, int] = msgspec.field(default_factory=dict)
    """Number of items after each stage of language 13.5."""
    max_parallel: int | None = None
    """The number at once where the one of the start does not hold: late, `auto`, or more than there are items."""
    max_failures: int | None = None
    """Now among `settled`; likewise the next."""
    continue_on_failure: bool | None = None
    settled: dict[str, Any] = msgspec.field(default_factory=dict)
    """Values of the map and the error policy that are known only when the map starts, by path: `map.retry.attempts`."""
    canary: int = 0
    """So many items go first; 0: there is nothing to wait for."""


class RetryScheduled(Event, frozen=True, kw_only=True):
    """A failed item starts again, not before `due`."""

    item_id: str
    due: datetime


class FailuresReported(Event, frozen=True, kw_only=True):
    """People were told of items that failed for good (`error_collection`)."""

    item_ids: tuple[str, ...]
    """At most the first 100."""
    total: int


class ItemSkipped(Event, frozen=True, kw_only=True):
    """A failed item is left at that, by policy."""

    item_id: str


class ItemDeadLettered(Event, frozen=True, kw_only=True):
    """A failed item went to the dead letter queue."""

    item_id: str
    failure: Failure
    eligible: bool = True


class ItemRequeued(Event, frozen=True, kw_only=True):
    """A dead-lettered, skipped or cancelled item goes back to work."""

    item_id: str
    from_attempt: int | None = None
    """The next attempt starts from the files of this one; null: from a fresh worktree."""


class ItemDiscarded(Event, frozen=True, kw_only=True):
    """A person took an item out of the dead letter queue for good."""

    item_id: str
    reason: str = ""
    by: str = "person"


class ReduceRequested(Event, frozen=True, kw_only=True):
    """Reduce runs after the map, whether or not it has run before."""

    by: str = "person"


class BreakerOpened(Event, frozen=True, kw_only=True):
    """Too many attempts failed in a row: no agent starts before `until`, then a few on trial."""

    until: datetime
    opens: int
    """How often it has opened, this time included."""
    trials: int
    """Agents at once while it is tried."""
    failures: int = 0
    """The row that opened it."""


class BreakerClosed(Event, frozen=True, kw_only=True):
    """The attempts on trial went well: agents start as usual."""


class CanaryJudged(Event, frozen=True, kw_only=True):
    """The items that went first are done, and whether the rest may start is decided."""

    passed: bool
    message: str = ""
    denied: bool = False
    """By a person."""


class ParallelChanged(Event, frozen=True, kw_only=True):
    """`max_parallel: auto` found another number of agents at once."""

    number: int
    reason: str


class WorktreeCreated(Event, frozen=True, kw_only=True):
    name: str
    """`run`, `slot-<n>`, or of candidates of merges `verify` and `resolve`."""
    path: str
    branch: str
    """Empty where HEAD is detached."""
    base: str


class WorktreeRemoved(Event, frozen=True, kw_only=True):
    path: str


class RunTidied(Event, frozen=True, kw_only=True):
    """Worktrees and branches that nobody needs any more are gone; those that stay are kept on purpose."""


class WorktreeLeft(Event, frozen=True, kw_only=True):
    """A worktree that nobody needs could not be removed."""

    path: str
    message: str


class AgentStarted(Event, frozen=True, kw_only=True):
    """An attempt at an item begins."""

    item_id: str
    attempt: int
    """Counts every start of this item from 1; branch names carry it."""
    slot: int
    branch: str
    base: str
    worktree: str
    start: str = ""
    """Where the worktree begins, if not at `base`: the commit that an earlier attempt had come to."""
    patch: str | None = None
    """Artifact with what that one had left uncommitted, relative to the run's folder."""


class AgentFinished(Event, frozen=True, kw_only=True):
    """An attempt ended. A `success` with commits waits for the merge queue; without any it is done."""

    item_id: str
    attempt: int
    outcome: AgentOutcome
    head: str = ""
    commits: int = 0
    files: tuple[str, ...] = ()
    """Changed files; at most the first 200."""
    outside: tuple[str, ...] = ()
    """Those that `paths` does not allow; at most the first 200."""
    failure: Failure | None = None
    output: str = ""
    captures: dict[str, Any] = msgspec.field(default_factory=dict)
    duration_s: float = 0.0
    leftover: str | None = None
    """Artifact that holds uncommitted changes, relative to the run's folder."""
    repeatable: bool | None = None
    """Whether `retry` of the map allows another attempt, judged with all that was said; null: nobody has looked."""


class AgentInterrupted(Event, frozen=True, kw_only=True):
    """Written by recovery: the attempt was under way when the process died."""

    item_id: str
    attempt: int


class AgentContinued(Event, frozen=True, kw_only=True):
    """An agent whose question has been answered has a slot again."""

    item_id: str
