"""When a run and its map are out of time, as tables (language 6.8)."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from prodigy_tui.engine.decisions.limits_of_time import map_is_over, run_deadline, run_is_over
from prodigy_tui.events.evolve import fold
from prodigy_tui.events.schema import PhaseStarted, RunFinished, RunResumed, SignalReceived
from prodigy_tui.events.state import RunState
from prodigy_tui.workflow.late import Late, LateForm
from prodigy_tui.workflow.model import ItemInput, MapPhase, Workflow
from tests.support.make import START, make_envelope, make_run_started
from tests.support.rules import rule

PHASE = MapPhase(input=ItemInput(kind="list"), timeout=100.0)


def after(seconds: float):
    return START + timedelta(seconds=seconds)


def a_workflow(timeout: float | None = 100.0, **fields: object) -> Workflow:
    return Workflow(name="w", kind="mapreduce", map=PHASE, timeout=timeout, **fields)


@rule("6.8 runs: run", "6.8 runs: run resumed")
@pytest.mark.parametrize(("resumed", "deadline"), [(None, 100), (50, 100), (99.9, 100), (100, 200), (5000, 5100)])
def test_a_run_has_its_time_from_its_start_and_anew_when_it_is_taken_up_later(resumed, deadline):
    state = RunState(started_at=START, resumed_at=None if resumed is None else after(resumed))

    assert run_deadline(a_workflow(), state) == after(deadline)


@rule("6.8 runs: run")
def test_a_run_that_is_out_of_time_ends_everything_under_way():
    state = RunState(started_at=START, paused=True)

    assert run_is_over(a_workflow(), state, after(99)) is None
    assert run_is_over(a_workflow(None), state, after(10**6)) is None
    stop = run_is_over(a_workflow(), state, after(100))
    assert stop is not None
    assert (stop.exit_code, stop.running) == (4, "all")


@rule("6.8 runs: late")
def test_a_limit_that_has_no_value_stops_the_run():
    late = {"timeout": Late(text="${vars.x}", form=LateForm(kind="duration"))}
    stop = run_is_over(a_workflow(None, late=late), RunState(started_at=START), START)

    assert stop is not None
    assert (stop.exit_code, stop.message) == (1, "'timeout: ${vars.x}' has no value that is a duration")


@rule("6.8 runs: map pauses")
def test_pauses_and_the_time_without_a_process_do_not_count_for_the_map():
    events = [
        (0, make_run_started()),
        (10, PhaseStarted(phase="map")),
        (20, SignalReceived(signal="pause")),
        (60, SignalReceived(signal="resume")),
    ]
    state = fold(make_envelope(event, seq, at=after(at)) for seq, (at, event) in enumerate(events, 1))

    assert not map_is_over(PHASE, state, after(149))
    assert map_is_over(PHASE, state, after(150))
    paused = replace(state, status="paused", last_at=after(140))
    assert not map_is_over(PHASE, paused, after(900)), "it stands still"


@rule("6.8 runs: map")
def test_a_resumed_map_has_its_whole_time_again():
    events = [
        (0, make_run_started()),
        (10, PhaseStarted(phase="map")),
        (200, RunFinished(status="failed", exit_code=1)),
        (500, RunResumed(version="1")),
        (510, PhaseStarted(phase="map")),
    ]
    state = fold(make_envelope(event, seq, at=after(at)) for seq, (at, event) in enumerate(events, 1))

    assert not map_is_over(PHASE, state, after(609))
    assert map_is_over(PHASE, state, after(610))
