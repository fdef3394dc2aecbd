"""Questions to people in the fold: who waits, what an answer changes, what outlives a process."""

from typing import Any

import pytest

from prodigy_tui.events.evolve import InvalidTransition, evolve, fold
from prodigy_tui.events.schema import (
    AgentContinued,
    AgentFinished,
    AgentInterrupted,
    AgentStarted,
    GateAnswered,
    GateOpened,
    ItemsLoaded,
    KnownEvent,
    PhaseStarted,
    RunFinished,
    RunResumed,
    SignalReceived,
    StepFinished,
)
from prodigy_tui.events.state import RunState
from prodigy_tui.events.told import Answer
from prodigy_tui.events.values import Failure, GateKind, Item
from tests.support.invariants import check_invariants
from tests.support.make import make_envelope, make_envelopes, make_run_started


def begun(*more: KnownEvent) -> RunState:
    """A run of two items; an agent carries the first."""
    items = tuple(Item(id=name, safe_id=name, data=name) for name in ("a", "b"))
    started = AgentStarted(item_id="a", attempt=1, slot=1, branch="b/a/1", base="0" * 40, worktree="/w/slot-1")
    state = fold(make_envelopes(make_run_started(), ItemsLoaded(items=items), started))
    return after(state, *more)


def after(state: RunState, *events: KnownEvent) -> RunState:
    for event in events:
        state = evolve(state, make_envelope(event, state.last_seq + 1))
        check_invariants(state)
    return state


def question(
    name: str = "approve:a:0", *, item: str | None = "a", kind: GateKind = "approve", **more: Any
) -> GateOpened:
    return GateOpened(gate=name, kind=kind, question="Go on?", options=("approve", "deny"), item_id=item, **more)


def suspect() -> AgentFinished:
    failure = Failure(kind="paths", message="changed setup.py", code="PT613")
    return AgentFinished(item_id="a", attempt=1, outcome="suspect", head="1" * 40, commits=1, failure=failure)


def asked_about_a() -> RunState:
    return begun(suspect(), question("suspect:a", kind="suspect"))


def test_an_agent_that_asks_keeps_its_worktree_and_gives_its_place_back() -> None:
    state = begun(question())
    assert (state.items["a"].status, dict(state.slots), state.counts.running, state.counts.waiting) == (
        "waiting", {1: "a"}, 0, 1,
    )  # fmt: skip
    assert (state.status, state.items["a"].waiting) == ("waiting", "Go on?")


def test_an_answered_agent_waits_for_a_slot_and_goes_on_when_it_has_one() -> None:
    state = begun(question(), GateAnswered(gate="approve:a:0", answer="approve"))
    assert (state.items["a"].status, list(state.continuing), dict(state.gates.items())) == ("waiting", ["a"], {})
    state = after(state, AgentContinued(item_id="a"))
    assert (state.items["a"].status, list(state.continuing), state.counts.running) == ("running", [], 1)


def test_an_agent_with_two_questions_goes_on_after_the_second_answer() -> None:
    state = begun(question(), question("approve:a:1"), GateAnswered(gate="approve:a:1", answer="deny"))
    assert list(state.continuing) == []
    assert list(after(state, GateAnswered(gate="approve:a:0", answer="approve")).continuing) == ["a"]


def test_a_question_that_is_not_open_cannot_be_answered() -> None:
    with pytest.raises(InvalidTransition, match="approve:a:0 is not open"):
        begun(GateAnswered(gate="approve:a:0", answer="approve"))


def test_only_an_item_in_hand_can_ask() -> None:
    with pytest.raises(InvalidTransition, match="'b' is pending"):
        begun(question(item="b"))


def test_the_question_of_an_interrupted_agent_stays_open_until_it_starts_again() -> None:
    cut = AgentFinished(item_id="a", attempt=1, outcome="interrupted")
    state = begun(question(), cut, RunFinished(status="waiting", exit_code=3))
    assert list(state.gates) == ["approve:a:0"]
    again = AgentStarted(item_id="a", attempt=2, slot=1, branch="b/a/2", base="0" * 40, worktree="/w/slot-1")
    assert list(after(state, RunResumed(version="1"), again).gates) == []


@pytest.mark.parametrize("end", [
    AgentFinished(item_id="a", attempt=1, outcome="failed", failure=Failure(kind="timeout", message="late")),
    AgentFinished(item_id="a", attempt=1, outcome="cancelled"),
], ids=["failed", "cancelled"])  # fmt: skip
def test_an_attempt_that_is_over_takes_its_questions_with_it(end: AgentFinished) -> None:
    assert list(begun(question(), end).gates) == []


def test_an_answer_at_rest_is_kept_for_the_step_that_will_ask_again() -> None:
    cut = AgentInterrupted(item_id="a", attempt=1)
    ended = begun(question(), cut, RunFinished(status="waiting", exit_code=3))
    state = after(ended, GateAnswered(gate="approve:a:0", answer="approve", note="fine", by="ada"))
    assert state.answers["approve:a:0"] == Answer(answer="approve", note="fine", by="ada")
    assert (list(state.gates), list(state.continuing)) == ([], [])
    again = AgentStarted(item_id="a", attempt=2, slot=1, branch="b/a/2", base="0" * 40, worktree="/w/slot-1")
    used = GateAnswered(gate="approve:a:0", answer="approve")
    state = after(state, RunResumed(version="1"), again, question(), used)
    assert (list(state.answers), list(state.continuing)) == ([], ["a"])


def agent(attempt: int) -> AgentStarted:
    return AgentStarted(
        item_id="a", attempt=attempt, slot=1, branch=f"b/a/{attempt}", base="0" * 40, worktree="/w/slot-1"
    )


@pytest.mark.parametrize("cut", [
    AgentFinished(item_id="a", attempt=1, outcome="interrupted"),
    AgentInterrupted(item_id="a", attempt=1),
], ids=["stopped", "died"])  # fmt: skip
def test_an_attempt_that_is_cut_short_behind_an_answer_is_not_asked_again(cut: KnownEvent) -> None:
    state = begun(question(), GateAnswered(gate="approve:a:0", answer="approve"), AgentContinued(item_id="a"))
    state = after(state, question("approve:a:1"), cut, RunFinished(status="waiting", exit_code=3))
    assert (list(state.answers), list(state.gates)) == (["approve:a:0"], ["approve:a:1"])
    state = after(state, GateAnswered(gate="approve:a:1", answer="deny"), RunResumed(version="1"), agent(2))
    assert {name: kept.answer for name, kept in state.answers.items()} == {
        "approve:a:0": "approve",
        "approve:a:1": "deny",
    }


def test_an_attempt_that_has_ended_leaves_no_answer_for_the_next_one() -> None:
    failed = AgentFinished(item_id="a", attempt=2, outcome="failed", failure=Failure(kind="exit", message="no"))
    cut = AgentInterrupted(item_id="a", attempt=1)
    state = begun(question(), cut, RunFinished(status="waiting", exit_code=3))
    state = after(state, GateAnswered(gate="approve:a:0", answer="approve"), RunResumed(version="1"), agent(2), failed)
    assert (list(state.answers), dict(state.items["a"].answered.items())) == ([], {})


def test_a_step_of_the_run_that_is_cut_short_behind_an_answer_is_not_asked_again() -> None:
    asked = question("approve:setup:0", item=None, phase="setup")
    state = begun(asked, GateAnswered(gate="approve:setup:0", answer="approve"))
    assert (list(state.answers), list(state.heard)) == ([], ["approve:setup:0"])
    resumed = after(state, RunFinished(status="interrupted", exit_code=130), RunResumed(version="1"))
    assert (list(resumed.answers), list(resumed.heard)) == (["approve:setup:0"], [])


def test_a_step_of_the_run_that_has_ended_leaves_no_answer() -> None:
    asked = question("approve:setup:0", item=None, phase="setup")
    ended = StepFinished(phase="setup", path="0", status="ok")
    state = begun(PhaseStarted(phase="setup"), asked, GateAnswered(gate="approve:setup:0", answer="approve"), ended)
    assert list(state.heard) == []


@pytest.mark.parametrize("kind", ["canary", "budget"])
def test_the_answer_about_a_canary_or_a_budget_stays_where_the_scheduler_reads_it(kind: GateKind) -> None:
    state = begun(question("g", item=None, kind=kind), GateAnswered(gate="g", answer="deny"))
    assert (state.answers["g"].answer, list(state.gates)) == ("deny", [])


def test_a_suspect_gives_back_slot_and_worktree_and_is_asked_about() -> None:
    state = begun(suspect())
    assert (state.items["a"].status, dict(state.slots), list(state.suspects)) == ("suspect", {}, ["a"])
    state = after(state, question("suspect:a", kind="suspect"))
    assert (list(state.suspects), state.items["a"].gates, state.counts.suspect) == ([], ("suspect:a",), 1)


def test_an_accepted_suspect_joins_the_merge_queue() -> None:
    state = after(asked_about_a(), GateAnswered(gate="suspect:a", answer="accept"))
    assert (state.items["a"].status, list(state.merge_queue), state.items["a"].failure) == ("merging", ["a"], None)


def test_a_rejected_suspect_has_failed_as_denied() -> None:
    state = after(asked_about_a(), GateAnswered(gate="suspect:a", answer="reject", note="no", by="ada"))
    failure = state.items["a"].failure
    assert failure is not None
    assert (state.items["a"].status, failure.kind, failure.code) == ("failed", "denied", "PT613")
    assert (failure.message, list(state.undecided)) == ("rejected by ada: no", ["a"])


def test_the_question_about_a_suspect_outlives_the_process() -> None:
    state = after(asked_about_a(), RunFinished(status="waiting", exit_code=3), RunResumed(version="1"))
    assert (list(state.gates), state.items["a"].status) == (["suspect:a"], "suspect")


def test_questions_of_steps_and_the_landing_are_asked_anew_by_a_resumed_run() -> None:
    state = begun(
        question("approve:setup:0", item=None, phase="setup"), question("landing-1", item=None, kind="landing")
    )
    assert state.gate is not None
    resumed = after(state, RunFinished(status="interrupted", exit_code=130), RunResumed(version="1"))
    assert (list(resumed.gates), resumed.gate) == ([], None)


@pytest.mark.parametrize(("signal", "becomes"), [("stop-item", "cancelled"), ("skip", "skipped")])
def test_a_person_stops_or_skips_an_item_at_once_or_when_its_agent_has_ended(signal: Any, becomes: str) -> None:
    state = begun(SignalReceived(signal=signal, item_id="b"))
    assert state.items["b"].status == becomes
    state = after(state, SignalReceived(signal=signal, item_id="a"))
    assert state.items["a"].status == "running"
    assert after(state, AgentFinished(item_id="a", attempt=1, outcome="cancelled")).items["a"].status == becomes
    assert after(state, AgentInterrupted(item_id="a", attempt=1)).items["a"].status == becomes
