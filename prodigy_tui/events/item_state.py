"""What has become of each work item: its place in the state of a run."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, TypeAlias

from rpds import HashTrieMap

from prodigy_tui.events.frozen import Frozen
from prodigy_tui.events.told import Answer
from prodigy_tui.events.values import Failure, Item, Usage

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


class AgentFiles(Frozen, frozen=True, kw_only=True):
    """Whose files a worktree holds."""

    slot: int
    item_id: str
    attempt: int


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
    instruction: str = ""
    """What a person who sent it back wants its agent to know, in every attempt from then on."""
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

    @property
    def leftover(self) -> str:
        """The patch of what an item that is done has changed and not committed: the run goes on without that."""
        return (self.history[-1].leftover or "") if self.status == "success" and self.history else ""


class Uncommitted(Frozen, frozen=True, kw_only=True):
    """How many items that are done have left changes that nobody committed: of these there are patches only."""

    items: int = 0
    without_commit: int = 0
    """Those of them that have committed nothing at all."""


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
