import pytest

from prodigy_tui.events.evolve import InvalidTransition, evolve, fold
from prodigy_tui.events.schema import (
    AgentFinished,
    AgentStarted,
    ItemDiscarded,
    ItemRequeued,
    KnownEvent,
    ParametersChanged,
    PhaseFinished,
    PhaseStarted,
    ReduceRequested,
    RunFinished,
    RunResumed,
)
from prodigy_tui.events.state import RunState
from tests.support.invariants import check_invariants
from tests.support.make import make_envelope, make_run
from tests.support.rules import rule

ENDED = fold(make_run(items=4, failing=[2], conflicting=[3]))
"""item-2 and item-3 are dead, reduce has run."""


def then(state: RunState, *events: KnownEvent) -> RunState:
    for event in events:
        state = evolve(state, make_envelope(event, state.last_seq + 1))
        check_invariants(state)
    return state


def discarded(item_id: str = "item-2") -> ItemDiscarded:
    return ItemDiscarded(item_id=item_id, reason="not ours", by="cli")


@rule("cli 8.1 discard")
def test_a_discarded_item_is_out_of_the_queue_left_out_and_has_failed_all_the_same() -> None:
    state = then(ENDED, discarded())

    entry = state.items["item-2"]
    assert (entry.status, entry.set_aside) == ("skipped", False)
    assert (entry.discarded.reason, entry.discarded.by) == ("not ours", "cli")
    assert set(state.dead_letters) == {"item-3"}
    assert set(state.discarded) == {"item-2"}
    assert (state.counts.skipped, state.counts.dead) == (1, 1)
    assert state.final_failures == ENDED.final_failures == 2
    assert entry.history == ENDED.items["item-2"].history


@rule("cli 8.1 discard")
@pytest.mark.parametrize("event", [ItemRequeued(item_id="item-2"), discarded()])
def test_what_was_discarded_comes_back_no_more(event: KnownEvent) -> None:
    state = then(ENDED, discarded())

    with pytest.raises(InvalidTransition):
        then(state, event)


@pytest.mark.parametrize("item_id", ["item-1", "item-9"])
def test_only_what_is_in_the_queue_is_discarded(item_id: str) -> None:
    with pytest.raises(InvalidTransition):
        then(ENDED, discarded(item_id))


@rule("cli 8.1 discard all")
def test_a_run_at_rest_keeps_its_end_when_its_verdict_is_another() -> None:
    state = then(ENDED, discarded(), discarded("item-3"), RunFinished(status="succeeded", exit_code=0))

    assert (state.status, state.exit_code) == ("succeeded", 0)
    assert state.ended_at == ENDED.ended_at


@rule("cli 8.1 retry files")
def test_an_attempt_goes_on_from_an_earlier_one_until_it_has_ended() -> None:
    back = ItemRequeued(item_id="item-2", from_attempt=1)
    start = AgentStarted(item_id="item-2", attempt=2, slot=0, branch="b/2", base="c", worktree="w", start="h")
    state = then(ENDED, RunResumed(version="1"), back, PhaseStarted(phase="map"), start)
    cut = then(state, AgentFinished(item_id="item-2", attempt=2, outcome="interrupted"))
    over = then(state, AgentFinished(item_id="item-2", attempt=2, outcome="success"))

    assert cut.items["item-2"].from_attempt == 1, "whoever takes it up begins there again"
    assert over.items["item-2"].from_attempt is None


@rule("cli 8.1 retry reduce")
def test_reduce_runs_anew_with_all_its_steps() -> None:
    state = then(ENDED, RunResumed(version="1"), ItemRequeued(item_id="item-2"))
    assert state.phases["reduce"].status == "ok", "by itself it has run"

    state = then(state, ReduceRequested())

    assert state.phases["reduce"].status == "waiting"
    assert len(state.phases["reduce"].steps) == 0
    assert not state.reduce_requested


@rule("cli 8.1 retry reduce")
def test_a_reduce_under_way_ends_before_it_runs_anew() -> None:
    state = then(ENDED, RunResumed(version="1"), ReduceRequested(), PhaseStarted(phase="reduce"))

    state = then(state, ReduceRequested())
    assert state.phases["reduce"].status == "running"

    state = then(state, PhaseFinished(phase="reduce", status="ok"))
    assert state.phases["reduce"].status == "waiting"


def test_of_a_failure_that_goes_back_to_work_people_are_told_when_it_fails_again() -> None:
    failed = fold(make_run(items=4, failing=[2], conflicting=[3])[: ENDED.dead_letters["item-3"]])
    assert dict(failed.untold) == {"item-2": 0, "item-3": 1}

    back = then(failed, ItemRequeued(item_id="item-2"))

    assert (list(back.untold), back.untold_count) == (["item-3"], 1)


@rule("cli 8.1 retry param")
def test_parameters_have_other_values_from_then_on() -> None:
    state = then(ENDED, ParametersChanged(values={"depth": 2}), ParametersChanged(values={"name": "x"}))

    assert state.settings.parameters == {"depth": 2, "name": "x"}


def test_a_reduce_that_is_left_out_after_a_retry_took_no_time() -> None:
    retried = then(ENDED, RunResumed(version="1"), ItemRequeued(item_id="item-2"), ReduceRequested(by="cli"))

    state = then(retried, PhaseFinished(phase="reduce", status="skipped", message="no item succeeded"))

    reduce = state.phases["reduce"]
    assert reduce.started_at == reduce.ended_at, "not since it first began"
