"""The state of a run: a pure fold over its events. `evolve` is the only place that makes a new one.

Everything is frozen. What grows with the number of items is persistent (shared structure), so that one event costs the
same in a run of ten items and of ten thousand, and an old state can be kept as a keyframe for nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, TypeAlias

import msgspec
from rpds import HashTrieMap, List, Queue

from prodigy_tui.events.agenda import Agenda
from prodigy_tui.events.schema import (
    CandidateMade,
    DiskRefused,
    GateOpened,
    LandingFinished,
    LandingStarted,
    MergeStarted,
    PassStarted,
    StepCommitted,
    WorktreeCreated,
)
from prodigy_tui.events.spending import Spending
from prodigy_tui.events.values import (
    Caller,
    Failure,
    HeldBy,
    Item,
    MergeStrategy,
    PhaseName,
    PhaseOutline,
    PhaseStatus,
    ResolutionPurpose,
    RunKind,
    RunSettings,
    RunStatus,
    Sources,
    StepResult,
    StepStatus,
    Usage,
    VerifyPurpose,
)

ItemStatus: TypeAlias = Literal[
    "pending",
    "running",
    "waiting",
    "merging",
    "failed",
    "retrying",
    "suspect",
    "success",
    "dead",
    "skipped",
    "cancelled",
]
"""`failed` lasts only until the policy has decided what becomes of the item. `waiting`: an agent has asked a person and
keeps its worktree, not its place among those at work. `suspect`: finished, not to be merged before somebody has looked
at it."""

FINAL: frozenset[ItemStatus] = frozenset({"success", "dead", "skipped", "cancelled"})


class Frozen(msgspec.Struct, frozen=True, kw_only=True):
    """A value of the state."""


class Answer(Frozen, frozen=True, kw_only=True):
    """What a person said to a question."""

    answer: str
    note: str = ""
    by: str = "person"


class Held(Frozen, frozen=True, kw_only=True):
    """What waits for a provider, and why."""

    by: HeldBy
    provider: str
    phase: PhaseName
    paths: tuple[str, ...]
    """The steps; more than one where loops are parallel."""
    item_id: str | None = None


class Breaker(Frozen, frozen=True, kw_only=True):
    """The circuit breaker: what it is, and the results since that became so."""

    opens: int = 0
    opened_seq: int = 0
    """Of the event that opened it last: results of attempts from before do not count."""
    until: datetime | None = None
    """Not closed: no agent starts before, and from then on a few on trial."""
    trials: int = 0
    """Agents at once while it is tried."""
    failures: int = 0
    """In a row up to now."""
    worst: int = 0
    """The longest row of failures."""
    successes: int = 0
    """In a row up to now."""
    best: int = 0
    """The longest row of successes."""


class AgentFiles(Frozen, frozen=True, kw_only=True):
    """Whose files a worktree holds."""

    slot: int
    item_id: str
    attempt: int


class Canary(Frozen, frozen=True, kw_only=True):
    """The items that go first, and what has become of them."""

    count: int
    done: int = 0
    success: int = 0
    cancelled: int = 0
    status: Literal["running", "passed", "refused"] = "running"
    denied: bool = False
    """Refused by a person."""
    message: str = ""


class Window(Frozen, frozen=True, kw_only=True):
    """What has happened since the number of agents at once was changed last."""

    attempts: int = 0
    limits: int = 0
    """Of providers."""


def held_key(phase: PhaseName, item_id: str | None) -> str:
    """Returns under what `RunState.held` tells of the steps of an item, or of a phase of the run's own."""
    return phase if item_id is None else f"{phase}/{item_id}"


class AttemptRecord(Frozen, frozen=True, kw_only=True):
    """One attempt that has ended."""

    attempt: int
    started_at: datetime
    ended_at: datetime
    outcome: str
    branch: str
    base: str
    head: str = ""
    failure: Failure | None = None
    leftover: str | None = None


class Discarded(Frozen, frozen=True, kw_only=True):
    """That a dead letter was taken out for good."""

    at: datetime
    reason: str = ""
    by: str = "person"


class ItemState(Frozen, frozen=True, kw_only=True):
    """One work item and what has become of it."""

    item: Item
    position: int
    status: ItemStatus = "pending"
    attempt: int = 0
    """How many attempts have started."""
    failures: int = 0
    """Failed attempts since the item was last (re)queued; what the retry policy counts."""
    begun_at: datetime | None = None
    """When the first attempt since then began."""
    repeatable: bool | None = None
    """Whether the failed attempt may be followed by another; `None`: the policy looks at the failure itself."""
    started_seq: int = 0
    """Of the event that began the last attempt."""
    set_aside: bool = False
    """Skipped by a person: no failure."""
    discarded: Discarded | None = None
    """Skipped because a person took it out of the dead letter queue: it has failed."""
    from_attempt: int | None = None
    """The attempt whose files the next one starts from."""
    slot: int | None = None
    branch: str = ""
    base: str = ""
    head: str = ""
    worktree: str = ""
    gates: tuple[str, ...] = ()
    """Questions that hold it up."""
    answered: HashTrieMap[str, Answer] = HashTrieMap()
    """What its steps have asked in this attempt, and the answers: one that is cut short must not be asked again."""
    commits: int = 0
    files: tuple[str, ...] = ()
    step: str = ""
    """Label of the step under way, or of the last one."""
    step_index: int = 0
    """Steps of the template that have ended."""
    score: float | None = None
    """What the last round of a check in this attempt found."""
    started_at: datetime | None = None
    ended_at: datetime | None = None
    last_at: datetime | None = None
    """The last event that concerns it."""
    waiting: str = ""
    """Why it waits, for people."""
    due: datetime | None = None
    failure: Failure | None = None
    eligible: bool = True
    merged: bool = False
    usage: Usage = Usage()
    attempt_usage: Usage = Usage()
    """What the present or last attempt has used of it."""
    output: str = ""
    captures: HashTrieMap[str, object] = HashTrieMap()
    history: tuple[AttemptRecord, ...] = ()


class StepRecord(Frozen, frozen=True, kw_only=True):
    """A step of a run-level phase."""

    path: str
    label: str
    status: StepStatus | Literal["running", "interrupted"]
    started_at: datetime
    ended_at: datetime | None = None
    execution: int = 1
    waiting: str = ""
    """Why its next execution has not begun yet, for people."""
    due: datetime | None = None
    """When that begins."""
    score: float | None = None
    """What the last round of its check found."""
    exit_code: int | None = None
    failure: Failure | None = None
    result: StepResult | None = None


class PhaseState(Frozen, frozen=True, kw_only=True):
    """One phase."""

    phase: PhaseName
    status: PhaseStatus | Literal["running", "waiting"]
    """`waiting`: to be taken up again by a resumed run."""
    started_at: datetime
    ended_at: datetime | None = None
    message: str = ""
    failure: Failure | None = None
    idle_before_s: float = 0.0
    """`idle_s` of the run when it began."""
    steps: HashTrieMap[str, StepRecord] = HashTrieMap()
    """By path; of several passes those of the present one."""
    passing: PassStarted | None = None
    """The present pass, where there may be several."""
    to_squash: List[StepCommitted] = List()
    """Commits of steps with `squash`, newest first, that are still apart."""


class Counts(Frozen, frozen=True, kw_only=True):
    """How many items are in each status; kept as events come, never counted."""

    pending: int = 0
    running: int = 0
    waiting: int = 0
    merging: int = 0
    failed: int = 0
    retrying: int = 0
    suspect: int = 0
    success: int = 0
    dead: int = 0
    skipped: int = 0
    cancelled: int = 0

    @property
    def total(self) -> int:
        return self.unfinished + self.finished

    @property
    def finished(self) -> int:
        return self.success + self.dead + self.skipped + self.cancelled

    @property
    def unfinished(self) -> int:
        return self.pending + self.running + self.waiting + self.merging + self.failed + self.retrying + self.suspect


class Stop(Frozen, frozen=True, kw_only=True):
    """Why no more work is given out."""

    kind: Literal["policy", "drain", "stop", "kill"]
    message: str = ""
    code: str | None = None
    exit_code: int = 1
    running: Literal["drain", "cancel", "all"] = "drain"
    """What becomes of agents at work; `all`: everything under way is ended, steps of phases too."""


class Warned(Frozen, frozen=True, kw_only=True):
    """A warning that was raised."""

    seq: int
    message: str
    code: str | None = None
    item_id: str | None = None


class CalledRun(Frozen, frozen=True, kw_only=True):
    """A run that a step has called."""

    run_id: str
    number: int
    """In the order of calling, from 1."""
    workflow: str
    phase: PhaseName
    path: str
    iteration: int = 1
    status: RunStatus = "running"
    message: str = ""
    dead: int = 0
    usage: Usage = Usage()


class Verification(Frozen, frozen=True, kw_only=True):
    """A check of a candidate that is under way."""

    item_ids: tuple[str, ...]
    commit: str
    purpose: VerifyPurpose
    landing: bool
    since: datetime
    steps: HashTrieMap[str, StepRecord] = HashTrieMap()
    """By path."""


class LandingWish(Frozen, frozen=True, kw_only=True):
    """What a person wants of one landing instead of what the workflow says."""

    into: str | None = None
    strategy: MergeStrategy | None = None
    message: str | None = None


class Resolution(Frozen, frozen=True, kw_only=True):
    """Work on a merge that is under way."""

    item_id: str | None
    """Whose branch it is; `None`: the landing."""
    purpose: ResolutionPurpose
    paths: tuple[str, ...]
    attempt: int
    since: datetime
    steps: HashTrieMap[str, StepRecord] = HashTrieMap()
    """By path."""


class RunState(Frozen, frozen=True, kw_only=True):
    """A run at one moment."""

    run_id: str = ""
    workflow: str = ""
    kind: RunKind = "mapreduce"
    label: str = ""
    file: str = ""
    text: str = ""
    digest: str = ""
    repository: str = ""
    target: str = ""
    base: str = ""
    run_branch: str = ""
    version: str = ""
    outline: tuple[PhaseOutline, ...] = ()
    settings: RunSettings = RunSettings()
    sources: Sources = Sources()
    caller: Caller | None = None
    """The step that has called the run, which works in the caller's worktree."""

    status: RunStatus = "running"
    message: str = ""
    code: str | None = None
    exit_code: int | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    last_at: datetime | None = None
    last_seq: int = 0
    sessions: int = 0
    """How many processes have driven the run."""

    resumed_at: datetime | None = None
    """When the present process took it up."""
    idle_s: float = 0.0
    """How long it was paused, waited for people only, or nobody drove it."""

    max_parallel: int = 10
    parallel_is_fixed: bool = False
    """A person said how many agents may work at once."""
    window: Window = Window()
    breaker: Breaker = Breaker()
    canary: Canary | None = None
    settled: HashTrieMap[str, object] = HashTrieMap()
    """Values of the map and its error policy that were known only when it started, by path."""
    paused: bool = False
    disk: DiskRefused | None = None
    """What the disk refuses at present: nothing new starts."""
    stop: Stop | None = None
    attended: bool = False
    """A person can answer questions in the process that drives the run."""

    phases: HashTrieMap[str, PhaseState] = HashTrieMap()
    phase: PhaseName | None = None
    """The phase that runs, or ran last."""

    items: HashTrieMap[str, ItemState] = HashTrieMap()
    order: tuple[str, ...] = ()
    items_loaded: bool = False
    next_position: int = 0
    """Items before it have been given out at least once."""
    requeued: Queue[str] = Queue()
    """Items to give out again, before those that have never been."""
    undecided: Queue[str] = Queue()
    """Failed items whose fate the policy has not settled yet, oldest first."""
    retries: Agenda = Agenda()
    """Items that wait to start again, by the time at which they are due."""
    merge_queue: Queue[str] = Queue()
    """Finished items whose branches wait to be merged, in the order of finishing."""
    merges: Mapping[str, MergeStarted] = {}
    """Item → its merge that is under way, in order; never more than a batch."""
    merges_held: bool = False
    """The queue waits for the next process: merging was broken off by a stop."""
    verification: Verification | None = None
    """What is being verified."""
    resolution: Resolution | None = None
    """The merge that steps are working on."""
    batch_size: int = 0
    """How many branches are verified together, where that adapts itself; 0: it has not yet."""
    slots: HashTrieMap[int, str] = HashTrieMap()
    """Number of a worktree → item whose agent uses it: those at work, and those that wait for an answer."""
    continuing: Queue[str] = Queue()
    """Agents whose question has been answered and that want a slot again, longest waiting first."""
    suspects: Queue[str] = Queue()
    """Suspect items that nobody has been asked about yet."""
    stopping_items: HashTrieMap[str, Literal["cancelled", "skipped"]] = HashTrieMap()
    """Items at work that a person asked to stop, and what they are then."""
    dead_letters: HashTrieMap[str, int] = HashTrieMap()
    """Item → seq of the event that put it into the queue."""
    discarded: HashTrieMap[str, int] = HashTrieMap()
    """Item → seq of the event that took it out for good."""
    reduce_requested: bool = False
    """Reduce runs anew when the one under way has ended."""
    counts: Counts = Counts()
    failures_seen: int = 0
    """Final failures so far, those since requeued included; never goes down."""
    failures_at_resume: int = 0
    """`failures_seen` when the present process took the run up: a stop by policy needs a new failure."""
    newest_failure: str = ""
    """The item that was given up last."""
    set_aside: int = 0
    """Items that a person skipped."""
    untold: HashTrieMap[str, int] = HashTrieMap()
    """Items given up of which people have not been told yet, with what orders them."""
    untold_count: int = 0
    tolerated: int = 0
    """Failed steps that their authors told to go on after."""
    stages: HashTrieMap[str, int] = HashTrieMap()
    merged: int = 0
    """Items whose commits the run branch holds."""

    tip: str = ""
    """Where the run branch stands by the merge queue."""
    worktrees: HashTrieMap[str, WorktreeCreated] = HashTrieMap()
    """Path → what was made there."""
    run_worktree: str = ""
    """The path of that among them in which the run's own steps work."""
    agent_files: HashTrieMap[str, AgentFiles] = HashTrieMap()
    """Path of a worktree → the last agent that worked there."""
    kept: tuple[str, ...] = ()
    """Worktrees of items that have failed for good, kept for a look, the oldest first."""
    slots_used: int = 0
    """The highest number of a worktree that an agent has had."""
    tidied: bool = False
    """Since its last work the run has cleared away what nobody needs."""
    orphans: HashTrieMap[str, str] = HashTrieMap()
    """Path of a worktree that could not be removed → why."""
    gates: HashTrieMap[str, GateOpened] = HashTrieMap()
    """All open questions, by name."""
    asked_at: HashTrieMap[str, datetime] = HashTrieMap()
    """When each of them was asked."""
    answers: HashTrieMap[str, Answer] = HashTrieMap()
    """Answers to questions of steps that nobody waits for at present: the step uses its one when it asks again."""
    heard: HashTrieMap[str, Answer] = HashTrieMap()
    """Answers that steps of the run under way have used; when they are cut short they will ask again."""
    gate: GateOpened | None = None
    """The open question whether to land."""
    answer: str | None = None
    """The answer to it, until landing is over."""
    asked: GateOpened | None = None
    """The gate that `answer` answers."""
    landing_started: LandingStarted | None = None
    landing: LandingFinished | None = None
    """How the last landing ended; a later one that finds nothing new leaves an earlier success standing."""
    landed: LandingFinished | None = None
    """The last landing that brought the target forward."""
    merge_wanted: bool = False
    """A person asked for landing although the run failed or was left unmerged."""
    wish: LandingWish = LandingWish()
    """How, where they said so; it holds until that landing is over."""
    candidate: CandidateMade | None = None
    """What was made to be landed last; to be used as long as neither the run nor the target has moved."""

    limited: HashTrieMap[str, datetime] = HashTrieMap()
    """Provider → no step of it starts before."""
    held: HashTrieMap[str, Held] = HashTrieMap()
    """Phase and item → why its steps wait for their provider; of the run's own steps without the item."""
    calls: HashTrieMap[str, CalledRun] = HashTrieMap()
    """Every run that a step has called, by its id."""
    open_calls: HashTrieMap[str, str] = HashTrieMap()
    """Phase and path of a step → the run that it has called and not taken in."""
    usage: Usage = Usage()
    spending: Spending = Spending()
    warnings: List[Warned] = List()
    """Newest first."""
    warning_count: int = 0

    @property
    def final_failures(self) -> int:
        """*F* of the error policy (language 13.7): items whose last attempt failed, whatever became of them."""
        return self.counts.dead + self.counts.skipped - self.set_aside

    @property
    def waits_for_provider(self) -> bool:
        """Whether all who are at work wait for their providers: the time of a phase does not run meanwhile."""
        return len(self.held) >= max(1, self.counts.running) and not self.counts.merging
