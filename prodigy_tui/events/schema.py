"""The vocabulary of a run's event log: what can happen, as frozen data.

Every event is past tense. Fields only ever get added, with a default; readers ignore fields that they do not know, and
`Unknown` keeps events of newer programs. An effect on the world stands between a `*Started` and exactly one `*Finished`
(or, written by recovery, `*Interrupted`). This module knows no clock, no file and no loop.
"""

import re
from datetime import datetime
from typing import Any, Literal, TypeAlias

import msgspec

PhaseName: TypeAlias = Literal["steps", "setup", "map", "reduce", "merge"]
RunKind: TypeAlias = Literal["plain", "mapreduce"]
StepKind: TypeAlias = Literal[
    "shell",
    "agent",
    "write_file",
    "analyze",
    "foreach",
    "approve",
    "wait",
    "use",
    "workflow",
    "goal_seek",
    "validate",
]
StepStatus: TypeAlias = Literal["ok", "recovered", "tolerated", "skipped", "failed", "cancelled"]
AgentOutcome: TypeAlias = Literal["success", "failed", "cancelled", "interrupted"]
RunStatus: TypeAlias = Literal[
    "running", "paused", "waiting", "succeeded", "failed", "stopped", "interrupted", "cancelled"
]
PhaseStatus: TypeAlias = Literal["ok", "failed", "skipped", "interrupted"]
SignalName: TypeAlias = Literal[
    "pause", "resume", "drain", "stop", "kill", "set-parallel", "stop-item", "retry", "answer", "merge"
]
MergeMode: TypeAlias = Literal["ask", "yes", "no"]
MergeStatus: TypeAlias = Literal["merged", "contained", "conflict"]
LandingStatus: TypeAlias = Literal["landed", "unmerged", "refused", "conflict", "nothing"]
MessageKind: TypeAlias = Literal["session", "said", "thought", "tool", "result", "retry", "denied"]


def _tag(name: str) -> str:
    """`StepFinished` is written as `step_finished`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


class Data(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A value inside an event."""


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type", tag=_tag):
    """The base of all events."""


# ------------------------------------------------------------------------------------------------ values inside events


class StepOutline(Data, frozen=True, kw_only=True):
    """One step as the workflow's author sees it."""

    label: str
    kind: StepKind


class PhaseOutline(Data, frozen=True, kw_only=True):
    """A phase and its steps; for `map` the steps of the agent template."""

    phase: PhaseName
    steps: tuple[StepOutline, ...] = ()


class RunSettings(Data, frozen=True, kw_only=True):
    """What the operator asked for on the command line; recorded so that a resumed run means the same."""

    max_parallel: int | None = None
    max_items: int | None = None
    filter: str | None = None
    items: tuple[str, ...] = ()
    provider: str | None = None
    script: Any = None
    """The rules of `--script FILE`, replacing the script of every scripted agent."""
    merge: MergeMode = "ask"
    keep_worktrees: bool = False
    allow_outside: tuple[str, ...] = ()
    parameters: dict[str, Any] = {}
    """The values of all parameters that have one, bound; secret ones are never among them and are given again."""
    arguments: tuple[str, ...] = ()
    """`--args`, in order."""
    profile: str | None = None
    """`--profile`, or what `PRODIGY_PROFILE` said at the start."""
    env: dict[str, str] = {}
    """`--env`; a name that the workflow calls a secret is not recorded."""


class Sources(Data, frozen=True, kw_only=True):
    """The files besides the started one that a workflow is made of, and what is needed to load them again."""

    files: dict[str, str] = {}
    """Their texts by the path under which problems show them."""
    project: str | None = None
    """The project's `.prodigy/` at the start, where templates were looked for."""
    library: str | None = None
    """The user's template library at the start."""
    folder: str | None = None
    """What the paths of the files are relative to."""


class Failure(Data, frozen=True, kw_only=True):
    """Why a step, an attempt or an item failed."""

    kind: str
    """A word of language 6.4 `error.kind`; `merge` for a conflict, `worktree` when the worktree could not be used."""
    message: str
    """One line."""
    step: str = ""
    path: str = ""
    exit_code: int | None = None
    code: str | None = None
    """A problem code such as `PT610`."""
    tail: str = ""
    """The last lines of output, bounded."""


class Item(Data, frozen=True, kw_only=True):
    """One work item."""

    id: str
    safe_id: str
    data: Any
    label: str = ""
    """What people call it: the text of a scalar item, else its name, path or title; bounded, one line."""


class Usage(Data, frozen=True, kw_only=True):
    """What agents consumed; `usd` is `None` when the price is not known."""

    input_tokens: int = 0
    output_tokens: int = 0
    usd: float | None = None


class StepResult(Data, frozen=True, kw_only=True):
    """What later steps can refer to; recorded for steps of run-level phases so that a resumed run goes on from it."""

    stdout: str = ""
    stderr: str = ""
    output: str = ""
    exit_code: int = 0
    success: bool = True
    status: StepStatus = "ok"
    """What became of the step."""
    duration_s: float = 0.0
    captured: Any = None
    outputs: dict[str, Any] = {}
    """What it wrote to `PRODIGY_OUTPUT` and the files it declared, by name."""
    setup_values: dict[str, Any] = {}
    """What `setup.capture_outputs` made of it, by name."""
    session_id: str | None = None
    usd: float | None = None
    tokens: int | None = None


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
