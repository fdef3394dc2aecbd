"""The vocabulary of a run's event log: what can happen, as frozen data.

Every event is past tense. Fields only ever get added, with a default; readers ignore fields that they do not know, and
`Unknown` keeps events of newer programs. An effect on the world stands between a `*Started` and exactly one `*Finished`
(or, written by recovery, `*Interrupted`). This module knows no clock, no file and no loop.
"""

from datetime import datetime
from typing import TypeAlias

import msgspec

from prodigy_tui.events.call_events import CalledRunFinished, CalledRunStarted
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
    ItemDiscarded,
    ItemRequeued,
    ItemSkipped,
    ItemsLoaded,
    ParallelChanged,
    PassStarted,
    PhaseFinished,
    PhaseStarted,
    ReduceRequested,
    RetryScheduled,
    RunTidied,
    WorktreeCreated,
    WorktreeLeft,
    WorktreeRemoved,
)
from prodigy_tui.events.merge_events import (
    CandidateMade,
    GateAnswered,
    GateOpened,
    LandingFinished,
    LandingStarted,
    LeftoversCommitted,
    MergeFinished,
    MergeInterrupted,
    MergeStarted,
    ResolutionFinished,
    ResolutionStarted,
    VerifyFinished,
    VerifyStarted,
)
from prodigy_tui.events.resume_events import ResultsForgotten, WorkflowReplaced, WorkLost
from prodigy_tui.events.run_events import (
    BudgetRaised,
    BudgetSet,
    DiskRecovered,
    DiskRefused,
    LogRecovered,
    ParametersChanged,
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
    "CalledRunFinished",
    "CalledRunStarted",
    "CanaryJudged",
    "CandidateMade",
    "CommitsSquashed",
    "DiskRecovered",
    "DiskRefused",
    "Envelope",
    "Event",
    "FailuresReported",
    "GateAnswered",
    "GateOpened",
    "ItemDeadLettered",
    "ItemDiscarded",
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
    "ParametersChanged",
    "PassStarted",
    "PhaseFinished",
    "PhaseStarted",
    "ProviderLimited",
    "ReduceRequested",
    "ResolutionFinished",
    "ResolutionStarted",
    "ResultsForgotten",
    "RetryScheduled",
    "RunFinished",
    "RunResumed",
    "RunStarted",
    "RunTidied",
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
    "VerifyFinished",
    "VerifyStarted",
    "WarningRaised",
    "WorkLost",
    "WorkflowReplaced",
    "WorktreeCreated",
    "WorktreeLeft",
    "WorktreeRemoved",
]


class Unknown(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An event of a newer program, kept byte for byte."""

    type: str
    raw: bytes


KnownEvent: TypeAlias = (
    RunStarted
    | RunResumed
    | WorkLost
    | ResultsForgotten
    | WorkflowReplaced
    | StopDecided
    | SignalReceived
    | ParametersChanged
    | WarningRaised
    | LogRecovered
    | DiskRefused
    | DiskRecovered
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
    | ItemDiscarded
    | ReduceRequested
    | BreakerOpened
    | BreakerClosed
    | CanaryJudged
    | ParallelChanged
    | WorktreeCreated
    | WorktreeRemoved
    | RunTidied
    | WorktreeLeft
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
    | CalledRunStarted
    | CalledRunFinished
    | LeftoversCommitted
    | MergeStarted
    | MergeFinished
    | MergeInterrupted
    | VerifyStarted
    | VerifyFinished
    | ResolutionStarted
    | ResolutionFinished
    | AgentContinued
    | GateOpened
    | GateAnswered
    | CandidateMade
    | LandingStarted
    | LandingFinished
)


class Envelope(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One line of the log: an event with its place, its time and its cause."""

    seq: int
    """1, 2, 3 … without gaps."""
    at: datetime
    """The writer's clock, aware, UTC."""
    event: KnownEvent | Unknown
    cause: int | None = None
    """`seq` of the event that this one answers."""
