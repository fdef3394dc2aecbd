"""When the run and its map are out of time (language 6.8): pure functions of workflow and state."""

from datetime import datetime, timedelta

from prodigy_tui.events.schema import StopDecided
from prodigy_tui.events.state import RunState
from prodigy_tui.workflow.model import MapPhase, Workflow


def run_deadline(workflow: Workflow, state: RunState) -> datetime | None:
    """Returns when the run is out of time, wall clock and pauses included.

    A run that is taken up after that has its whole time again: otherwise no resume could do anything.
    """
    if workflow.timeout is None or state.started_at is None:
        return None
    limit = timedelta(seconds=workflow.timeout)
    deadline = state.started_at + limit
    resumed = state.resumed_at
    return resumed + limit if resumed is not None and resumed >= deadline else deadline


def run_is_over(workflow: Workflow, state: RunState, now: datetime) -> StopDecided | None:
    """Returns the stop of a run that is out of time, or `None`."""
    if "timeout" in workflow.late:
        message = f"'timeout: {workflow.late['timeout'].text}' has no value that is a duration"
        return StopDecided(code="PT111", message=message, running="all")
    deadline = run_deadline(workflow, state)
    if deadline is None or now < deadline:
        return None
    message = f"the run's timeout of {workflow.timeout:g} s has passed"
    return StopDecided(message=message, exit_code=4, running="all")


def map_deadline(phase: MapPhase, state: RunState) -> datetime | None:
    """Returns when the map is out of time; pauses, waits for people and for providers do not count."""
    known = state.phases.get("map")
    if phase.timeout is None or known is None or known.status != "running":
        return None
    return known.started_at + timedelta(seconds=phase.timeout + state.idle_s - known.idle_before_s)


def map_is_over(phase: MapPhase, state: RunState, now: datetime) -> bool:
    """Tells whether the map is out of time; while its time stands still nothing changes that."""
    deadline = map_deadline(phase, state)
    if deadline is None:
        return False
    counted = state.last_at if stands_still(state) and state.last_at is not None else now
    return counted >= deadline


def stands_still(state: RunState) -> bool:
    """Tells whether no time counts at present."""
    return state.status in ("paused", "waiting") or state.waits_for_provider
