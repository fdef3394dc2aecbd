"""What becomes of a failed item, as a table."""

from datetime import timedelta

import pytest

from prodigy_tui.engine.policy import decide, retry_delay_s
from prodigy_tui.events.schema import ItemDeadLettered, ItemSkipped, RetryScheduled
from prodigy_tui.events.state import ItemState
from prodigy_tui.events.values import Failure, Item
from prodigy_tui.workflow.model import ErrorPolicy
from tests.support.make import START


def failed(kind: str = "exit", failures: int = 1) -> ItemState:
    failure = Failure(kind=kind, message="why")
    return ItemState(item=Item(id="i", safe_id="i", data=1), position=0, failures=failures, failure=failure)


@pytest.mark.parametrize(
    ("policy", "kind", "failures", "event"),
    [
        ("dlq", "exit", 1, ItemDeadLettered),
        ("stop", "exit", 1, ItemDeadLettered),
        ("steps", "exit", 1, ItemDeadLettered),
        ("skip", "denied", 1, ItemSkipped),
        ("retry", "exit", 1, RetryScheduled),
        ("retry", "merge", 2, RetryScheduled),
        ("retry", "no_commit", 1, RetryScheduled),
        ("retry", "worktree", 1, RetryScheduled),
        ("retry", "exit", 3, ItemDeadLettered),
        ("retry", "interpolation", 1, ItemDeadLettered),
        ("retry", "denied", 1, ItemDeadLettered),
        ("retry", "validation", 1, ItemDeadLettered),
    ],
)
def test_decisions(policy, kind, failures, event):
    assert type(decide(ErrorPolicy(on_item_failure=policy), failed(kind, failures), START)) is event


@pytest.mark.parametrize(
    ("kind", "eligible"), [("exit", True), ("merge", True), ("denied", False), ("no_commit", False)]
)
def test_what_needs_a_look_is_not_eligible_for_a_plain_retry(kind, eligible):
    decided = decide(ErrorPolicy(), failed(kind), START)

    assert isinstance(decided, ItemDeadLettered)
    assert decided.eligible is eligible


def test_delays_double_up_to_their_cap():
    assert [retry_delay_s(n) for n in range(1, 8)] == [1, 2, 4, 8, 16, 30, 30]
    decided = decide(ErrorPolicy(on_item_failure="retry"), failed(failures=2), START)
    assert isinstance(decided, RetryScheduled)
    assert decided.due == START + timedelta(seconds=2)
