"""The variables that the steps of a run have in common."""

from prodigy_tui.engine.variables.environment import Settled
from prodigy_tui.engine.variables.step_environment import StepEnvironment
from prodigy_tui.workflow.values import Value

BASE = {"HOME": "/h", "KEY": "hush", "PATH": "/bin"}


def test_values_of_the_run_are_made_once_for_all_steps():
    settled = Settled(base=BASE)
    first, second = (StepEnvironment(run=settled).variables({}) for _ in range(2))

    assert first == {name: Value(text, trusted=True) for name, text in BASE.items()}
    assert all(first[name] is second[name] for name in BASE)


def test_what_one_step_has_and_hides_is_no_other_steps_matter():
    settled = Settled(base=BASE)
    own = {"PATH": None, "KEY": Value("of the step"), "NEW": Value("x")}

    assert StepEnvironment(run=settled, own=own).variables({"HOME": "/h"}) == {
        "KEY": Value("of the step"),
        "NEW": Value("x"),
    }
    assert StepEnvironment(run=settled).variables({"KEY": "hush"}).keys() == {"HOME", "PATH"}
    assert StepEnvironment(run=settled).variables({}).keys() == BASE.keys()
