"""The vocabulary of a run's event log: what can happen, as frozen data.

Every event is past tense. Fields only ever get added, with a default; readers ignore fields that they do not know, and
`Unknown` keeps events of newer programs. An effect on the world stands between a `*Started` and exactly one `*Finished`
(or, written by recovery, `*Interrupted`). This module knows no clock, no file and no loop.
"""

import re
from datetime import datetime
from typing import Any, Literal, TypeAlias

import msgspec

from prodigy_tui.events.values import (
    AgentOutcome,
    Failure,
    Item,
    LandingStatus,
    MergeMode,
    MergeStatus,
    MessageKind,
    PhaseName,
    PhaseOutline,
    PhaseStatus,
    RunKind,
    RunSettings,
    RunStatus,
    SignalName,
    Sources,
    StepKind,
    StepResult,
    StepStatus,
    Usage,
)


def _tag(name: str) -> str:
    """`StepFinished` is written as `step_finished`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type", tag=_tag):
    """The base of all events."""


# ------------------------------------------------------------------------------------------------------------- the run


class RunStarted(Event, frozen=True, kw_only=True):
    """The first event of every log: enough to replay it without repository or workflow."""

    run_id: str
    workflow: str
    kind: RunKind
    file: str
    text: str
    digest: str
    repository: str
    """The user's checkout, absolute."""
    target: str
    base: str
    run_branch: str
    version: str
    outline: tuple[PhaseOutline, ...]
    max_parallel: int = 10
    settings: RunSettings = RunSettings()
    label: str = ""
    sources: Sources = Sources()


class RunResumed(Event, frozen=True, kw_only=True):
    """A process took the run up again."""

    version: str
    merge: MergeMode = "ask"
    max_parallel: int | None = None
    landing_only: bool = False
    """Nothing is taken up again but the landing."""


class StopDecided(Event, frozen=True, kw_only=True):
    """The error policy ended the giving out of work."""

    code: str
    message: str


class SignalReceived(Event, frozen=True, kw_only=True):
    """A person asked something of the run; recorded before it has effect."""

    signal: SignalName
    item_id: str | None = None
    number: int | None = None
    gate: str | None = None
    answer: str | None = None
    note: str = ""
    source: str = "cli"


class WarningRaised(Event, frozen=True, kw_only=True):
    """Something that a person should know and that stops nothing."""

    message: str
    code: str | None = None
    item_id: str | None = None


class LogRecovered(Event, frozen=True, kw_only=True):
    """A torn last line was dropped when the log was opened."""

    dropped_bytes: int


class RunFinished(Event, frozen=True, kw_only=True):
    """Nothing runs any more. A later `RunResumed` takes the run up again."""

    status: RunStatus
    exit_code: int
    message: str = ""
    code: str | None = None


# ---------------------------------------------------------------------------------------------------- phases and items


class PhaseStarted(Event, frozen=True, kw_only=True):
    phase: PhaseName


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
    stages: dict[str, int] = {}
    """Number of items after each stage of language 13.5."""
    max_parallel: int | None = None
    """The number where the workflow's is known only when the map starts; likewise the next two."""
    max_failures: int | None = None
    continue_on_failure: bool | None = None


class RetryScheduled(Event, frozen=True, kw_only=True):
    """A failed item starts again, not before `due`."""

    item_id: str
    due: datetime


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


# -------------------------------------------------------------------------------------------------------------- agents


class WorktreeCreated(Event, frozen=True, kw_only=True):
    name: str
    """`run`, or `slot-<n>`."""
    path: str
    branch: str
    base: str


class WorktreeRemoved(Event, frozen=True, kw_only=True):
    path: str


class AgentStarted(Event, frozen=True, kw_only=True):
    """An attempt at an item begins."""

    item_id: str
    attempt: int
    """Counts every start of this item from 1; branch names carry it."""
    slot: int
    branch: str
    base: str
    worktree: str


class AgentFinished(Event, frozen=True, kw_only=True):
    """An attempt ended. A `success` with commits waits for the merge queue; without any it is done."""

    item_id: str
    attempt: int
    outcome: AgentOutcome
    head: str = ""
    commits: int = 0
    files: tuple[str, ...] = ()
    """Changed files; at most the first 200."""
    failure: Failure | None = None
    output: str = ""
    captures: dict[str, Any] = {}
    duration_s: float = 0.0
    leftover: str | None = None
    """Artifact that holds uncommitted changes, relative to the run's folder."""


class AgentInterrupted(Event, frozen=True, kw_only=True):
    """Written by recovery: the attempt was under way when the process died."""

    item_id: str
    attempt: int


class StepStarted(Event, frozen=True, kw_only=True):
    phase: PhaseName
    path: str
    """`2`, or `2/r1.0` for the first step of the handler after round 1 of step 2."""
    label: str
    kind: StepKind
    item_id: str | None = None
    attempt: int = 0
    execution: int = 1
    log_offset: int = 0


class StepFinished(Event, frozen=True, kw_only=True):
    phase: PhaseName
    path: str
    status: StepStatus
    item_id: str | None = None
    attempt: int = 0
    exit_code: int | None = None
    duration_s: float = 0.0
    failure: Failure | None = None
    log_offset: int = 0
    result: StepResult | None = None


class StepInterrupted(Event, frozen=True, kw_only=True):
    phase: PhaseName
    path: str
    item_id: str | None = None
    attempt: int = 0


class AgentMessage(Event, frozen=True, kw_only=True):
    """What an agent said or did, in one bounded line."""

    kind: MessageKind
    text: str
    phase: PhaseName
    path: str
    item_id: str | None = None
    attempt: int = 0


class UsageReported(Event, frozen=True, kw_only=True):
    usage: Usage
    provider: str
    phase: PhaseName
    path: str
    item_id: str | None = None
    attempt: int = 0


class ProviderLimited(Event, frozen=True, kw_only=True):
    """A provider answered with a limit; none of its agent steps starts before `until`."""

    provider: str
    until: datetime
    message: str = ""
    item_id: str | None = None


# ------------------------------------------------------------------------------------------------- merging and landing


class MergeStarted(Event, frozen=True, kw_only=True):
    """An item's branch is being merged into the run branch, whose tip is `onto`."""

    item_id: str
    attempt: int
    head: str
    onto: str


class MergeFinished(Event, frozen=True, kw_only=True):
    item_id: str
    attempt: int
    status: MergeStatus
    tip: str
    conflicts: tuple[str, ...] = ()
    detail: str = ""


class MergeInterrupted(Event, frozen=True, kw_only=True):
    """Written by recovery: the merge had not moved the tip when the process died."""

    item_id: str
    attempt: int


class GateOpened(Event, frozen=True, kw_only=True):
    """A person is asked."""

    gate: str
    kind: Literal["landing"]
    question: str
    options: tuple[str, ...]
    source: str = ""
    target: str = ""
    onto: str = ""
    commits: int = 0
    files: int = 0
    insertions: int = 0
    deletions: int = 0


class GateAnswered(Event, frozen=True, kw_only=True):
    gate: str
    answer: str
    note: str = ""
    by: str = "person"


class LandingStarted(Event, frozen=True, kw_only=True):
    source: str
    target: str
    onto: str
    commit: str


class LandingFinished(Event, frozen=True, kw_only=True):
    status: LandingStatus
    target: str
    commit: str = ""
    message: str = ""
    undo: str = ""
    paths: tuple[str, ...] = ()


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
    | PhaseFinished
    | ItemsLoaded
    | RetryScheduled
    | ItemSkipped
    | ItemDeadLettered
    | ItemRequeued
    | WorktreeCreated
    | WorktreeRemoved
    | AgentStarted
    | AgentFinished
    | AgentInterrupted
    | StepStarted
    | StepFinished
    | StepInterrupted
    | AgentMessage
    | UsageReported
    | ProviderLimited
    | MergeStarted
    | MergeFinished
    | MergeInterrupted
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
