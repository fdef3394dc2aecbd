"""What has become of a phase, of its steps and of the runs that they have called."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from rpds import HashTrieMap, List

from prodigy_tui.events.frozen import Frozen
from prodigy_tui.events.schema import PassStarted, StepCommitted
from prodigy_tui.events.values import Failure, PhaseName, PhaseStatus, RunStatus, StepResult, StepStatus, Usage


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
