"""What failures mean (language 13.7): pure functions of the workflow and the state."""

from datetime import datetime, timedelta

from prodigy_tui.events.schema import ItemDeadLettered, ItemSkipped, RetryScheduled, StopDecided
from prodigy_tui.events.state import ItemState, RunState
from prodigy_tui.events.values import Failure
from prodigy_tui.workflow.model import ErrorPolicy

RETRY_ATTEMPTS = 3
RETRY_BASE_S = 1.0
RETRY_CAP_S = 30.0
"""The defaults of `retry` (language 6.5): three attempts, 1 s doubling to 30 s."""

LOOK_FIRST = frozenset({"denied", "validation", "no_commit"})
"""Kinds of failure whose dead letters are not retried without `--force`."""

NOT_RETRIED = frozenset({"interpolation", "denied", "budget", "handler", "validation"})
"""Kinds of failure that another attempt would only repeat (language 6.5)."""


def retry_delay_s(failures: int) -> float:
    """Returns the wait before the attempt that follows `failures` failed ones (language 6.6, exponential, base 2)."""
    return min(RETRY_CAP_S, RETRY_BASE_S * 2.0 ** (failures - 1))


def decide(policy: ErrorPolicy, item: ItemState, now: datetime) -> RetryScheduled | ItemSkipped | ItemDeadLettered:
    """Returns what becomes of an item whose attempt failed."""
    failure = item.failure or Failure(kind="agent", message="failed without a reason")
    if policy.on_item_failure == "retry" and item.failures < RETRY_ATTEMPTS and failure.kind not in NOT_RETRIED:
        return RetryScheduled(item_id=item.item.id, due=now + timedelta(seconds=retry_delay_s(item.failures)))
    if policy.on_item_failure == "skip":
        return ItemSkipped(item_id=item.item.id)
    return ItemDeadLettered(item_id=item.item.id, failure=failure, eligible=failure.kind not in LOOK_FIRST)


def stop_reason(policy: ErrorPolicy, state: RunState) -> StopDecided | None:
    """Returns why no more agents start, judged after the newest final failure, or `None`.

    The order is that of language 13.7: the first rule that applies is the one named.
    """
    failed = state.counts.final_failures
    if failed == 0:
        return None
    what = f"{failed} of {state.counts.total} items failed"
    if policy.on_item_failure == "stop":
        return StopDecided(code="PT620", message=f"stopped by on_item_failure: stop, {what}")
    goes_on = policy.continue_on_failure if state.continue_on_failure is None else state.continue_on_failure
    if not goes_on:
        return StopDecided(code="PT620", message=f"stopped by continue_on_failure: false, {what}")
    most = state.max_failures or policy.max_failures
    if most is not None and failed >= most:
        return StopDecided(code="PT620", message=f"stopped by max_failures: {most}, {what}")
    return None
