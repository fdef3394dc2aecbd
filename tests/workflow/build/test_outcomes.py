"""What follows an outcome: handlers, successes and exit codes in every form (language 6.1 to 6.3)."""

import pytest

from prodigy_tui.workflow.model import Handler, StepGroup
from tests.support.rules import rule
from tests.workflow.build.reading import codes, read, step


def handler(form, command="shell: a"):
    return step(f"{{{command}, on_failure: {form}}}").on_failure


def labels(found):
    return [inner.label for inner in found.steps]


@rule("6.1 none", "6.1 true")
@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("false", None),
        ("null", None),
        ("true", Handler(tolerate=True)),
        ("{fail_workflow: false}", Handler(tolerate=True, fail_workflow=False)),
    ],
)
def test_a_handler_without_steps(form, expected):
    assert handler(form) == expected


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        pytest.param("b", ["b"], marks=rule("6.1 text")),
        pytest.param("/b", ["/b"], marks=rule("6.1 text")),
        pytest.param("'true'", ["true"], marks=rule("6.1 text")),
        pytest.param("[b, {shell: c}, /d]", ["b", "c", "/d"], marks=rule("6.1 list")),
        pytest.param("{steps: [b, c]}", ["b", "c"], marks=rule("6.1 group")),
        pytest.param("{commands: [b]}", ["b"], marks=rule("6.1 group")),
        pytest.param("{shell: b, max_attempts: 2, fail_workflow: true}", ["b"], marks=rule("6.1 step")),
        pytest.param("{foreach: [1], do: c}", ["foreach 1 items"], marks=rule("6.1 step")),
    ],
)
def test_the_steps_of_a_handler(form, expected):
    assert labels(handler(form)) == expected


@rule("6.1 group", "6.1 step")
def test_whose_fields_stand_in_a_handler():
    group = handler("{steps: [b], timeout: 5, when: error.exit_code == 2, handler_failure_fatal: true}")
    single = handler("{shell: b, timeout: 5, commit_required: true, on_failure: c, on_success: d, when: 'true'}")

    assert (group.timeout, group.when, group.fatal) == (5, "error.exit_code == 2", True)
    assert (single.timeout, single.when) == (None, "true")
    assert (single.steps[0].timeout, single.steps[0].commit_required) == (5, True)
    assert labels(single.steps[0].on_failure) == ["c"]
    assert labels(single.steps[0].on_success) == ["d"]


@rule("6.1 legacy")
def test_legacy_options_of_a_handler():
    (found,), problems = read(
        "- {shell: a, on_failure: {shell: b, max_retries: 2, retry_original: true, capture: {out: x, all: y},"
        " fail_workflow: true}}\n"
    )

    assert problems == ["PT901", "PT901", "PT901"]
    assert (found.on_failure.rounds, found.on_failure.strategy) == (2, "recovery")
    assert found.on_failure.captures == ("out", "all")


@rule("6.1 without steps")
@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("{max_attempts: 3, fail_workflow: true}", []),
        ("{fail_workflow: false}", []),
        ("{max_attempts: $ARG, fail_workflow: true}", []),
        ("{fail_workflow: '${run.id}'}", []),
        ("{max_attempts: 1, fail_workflow: true}", ["PT206"]),
        ("{strategy: recovery}", ["PT206"]),
        ("{steps: [b], capture: x}", ["PT901", "PT105"]),
        ("{}", ["PT206"]),
    ],
)
def test_options_alone_need_an_effect(form, expected):
    assert codes(f"{{shell: a, on_failure: {form}}}") == expected


@rule("6.2 strategy", "6.2 rounds")
@pytest.mark.parametrize(
    ("form", "command", "expected"),
    [
        ("b", "shell: a", ("fallback", 1)),
        ("/b", "shell: a", ("recovery", 3)),
        ("/b", "claude: a", ("fallback", 1)),
        ("[b, /c]", "shell: a", ("recovery", 3)),
        ("{shell: b, max_attempts: 2, fail_workflow: true}", "claude: a", ("recovery", 2)),
        ("{shell: b, max_attempts: $ARG, fail_workflow: true}", "claude: a", ("recovery", 3)),
        ("{claude: b, max_attempts: 1, fail_workflow: true}", "shell: a", ("recovery", 1)),
        ("{claude: b, strategy: fallback}", "shell: a", ("fallback", 1)),
        ("{shell: b, strategy: recovery}", "shell: a", ("recovery", 3)),
    ],
)
def test_the_strategy_and_rounds_that_are_not_written(form, command, expected):
    found = handler(form, command)

    assert (found.strategy, found.rounds) == expected


@rule("6.2 contradiction")
@pytest.mark.parametrize("strategy", ["fallback", "cleanup", "custom"])
def test_several_rounds_mean_recovery(strategy):
    text = f"- {{shell: a, on_failure: {{shell: b, strategy: {strategy}, max_attempts: 2, fail_workflow: true}}}}\n"
    (found,), problems = read(text)

    assert (found.on_failure.strategy, problems) == ("recovery", ["PT207"])


@rule("6.2 depth")
@pytest.mark.parametrize("key", ["on_failure", "on_success", "validate: {shell: v, on_incomplete"])
def test_handlers_are_nested_eight_deep(key):
    close = "}}" if "{" in key else "}"

    def nested(levels):
        return f"{{shell: a, {key}: " * levels + "b" + close * levels

    assert codes(nested(8)) == []
    assert codes(nested(9)) == ["PT209"]


def test_options_of_a_handler_may_be_references():
    found = handler("{steps: [b], max_attempts: $ARG, fail_workflow: $ARG, handler_failure_fatal: $ARG, timeout: $ARG}")

    assert sorted(found.late) == ["fail_workflow", "fatal", "rounds", "timeout"]


@rule("6.3 on_success")
@pytest.mark.parametrize(
    ("form", "expected", "timeout"),
    [
        ("b", ["b"], None),
        ("[b, /c]", ["b", "/c"], None),
        ("{shell: b, timeout: 5}", ["b"], None),
        ("{steps: [b, c], timeout: 5}", ["b", "c"], 5),
        ("{commands: [b]}", ["b"], None),
    ],
)
def test_the_forms_of_what_follows_a_success(form, expected, timeout):
    found = step(f"{{shell: a, on_success: {form}}}").on_success

    assert isinstance(found, StepGroup)
    assert (labels(found), found.timeout) == (expected, timeout)


@rule("6.3 on_success")
@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("true", ["PT105"]),
        ("[]", ["PT204"]),
        ("{shell: b, strategy: custom}", ["PT110"]),
        ("{shell: b, claude: c}", ["PT901"]),
    ],
)
def test_what_cannot_follow_a_success(form, expected):
    assert codes(f"{{shell: a, on_success: {form}}}") == expected


@rule("6.3 keys")
@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("0", ((0,), (), False)),
        ("101", ((101,), (), False)),
        ("'101'", ((101,), (), False)),
        ("'2-5'", ((), ((2, 5),), False)),
        ("2-5", ((), ((2, 5),), False)),
        ("'1,3'", ((1, 3), (), False)),
        ("'1, 3-4'", ((1,), ((3, 4),), False)),
        ("nonzero", ((), (), True)),
        ("default", ((), (), True)),
    ],
)
def test_the_keys_of_exit_codes(key, expected):
    (found,) = step(f"{{shell: a, on_exit_code: {{{key}: b}}}}").on_exit_code

    assert (found.codes, found.ranges, found.nonzero) == expected
    assert labels(found.handler) == ["b"]


@rule("6.3 values")
def test_the_values_of_exit_codes_are_handlers():
    fix, tolerated, stands = step(
        "{shell: a, on_exit_code: {2: {claude: b, max_attempts: 4, fail_workflow: true}, 3: true, 4: false}}"
    ).on_exit_code

    assert (fix.handler.rounds, fix.handler.strategy, fix.handler.fail_workflow) == (4, "recovery", True)
    assert tolerated.handler == Handler(tolerate=True)
    assert stands.handler is None


@pytest.mark.parametrize(
    "text",
    [
        "{shell: a, on_success: {shell: b, when: 'last.outptu'}}",
        "{shell: a, on_exit_code: {2: {claude: '${error.mesage}'}}}",
        "{shell: a, on_failure: {claude: b, when: 'error.mesage'}}",
        "{shell: a, retry: {on_failure: {fallback: {claude: '${last.outptu}'}}}}",
    ],
)
def test_texts_and_expressions_of_handlers_are_checked(text):
    assert codes(text) == ["PT301"]
