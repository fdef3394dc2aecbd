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
    GateKind,
    HeldBy,
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
    attended: bool = False
    """A person can answer questions in the process that drives the run."""


class RunResumed(Event, frozen=True, kw_only=True):
    """A process took the run up again."""

    version: str
    merge: MergeMode = "ask"
    max_parallel: int | None = None
    landing_only: bool = False
    """Nothing is taken up again but the landing."""
    yes: bool = False
    attended: bool = False
    """A person can answer questions in this process."""


class StopDecided(Event, frozen=True, kw_only=True):
    """No more work is given out: the error policy, a limit or a budget says so, or nobody is there to answer."""

    code: str | None = None
    message: str
    exit_code: int = 1
    """What the program ends with: 1 policy, 3 a question is open, 4 budget or time, 5 quota of a provider."""
    running: Literal["drain", "cancel", "all"] = "drain"
    """What becomes of agents at work; `all`: everything under way is ended, steps of phases too."""


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
    stages: dict[str, int] = {}
    """Number of items after each stage of language 13.5."""
    max_parallel: int | None = None
    """The number at once where the one of the start does not hold: late, `auto`, or more than there are items."""
    max_failures: int | None = None
    """Now among `settled`; likewise the next."""
    continue_on_failure: bool | None = None
    settled: dict[str, Any] = {}
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
    outside: tuple[str, ...] = ()
    """Those that `paths` does not allow; at most the first 200."""
    failure: Failure | None = None
    output: str = ""
    captures: dict[str, Any] = {}
    duration_s: float = 0.0
    leftover: str | None = None
    """Artifact that holds uncommitted changes, relative to the run's folder."""
    repeatable: bool | None = None
    """Whether `retry` of the map allows another attempt, judged with all that was said; null: nobody has looked."""


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


class StepRetryScheduled(Event, frozen=True, kw_only=True):
    """An execution of a step failed; the next one begins with a `StepStarted`, not before `due`."""

    phase: PhaseName
    path: str
    item_id: str | None = None
    attempt: int = 0
    execution: int
    """The number of the next one."""
    due: datetime
    message: str = ""
    """Why the last one failed, in one line."""


class ValidationFinished(Event, frozen=True, kw_only=True):
    """A round of a step's check has a result."""

    phase: PhaseName
    path: str
    """The step that is checked."""
    item_id: str | None = None
    attempt: int = 0
    round: int
    """From 1; before each later one the step's `on_incomplete` ran."""
    score: float
    threshold: float = 100.0
    passed: bool
    missing: tuple[str, ...] = ()
    """What the check says is missing, as far as a line holds it."""
    message: str = ""
    """Why the result cannot be used."""


class StepCommitted(Event, frozen=True, kw_only=True):
    """A step's `auto_commit` made a commit."""

    phase: PhaseName
    path: str
    commit: str
    item_id: str | None = None
    attempt: int = 0
    squash: str = ""
    """The step, where its commits become one at the end of the context."""
    signed: bool = False


class CommitsSquashed(Event, frozen=True, kw_only=True):
    """The commits of steps with `squash` in a phase have become one each, where that could be."""

    phase: PhaseName
    head: str = ""
    """Where the branch stands now; empty when it has not moved."""


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
    again: bool = False
    """An execution that began before the last limit has met it as well: one burst, not another limit."""


class StepHeld(Event, frozen=True, kw_only=True):
    """An agent step waits before its call: it is not counted, and goes on by itself."""

    by: HeldBy
    provider: str
    phase: PhaseName
    path: str
    until: datetime | None = None
    """When it may go on at the earliest; None: when others are done."""
    item_id: str | None = None
    attempt: int = 0


class StepLetIn(Event, frozen=True, kw_only=True):
    """An agent step that waited makes its call."""

    provider: str
    phase: PhaseName
    path: str
    item_id: str | None = None
    attempt: int = 0


# -------------------------------------------------------------------------------------------------------------- budget


class BudgetAwaited(Event, frozen=True, kw_only=True):
    """A step may not start yet: what it is expected to cost does not fit into the budget beside what is set aside."""

    step: str
    """Which step of the workflow it is, the same for all items; likewise in the next."""
    message: str
    phase: PhaseName
    path: str
    item_id: str | None = None
    attempt: int = 0


class BudgetReserved(Event, frozen=True, kw_only=True):
    """An agent step may start; what it is expected to cost is set aside."""

    step: str
    usd: float = 0.0
    tokens: int = 0
    phase: PhaseName
    path: str
    item_id: str | None = None
    attempt: int = 0


class BudgetSettled(Event, frozen=True, kw_only=True):
    """An execution asks for nothing any more; what was set aside for it and not used is free again."""

    finished: bool
    """It came to its end, so the next of its step is expected to cost about as much."""
    phase: PhaseName
    path: str
    item_id: str | None = None
    attempt: int = 0


class BudgetSet(Event, frozen=True, kw_only=True):
    """The limits that the run starts with, by its workflow and its options; null is no limit."""

    usd: float | None = None
    tokens: int | None = None
    time_s: float | None = None


class BudgetRaised(Event, frozen=True, kw_only=True):
    """A person moved limits of the budget; what is null stays as it was."""

    usd: float | None = None
    tokens: int | None = None
    time_s: float | None = None
    by: str = "person"


# ------------------------------------------------------------------------------------------------- merging and landing


class LeftoversCommitted(Event, frozen=True, kw_only=True):
    """What nobody had committed in the run's worktree was committed before landing; the run branch stands there."""

    commit: str


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


class AgentContinued(Event, frozen=True, kw_only=True):
    """An agent whose question has been answered has a slot again."""

    item_id: str


class GateOpened(Event, frozen=True, kw_only=True):
    """A person is asked."""

    gate: str
    """Its name; that of a step is the same when a resumed run asks again, so that an answer given meanwhile counts."""
    kind: GateKind
    question: str
    options: tuple[str, ...]
    default: str | None = None
    """What `-y` answers; else the first option."""
    item_id: str | None = None
    phase: PhaseName | None = None
    path: str = ""
    """The step that asks."""
    due: datetime | None = None
    """When `on_timeout` answers, if nobody has."""
    on_timeout: str = ""
    show: Literal["diff", "files", "output"] | None = None
    """What to look at before the answer."""
    detail: str = ""
    """What people need to know besides: lines, bounded."""
    head: str = ""
    """What a diff is shown of, on top of `onto`."""
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
