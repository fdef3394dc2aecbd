"""What failures mean for items and for the run, as tables (language 6.5, 13.6, 13.7)."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from prodigy_tui.engine.decisions.policy import decide, report_due, stop_reason
from prodigy_tui.events.item_state import Counts, ItemState
from prodigy_tui.events.schema import ItemDeadLettered, ItemSkipped, RetryScheduled
from prodigy_tui.events.state import RunState
from prodigy_tui.events.values import Failure, Item
from prodigy_tui.workflow.model import (
    AgentTimeouts,
    Backoff,
    ErrorCollection,
    ErrorPolicy,
    ItemInput,
    MapPhase,
    Matcher,
    Retry,
)
from tests.support.make import START
from tests.support.rules import rule

DLQ, SKIP, AGAIN = ItemDeadLettered, ItemSkipped, RetryScheduled


def a_map(retry: Retry | None = None, action: str | None = None) -> MapPhase:
    return MapPhase(input=ItemInput(kind="list"), retry=retry, timeouts=AgentTimeouts(action=action))


def failed(kind: str = "exit", failures: int = 1, code: str | None = None, **fields: object) -> ItemState:
    failure = Failure(kind=kind, message="why", code=code, tail="Connection reset")
    item = Item(id="i", safe_id="i", data=1)
    return ItemState(item=item, position=0, status="failed", failures=failures, failure=failure, **fields)


def fate(entry: ItemState, phase: MapPhase | None = None, jitter: float = 0.5, **policy: object) -> object:
    return decide(phase or a_map(), ErrorPolicy(**policy), entry, START, jitter)


@rule("13.7 runs: reactions", "13.7 runs: retry")
@pytest.mark.parametrize(
    ("reaction", "kind", "failures", "event"),
    [
        ("dlq", "exit", 1, DLQ),
        ("stop", "exit", 1, DLQ),
        ("steps", "exit", 1, DLQ),
        ("skip", "denied", 1, SKIP),
        ("retry", "exit", 1, AGAIN),
        ("retry", "merge", 2, AGAIN),
        ("retry", "no_commit", 1, AGAIN),
        ("retry", "worktree", 1, AGAIN),
        ("retry", "timeout", 1, AGAIN),
        ("retry", "exit", 3, DLQ),
        ("retry", "interpolation", 1, DLQ),
        ("retry", "denied", 1, DLQ),
        ("retry", "budget", 1, DLQ),
        ("retry", "handler", 1, DLQ),
        ("retry", "validation", 1, DLQ),
    ],
)
def test_what_becomes_of_a_failed_item(reaction, kind, failures, event):
    assert type(fate(failed(kind, failures), on_item_failure=reaction)) is event


@rule("6.5 runs: attempts", "6.5 runs: matchers", "13.7 runs: map.retry first")
@pytest.mark.parametrize(
    ("retry", "kind", "failures", "reaction", "event"),
    [
        (Retry(attempts=2), "exit", 1, "dlq", AGAIN),
        (Retry(attempts=2), "exit", 2, "dlq", DLQ),
        (Retry(attempts=2), "exit", 2, "retry", DLQ),
        (Retry(attempts=5), "exit", 4, "retry", AGAIN),
        (Retry(attempts=2), "exit", 2, "skip", SKIP),
        (Retry(retry_on=(Matcher(kind="network"),)), "exit", 1, "dlq", AGAIN),
        (Retry(retry_on=(Matcher(kind="server_error"),)), "exit", 1, "dlq", DLQ),
        (Retry(retry_on=(Matcher(kind="timeout"),)), "timeout", 1, "dlq", AGAIN),
        (Retry(retry_on=(Matcher(kind="validation"),)), "validation", 1, "dlq", AGAIN),
        (Retry(retry_on=(Matcher(kind="any"),)), "validation", 1, "dlq", DLQ),
        (Retry(on_failure="continue", attempts=1), "exit", 1, "dlq", SKIP),
        (Retry(on_failure="continue", attempts=2), "exit", 1, "dlq", AGAIN),
    ],
)
def test_the_retry_of_the_map(retry, kind, failures, reaction, event):
    assert type(fate(failed(kind, failures), a_map(retry), on_item_failure=reaction)) is event


@rule("13.6 runs: action")
@pytest.mark.parametrize(
    ("action", "retry", "kind", "failures", "reaction", "event"),
    [
        (None, None, "timeout", 1, "dlq", DLQ),
        (None, None, "timeout", 1, "skip", SKIP),
        (None, None, "timeout", 1, "retry", AGAIN),
        ("retry", None, "timeout", 2, "dlq", AGAIN),
        ("retry", None, "timeout", 3, "dlq", DLQ),
        ("retry", None, "timeout", 3, "skip", SKIP),
        ("retry", None, "exit", 1, "dlq", DLQ),
        ("retry", Retry(attempts=2, retry_on=(Matcher(kind="agent"),)), "timeout", 1, "dlq", AGAIN),
        ("retry", Retry(attempts=2, retry_on=(Matcher(kind="agent"),)), "timeout", 2, "dlq", DLQ),
        ("retry", Retry(attempts=2, retry_on=(Matcher(kind="agent"),)), "exit", 1, "dlq", DLQ),
        ("dlq", Retry(attempts=9), "timeout", 1, "retry", DLQ),
        ("dlq", None, "timeout", 1, "skip", DLQ),
        ("skip", Retry(attempts=9), "timeout", 1, "retry", SKIP),
        ("skip", None, "exit", 1, "dlq", DLQ),
        ("fail", Retry(attempts=9), "timeout", 1, "retry", DLQ),
        ("fail", Retry(attempts=9), "exit", 1, "dlq", AGAIN),
    ],
)
def test_what_a_timeout_of_an_agent_means(action, retry, kind, failures, reaction, event):
    assert type(fate(failed(kind, failures), a_map(retry, action), on_item_failure=reaction)) is event


@rule("6.5 runs: matchers")
def test_what_was_judged_with_the_whole_output_stands():
    never = Retry(retry_on=(Matcher(kind="server_error"),))

    assert type(fate(failed(repeatable=True), a_map(never))) is AGAIN
    assert type(fate(failed(repeatable=False), a_map(Retry()))) is DLQ
    assert type(fate(failed("timeout", repeatable=False), a_map(Retry(), "retry"))) is DLQ


@rule("6.6 runs: delay", "6.6 runs: jitter")
@pytest.mark.parametrize(
    ("retry", "failures", "jitter", "delay"),
    [
        (Retry(attempts=9), 1, 0.5, 1),
        (Retry(attempts=9), 3, 0.5, 4),
        (Retry(attempts=9), 7, 0.5, 30),
        (Retry(attempts=9, backoff=Backoff(kind="linear", increment=2.0)), 4, 0.5, 7),
        (Retry(attempts=9, initial_delay=10.0, jitter=0.3), 1, 0.0, 7),
        (Retry(attempts=9, initial_delay=10.0, jitter=0.3), 1, 0.5, 10),
        (Retry(attempts=9, initial_delay=30.0, jitter=0.3), 1, 0.99, 30),
    ],
)
def test_the_wait_is_that_of_the_back_off_with_the_chance_that_was_drawn(retry, failures, jitter, delay):
    scheduled = fate(failed(failures=failures), a_map(retry), jitter=jitter)

    assert isinstance(scheduled, RetryScheduled)
    assert scheduled.due == START + timedelta(seconds=delay)


@rule("6.5 runs: retry_budget")
@pytest.mark.parametrize(("passed", "event"), [(9, AGAIN), (9.1, DLQ)])
def test_no_attempt_starts_beyond_the_budget_of_time(passed, event):
    entry = failed(begun_at=START - timedelta(seconds=passed))

    assert type(fate(entry, a_map(Retry(attempts=9, retry_budget=10.0)))) is event


@rule("13.7 runs: eligible")
@pytest.mark.parametrize(
    ("kind", "code", "eligible"),
    [
        ("exit", None, True),
        ("timeout", None, True),
        ("merge", "PT640", True),
        ("agent", None, True),
        ("denied", None, False),
        ("denied", "PT650", False),
        ("validation", None, False),
        ("no_commit", "PT610", False),
        ("agent", "PT613", False),
    ],
)
def test_what_needs_a_look_is_not_eligible_for_a_plain_retry(kind, code, eligible):
    decided = fate(failed(kind, code=code))

    assert isinstance(decided, ItemDeadLettered)
    assert decided.eligible is eligible


# ------------------------------------------------------------------------------------------------------------ the stop


def a_state(dead: int, success: int, *, skipped: int = 0, pending: int = 90, seen: int | None = None) -> RunState:
    counts = Counts(dead=dead, success=success, skipped=skipped, pending=pending)
    newest = failed("timeout")
    return RunState(
        counts=counts,
        failures_seen=dead + skipped if seen is None else seen,
        items=RunState().items.insert("i", newest),
        newest_failure="i",
    )


def stop(state: RunState, phase: MapPhase | None = None, **policy: object) -> str | None:
    decided = stop_reason(phase or a_map(), ErrorPolicy(**policy), state)
    return decided.message if decided is not None else None


@rule("13.7 runs: max_failures", "13.7 runs: continue", "13.7 runs: stop", "13.7 runs: threshold", "13.7 runs: order")
@pytest.mark.parametrize(
    ("policy", "state", "named"),
    [
        ({}, a_state(50, 0), None),
        ({"on_item_failure": "stop"}, a_state(0, 5), None),
        ({"on_item_failure": "stop"}, a_state(1, 5), "on_item_failure: stop"),
        ({"continue_on_failure": False}, a_state(1, 5), "continue_on_failure: false"),
        ({"continue_on_failure": False}, a_state(0, 5, skipped=1), "continue_on_failure: false"),
        ({"max_failures": 3}, a_state(2, 0), None),
        ({"max_failures": 3}, a_state(2, 0, skipped=1), "max_failures: 3"),
        ({"failure_threshold": 0.3}, a_state(9, 0), None),
        ({"failure_threshold": 0.3}, a_state(3, 7), None),
        ({"failure_threshold": 0.3}, a_state(4, 6), "failure_threshold: 30% (40.0% of 10 decided items)"),
        ({"failure_threshold": 0.3}, a_state(1, 1, pending=0), "failure_threshold: 30% (50.0% of 2 decided items)"),
        ({"failure_threshold": 0.3}, a_state(1, 1, pending=1), None),
        ({"failure_threshold": 0.0}, a_state(1, 9), "failure_threshold: 0% (10.0% of 10 decided items)"),
        ({"failure_threshold": 1.0}, a_state(10, 0), None),
        ({"failure_threshold": 0.1, "max_failures": 1, "continue_on_failure": False}, a_state(9, 1), "continue_on"),
        ({"failure_threshold": 0.1, "max_failures": 1}, a_state(9, 1), "max_failures: 1"),
        ({"on_item_failure": "stop", "continue_on_failure": False}, a_state(1, 1), "on_item_failure: stop"),
    ],
)
def test_the_first_rule_that_applies_stops_the_run(policy, state, named):
    message = stop(state, **policy)

    assert message is None if named is None else named in (message or "")


@rule("13.7 runs: stop message", "13.7 runs: on_stop")
def test_a_stop_names_its_rule_with_its_numbers():
    decided = stop_reason(a_map(), ErrorPolicy(max_failures=2, on_stop="cancel"), a_state(2, 3))

    assert decided is not None
    assert (decided.code, decided.exit_code, decided.running) == ("PT620", 1, "cancel")
    assert decided.message == "stopped by max_failures: 2, 2 of 95 items failed"


@rule("13.6 runs: action")
def test_a_timeout_stops_the_run_where_the_map_says_so():
    assert stop(a_state(1, 0), a_map(action="fail")) == "stopped by timeout_action: fail, 1 of 91 items failed"
    other = a_state(1, 0)
    other = replace(other, items=other.items.insert("i", failed("exit")))
    assert stop(other, a_map(action="fail")) is None


@rule("13.7 runs: lifted")
def test_after_a_resume_only_a_new_failure_stops_again():
    resumed = replace(a_state(3, 0), failures_at_resume=3)

    assert stop(resumed, max_failures=2) is None
    assert stop(replace(resumed, failures_seen=4), max_failures=2) is not None


@rule("13.7 runs: counting")
def test_items_that_a_person_skipped_are_no_failures():
    assert stop(replace(a_state(1, 0, skipped=4), set_aside=4), max_failures=2) is None


# ------------------------------------------------------------------------------------------------ telling of failures


@rule("13.7 runs: collection")
@pytest.mark.parametrize(
    ("collection", "untold", "over", "due"),
    [
        (ErrorCollection(), 5, False, False),
        (ErrorCollection(), 5, True, True),
        (ErrorCollection(), 0, True, False),
        (ErrorCollection(mode="immediate"), 1, False, True),
        (ErrorCollection(mode="batched", size=3), 2, False, False),
        (ErrorCollection(mode="batched", size=3), 3, False, True),
        (ErrorCollection(mode="batched", size=3), 1, True, True),
        (ErrorCollection(mode="batched", size=3), 0, True, False),
    ],
)
def test_failures_are_reported_when_the_author_wants_it(collection, untold, over, due):
    assert report_due(ErrorPolicy(error_collection=collection), RunState(untold_count=untold), over=over) is due
