"""The circuit breaker of language 13.7 as a pure rule: the fold counts, this says when it opens and closes.

    closed ──row of failures──▶ open ──its time has passed──▶ half-open ──row of successes──▶ closed
                                 ▲                                │
                                 └─────────── one failure ────────┘

Attempts that started before it opened count for nothing. How often it may open is limited (PT621).
"""

from datetime import datetime, timedelta

from prodigy_tui.events.schema import BreakerClosed, BreakerOpened, StopDecided
from prodigy_tui.events.state import RunState
from prodigy_tui.workflow.model import ErrorPolicy


def breaker_change(
    policy: ErrorPolicy, state: RunState, now: datetime
) -> BreakerOpened | BreakerClosed | StopDecided | None:
    """Returns what the results so far mean for the breaker, or `None` when they change nothing."""
    rule, breaker = policy.circuit_breaker, state.breaker
    if rule is None:
        return None
    trips = 1 if breaker.until is not None else rule.failure_threshold
    if breaker.worst >= trips:
        if breaker.opens >= rule.max_opens:
            opened = f"the circuit breaker opened more than {rule.max_opens} times"
            return StopDecided(code="PT621", message=opened, running=policy.on_stop)
        until = now + timedelta(seconds=rule.timeout)
        return BreakerOpened(
            until=until, opens=breaker.opens + 1, trials=rule.half_open_requests, failures=breaker.worst
        )
    if breaker.until is not None and breaker.best >= rule.success_threshold:
        return BreakerClosed()
    return None
