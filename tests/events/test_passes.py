"""Passes over the steps of a plain workflow, and what the state keeps of loops."""

import pytest
from msgspec.structs import replace

from prodigy_tui.events.evolve import InvalidTransition, evolve, fold
from prodigy_tui.events.schema import PassStarted, PhaseStarted, RunResumed, StepFinished, StepStarted
from tests.support.make import make_envelope, make_run_started


class Script:
    """Events of a run, one after the other."""

    def __init__(self):
        self.envelopes = [make_envelope(replace(make_run_started(), kind="plain"))]

    def add(self, event):
        self.envelopes.append(make_envelope(event, len(self.envelopes) + 1))


def began(script, *paths):
    for path in paths:
        script.add(StepStarted(phase="steps", path=path, label=path, kind="shell"))
        script.add(StepFinished(phase="steps", path=path, status="ok"))


def paths(script):
    return sorted(fold(script.envelopes).phases["steps"].steps)


@pytest.fixture
def script():
    return Script()


def test_a_pass_begins_without_the_steps_of_the_one_before(script):
    script.add(PhaseStarted(phase="steps"))
    began(script, "sub0", "0", "1", "1/u.0")
    script.add(PassStarted(iteration=2, iterations=3, head="h"))
    assert paths(script) == ["sub0"]
    assert fold(script.envelopes).phases["steps"].passing.iteration == 2


def test_a_resumed_phase_is_in_the_same_pass(script):
    script.add(PhaseStarted(phase="steps"))
    script.add(PassStarted(iteration=2, iterations=3, head="h"))
    script.add(RunResumed(version="1"))
    script.add(PhaseStarted(phase="steps"))
    assert fold(script.envelopes).phases["steps"].passing.iteration == 2


def test_a_pass_belongs_to_a_phase_that_runs(script):
    state = fold(script.envelopes)
    with pytest.raises(InvalidTransition):
        evolve(state, make_envelope(PassStarted(), 2))


def test_of_a_loop_only_iterations_under_way_are_kept(script):
    script.add(PhaseStarted(phase="steps"))
    script.add(StepStarted(phase="steps", path="0", label="loop", kind="foreach"))
    began(script, "0/e0.0", "0/e1.0", "0/e1.0/r1.0")
    script.add(StepStarted(phase="steps", path="0/e2.0", label="x", kind="shell"))
    assert paths(script) == ["0", "0/e2.0"]
