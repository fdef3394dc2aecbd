"""The canary as a table: how many go first, what their results and answers mean (language 13.8)."""

import pytest
from msgspec.structs import replace

from prodigy_tui.engine.decisions.canary import canary_change, canary_size
from prodigy_tui.events.pace import Canary as CanaryState
from prodigy_tui.events.schema import CanaryJudged, GateAnswered, GateOpened, StopDecided
from prodigy_tui.events.state import RunState
from prodigy_tui.events.told import Answer
from prodigy_tui.events.values import RunSettings
from prodigy_tui.workflow.model import Canary, ErrorPolicy, ItemInput, MapPhase
from tests.support.rules import rule


@rule("13.8 runs: first", "13.8 runs: percent", "13.8 runs: all")
@pytest.mark.parametrize(
    ("canary", "items", "size"),
    [
        (None, 9, 0),
        (Canary(count=3), 9, 3),
        (Canary(count=9), 9, 0),
        (Canary(count=10), 9, 0),
        (Canary(count=1), 1, 0),
        (Canary(count=1), 0, 0),
        (Canary(percent=0.25), 8, 2),
        (Canary(percent=0.25), 9, 3),
        (Canary(percent=0.001), 9, 1),
        (Canary(percent=1.0), 9, 0),
    ],
)
def test_how_many_items_go_first(canary, items, size):
    assert canary_size(canary, items) == size


def change(rule_: Canary, state: RunState):
    phase = MapPhase(input=ItemInput(kind="list"), canary=rule_)
    return canary_change(phase, ErrorPolicy(on_stop="cancel"), state)


def a_state(success: int, *, count: int = 4, done: int = 4, cancelled: int = 0, yes: bool = False) -> RunState:
    canary = CanaryState(count=count, done=done, success=success, cancelled=cancelled)
    return RunState(canary=canary, settings=RunSettings(yes=yes))


@rule("13.8 runs: auto gate", "13.8 runs: min_success", "13.8 runs: yes", "13.8 runs: steps", "13.8 runs: approve")
@pytest.mark.parametrize(
    ("rule_", "state", "expected"),
    [
        (Canary(gate="auto"), RunState(), None),
        (Canary(gate="auto"), a_state(3, done=3), None),
        (Canary(gate="auto"), a_state(4), True),
        (Canary(gate="auto"), a_state(3), False),
        (Canary(gate="auto", min_success=0.75), a_state(3), True),
        (Canary(gate="auto", min_success=0.75), a_state(2), False),
        (Canary(gate="auto"), a_state(3, cancelled=1), True),
        (Canary(gate="auto"), a_state(0, cancelled=4), False),
        (Canary(gate="steps"), a_state(4), "ask"),
        (Canary(gate="steps"), a_state(3), False),
        (Canary(gate="approve"), a_state(4), "ask"),
        (Canary(gate="approve"), a_state(0), "ask"),
        (Canary(gate="approve"), a_state(4, yes=True), "ask"),
        (Canary(gate="approve"), a_state(3, yes=True), False),
    ],
)
def test_what_the_results_mean(rule_, state, expected):
    found = change(rule_, state)

    assert (found.passed if isinstance(found, CanaryJudged) else found) == expected


@rule("13.8 runs: approve", "13.8 runs: denied")
@pytest.mark.parametrize(("said", "passed"), [("approve", True), ("deny", False)])
def test_the_answer_decides(said, passed):
    state = a_state(0)
    open_ = GateOpened(gate="canary", kind="canary", question="?", options=("approve", "deny"))
    assert change(Canary(), replace(state, gates=state.gates.insert("canary", open_))) is None
    answered = replace(state, answers=state.answers.insert("canary", Answer(answer=said, note="why", by="ada")))

    assert change(Canary(), answered) == CanaryJudged(
        passed=passed, denied=not passed, message=f"ada answered {said}: why"
    )


@rule("13.8 runs: yes")
@pytest.mark.parametrize(("success", "expected"), [(4, GateAnswered), (3, CanaryJudged)])
def test_yes_answers_also_what_an_earlier_process_asked(success, expected):
    state = a_state(success, yes=True)
    open_ = GateOpened(gate="canary", kind="canary", question="?", options=("approve", "deny"))

    assert type(change(Canary(), replace(state, gates=state.gates.insert("canary", open_)))) is expected


@rule("13.8 runs: stop")
@pytest.mark.parametrize(("denied", "code"), [(True, "PT650"), (False, "PT620")])
def test_a_canary_that_has_not_passed_stops_the_run(denied, code):
    refused = CanaryState(count=2, done=2, status="refused", denied=denied, message="why")

    stop = change(Canary(), RunState(canary=refused))
    assert stop == StopDecided(code=code, message="stopped by the canary: why", running="cancel")
    assert change(Canary(), RunState(canary=replace(refused, status="passed"))) is None
