"""Which branches are merged together, as a table (language 16.2, 16.4)."""

import pytest
from rpds import Queue

from prodigy_tui.engine.decisions.actions import MergeItems
from prodigy_tui.engine.decisions.batches import LARGEST, adapted, next_batch, stop_of_conflict
from prodigy_tui.events.item_state import Counts
from prodigy_tui.events.schema import MergeFinished, MergeStarted
from prodigy_tui.events.state import RunState
from prodigy_tui.events.values import Failure
from prodigy_tui.workflow.model import Conflict, MergeRules, Verify
from tests.support.rules import rule

DLQ = Conflict(action="dlq")
AUTO = Verify(auto_batch=True)


def waiting(*item_ids: str, **fields: object) -> RunState:
    return RunState(merge_queue=Queue(item_ids), **fields)


def rules(verify: Verify | None) -> MergeRules:
    return MergeRules(verify=verify, conflict=DLQ)


@rule("16.2 order", "16.4 batch")
@pytest.mark.parametrize(
    ("verify", "state", "taken"),
    [
        (None, waiting(), ()),
        (None, waiting("c", "a", "b"), ("c",)),
        (Verify(), waiting("c", "a", "b"), ("c",)),
        (Verify(batch=2), waiting("c", "a", "b"), ("c", "a")),
        (Verify(batch=8), waiting("c", "a", "b"), ("c", "a", "b")),
        (AUTO, waiting("c", "a", "b"), ("c",)),
        (AUTO, waiting("c", "a", "b", batch_size=2), ("c", "a")),
        (AUTO, waiting("c", batch_size=32), ("c",)),
        (None, waiting("a", merges={"b": MergeStarted(item_id="b", attempt=1, head="h", onto="o")}), ()),
        (None, waiting("a", merges_held=True), ()),
    ],
)
def test_the_front_of_the_queue_is_merged_and_one_batch_at_a_time(verify, state, taken):
    assert next_batch(rules(verify), state) == (MergeItems(taken) if taken else None)


@rule("16.4 auto")
@pytest.mark.parametrize(
    ("size", "waits", "ok", "becomes"),
    [
        (0, 1, True, 0),
        (0, 2, True, 2),
        (2, 3, True, 4),
        (4, 4, True, 0),
        (LARGEST, 100, True, 0),
        (0, 5, False, 0),
        (2, 0, False, 1),
        (LARGEST, 100, False, LARGEST // 2),
    ],
)
def test_an_auto_batch_doubles_while_more_wait_and_halves_after_a_failure(size, waits, ok, becomes):
    state = RunState(batch_size=size, counts=Counts(merging=waits))

    assert adapted(AUTO, state, ok=ok) == becomes
    assert adapted(Verify(batch=8), state, ok=ok) == 0


@rule("16.4 conflict: fail")
def test_a_conflict_is_a_stop_only_where_the_workflow_says_so():
    failure = Failure(kind="merge", code="PT640", message="merge conflict in a.txt")
    conflict = MergeFinished(item_id="i", attempt=1, status="conflict", tip="t", failure=failure)
    blamed = MergeFinished(item_id="i", attempt=1, status="failed", tip="t", failure=failure)
    fails = MergeRules(conflict=Conflict(action="fail"))

    stop = stop_of_conflict(fails, conflict)

    assert stop is not None
    assert (stop.code, stop.exit_code, stop.running) == ("PT640", 3, "drain")
    assert "merge conflict in a.txt" in stop.message
    assert stop_of_conflict(fails, blamed) is None
    assert stop_of_conflict(rules(None), conflict) is None
