"""What a failure means: which handler is for it (language 6.3, 6.5), and what it is after that (6.2), as functions."""

from enum import Enum

from prodigy_tui.events.values import Failure, StepStatus
from prodigy_tui.workflow.model import ExitCodeHandler, Handler, Retry, Step


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


def handler_of(step: Step, failure: Failure) -> Handler | None:
    """Returns what handles the failure of a step's first round; `None`: the failure stands.

    An entry of `on_exit_code` is there instead of `on_failure`, which stands in the place of what `retry` does in the
    end.
    """
    code = failure.exit_code or 0
    entry = entry_of(step.on_exit_code, code) if code else None
    if entry is not None:
        return entry.handler
    return step.on_failure or (_end_of(step.retry) if step.retry is not None else None)


def entry_of(entries: tuple[ExitCodeHandler, ...], code: int) -> ExitCodeHandler | None:
    """Returns the entry for an exit code: a listed code beats a range, a range beats `nonzero`."""
    for entry in entries:
        if code in entry.codes:
            return entry
    for entry in entries:
        if any(first <= code <= last for first, last in entry.ranges):
            return entry
    return next((entry for entry in entries if entry.nonzero and code), None)


def _end_of(retry: Retry) -> Handler | None:
    match retry.on_failure:
        case "stop":
            return None
        case "continue":
            return Handler(tolerate=True)
        case "fallback":
            return Handler(steps=retry.fallback, strategy="fallback")
