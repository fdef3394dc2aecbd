"""The state of a run: a pure fold over its events. `evolve` is the only place that makes a new one.

Everything is frozen. What grows with the number of items is persistent (shared structure), so that one event costs the
same in a run of ten items and of ten thousand, and an old state can be kept as a keyframe for nothing.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal, TypeAlias

import msgspec
from rpds import HashTrieMap, List, Queue

from prodigy_tui.events.schema import GateOpened, LandingFinished, LandingStarted, MergeStarted, WorktreeCreated
from prodigy_tui.events.values import (
    Failure,
    Item,
    PhaseName,
    PhaseOutline,
    PhaseStatus,
    RunKind,
    RunSettings,
    RunStatus,
    Sources,
    StepResult,
    StepStatus,
    Usage,
)

ItemStatus: TypeAlias = Literal[
    "pending", "running", "merging", "failed", "retrying", "success", "dead", "skipped", "cancelled"
]
"""`failed` lasts only until the policy has decided what becomes of the item."""

FINAL: frozenset[ItemStatus] = frozenset({"success", "dead", "skipped", "cancelled"})


class Frozen(msgspec.Struct, frozen=True, kw_only=True):
    """A value of the state."""


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


class ItemState(Frozen, frozen=True, kw_only=True):
    """One work item and what has become of it."""

    item: Item
    position: int
    status: ItemStatus = "pending"
    attempt: int = 0
    """How many attempts have started."""
    failures: int = 0
    """Failed attempts since the item was last (re)queued; what the retry policy counts."""
    slot: int | None = None
    branch: str = ""
    base: str = ""
    head: str = ""
    worktree: str = ""
    commits: int = 0
    files: tuple[str, ...] = ()
    step: str = ""
    """Label of the step under way, or of the last one."""
    step_index: int = 0
    """Steps of the template that have ended."""
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
    steps: HashTrieMap[str, StepRecord] = HashTrieMap()


class Counts(Frozen, frozen=True, kw_only=True):
    """How many items are in each status; kept as events come, never counted."""

    pending: int = 0
    running: int = 0
    merging: int = 0
    failed: int = 0
    retrying: int = 0
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
        return self.pending + self.running + self.merging + self.failed + self.retrying

    @property
    def final_failures(self) -> int:
        """*F* of the error policy (language 13.7)."""
        return self.dead + self.skipped


class Stop(Frozen, frozen=True, kw_only=True):
    """Why no more work is given out."""

    kind: Literal["policy", "drain", "stop", "kill"]
    message: str = ""
    code: str | None = None


class Warned(Frozen, frozen=True, kw_only=True):
    """A warning that was raised."""

    seq: int
    message: str
    code: str | None = None
    item_id: str | None = None


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

    max_parallel: int = 10
    max_failures: int | None = None
    """Of the error policy, where it was known only when the map started; likewise the next."""
    continue_on_failure: bool | None = None
    paused: bool = False
    stop: Stop | None = None

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
    retries: HashTrieMap[int, Queue[str]] = HashTrieMap()
    """Number of failures → items that wait to start again. Equal numbers wait equally long, so every queue is in the
    order in which its items fall due."""
    merge_queue: Queue[str] = Queue()
    merge: MergeStarted | None = None
    slots: HashTrieMap[int, str] = HashTrieMap()
    """Slot → item of the agents at work."""
    stopping_items: HashTrieMap[str, bool] = HashTrieMap()
    """Running items that a person asked to stop."""
    dead_letters: HashTrieMap[str, int] = HashTrieMap()
    """Item → seq of the event that put it into the queue."""
    counts: Counts = Counts()
    failures_seen: int = 0
    """Final failures so far, those since requeued included; never goes down."""
    failures_at_resume: int = 0
    """`failures_seen` when the present process took the run up: a stop by policy needs a new failure."""
    stages: HashTrieMap[str, int] = HashTrieMap()
    merged: int = 0
    """Items whose commits the run branch holds."""

    tip: str = ""
    """Where the run branch stands by the merge queue."""
    worktrees: HashTrieMap[str, WorktreeCreated] = HashTrieMap()
    """Path → what was made there."""
    gate: GateOpened | None = None
    answer: str | None = None
    """The answer to the last gate, until landing is over."""
    asked: GateOpened | None = None
    """The gate that `answer` answers."""
    landing_started: LandingStarted | None = None
    landing: LandingFinished | None = None
    """How the last landing ended; a later one that finds nothing new leaves an earlier success standing."""
    landed: LandingFinished | None = None
    """The last landing that brought the target forward."""
    merge_wanted: bool = False
    """A person asked for landing although the run failed or was left unmerged."""

    limited: HashTrieMap[str, datetime] = HashTrieMap()
    """Provider → no step of it starts before."""
    usage: Usage = Usage()
    warnings: List[Warned] = List()
    """Newest first."""
    warning_count: int = 0
