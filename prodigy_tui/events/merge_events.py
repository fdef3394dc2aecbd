"""What happens at the end of work: merges of agents, questions to people, the landing."""

from datetime import datetime
from typing import Literal

from prodigy_tui.events.event import Event
from prodigy_tui.events.values import (
    GateKind,
    LandingStatus,
    MergeStatus,
    PhaseName,
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
