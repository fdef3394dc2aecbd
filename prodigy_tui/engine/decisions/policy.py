"""What failures mean for items and for the run (language 6.5, 13.6, 13.7): pure functions of workflow and state."""

from datetime import datetime, timedelta
from typing import TypeAlias

from prodigy_tui.engine.decisions.retrying import delay_s, matches
from prodigy_tui.events.item_state import ItemState
from prodigy_tui.events.schema import ItemDeadLettered, ItemSkipped, RetryScheduled, StopDecided
from prodigy_tui.events.state import RunState
from prodigy_tui.events.values import Failure
from prodigy_tui.workflow.model import ErrorPolicy, MapPhase, Retry

LOOK_FIRST = frozenset({"denied", "validation", "no_commit"})
"""Kinds of failure whose dead letters are not retried without `--force`."""

LOOK_FIRST_CODES = frozenset({"PT613", "PT641"})
"""Problems of which the same holds: changes where none are allowed."""

DECIDED_ENOUGH = 10
"""Items that have to be decided before a share of failures says anything, unless these are all."""

Fate: TypeAlias = RetryScheduled | ItemSkipped | ItemDeadLettered


def retry_of(phase: MapPhase, policy: ErrorPolicy) -> Retry | None:
    """Returns how attempts at an item are repeated; `None` where they are not."""
    if phase.retry is not None:
        return phase.retry
    return Retry() if policy.on_item_failure == "retry" or phase.timeouts.action == "retry" else None


def retry_delay(
    phase: MapPhase,
    policy: ErrorPolicy,
    entry: ItemState,
    failure: Failure,
    now: datetime,
    *,
    jitter: float,
    searched: str = "",
) -> float | None:
    """Returns the seconds before the next attempt at an item, or `None` when there is none.

    Args:
        phase: The map.
        policy: What failures mean in it.
        entry: The item; `failures` counts the attempt that failed with `failure`.
        failure: Why.
        now: The present.
        jitter: Chance, at least 0 and below 1.
        searched: What is searched for signs of the reason; without it what the failure says.
    """
    retry = retry_of(phase, policy)
    action = phase.timeouts.action if failure.kind == "timeout" else None
    if retry is None or entry.failures >= retry.attempts or action in ("dlq", "skip", "fail"):
        return None
    if not _may_repeat(phase, policy, retry, entry, failure, searched):
        return None
    delay = delay_s(retry, entry.failures, jitter)
    since = (now - entry.begun_at).total_seconds() if entry.begun_at is not None else 0.0
    over = retry.retry_budget is not None and since + delay > retry.retry_budget
    return None if over else delay


def _may_repeat(
    phase: MapPhase, policy: ErrorPolicy, retry: Retry, entry: ItemState, failure: Failure, searched: str
) -> bool:
    """Tells whether it is such a failure as is repeated."""
    if entry.repeatable is not None:
        return entry.repeatable
    if failure.kind == "timeout" and phase.timeouts.action == "retry":
        return True  # whatever `retry_on` says
    if phase.retry is None and policy.on_item_failure != "retry":
        return False  # the map repeats what timed out, and nothing else
    return matches(retry, failure, searched or f"{failure.tail}\n{failure.message}")


def decide(phase: MapPhase, policy: ErrorPolicy, entry: ItemState, now: datetime, jitter: float) -> Fate:
    """Returns what becomes of an item whose attempt failed."""
    failure = entry.failure or Failure(kind="agent", message="failed without a reason")
    delay = retry_delay(phase, policy, entry, failure, now, jitter=jitter)
    if delay is not None:
        return RetryScheduled(item_id=entry.item.id, due=now + timedelta(seconds=delay))
    if _is_skipped(phase, policy, failure):
        return ItemSkipped(item_id=entry.item.id)
    return ItemDeadLettered(item_id=entry.item.id, failure=failure, eligible=is_eligible(failure))


def is_eligible(failure: Failure) -> bool:
    """Tells whether a dead letter may be retried without somebody having looked at it."""
    return failure.kind not in LOOK_FIRST and failure.code not in LOOK_FIRST_CODES


def _is_skipped(phase: MapPhase, policy: ErrorPolicy, failure: Failure) -> bool:
    action = phase.timeouts.action if failure.kind == "timeout" else None
    if action in ("skip", "dlq", "fail"):
        return action == "skip"
    tolerated = phase.retry is not None and phase.retry.on_failure == "continue"
    return tolerated or policy.on_item_failure == "skip"


# ---------------------------------------------------------------------------------------------------------- the stop


def stop_reason(phase: MapPhase, policy: ErrorPolicy, state: RunState) -> StopDecided | None:
    """Returns why no more agents start, judged after the newest final item, or `None`.

    The first rule that applies, in the order of language 13.7, is the one named. A stop is lifted by resuming the run,
    and needs a new failure to apply again.
    """
    if state.failures_seen <= state.failures_at_resume:
        return None
    rules = (_timeout_action(phase, state), _reaction(policy), _continue(policy), _count(policy, state))
    for why in (*rules, _share(policy, state)):
        if why and state.final_failures:
            failed = state.final_failures
            message = f"stopped by {why}, {failed} of {state.counts.total} items failed"
            return StopDecided(code="PT620", message=message, running=policy.on_stop)
    return None


def _timeout_action(phase: MapPhase, state: RunState) -> str:
    newest = state.items.get(state.newest_failure)
    failure = newest.failure if newest is not None else None
    if phase.timeouts.action != "fail" or failure is None or failure.kind != "timeout":
        return ""
    return "timeout_action: fail"


def _reaction(policy: ErrorPolicy) -> str:
    return "on_item_failure: stop" if policy.on_item_failure == "stop" else ""


def _continue(policy: ErrorPolicy) -> str:
    return "" if policy.continue_on_failure else "continue_on_failure: false"


def _count(policy: ErrorPolicy, state: RunState) -> str:
    most = policy.max_failures
    return f"max_failures: {most}" if most is not None and state.final_failures >= most else ""


def _share(policy: ErrorPolicy, state: RunState) -> str:
    limit, counts = policy.failure_threshold, state.counts
    failed = state.final_failures
    decided = failed + counts.success
    if limit is None or not failed or (decided < DECIDED_ENOUGH and counts.unfinished):
        return ""
    share = failed / decided
    if share <= limit:
        return ""
    return f"failure_threshold: {limit * 100:.4g}% ({share:.1%} of {decided} decided items)"


# -------------------------------------------------------------------------------------------------- telling of failures


def report_due(policy: ErrorPolicy, state: RunState, *, over: bool) -> bool:
    """Tells whether final failures that nobody has been told of are to be told now (`error_collection`).

    `over`: no more will come.
    """
    count = state.untold_count
    if not count:
        return False
    match policy.error_collection.mode:
        case "immediate":
            return True
        case "batched":
            return over or count >= (policy.error_collection.size or 1)
        case "aggregate":
            return over
