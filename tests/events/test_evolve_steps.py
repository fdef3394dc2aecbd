"""Steps in the fold: what their records and their items say while they run, wait and are checked."""

from datetime import timedelta

import pytest

from prodigy_tui.events.evolve import InvalidTransition, evolve, fold
from prodigy_tui.events.schema import (
    AgentFinished,
    AgentStarted,
    ItemsLoaded,
    KnownEvent,
    PhaseStarted,
    StepFinished,
    StepInterrupted,
    StepRetryScheduled,
    StepStarted,
    ValidationFinished,
)
from prodigy_tui.events.state import RunState
from prodigy_tui.events.values import Failure, Item
from tests.support.invariants import check_invariants
from tests.support.make import START, make_envelope, make_envelopes, make_run_started

DUE = START + timedelta(hours=1)


def begun(*more: KnownEvent) -> RunState:
    """A run with setup at work and an agent that carries `a`."""
    agent = AgentStarted(item_id="a", attempt=1, slot=1, branch="b/a/1", base="0" * 40, worktree="/w/slot-1")
    items = ItemsLoaded(items=(Item(id="a", safe_id="a", data="a"),))
    return after(fold(make_envelopes(make_run_started(), PhaseStarted(phase="setup"), items, agent)), *more)


def after(state: RunState, *events: KnownEvent) -> RunState:
    for event in events:
        state = evolve(state, make_envelope(event, state.last_seq + 1))
        check_invariants(state)
    return state


def started(execution: int = 1, path: str = "0", **fields) -> StepStarted:
    return StepStarted(path=path, label="make", kind="shell", execution=execution, **{"phase": "setup", **fields})


def waits(**fields) -> StepRetryScheduled:
    return StepRetryScheduled(path="0", execution=2, due=DUE, message="no luck", **{"phase": "setup", **fields})


def test_a_step_that_waits_says_why_and_until_when():
    state = begun(started(), waits())

    record = state.phases["setup"].steps["0"]
    assert (record.status, record.waiting, record.due) == ("running", "try 2 after: no luck", DUE)
    again = after(state, started(2)).phases["setup"].steps["0"]
    assert (again.execution, again.waiting, again.due) == (2, "", None)
    assert again.started_at == record.started_at, "it is still the same step"


@pytest.mark.parametrize("end", [StepFinished(phase="setup", path="0", status="failed"), StepInterrupted])
def test_a_step_that_has_ended_waits_no_more(end):
    ended = end if isinstance(end, StepFinished) else StepInterrupted(phase="setup", path="0")

    record = begun(started(), waits(), ended).phases["setup"].steps["0"]

    assert (record.waiting, record.due) == ("", None)


def test_a_step_that_a_later_process_begins_anew_is_a_new_record():
    state = begun(started(), started(2), StepInterrupted(phase="setup", path="0"), started())

    record = state.phases["setup"].steps["0"]
    assert (record.status, record.execution, record.started_at) == ("running", 1, state.last_at)


def test_an_item_at_work_says_that_its_step_waits_and_keeps_its_slot():
    mine = {"phase": "map", "item_id": "a", "attempt": 1}
    state = begun(started(**mine), waits(**mine))

    entry = state.items["a"]
    assert (entry.status, entry.waiting, entry.due) == ("running", "try 2 after: no luck", DUE)
    assert state.slots[1] == "a"
    again = after(state, started(2, **mine)).items["a"]
    assert (again.waiting, again.due, again.step) == ("", None, "make")


def test_an_attempt_that_ends_takes_the_wait_with_it():
    mine = {"phase": "map", "item_id": "a", "attempt": 1}
    failed = AgentFinished(item_id="a", attempt=1, outcome="failed", failure=Failure(kind="exit", message="no"))

    entry = begun(started(**mine), waits(**mine), failed).items["a"]

    assert (entry.waiting, entry.due) == ("", None)


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("0", "make"),
        ("0/r1.0", "make (handler)"),
        ("0/v0.0", "make (check)"),
        ("0/c1.0", "make (check)"),
        ("0/i2.0", "make (repair)"),
        ("0/s.0", "make"),
        ("item/0", "make (handler)"),
        ("0/r1.0/v0.0", "make (check)"),
    ],
)
def test_an_item_says_what_a_step_inside_a_step_is_there_for(path, shown):
    state = begun(started(path=path, phase="map", item_id="a", attempt=1))

    assert state.items["a"].step == shown


def test_the_last_score_is_known():
    scored = {"path": "0", "round": 1, "passed": False}
    mine = {"phase": "map", "item_id": "a", "attempt": 1}
    state = begun(
        started(),
        ValidationFinished(phase="setup", score=40, **scored),
        ValidationFinished(phase="setup", score=70, **scored),
        started(**mine),
        ValidationFinished(score=55, **scored, **mine),
    )

    assert state.phases["setup"].steps["0"].score == 70
    assert state.items["a"].score == 55


@pytest.mark.parametrize("event", [started(phase="reduce"), waits(phase="reduce")])
def test_steps_need_their_phase(event):
    with pytest.raises(InvalidTransition, match="has not started"):
        begun(event)


def test_steps_of_items_need_an_agent_at_work():
    finished = AgentFinished(item_id="a", attempt=1, outcome="success")

    with pytest.raises(InvalidTransition, match="'a' is success"):
        begun(finished, waits(phase="map", item_id="a", attempt=1))
