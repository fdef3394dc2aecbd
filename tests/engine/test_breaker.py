"""The circuit breaker against a small model that is written another way (language 13.7)."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from prodigy_tui.engine.decisions.breaker import breaker_change
from prodigy_tui.events.evolve_pace import evolve_pace, note_result, pace_taken_up
from prodigy_tui.events.holds import breaker_phase
from prodigy_tui.events.item_state import ItemState
from prodigy_tui.events.pace import Breaker, Stop
from prodigy_tui.events.schema import AgentFinished, BreakerClosed, BreakerOpened, Envelope, StopDecided
from prodigy_tui.events.state import RunState
from prodigy_tui.events.values import Item
from prodigy_tui.workflow.model import CircuitBreaker, ErrorPolicy
from tests.support.make import START
from tests.support.rules import rule

RULE = CircuitBreaker(failure_threshold=3, success_threshold=2, timeout=30.0, half_open_requests=2, max_opens=2)


class Machine:
    """The rule and the fold, one result after the other."""

    def __init__(self, rule_: CircuitBreaker = RULE) -> None:
        self.policy = ErrorPolicy(circuit_breaker=rule_, on_stop="cancel")
        self.state = RunState(last_seq=1)
        self.now = START
        self.stopped: StopDecided | None = None
        self.seq = 1

    def start(self) -> int:
        """An agent starts; its results carry the number."""
        self.seq += 1
        return self.seq

    def result(self, started: int, *, ok: bool) -> None:
        entry = ItemState(item=Item(id="i", safe_id="i", data=1), position=0, started_seq=started)
        finished = AgentFinished(item_id="i", attempt=1, outcome="success" if ok else "failed")
        self.state = note_result(self.state, entry, finished)
        change = breaker_change(self.policy, self.state, self.now)
        if isinstance(change, StopDecided):
            self.stopped = change
        elif change is not None:
            self.seq += 1
            self.state = evolve_pace(self.state, Envelope(seq=self.seq, at=self.now, event=change), change)

    @property
    def phase(self) -> str:
        return breaker_phase(self.state.breaker, self.now)


@dataclass
class Model:
    """The breaker as the specification tells of it."""

    rule: CircuitBreaker = RULE
    phase: str = "closed"
    opens: int = 0
    until: datetime | None = None
    row: list[bool] = field(default_factory=list)
    stopped: bool = False

    def tick(self, now: datetime) -> None:
        if self.phase == "open" and self.until is not None and now >= self.until:
            self.phase = "half-open"

    def result(self, now: datetime, *, ok: bool, old: bool) -> None:
        if old or self.stopped:
            return
        self.row.append(ok)
        if self.phase == "closed" and not any(self.row[-self.rule.failure_threshold :]):
            if len(self.row) >= self.rule.failure_threshold:
                self._open(now)
        elif self.phase != "closed" and not ok:
            self._open(now)
        elif self.phase != "closed" and len(self.row) >= self.rule.success_threshold:
            self.phase, self.until, self.row = "closed", None, []

    def _open(self, now: datetime) -> None:
        if self.opens == self.rule.max_opens:
            self.stopped = True
            return
        self.opens += 1
        self.phase, self.until, self.row = "open", now + timedelta(seconds=self.rule.timeout), []


@rule("13.7 runs: breaker model")
@given(
    steps=st.lists(st.tuples(st.sampled_from(["start", "ok", "fail", "wait"]), st.integers(0, 5)), max_size=80),
    threshold=st.integers(1, 4),
    successes=st.integers(1, 3),
    most=st.integers(1, 4),
)
def test_the_breaker_does_what_the_model_does(steps, threshold, successes, most):
    rule_ = CircuitBreaker(failure_threshold=threshold, success_threshold=successes, timeout=10.0, max_opens=most)
    machine, model = Machine(rule_), Model(rule_)
    agents: list[tuple[int, int]] = []
    for what, number in steps:
        model.tick(machine.now)
        if what == "wait":
            machine.now += timedelta(seconds=3 * number)
            model.tick(machine.now)
        elif what == "start":
            if machine.phase != "open":
                agents.append((machine.start(), model.opens))
        elif agents and machine.stopped is None:
            started, opens = agents.pop(number % len(agents))
            machine.result(started, ok=what == "ok")
            model.result(machine.now, ok=what == "ok", old=opens != model.opens)
        assert (machine.phase, machine.stopped is not None) == (model.phase, model.stopped)
        assert (machine.state.breaker.opens, machine.state.breaker.until) == (model.opens, model.until)


@rule("13.7 runs: breaker closed", "13.7 runs: breaker open", "13.7 runs: breaker half-open")
def test_a_row_of_failures_opens_it_and_a_row_of_successes_on_trial_closes_it():
    machine = Machine()
    for ok in (False, False, True, False, False):
        machine.result(machine.start(), ok=ok)
    assert machine.phase == "closed", "a success breaks the row"
    machine.result(machine.start(), ok=False)
    assert machine.phase == "open"
    machine.now += timedelta(seconds=29)
    assert machine.phase == "open"
    machine.now += timedelta(seconds=1)
    assert (machine.phase, machine.state.breaker.trials) == ("half-open", 2)
    machine.result(machine.start(), ok=True)
    assert machine.phase == "half-open"
    machine.result(machine.start(), ok=True)
    assert machine.phase == "closed"


@rule("13.7 runs: breaker half-open")
def test_one_failure_on_trial_opens_it_again():
    machine = Machine()
    for _ in range(3):
        machine.result(machine.start(), ok=False)
    machine.now += timedelta(seconds=30)
    machine.result(machine.start(), ok=True)
    machine.result(machine.start(), ok=False)

    assert (machine.phase, machine.state.breaker.opens) == ("open", 2)


@rule("13.7 runs: breaker old results")
def test_results_of_agents_from_before_it_opened_are_ignored():
    machine = Machine()
    old = [machine.start() for _ in range(3)]
    for _ in range(3):
        machine.result(machine.start(), ok=False)
    machine.now += timedelta(seconds=30)
    for started in old:
        machine.result(started, ok=False)

    assert (machine.phase, machine.state.breaker.opens) == ("half-open", 1)


@rule("13.7 runs: max_opens")
def test_more_openings_than_allowed_stop_the_run():
    machine = Machine()
    for _ in range(3):
        machine.result(machine.start(), ok=False)
    for _ in range(2):
        machine.now += timedelta(seconds=30)
        machine.result(machine.start(), ok=False)

    assert machine.stopped is not None
    assert (machine.stopped.code, machine.stopped.running) == ("PT621", "cancel")
    assert machine.stopped.message == "the circuit breaker opened more than 2 times"


@rule("13.7 runs: max_opens")
def test_a_resumed_run_begins_with_a_closed_breaker_only_after_that_stop():
    breaker = Breaker(opens=2, opened_seq=5, until=START, trials=2, worst=1)
    stopped = RunState(last_seq=9, breaker=breaker, stop=Stop(kind="policy", code="PT621"))

    assert pace_taken_up(stopped).breaker == Breaker(opened_seq=9)
    assert pace_taken_up(replace(stopped, stop=None)).breaker == breaker


@rule("13.7 runs: breaker counts")
@pytest.mark.parametrize("outcome", ["interrupted", "cancelled", "suspect"])
def test_attempts_without_a_result_count_for_nothing(outcome):
    entry = ItemState(item=Item(id="i", safe_id="i", data=1), position=0, started_seq=7)
    finished = AgentFinished(item_id="i", attempt=1, outcome=outcome)

    assert note_result(RunState(), entry, finished) == RunState()


def test_without_a_breaker_nothing_opens():
    state = RunState(breaker=Breaker(worst=99))

    assert breaker_change(ErrorPolicy(), state, START) is None


def test_the_events_tell_when_it_is_tried_and_by_how_many():
    machine = Machine()
    machine.state = replace(machine.state, breaker=Breaker(worst=3))

    assert breaker_change(machine.policy, machine.state, START) == BreakerOpened(
        until=START + timedelta(seconds=30), opens=1, trials=2, failures=3
    )
    assert breaker_change(machine.policy, RunState(breaker=Breaker(until=START, best=2)), START) == BreakerClosed()
