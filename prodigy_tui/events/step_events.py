"""What happens to steps: executions, checks, commits, what agents say and use, what they wait for."""

from datetime import datetime

from prodigy_tui.events.event import Event
from prodigy_tui.events.values import (
    Failure,
    HeldBy,
    MessageKind,
    PhaseName,
    StepKind,
    StepResult,
    StepStatus,
    Usage,
)


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
    called_run: str = ""
    """The called run in which it was used; its own log has it as well."""


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
