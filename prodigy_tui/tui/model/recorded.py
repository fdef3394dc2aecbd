"""What is known of runs without opening them: one small value a run, what waits in it, and workflows to start."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

WaitKind: TypeAlias = Literal["landing", "question", "suspect", "unmerged", "dead"]
"""`landing`: may it land; `unmerged`: it has ended and its work lies on its branch; `dead`: items failed for good."""
Outcome: TypeAlias = Literal["", "nothing", "landed", "unmerged", "refused", "handed_over"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Something in a run that waits for a decision."""

    run_id: str
    kind: WaitKind
    text: str
    since: datetime | None
    gate: str = ""
    """The question's name; of the others empty."""
    item_id: str = ""
    """The item that it is about, where it is about one."""
    name: str = ""
    """What people call the run."""
    live: bool = False
    """A process has the run open, and it can be decided there."""
    over: bool = False
    """The run has ended."""
    command: str = ""
    """Decides it outside of the interface."""
    detail: str = ""

    @property
    def id(self) -> str:
        """What tells it from the others."""
        return f"{self.run_id}\n{self.kind}\n{self.gate}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary:
    """A run in the list."""

    run_id: str
    status: str
    """As it is seen from outside: `interrupted` where nobody drives a run without end, `damaged` without a record."""
    live: bool = False
    workflow: str = ""
    label: str = ""
    message: str = ""
    repository: str = ""
    caller: str = ""
    """The run that has called it."""
    phase: str = ""
    started_at: datetime | None = None
    ended_at: datetime | None = None
    took_s: float = 0.0
    """From the start to the end; of a live run up to the moment at which it was looked at."""
    total: int = 0
    finished: int = 0
    succeeded: int = 0
    failed: int = 0
    dead: int = 0
    running: int = 0
    usd: float | None = None
    tokens: int = 0
    outcome: Outcome = ""
    target: str = ""
    commit: str = ""
    waits: tuple[Wait, ...] = ()
    commands: tuple[str, ...] = ()
    """What makes sense next."""

    @property
    def name(self) -> str:
        """What people call it."""
        return self.label or self.workflow or self.run_id


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowFound:
    """A workflow that can be started here."""

    path: str
    """As a person would type it."""
    name: str
    where: Literal["here", "project", "user", "shipped"]
    kind: str = ""
    description: str = ""
    broken: str = ""
    """Why it cannot be started; empty when it can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """All that was found in one look."""

    place: str = ""
    """The repository; empty where the runs of all of them are meant."""
    runs: tuple[RunSummary, ...] = ()
    """Newest first."""
    workflows: tuple[WorkflowFound, ...] = ()
    unread: int = 0
    """Runs that this look had no time for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedRun:
    """What a workflow would do."""

    path: str
    lines: tuple[str, ...]
    problem: str = ""
    """Why it cannot be started; empty when it can."""
    command: str = ""
    """Starts it outside of the interface."""
