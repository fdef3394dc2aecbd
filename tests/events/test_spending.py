"""Budgets in the fold: limits, what is set aside, who waits, and what outlives a process."""

from datetime import timedelta

import pytest

from prodigy_tui.events.at_rest import left_at
from prodigy_tui.events.evolve import evolve, fold
from prodigy_tui.events.schema import (
    AgentFinished,
    AgentInterrupted,
    AgentStarted,
    BudgetAwaited,
    BudgetRaised,
    BudgetReserved,
    BudgetSet,
    BudgetSettled,
    GateAnswered,
    GateOpened,
    ItemRequeued,
    ItemsLoaded,
    KnownEvent,
    RunFinished,
    RunResumed,
    SignalReceived,
    StopDecided,
    UsageReported,
)
from prodigy_tui.events.state import RunState
from prodigy_tui.events.values import Item, Usage
from tests.support.invariants import check_invariants
from tests.support.make import START, make_envelope, make_envelopes, make_run_started

WHERE = {"phase": "map", "path": "0", "item_id": "a", "attempt": 1}
AWAITED = BudgetAwaited(step="map 0", message="budget: 1.00 of 1.00 USD reserved", **WHERE)
RESERVED = BudgetReserved(step="map 0", usd=0.5, tokens=10, **WHERE)
SETTLED = BudgetSettled(finished=True, **WHERE)
ASKED = GateOpened(gate="budget-9", kind="budget", question="Raise?", options=("raise", "stop"))
STARTED = AgentStarted(item_id="a", attempt=1, slot=1, branch="b/a/1", base="0" * 40, worktree="/w/slot-1")


def begun(*more: KnownEvent) -> RunState:
    items = ItemsLoaded(items=(Item(id="a", safe_id="a", data="a"),))
    return after(fold(make_envelopes(make_run_started(), items, STARTED)), *more)


def after(state: RunState, *events: KnownEvent) -> RunState:
    for event in events:
        state = evolve(state, make_envelope(event, state.last_seq + 1))
        check_invariants(state)
    return state


def used(usd: float | None = 0.25, tokens: int = 4) -> UsageReported:
    return UsageReported(usage=Usage(input_tokens=tokens, usd=usd), provider="claude", **WHERE)


def test_an_item_says_that_it_waits_until_its_step_is_let_in_or_gives_up() -> None:
    waits = begun(AWAITED)

    assert (waits.items["a"].waiting, waits.items["a"].status) == (AWAITED.message, "running")
    assert [one.step for one in waits.spending.waiting.values()] == ["map 0"]
    for event in (RESERVED, BudgetSettled(finished=False, **WHERE)):
        state = after(waits, event)
        assert (state.items["a"].waiting, len(state.spending.waiting)) == ("", 0)


def test_what_a_finished_execution_used_is_remembered_for_its_step() -> None:
    state = begun(RESERVED, used(), used(None, 2), SETTLED)
    cut = begun(RESERVED, used(), BudgetSettled(finished=False, **WHERE))

    assert dict(state.spending.samples.items()) == {"map 0": (Usage(input_tokens=6, usd=0.25),)}
    assert len(cut.spending.samples) == 0
    assert (len(state.spending.held), state.spending.assumed_usd) == (0, 0.0)


@pytest.mark.parametrize("ending", [SETTLED, BudgetSettled(finished=False, **WHERE), RunResumed(version="2")])
def test_work_whose_cost_nobody_told_is_taken_to_have_cost_what_was_set_aside(ending: KnownEvent) -> None:
    assert begun(RESERVED, used(None), ending).spending.assumed_usd == 0.5
    assert begun(RESERVED, ending).spending.assumed_usd == 0.0


def test_limits_are_set_once_and_raised_one_by_one() -> None:
    state = begun(BudgetSet(usd=5.0, time_s=60.0), BudgetRaised(usd=8.0), BudgetRaised(tokens=100))

    assert (state.spending.usd, state.spending.tokens, state.spending.time_s) == (8.0, 100, 60.0)


def test_a_raised_limit_answers_the_question_about_it() -> None:
    asked = begun(ASKED)
    answered = after(asked, GateAnswered(gate="budget-9", answer="raise"))

    assert (asked.status, asked.spending.asked) == ("waiting", "budget-9")
    assert answered.answers["budget-9"].answer == "raise"
    for state in (after(asked, BudgetRaised(usd=2.0)), after(answered, BudgetRaised(usd=2.0))):
        assert (len(state.gates), len(state.answers), state.spending.asked) == (0, 0, "")


def test_a_question_outlives_the_process_and_an_answer_to_stop_does_not() -> None:
    finished = RunFinished(status="waiting", exit_code=3)
    stop = StopDecided(code="PT630", message="x", exit_code=3)
    ended = begun(ASKED, AgentFinished(item_id="a", attempt=1, outcome="interrupted"), stop, finished)
    said_stop = begun(ASKED, GateAnswered(gate="budget-9", answer="stop"), stop)

    assert after(ended, RunResumed(version="2")).spending.asked == "budget-9"
    assert "budget-9" in after(ended, RunResumed(version="2")).gates
    assert (len(said_stop.answers), said_stop.spending.asked) == (0, "")


def test_a_new_attempt_has_used_nothing() -> None:
    spent = begun(used(1.0))
    failed = after(spent, AgentFinished(item_id="a", attempt=1, outcome="cancelled"), ItemRequeued(item_id="a"))
    again = after(failed, AgentStarted(**{**_fields(STARTED), "attempt": 2}))

    assert spent.items["a"].attempt_usage == Usage(input_tokens=4, usd=1.0)
    assert again.items["a"].attempt_usage == Usage()
    assert again.items["a"].usage == spent.items["a"].usage


def _fields(event: AgentStarted) -> dict[str, object]:
    return {name: getattr(event, name) for name in event.__struct_fields__}


def test_a_night_between_two_processes_is_not_spent_time() -> None:
    items = ItemsLoaded(items=(Item(id="a", safe_id="a", data="a"),))
    killed = make_envelopes(make_run_started(), items, STARTED)
    asked = make_envelope(SignalReceived(signal="pause", source="command line"), 4, at=START + timedelta(hours=2))
    morning = START + timedelta(hours=9)
    settled = make_envelope(AgentInterrupted(item_id="a", attempt=1), 5, at=morning)
    resumed = make_envelope(RunResumed(version="1", left_at=left_at((*killed, asked))), 6, at=morning)

    state = fold((*killed, asked, settled, resumed))

    assert state.spending.time_used_s(morning + timedelta(seconds=5)) == 2.0 + 5.0


def test_a_run_that_never_worked_was_never_left() -> None:
    assert left_at(()) is None
