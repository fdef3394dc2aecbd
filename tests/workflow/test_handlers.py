"""`on_failure` in every form of the language and the defaults of its normal form."""

import pytest

from prodigy_tui.workflow.load import load_text
from prodigy_tui.workflow.model import AgentCommand, Handler


def handler(form, command="shell: a"):
    loaded = load_text(f"- {{{command}, on_failure: {form}}}\n", "w.yml")
    assert loaded.workflow is not None, [str(problem) for problem in loaded.problems]
    return loaded.workflow.steps.steps[0].on_failure


def codes(form, command="shell: a"):
    return [problem.code for problem in load_text(f"- {{{command}, on_failure: {form}}}\n", "w.yml").problems]


def summary(found):
    return (len(found.steps), found.strategy, found.rounds, found.fail_workflow)


@pytest.mark.parametrize("form", ["false", "null"])
def test_no_handler_lets_the_failure_stand(form):
    assert handler(form) is None


@pytest.mark.parametrize("form", ["true", "{fail_workflow: false}"])
def test_the_failure_is_tolerated(form):
    assert handler(form) == Handler(tolerate=True, fail_workflow=None if form == "true" else False)


def test_continue_on_error_is_the_same_as_true():
    loaded = load_text("- {shell: a, continue_on_error: true}\n- {shell: a, continue_on_error: false}\n", "w.yml")

    assert loaded.workflow is not None
    assert [s.on_failure for s in loaded.workflow.steps.steps] == [Handler(tolerate=True), None]


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("b", (1, "fallback", 1, None)),
        ("'true'", (1, "fallback", 1, None)),
        ("[b, c]", (2, "fallback", 1, None)),
        ("{shell: b}", (1, "fallback", 1, None)),
        ("{steps: [b, c]}", (2, "fallback", 1, None)),
        ("{commands: [b]}", (1, "fallback", 1, None)),
        ("/fix", (1, "recovery", 3, None)),
        ("[b, {claude: c}]", (2, "recovery", 3, None)),
        ("{claude: c}", (1, "recovery", 3, None)),
        ("{claude: c, max_attempts: 1, fail_workflow: true}", (1, "recovery", 1, True)),
        ("{claude: c, strategy: fallback}", (1, "fallback", 1, None)),
        ("{claude: c, strategy: Cleanup, fail_workflow: false}", (1, "cleanup", 1, False)),
        ("{shell: b, max_attempts: 4, fail_workflow: false}", (1, "recovery", 4, False)),
        ("{shell: b, strategy: recovery}", (1, "recovery", 3, None)),
        ("{shell: b, strategy: custom, max_attempts: 2, fail_workflow: true}", (1, "recovery", 2, True)),
        ("{shell: b, retry_original: true}", (1, "recovery", 3, None)),
        ("{shell: b, retry_original: false}", (1, "fallback", 1, None)),
        ("{shell: b, max_retries: 2, fail_workflow: true}", (1, "recovery", 2, True)),
        ("{max_attempts: 3, fail_workflow: true}", (0, "recovery", 3, True)),
        ("{shell: b, claude: c}", (2, "recovery", 3, None)),
    ],
)
def test_strategy_and_rounds_follow_from_what_is_written(form, expected):
    assert summary(handler(form)) == expected


@pytest.mark.parametrize("command", ["claude: a", "write_file: {path: a, content: b}"])
def test_only_a_failing_shell_step_is_repaired_by_default(command):
    assert summary(handler("{claude: c}", command)) == (1, "fallback", 1, None)


def test_the_timeout_of_a_group_is_the_handlers_and_of_a_single_step_the_steps():
    group, single = handler("{steps: [b], timeout: 5}"), handler("{shell: b, timeout: 5}")

    assert (group.timeout, group.steps[0].timeout) == (5, None)
    assert (single.timeout, single.steps[0].timeout) == (None, 5)


def test_when_of_a_handler_is_the_handlers():
    found = handler("{shell: b, when: error.exit_code == 2, name: n, handler_failure_fatal: true}")

    assert (found.when, found.steps[0].when) == ("error.exit_code == 2", None)
    assert (found.fatal, found.steps[0].label) == (True, "n")


def test_the_second_of_two_steps_in_one_gets_the_other_keys():
    first, second = handler("{claude: c, shell: b, timeout: 5, id: x}").steps

    assert (first.label, first.timeout, first.id) == ("b", None, None)
    assert (second.label, second.timeout, second.id) == ("c", 5, "x")
    assert isinstance(second.command, AgentCommand)


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("{}", ["PT206"]),
        ("{strategy: recovery}", ["PT206"]),
        ("{fail_workflow: true}", ["PT206"]),
        ("{max_attempts: 1, fail_workflow: true}", ["PT206"]),
        ("{max_attempts: x}", ["PT903", "PT105"]),
        ("[]", ["PT204"]),
        ("{steps: []}", ["PT204"]),
        ("{foo: bar}", ["PT110"]),
        ("{name: x}", ["PT201"]),
        ("{steps: [b], name: x}", ["PT110"]),
        ("{steps: b}", ["PT105"]),
        ("{shell: b, agent: c}", ["PT202"]),
        ("{shell: b, strategy: repair}", ["PT109"]),
        ("{shell: b, strategy: custom, retry_original: true}", ["PT116", "PT901"]),
        ("{shell: b, max_attempts: 2, max_retries: 2, fail_workflow: true}", ["PT116"]),
        ("{shell: b, capture: x}", []),
        ("{shell: b, capture: {x: stdout}}", ["PT901"]),
        ("{shell: b, max_attempts: 2}", ["PT903"]),
        ("{shell: b, strategy: cleanup}", ["PT903"]),
        ("{shell: b, on_success: c}", []),
    ],
)
def test_what_a_handler_cannot_be(form, expected):
    assert codes(form) == expected


def test_on_failure_of_a_legacy_test_moves_to_the_step():
    loaded = load_text("- test: {command: a, on_failure: {claude: b}}\n", "w.yml")

    assert loaded.workflow is not None
    found = loaded.workflow.steps.steps[0].on_failure
    assert found is not None
    assert summary(found) == (1, "recovery", 3, None)


def test_handlers_may_be_nested_eight_deep_and_no_deeper():
    def nested(levels):
        return "{shell: a, on_failure: " * levels + "b" + "}" * levels

    assert load_text(f"- {nested(8)}\n", "w.yml").problems == ()
    assert [p.code for p in load_text(f"- {nested(9)}\n", "w.yml").problems] == ["PT209"]
