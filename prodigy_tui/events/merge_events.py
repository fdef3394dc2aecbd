"""What happens at the end of work: merges of agents, questions to people, the landing."""

from datetime import datetime
from typing import Literal

from prodigy_tui.events.event import Event
from prodigy_tui.events.values import (
    Failure,
    GateKind,
    LandingStatus,
    MergeStatus,
    MergeStrategy,
    PhaseName,
    ResolutionPurpose,
    VerifyPurpose,
    VerifyStatus,
)


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
    """A branch is part of the run branch, or will not be: then the item has failed."""

    item_id: str
    attempt: int
    status: MergeStatus
    tip: str
    """Where the run branch stands."""
    conflicts: tuple[str, ...] = ()
    detail: str = ""
    failure: Failure | None = None
    """Why the item failed, where that is not told by `conflicts` alone."""
    resolved_by: str = ""
    """What settled a conflict, for people; empty where there was none."""


class MergeInterrupted(Event, frozen=True, kw_only=True):
    """The merge has not moved the tip and begins anew: the run stopped, or recovery found its process dead.

    The branch is the first in the queue again. Of several the last is recorded first.
    """

    item_id: str
    attempt: int


class VerifyStarted(Event, frozen=True, kw_only=True):
    """The steps of `verify` run in a clean worktree at a commit that nothing has been moved to yet."""

    item_ids: tuple[str, ...]
    """Whose branches it adds to what was verified before, in order; none: the base alone, or the landing."""
    commit: str
    purpose: VerifyPurpose = "candidate"
    landing: bool = False
    log_offset: int = 0


class VerifyFinished(Event, frozen=True, kw_only=True):
    item_ids: tuple[str, ...]
    commit: str
    status: VerifyStatus
    message: str = ""
    """Why it failed, one line."""
    duration_s: float = 0.0
    batch: int = 0
    """How many branches are verified together from now on; 0: as many as before."""
    landing: bool = False
    log_offset: int = 0


class ResolutionStarted(Event, frozen=True, kw_only=True):
    """Steps work on a merge that no ref has yet: on conflicts, or on files that are made anew (language 16.4, 16.5).

    They run in a worktree of their own; what they print is in the output of the run under `phases/resolve`.
    """

    item_id: str | None = None
    """Whose branch it is; null: the landing."""
    purpose: ResolutionPurpose
    paths: tuple[str, ...]
    attempt: int = 1
    """Of the agent at this conflict."""
    log_offset: int = 0


class ResolutionFinished(Event, frozen=True, kw_only=True):
    item_id: str | None = None
    purpose: ResolutionPurpose
    status: VerifyStatus
    message: str = ""
    """Why it failed, one line."""
    duration_s: float = 0.0
    log_offset: int = 0


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
    called_run: str = ""
    """The called run that asks, where the question is handed on."""
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
    strategy: MergeStrategy = "merge"


class GateAnswered(Event, frozen=True, kw_only=True):
    gate: str
    answer: str
    note: str = ""
    by: str = "person"


class CandidateMade(Event, frozen=True, kw_only=True):
    """What the target would become; the commit is on no ref. It is good until `source` or the target moves."""

    source: str
    target: str
    onto: str
    commit: str
    strategy: MergeStrategy = "merge"
    message: str = ""
    """Of the commit that joins the two, as it was wanted."""
    resolved_by: str = ""
    """What settled a conflict, for people."""
    verified: bool = False
    """The steps of `verify` have accepted it, or there are none."""


class LandingStarted(Event, frozen=True, kw_only=True):
    source: str
    target: str
    onto: str
    commit: str
    strategy: MergeStrategy = "merge"


class LandingFinished(Event, frozen=True, kw_only=True):
    status: LandingStatus
    target: str
    commit: str = ""
    message: str = ""
    undo: str = ""
    paths: tuple[str, ...] = ()
    source: str = ""
    """The tip of the run that landed: what it contains has landed, however it looks on the target."""
    strategy: MergeStrategy = "merge"
    worktree: str = ""
    """Where the target was checked out when something kept the run from landing; empty if nowhere."""
