"""The merge queue in the fold: who is merged, who waits, what is verified, and in which order they come back."""

import pytest

from prodigy_tui.events.evolve import InvalidTransition
from prodigy_tui.events.schema import (
    MergeFinished,
    MergeInterrupted,
    MergeStarted,
    RunResumed,
    SignalReceived,
    StepFinished,
    StepStarted,
    StopDecided,
    VerifyFinished,
    VerifyStarted,
)
from prodigy_tui.events.state import RunState
from prodigy_tui.events.values import Failure
from tests.support.make import START
from tests.support.queued import IDS, four_finished, interrupted, started, then
from tests.support.rules import rule


@pytest.fixture
def queued() -> RunState:
    return four_finished()


def test_a_batch_leaves_the_queue_in_order_and_ends_one_by_one(queued):
    state = then(queued, *started("a", "b", "c"))

    assert (list(state.merges), list(state.merge_queue)) == (["a", "b", "c"], ["d"])
    assert [state.items[one].waiting for one in IDS] == ["merge", "merge", "merge", "merge queue"]

    blamed = Failure(kind="merge", code="PT642", message="verification failed")
    state = then(
        state,
        MergeFinished(item_id="b", attempt=1, status="failed", tip="base", failure=blamed),
        MergeFinished(item_id="a", attempt=1, status="merged", tip="t1"),
        MergeFinished(item_id="c", attempt=1, status="merged", tip="t1"),
    )

    assert (dict(state.merges), state.tip, state.merged) == ({}, "t1", 2)
    assert (state.items["b"].status, state.items["b"].failure, state.items["b"].history[-1].outcome) == (
        "failed",
        blamed,
        "failed",
    )
    assert list(state.undecided) == ["b"]


@rule("16.2 order")
def test_what_was_broken_off_is_the_front_of_the_queue_in_its_order(queued):
    state = then(queued, *started("a", "b", "c"))

    state = then(state, MergeFinished(item_id="a", attempt=1, status="merged", tip="t1"), *interrupted("c", "b"))

    assert (list(state.merge_queue), dict(state.merges), state.merges_held) == (["b", "c", "d"], {}, False)


def test_after_a_stop_the_queue_waits_for_the_next_process(queued):
    stopped = then(queued, *started("a"), StopDecided(code="PT643", message="broken"), *interrupted("a"))

    assert stopped.merges_held
    assert not then(stopped, RunResumed(version="1")).merges_held


@rule("cli 4 runs: order")
def test_of_two_stops_the_one_that_asks_for_more_is_told(queued):
    stopped = then(
        queued,
        StopDecided(code="PT620", message="too many failures", running="cancel"),
        StopDecided(code="PT640", message="merge conflict", exit_code=3),
        StopDecided(code="PT643", message="the base fails"),
    )

    assert (stopped.stop.code, stopped.stop.exit_code, stopped.stop.running) == ("PT640", 3, "cancel")


def test_who_lifts_a_drain_has_the_queue_go_on(queued):
    drained = then(queued, *started("a"), SignalReceived(signal="drain"), *interrupted("a"))

    assert drained.merges_held
    assert not then(drained, SignalReceived(signal="resume")).merges_held


@pytest.mark.parametrize(
    "event",
    [
        MergeStarted(item_id="b", attempt=1, head="hb", onto="base"),
        MergeFinished(item_id="a", attempt=1, status="merged", tip="t"),
        MergeInterrupted(item_id="a", attempt=1),
    ],
    ids=["overtakes", "ends without a beginning", "breaks off nothing"],
)
def test_merges_have_an_order_and_a_beginning(queued, event):
    with pytest.raises(InvalidTransition):
        then(queued, event)


def test_what_is_verified_is_said_of_the_run_and_of_its_items(queued):
    state = then(
        queued,
        *started("a", "b"),
        VerifyStarted(item_ids=("a", "b"), commit="c1"),
        StepStarted(phase="map", path="verify/0", label="make test", kind="shell"),
    )

    assert state.verification is not None
    assert (state.verification.item_ids, state.verification.since) == (("a", "b"), START)
    assert [step.status for step in state.verification.steps.values()] == ["running"]
    assert [state.items[one].waiting for one in IDS] == ["verification"] * 2 + ["merge queue"] * 2
    assert not len(state.phases["map"].steps)

    state = then(
        state,
        StepFinished(phase="map", path="verify/0", status="ok"),
        VerifyFinished(item_ids=("a", "b"), commit="c1", status="ok", batch=4),
    )

    assert (state.verification, state.batch_size) == (None, 4)
    assert state.items["a"].waiting == "merge"


def test_a_step_of_verify_needs_a_verification_and_no_phase(queued):
    with pytest.raises(InvalidTransition, match="nothing is being verified"):
        then(queued, StepStarted(phase="map", path="verify/0", label="make test", kind="shell"))

    landing = then(queued, VerifyStarted(item_ids=(), commit="c", landing=True))
    landing = then(landing, StepStarted(phase="merge", path="verify/0", label="make test", kind="shell"))

    assert "merge" not in landing.phases
