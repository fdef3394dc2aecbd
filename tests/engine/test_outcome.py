"""How runs end: status, exit code and what is told, as tables (language 4.3, 13.7; cli 4)."""

import pytest
from msgspec.structs import replace

from prodigy_tui.engine.decisions.outcome import finished
from prodigy_tui.events.evolve import evolve
from prodigy_tui.events.item_state import Counts
from prodigy_tui.events.pace import Stop
from prodigy_tui.events.phase_state import PhaseState
from prodigy_tui.events.schema import Envelope, LandingFinished, StepFinished, StopDecided
from prodigy_tui.events.state import RunState
from prodigy_tui.events.values import Failure
from tests.support.make import START
from tests.support.rules import rule

CONFLICT = LandingFinished(status="conflict", target="main", message="conflicts")
LANDED = LandingFinished(status="landed", target="main", commit="1" * 40)
FAILED = PhaseState(phase="reduce", status="failed", started_at=START, message="reduce failed")


def policy(exit_code: int = 1, **fields: object) -> Stop:
    return Stop(kind="policy", message="stopped", exit_code=exit_code, **fields)


def a_state(*, dead: int = 0, suspect: int = 0, skipped: int = 0, failed: bool = False, **fields: object) -> RunState:
    state = RunState(counts=Counts(dead=dead, suspect=suspect, skipped=skipped), **fields)
    return replace(state, phases=state.phases.insert("reduce", FAILED)) if failed else state


@rule("cli 4 runs: order", "4.3 runs: warnings")
@pytest.mark.parametrize(
    ("state", "status", "exit_code", "message"),
    [
        (a_state(), "succeeded", 0, ""),
        (a_state(skipped=1), "succeeded", 0, "with warnings: 1 item skipped"),
        (a_state(tolerated=1), "succeeded", 0, "with warnings: 1 failed step tolerated"),
        (a_state(skipped=2, tolerated=3), "succeeded", 0, "with warnings: 2 items skipped, 3 failed steps tolerated"),
        (a_state(dead=1), "failed", 1, "1 item is in the dead letter queue"),
        (a_state(dead=1, failed=True), "failed", 1, "reduce failed"),
        (a_state(dead=1, failed=True, stop=policy()), "stopped", 1, "stopped"),
        (a_state(dead=1, landing=CONFLICT), "waiting", 3, "conflicts"),
        (a_state(dead=1, stop=policy(3)), "waiting", 3, "stopped"),
        (a_state(suspect=1, dead=1, stop=policy()), "waiting", 3, "1 suspect item waits for a decision"),
        (a_state(suspect=2), "waiting", 3, "2 suspect items wait for a decision"),
        (a_state(dead=1, stop=policy(5), landing=CONFLICT), "stopped", 5, "stopped"),
        (a_state(dead=1, stop=policy(4), landing=CONFLICT, suspect=1), "stopped", 4, "stopped"),
        (a_state(dead=1, stop=Stop(kind="stop", message="asked")), "interrupted", 130, "asked"),
        (a_state(dead=1, stop=Stop(kind="kill", message="asked"), landing=CONFLICT), "interrupted", 130, "asked"),
        (a_state(stop=Stop(kind="drain", message="asked")), "stopped", 1, "asked"),
    ],
)
def test_of_several_ends_the_one_that_asks_for_more_is_told(state, status, exit_code, message):
    ended = finished(state)

    assert (ended.status, ended.exit_code, ended.message) == (status, exit_code, message)


@pytest.mark.parametrize(
    ("state", "landed"),
    [
        (a_state(dead=1, landing=LANDED), "main"),
        (a_state(dead=1, landing=CONFLICT), ""),
        (a_state(dead=1), ""),
        (a_state(dead=1, failed=True, landing=LANDED), ""),
        (a_state(landing=LANDED), ""),
    ],
)
def test_a_run_that_failed_for_its_dead_letters_alone_says_where_the_rest_is(state, landed):
    assert finished(state).landed == landed


@rule("cli 4 runs: order")
@pytest.mark.parametrize(
    ("first", "second", "exit_code", "running"),
    [
        (StopDecided(message="a"), StopDecided(message="b"), 1, "drain"),
        (StopDecided(message="a"), StopDecided(message="b", exit_code=3, running="all"), 3, "all"),
        (StopDecided(message="a", exit_code=4), StopDecided(message="b", exit_code=3, running="all"), 4, "all"),
        (StopDecided(message="a"), StopDecided(message="b", exit_code=4, running="all"), 4, "all"),
    ],
)
def test_a_second_stop_counts_where_it_ends_more(first, second, exit_code, running):
    state = RunState(last_seq=1)
    for seq, event in enumerate((first, second), 2):
        state = evolve(state, Envelope(seq=seq, at=START, event=event))

    assert state.stop is not None
    assert (state.stop.exit_code, state.stop.running) == (exit_code, running)


@rule("4.3 runs: listed")
def test_tolerated_steps_are_listed_among_the_warnings():
    phase = PhaseState(phase="steps", status="running", started_at=START)
    state = RunState(last_seq=1, kind="plain", phases=RunState().phases.insert("steps", phase))
    failure = Failure(kind="exit", message="exit code 3", step="lint")
    event = StepFinished(phase="steps", path="2", status="tolerated", failure=failure)
    state = evolve(state, Envelope(seq=2, at=START, event=event))

    (warned,) = state.warnings
    assert warned.message == "step 'lint' failed and was tolerated: exit code 3"
    assert (state.tolerated, state.warning_count) == (1, 1)
