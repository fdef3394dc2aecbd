"""How often agents would be called, and what a plan says about steps."""

import pytest

from prodigy_tui.engine.planning.plan import count_agent_calls, plan_phases
from prodigy_tui.workflow.load import load_text
from prodigy_tui.workflow.model import Workflow
from tests.support.rules import rule


def workflow(text: str) -> Workflow:
    return load_text(text, "t.yml").require()


PLAIN = [
    pytest.param("- shell: x", (0, 0), id="no agent"),
    pytest.param("- claude: x", (1, 1), id="one agent"),
    pytest.param("- {claude: x, when: false}", (0, 0), id="never"),
    pytest.param("- {claude: x, when: last.success}", (1, 1), id="perhaps"),
    pytest.param("- {claude: x, on_failure: {claude: y}}", (1, 2), id="a single round is handled afterwards"),
    pytest.param("- {claude: x, on_failure: {claude: y, max_attempts: 3}}", (1, 5), id="three rounds, two repairs"),
    pytest.param("- {shell: x, on_failure: {claude: y}}", (0, 2), id="a repair of shell has three rounds"),
    pytest.param("- {claude: x, on_failure: true}", (1, 1), id="tolerated"),
    pytest.param(
        "- {shell: x, on_failure: {claude: y, max_attempts: 3, on_failure: {agent: z}}}", (0, 4), id="nested handlers"
    ),
    pytest.param("- {claude: x, retry: 3}", (1, 3), id="repeated"),
    pytest.param("- {claude: x, retry: {attempts: 2, on_failure: {fallback: /y}}}", (1, 3), id="a fallback in the end"),
    pytest.param("- {shell: x, on_success: /y}", (1, 1), id="what follows a success"),
    pytest.param("- {shell: x, on_exit_code: {3: /y}}", (0, 2), id="what follows an exit code"),
    pytest.param("- {shell: x, validate: /y, retry: 2}", (1, 2), id="a check of each execution"),
    pytest.param("- {validate: /y}", (1, 1), id="only a check"),
    pytest.param(
        "- {shell: x, validate: {claude: y, on_incomplete: {claude: z, max_attempts: 2}}}", (1, 5), id="repairs"
    ),
    pytest.param("- {shell: x, step_validate: {commands: [/y, /z], max_attempts: 3}}", (2, 6), id="commands as checks"),
    pytest.param("- {shell: x, validate: /y, step_validate: /z, skip_validation: true}", (0, 0), id="no checks"),
    pytest.param("- {foreach: [1, 2, 3], max_items: 2, do: {claude: x}}", (2, 2), id="a loop over a list"),
    pytest.param("- {foreach: ls, do: {claude: x}}", (0, 1), id="a loop over what nobody knows yet"),
    pytest.param("- {goal_seek: {claude: x, validate: {claude: y}, max_attempts: 3}}", (2, 6), id="a goal"),
    pytest.param("{templates: {t: [{claude: x}, {claude: y}]}, steps: [{use: t}]}", (2, 2), id="a template"),
    pytest.param(
        "{workflows: {w: {max_iterations: 3, sub_workflows: {v: {}}, steps: [{claude: x}]}, "
        "v: {steps: [{claude: y}]}}, steps: [{workflow: w}]}",
        (2, 4),
        id="a call",
    ),
]


@rule("18 dry run calls")
@pytest.mark.parametrize(("text", "calls"), PLAIN)
def test_agent_calls_of_a_plain_workflow(text: str, calls: tuple[int, int]) -> None:
    assert count_agent_calls(workflow(text)).total(None) == calls


@rule("18 dry run calls")
def test_agent_calls_of_a_map_grow_with_its_items_and_attempts() -> None:
    text = """
setup: [{claude: s}]
map:
  items: [a]
  agent_template: [{claude: x}, {shell: y, on_failure: {claude: z, max_attempts: 2}}]
reduce: [{claude: r}]
merge: [{claude: m}]
error_policy: {on_item_failure: %s}
"""

    for policy, each in (("dlq", 2), ("retry", 6), ("{claude: handle}", 3)):
        calls = count_agent_calls(workflow(text % policy))
        assert (calls.per_item, calls.besides) == ((1, each), (3, 3))
        assert calls.total(10) == (13, 3 + 10 * each)
        assert calls.total(None) is None


@rule("4.2 args plain")
def test_a_plain_workflow_runs_once_for_each_positional_value() -> None:
    assert count_agent_calls(workflow("- claude: x"), arguments=3).total(None) == (3, 3)


@rule("18 dry run shows")
def test_phases_and_steps_in_order() -> None:
    text = """
map: {items: [a], agent_template: [one], max_parallel: "${N}"}
vars: {N: 4}
setup: [two]
reduce: {steps: [{shell: three, timeout: 1m}], run_if: always, timeout: 2m}
merge: [four]
"""

    phases = plan_phases(workflow(text))

    assert [(phase.phase, [step.label for step in phase.steps]) for phase in phases] == [
        ("setup", ["two"]),
        ("map", ["one"]),
        ("reduce", ["three"]),
        ("merge", ["four"]),
    ]
    assert (phases[1].max_parallel, phases[2].timeout, phases[2].run_if) == ("${N}", 120, "always")
    assert phases[2].steps[0].timeout == 60


def test_replaced_provider_is_the_one_that_is_shown() -> None:
    (phase,) = plan_phases(workflow("- claude: x\n"), provider="scripted")

    assert phase.steps[0].provider == "scripted"


@rule("18 dry run calls")
def test_a_plan_shows_checks_and_what_is_done_below_the_score() -> None:
    (phase,) = plan_phases(workflow("- {shell: x, step_validate: a, validate: {shell: b, on_incomplete: {shell: c}}}"))

    found = [(handler.on, handler.rounds, handler.steps[0].label) for handler in phase.steps[0].handlers]
    assert found == [("check", 1, "a"), ("check", 3, "b"), ("incomplete", 1, "c")]
