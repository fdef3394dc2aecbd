"""What happens when a step calls a workflow that has a map: that is a run of its own, with a log of its own."""

from prodigy_tui.events.event import Event
from prodigy_tui.events.values import PhaseName, RunStatus


class CalledRunStarted(Event, frozen=True, kw_only=True):
    """A step is about to begin the run that it calls, or to take it up again."""

    run_id: str
    workflow: str
    phase: PhaseName
    path: str
    """The step that calls."""
    iteration: int = 1
    """The pass in which it does."""
    again: bool = False
    """The run had been begun before."""


class CalledRunFinished(Event, frozen=True, kw_only=True):
    """A called run has come to rest, or its process has died; what is left of it goes on with the run that calls it."""

    run_id: str
    status: RunStatus
    message: str = ""
    dead: int = 0
    """How many of its items are in its dead letter queue."""
