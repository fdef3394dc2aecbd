"""The state of a run: a pure fold over its events. `evolve` is the only place that makes a new one.

Everything is frozen. What grows with the number of items is persistent (shared structure), so that one event costs the
same in a run of ten items and of ten thousand, and an old state can be kept as a keyframe for nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from rpds import HashTrieMap, List, Queue

from prodigy_tui.events.agenda import Agenda
from prodigy_tui.events.frozen import Frozen
from prodigy_tui.events.item_state import AgentFiles, Counts, ItemState, Uncommitted
from prodigy_tui.events.merge_state import LandingWish, Resolution, Verification
from prodigy_tui.events.pace import Breaker, Canary, Held, Stop, Window
from prodigy_tui.events.phase_state import CalledRun, PhaseState
from prodigy_tui.events.schema import (
    CandidateMade,
    DiskRefused,
    GateOpened,
    LandingFinished,
    LandingStarted,
    MergeStarted,
    WorktreeCreated,
)
from prodigy_tui.events.spending import Spending
from prodigy_tui.events.told import Answer, Warned
from prodigy_tui.events.values import Caller, PhaseName, PhaseOutline, RunKind, RunSettings, RunStatus, Sources, Usage


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
    checked: Verification | None = None
    """The last verification of a landing that has ended, with its steps."""
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
    uncommitted: Uncommitted = Uncommitted()
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
    after_reduce: int = 0
    """Items that were done only after reduce last began: what it made lacks them until `dlq retry --reduce`."""

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
        waiting = len(self.held)
        return waiting > 0 and waiting >= self.counts.running and not self.counts.merging
