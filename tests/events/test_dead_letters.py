from datetime import timedelta

from prodigy_tui.events.dead_letters import DeadLetters, evolve_dead_letters, fold_dead_letters
from prodigy_tui.events.schema import (
    AgentFinished,
    AgentInterrupted,
    AgentStarted,
    ItemDeadLettered,
    ItemDiscarded,
    ItemRequeued,
    ItemSkipped,
    KnownEvent,
    MergeFinished,
    SignalReceived,
)
from prodigy_tui.events.values import Failure
from tests.support.make import START, make_envelope, make_run
from tests.support.rules import rule

HOUR = timedelta(hours=1)


def dead(item_id: str, message: str = "it broke", *, step: str = "tests") -> ItemDeadLettered:
    return ItemDeadLettered(item_id=item_id, failure=Failure(kind="exit", message=message, step=step, exit_code=1))


def view_of(*events: KnownEvent) -> DeadLetters:
    return fold_dead_letters(make_envelope(event, seq) for seq, event in enumerate(events, start=1))


def started(item_id: str, attempt: int = 2) -> AgentStarted:
    return AgentStarted(item_id=item_id, attempt=attempt, slot=1, branch="b", base="c", worktree="w")


def ended(item_id: str, outcome: str, commits: int = 0) -> AgentFinished:
    return AgentFinished(item_id=item_id, attempt=2, outcome=outcome, commits=commits)


@rule("cli 8.1 stats", "cli 8.1 list")
def test_entries_are_counted_by_cause_kind_step_and_hour() -> None:
    events = [dead("a", "no file 'x'"), dead("b", "no file 'y'"), dead("c", "it broke", step="lint")]
    view = DeadLetters()
    for number, event in enumerate(events):
        view = evolve_dead_letters(view, make_envelope(event, number + 1, at=START + number * HOUR))

    two, one = sorted(view.clusters.values(), key=lambda cluster: -cluster.seen)

    assert (two.seen, two.waiting, two.fingerprint.message) == (2, 2, "no file <text>")
    assert (two.first_at, two.last_at, two.sample, two.message) == (START, START + HOUR, "b", "no file 'y'")
    assert one.fingerprint.step == "lint"
    assert dict(view.kinds.items()) == {"exit": 3}
    assert dict(view.steps.items()) == {"tests": 2, "lint": 1}
    assert sorted(view.hours.values()) == [1, 1, 1]
    assert {hour.minute for hour in view.hours} == {0}


@rule("cli 8.1 stats")
def test_what_came_of_a_retry_is_told_once() -> None:
    again = [ItemRequeued(item_id="a"), started("a")]
    for last, came in [
        ((ended("a", "success"),), "succeeded"),
        ((ended("a", "success", 1), MergeFinished(item_id="a", attempt=2, status="merged", tip="t")), "succeeded"),
        ((ended("a", "failed"), dead("a")), "failed"),
        ((ended("a", "failed"), ItemSkipped(item_id="a")), "left_out"),
        ((SignalReceived(signal="skip", item_id="a"), ended("a", "cancelled")), "left_out"),
        ((SignalReceived(signal="stop-item", item_id="a"), AgentInterrupted(item_id="a", attempt=2)), "left_out"),
        ((AgentInterrupted(item_id="a", attempt=2),), "under_way"),
        ((), "under_way"),
    ]:
        view = view_of(dead("a"), *again, *last)

        told = {name: getattr(view, name) for name in ("succeeded", "failed", "left_out")}
        told["under_way"] = len(view.under_way)
        assert view.retried == 1
        assert {name: number for name, number in told.items() if number} == {came: 1}, last


def test_who_waits_for_a_retry_and_is_left_out_is_not_under_way() -> None:
    view = view_of(dead("a"), ItemRequeued(item_id="a"), SignalReceived(signal="skip", item_id="a"))

    assert (len(view.under_way), view.left_out) == (0, 1)


@rule("cli 8.1 discard")
def test_a_cluster_keeps_its_history_when_its_entries_are_gone() -> None:
    view = view_of(dead("a"), dead("b"), ItemDiscarded(item_id="a"), ItemRequeued(item_id="b"))

    (cluster,) = view.clusters.values()

    assert (cluster.seen, cluster.waiting) == (2, 0)
    assert (view.entered, view.discarded, view.retried, len(view.letters)) == (2, 1, 1, 0)


def test_items_that_never_failed_for_good_are_no_retries() -> None:
    view = view_of(ItemRequeued(item_id="cancelled"), started("cancelled"), ended("cancelled", "success"))

    assert (view.retried, view.succeeded) == (0, 0)


def test_the_queue_is_the_one_of_the_state() -> None:
    from prodigy_tui.events.evolve import fold

    envelopes = make_run(items=6, failing=[2, 5], conflicting=[3], retried=[4])
    view = fold_dead_letters(envelopes)

    assert set(view.letters) == set(fold(envelopes).dead_letters)
    assert sum(cluster.waiting for cluster in view.clusters.values()) == 3
