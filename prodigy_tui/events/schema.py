"""The vocabulary of a run's event log: what can happen, as frozen data.

Every event is past tense. Fields only ever get added, with a default; readers ignore fields that they do not know, and
`Unknown` keeps events of newer programs. An effect on the world stands between a `*Started` and exactly one `*Finished`
(or, written by recovery, `*Interrupted`). This module knows no clock, no file and no loop.
"""

from datetime import datetime
from typing import TypeAlias

import msgspec

from prodigy_tui.events.event import Event
from prodigy_tui.events.item_events import (
    AgentContinued,
    AgentFinished,
    AgentInterrupted,
    AgentStarted,
    BreakerClosed,
    BreakerOpened,
    CanaryJudged,
    FailuresReported,
    ItemDeadLettered,
    ItemRequeued,
    ItemSkipped,
    ItemsLoaded,
    ParallelChanged,
    PassStarted,
    PhaseFinished,
    PhaseStarted,
    RetryScheduled,
    WorktreeCreated,
    WorktreeRemoved,
)
from prodigy_tui.events.merge_events import (
    GateAnswered,
    GateOpened,
    LandingFinished,
    LandingStarted,
    LeftoversCommitted,
    MergeFinished,
    MergeInterrupted,
    MergeStarted,
)
from prodigy_tui.events.run_events import (
    BudgetRaised,
    BudgetSet,
    LogRecovered,
    RunFinished,
    RunResumed,
    RunStarted,
    SignalReceived,
    StopDecided,
    WarningRaised,
)
from prodigy_tui.events.step_events import (
    AgentMessage,
    BudgetAwaited,
    BudgetReserved,
    BudgetSettled,
    CommitsSquashed,
    ProviderLimited,
    StepCommitted,
    StepFinished,
    StepHeld,
    StepInterrupted,
    StepLetIn,
    StepRetryScheduled,
    StepStarted,
    UsageReported,
    ValidationFinished,
)

__all__ = [
    "AgentContinued",
    "AgentFinished",
    "AgentInterrupted",
    "AgentMessage",
    "AgentStarted",
    "BreakerClosed",
    "BreakerOpened",
    "BudgetAwaited",
    "BudgetRaised",
    "BudgetReserved",
    "BudgetSet",
    "BudgetSettled",
    "CanaryJudged",
    "CommitsSquashed",
    "Envelope",
    "Event",
    "FailuresReported",
    "GateAnswered",
    "GateOpened",
    "ItemDeadLettered",
    "ItemRequeued",
    "ItemSkipped",
    "ItemsLoaded",
    "KnownEvent",
    "LandingFinished",
    "LandingStarted",
    "LeftoversCommitted",
    "LogRecovered",
    "MergeFinished",
    "MergeInterrupted",
    "MergeStarted",
    "ParallelChanged",
    "PassStarted",
    "PhaseFinished",
    "PhaseStarted",
    "ProviderLimited",
    "RetryScheduled",
    "RunFinished",
    "RunResumed",
    "RunStarted",
    "SignalReceived",
    "StepCommitted",
    "StepFinished",
    "StepHeld",
    "StepInterrupted",
    "StepLetIn",
    "StepRetryScheduled",
    "StepStarted",
    "StopDecided",
    "Unknown",
    "UsageReported",
    "ValidationFinished",
    "WarningRaised",
    "WorktreeCreated",
    "WorktreeRemoved",
]


class Unknown(msgspec.Struct, frozen=True, kw_only=True):
    """An event of a newer program, kept byte for byte."""

    type: str
    raw: bytes


KnownEvent: TypeAlias = (
    RunStarted
    | RunResumed
    | StopDecided
    | SignalReceived
    | WarningRaised
    | LogRecovered
    | RunFinished
    | PhaseStarted
    | PassStarted
    | PhaseFinished
    | ItemsLoaded
    | RetryScheduled
    | FailuresReported
    | ItemSkipped
    | ItemDeadLettered
    | ItemRequeued
    | BreakerOpened
    | BreakerClosed
    | CanaryJudged
    | ParallelChanged
    | WorktreeCreated
    | WorktreeRemoved
    | AgentStarted
    | AgentFinished
    | AgentInterrupted
    | StepStarted
    | StepFinished
    | StepInterrupted
    | StepRetryScheduled
    | ValidationFinished
    | AgentMessage
    | UsageReported
    | ProviderLimited
    | StepHeld
    | StepLetIn
    | BudgetAwaited
    | BudgetReserved
    | BudgetSettled
    | BudgetSet
    | BudgetRaised
    | StepCommitted
    | CommitsSquashed
    | LeftoversCommitted
    | MergeStarted
    | MergeFinished
    | MergeInterrupted
    | AgentContinued
    | GateOpened
    | GateAnswered
    | LandingStarted
    | LandingFinished
)


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the log: an event with its place, its time and its cause."""

    seq: int
    """1, 2, 3 … without gaps."""
    at: datetime
    """The writer's clock, aware, UTC."""
    event: KnownEvent | Unknown
    cause: int | None = None
    """`seq` of the event that this one answers."""
