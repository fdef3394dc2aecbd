"""What happens to a run as a whole: its beginning and end, signals, stops, warnings, its budget."""

from datetime import datetime
from typing import Any, Literal

from prodigy_tui.events.event import Event
from prodigy_tui.events.values import (
    Caller,
    MergeMode,
    MergeStrategy,
    PhaseOutline,
    RunKind,
    RunSettings,
    RunStatus,
    SignalName,
    Sources,
)


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
    attended: bool = False
    """A person can answer questions in the process that drives the run."""
    caller: Caller | None = None
    """The step that has called it; null: a person has started it. It works in the caller's worktree."""


class RunResumed(Event, frozen=True, kw_only=True):
    """A process took the run up again."""

    version: str
    merge: MergeMode = "ask"
    max_parallel: int | None = None
    landing_only: bool = False
    """Nothing is taken up again but the landing."""
    yes: bool = False
    attended: bool = False
    """A person can answer questions in this process."""
    repository: str = ""
    """The user's checkout, where it is now; empty: as before."""
    left_at: datetime | None = None
    """When the process before it did something last, as far as the log tells; what came since was no work."""


class StopDecided(Event, frozen=True, kw_only=True):
    """No more work is given out: the error policy, a limit or a budget says so, or nobody is there to answer."""

    code: str | None = None
    message: str
    exit_code: int = 1
    """What the program ends with: 1 policy, 3 a question is open, 4 budget or time, 5 quota of a provider."""
    running: Literal["drain", "cancel", "all"] = "drain"
    """What becomes of agents at work; `all`: everything under way is ended, steps of phases too."""


class SignalReceived(Event, frozen=True, kw_only=True):
    """A person asked something of the run; recorded before it has effect."""

    signal: SignalName
    item_id: str | None = None
    number: int | None = None
    gate: str | None = None
    answer: str | None = None
    note: str = ""
    source: str = "cli"
    into: str | None = None
    """Of `merge`: the branch to land on instead of the workflow's."""
    strategy: MergeStrategy | None = None
    """Of `merge`, and of the answer that lets a run land, as the next: what holds for this landing instead of the
    workflow's own."""
    message: str | None = None
    keep_files: bool = False
    """Of `retry`: the new attempt starts from the files of the one that failed."""
    at_once: bool = False
    """Of `stop-item`: what the agent has started is killed, without time to tidy up."""


class ParametersChanged(Event, frozen=True, kw_only=True):
    """Parameters have other values for what runs from now on; secret ones are never recorded."""

    values: dict[str, Any]
    by: str = "person"


class WarningRaised(Event, frozen=True, kw_only=True):
    """Something that a person should know and that stops nothing."""

    message: str
    code: str | None = None
    item_id: str | None = None


class LogRecovered(Event, frozen=True, kw_only=True):
    """A torn last line was dropped when the log was opened."""

    dropped_bytes: int


class DiskRefused(Event, frozen=True, kw_only=True):
    """The disk had no room for the run's record or its git work; nothing new starts until it has."""

    path: str
    message: str
    needed: int = 0
    """Bytes that are to be free at least before the run goes on; 0 where the trouble is not about room."""
    free: int | None = None
    """Bytes that were free; null where that cannot be known."""


class DiskRecovered(Event, frozen=True, kw_only=True):
    """What the disk had refused has been tried again and can be written."""


class RunFinished(Event, frozen=True, kw_only=True):
    """Nothing runs any more. A later `RunResumed` takes the run up again."""

    status: RunStatus
    exit_code: int
    message: str = ""
    code: str | None = None
    landed: str = ""
    """The branch on which everything has landed but what `message` tells of; empty where that is not so."""


class BudgetSet(Event, frozen=True, kw_only=True):
    """The limits that the run starts with, by its workflow and its options; null is no limit."""

    usd: float | None = None
    tokens: int | None = None
    time_s: float | None = None


class BudgetRaised(Event, frozen=True, kw_only=True):
    """A person moved limits of the budget; what is null stays as it was."""

    usd: float | None = None
    tokens: int | None = None
    time_s: float | None = None
    by: str = "person"
