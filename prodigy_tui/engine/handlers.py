"""What a failure means after its handler has run: the table of language 6.2 as one function."""

from enum import Enum

from prodigy_tui.events.values import StepStatus
from prodigy_tui.workflow.model import Handler


class HandlerRun(Enum):
    """How the last run of a handler ended."""

    ABSENT = "absent"
    """There are no steps to run."""
    LEFT_OUT = "left out"
    """Its `when` was false, or all its steps were skipped: it counts as not being there."""
    OK = "ok"
    FAILED = "failed"


def settle(handler: Handler, last: HandlerRun) -> StepStatus:
    """Returns the status of a step whose last round failed."""
    if handler.tolerate:
        return "tolerated"
    if last is HandlerRun.LEFT_OUT:
        return "failed"
    if handler.strategy in ("fallback", "custom") and last is HandlerRun.OK:
        return "recovered"
    return "tolerated" if handler.fail_workflow is False else "failed"
