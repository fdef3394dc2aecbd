"""The forms of checks: `validate`, `on_incomplete`, `step_validate`, `goal_seek` (language 14)."""

import pytest

from prodigy_tui.workflow.model import OnIncomplete, StepValidate, Validation
from tests.support.rules import rule
from tests.workflow.build.reading import codes, command, read, step


def validation(text):
    return step(f"{{shell: a, validate: {text}}}").validation


def incomplete(text):
    return validation(f"{{shell: v, on_incomplete: {text}}}").on_incomplete


def step_validate(text):
    return step(f"{{shell: a, step_validate: {text}}}").step_validate


def kinds(steps):
    return [(inner.command.kind, inner.label) for inner in steps]


@rule("14.1 short", "14.1 one command")
@pytest.mark.parametrize(
    ("text", "form", "expected"),
    [
        ("v", "shell", [("shell", "v")]),
        ("/v", "agent", [("agent", "/v")]),
        ("[v, /w]", "steps", [("shell", "v"), ("agent", "/w")]),
        ("{shell: v}", "shell", [("shell", "v")]),
        ("{command: v}", "shell", [("shell", "v")]),
        ("{claude: v}", "agent", [("agent", "v")]),
        ("{claude: {prompt: v, model: m}}", "agent", [("agent", "v")]),
        ("{agent: {prompt: v, provider: scripted}}", "agent", [("agent", "v")]),
        ("{steps: [v]}", "steps", [("shell", "v")]),
        ("{commands: [{shell: v}, w]}", "steps", [("shell", "v"), ("shell", "w")]),
        ("{result_file: r.json}", "file", []),
    ],
)
def test_the_forms_of_a_check(text, form, expected):
    found = validation(text)

    assert (found.form, kinds(found.steps)) == (form, expected)


@rule("14.1 one command")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{}", ["PT522"]),
        ("{threshold: 80}", ["PT522"]),
        ("{shell: v, claude: w}", ["PT522"]),
        ("{steps: [v], agent: w}", ["PT522"]),
        ("{shell: v, command: w}", ["PT116"]),
        ("{shel: v}", ["PT110"]),
        ("[]", ["PT204"]),
        ("{steps: []}", ["PT204"]),
        ("true", ["PT105"]),
    ],
)
def test_a_check_has_exactly_one_command(text, expected):
    assert codes(f"{{shell: a, validate: {text}}}") == expected


@rule("14.1 keys")
def test_the_keys_of_a_check_and_their_defaults():
    full = validation(
        "{shell: v, threshold: 0.8, result_file: 'r/${run.id}.json', expected_schema: {type: object}, timeout: 5m,"
        " fail_workflow: false}"
    )
    bare = validation("v")

    assert (full.threshold, full.result_file, full.expected_schema) == (80, "r/${run.id}.json", {"type": "object"})
    assert (full.timeout, full.fail_workflow) == (300, False)
    assert bare == Validation(form="shell", steps=bare.steps, threshold=100.0, fail_workflow=True)
    assert validation("{shell: v, expected_schema: s.json}").expected_schema == "s.json"


@rule("14.1 keys")
@pytest.mark.parametrize(("text", "expected"), [("80%", 80), ("92.5", 92.5), ("0.8", 80), ("1.0", 100), ("0", 0)])
def test_the_threshold_is_a_score(text, expected):
    assert validation(f"{{shell: v, threshold: {text}}}").threshold == expected


@rule("14.1 validation_timeout")
def test_a_steps_limit_of_checks_is_that_of_every_round():
    found = step("{shell: a, validate: v, step_validate: w, validation_timeout: 5}")
    late = step("{shell: a, validate: v, step_validate: w, validation_timeout: $ARG}")
    own = step("{shell: a, validate: {shell: v, timeout: 9}, step_validate: w, validation_timeout: 5}")

    assert (found.validation.timeout, found.step_validate.timeout) == (5, 5)
    assert (late.validation.late["timeout"], late.late) == (late.step_validate.late["timeout"], {})
    assert (own.validation.timeout, own.step_validate.timeout) == (9, 5)
    assert step("{validate: v, validation_timeout: 5}").command.validation.timeout == 5
    assert codes("{shell: a, validate: {shell: v, timeout: 9}, validation_timeout: 5}") == ["PT116"]


@rule("14.1 skip", "14.6 ignore")
def test_checks_can_be_left_out_or_tolerated():
    found = step("{shell: a, validate: v, step_validate: w, skip_validation: true, ignore_validation_failure: yes}")

    assert (found.skip_validation, found.ignore_validation_failure) == (True, True)
    assert (step("a").skip_validation, step("a").ignore_validation_failure) == (False, False)


@rule("14.4 forms")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("b", ["b"]),
        ("/fix", ["/fix"]),
        ("[b, c]", ["b", "c"]),
        ("{claude: c, max_attempts: 5}", ["c"]),
        ("{steps: [b], max_attempts: 5}", ["b"]),
        ("{commands: [b, c], prompt: 'go on?'}", ["b", "c"]),
        ("{max_attempts: 3}", []),
    ],
)
def test_the_forms_of_what_follows_a_score_that_is_too_low(text, expected):
    assert [inner.label for inner in incomplete(text).steps] == expected


@rule("14.4 forms", "14.4 options")
def test_whose_limit_stands_in_on_incomplete():
    group, single = incomplete("{steps: [b], timeout: 5}"), incomplete("{shell: b, timeout: 5}")

    assert (group.timeout, group.steps[0].timeout) == (5, None)
    assert (single.timeout, single.steps[0].timeout) == (None, 5)


@rule("14.4 options")
def test_the_options_of_on_incomplete_and_their_defaults():
    full = incomplete("{shell: b, max_attempts: 5, fail_workflow: false, handler_failure_fatal: true, prompt: 'ok?'}")
    bare = incomplete("b")

    assert (full.max_attempts, full.fail_workflow, full.fatal, full.prompt) == (5, False, True, "ok?")
    assert bare == OnIncomplete(steps=bare.steps, max_attempts=2, fail_workflow=True, fatal=False)
    assert sorted(incomplete("{shell: b, max_attempts: $ARG, handler_failure_fatal: $ARG}").late) == [
        "fatal",
        "max_attempts",
    ]


@rule("14.4 without steps")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{prompt: 'ok?'}", []),
        ("{fail_workflow: false}", []),
        ("{max_attempts: 1}", []),
        ("{}", ["PT206"]),
        ("{fail_workflow: true}", ["PT206"]),
        ("{handler_failure_fatal: true}", ["PT206"]),
    ],
)
def test_options_of_on_incomplete_alone_need_an_effect(text, expected):
    assert codes(f"{{shell: a, validate: {{shell: v, on_incomplete: {text}}}}}") == expected


@rule("14.5 references")
def test_the_result_of_a_check_can_be_named():
    _, problems = read(
        "- {shell: a, validate: {shell: v, on_incomplete: {claude: 'fix ${validation.gaps} ${validation.own}'}}}\n"
        "- {claude: 'it was ${validation.score}', when: 'validation.passed'}\n"
    )

    assert problems == []


@rule("14.6 step_validate", "14.6 commands")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("v", [("shell", "v", None, 0)]),
        ("/v", [("agent", "/v", None, 0)]),
        ("[v, /w]", [("shell", "v", None, 0), ("agent", "/w", None, 0)]),
        ("[{command: v, expect_output: 'ok$'}]", [("shell", "v", "ok$", 0)]),
        ("{commands: [{command: v, expect_exit_code: 2}]}", [("shell", "v", None, 2)]),
        ("{commands: [{command: v, command_type: claude}]}", [("agent", "v", None, 0)]),
        ("{commands: [{command: /v, command_type: shell}]}", [("shell", "/v", None, 0)]),
    ],
)
def test_the_commands_that_must_pass(text, expected):
    found = step_validate(text).checks

    assert [
        (one.step.command.kind, one.step.label, one.expect_output, one.expect_exit_code) for one in found
    ] == expected


@rule("14.6 step_validate", "14.6 criteria")
@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("", {}),
        (", success_criteria: all", {}),
        (", success_criteria: any", {"at_least": 1}),
        (", success_criteria: {at_least: 2}", {"at_least": 2}),
        (", success_criteria: {atleast: 2}", {"at_least": 2}),
        (", max_attempts: 3, retry_delay: 1s", {"max_attempts": 3, "retry_delay": 1}),
        (", retry_delay: 0", {"retry_delay": 0}),
    ],
)
def test_how_the_commands_are_judged(fields, expected):
    found = step_validate(f"{{commands: [v, w]{fields}}}")

    assert found == StepValidate(checks=found.checks, **expected)


@rule("14.6 step_validate")
def test_numbers_of_step_validate_may_be_references():
    found = step_validate("{commands: [v], max_attempts: $ARG, success_criteria: {at_least: $ARG}}")

    assert sorted(found.late) == ["at_least", "max_attempts"]


@rule("14.6 goal_seek", "14.6 goal until")
def test_the_keys_of_a_goal_and_their_defaults():
    full = command(
        "{goal_seek: {goal: 'the ${run.id}', claude: c, validate: {shell: v}, threshold: 90, max_attempts: 7,"
        " timeout: 1h, until: 'validation.score > 50', patience: 2, fail_on_incomplete: false}}"
    )
    bare = command("{goal_seek: {shell: a, validate: v}}")

    assert (full.goal, kinds(full.steps), kinds(full.validation.steps)) == (
        "the ${run.id}",
        [("agent", "c")],
        [("shell", "v")],
    )
    assert (full.validation.threshold, full.max_attempts, full.timeout) == (90, 7, 3600)
    assert (full.until, full.patience, full.fail_on_incomplete) == ("validation.score > 50", 2, False)
    assert (bare.validation.threshold, bare.max_attempts, bare.timeout) == (100, 5, None)
    assert (bare.until, bare.patience, bare.fail_on_incomplete) == (None, None, True)


@rule("14.6 goal_seek")
@pytest.mark.parametrize(
    ("attempt", "expected"),
    [
        ("shell: a", [("shell", "a")]),
        ("agent: {prompt: a, provider: scripted}", [("agent", "a")]),
        ("steps: [a, /b]", [("shell", "a"), ("agent", "/b")]),
        ("commands: [a]", [("shell", "a")]),
    ],
)
def test_what_a_goal_repeats(attempt, expected):
    assert kinds(command(f"{{goal_seek: {{{attempt}, validate: v}}}}").steps) == expected


@rule("14.6 goal_seek")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{validate: v}", ["PT201"]),
        ("{shell: a, claude: b, validate: v}", ["PT202"]),
        ("{shell: a}", ["PT108"]),
        ("a", ["PT105"]),
        ("{shell: a, validate: v, patience: 0}", ["PT113"]),
        ("{shell: a, validate: v, until: 'x ='}", ["PT302", "PT401"]),
    ],
)
def test_what_a_goal_cannot_be(text, expected):
    assert set(codes(f"{{goal_seek: {text}}}")) <= set(expected)
    assert codes(f"{{goal_seek: {text}}}") != []


@rule("14.6 goal contradictions")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{shell: a, validate: {shell: v, threshold: 80}}", []),
        ("{shell: a, validate: {shell: v, threshold: 80}, threshold: 90}", ["PT116"]),
        ("{shell: a, validate: {shell: v, on_incomplete: b}}", ["PT207"]),
        ("{shell: a, validate: {shell: v, fail_workflow: false}}", ["PT207"]),
        ("{shell: a, validate: v, timeout: 5}, timeout: 5", ["PT116"]),
    ],
)
def test_what_a_goal_says_itself(text, expected):
    assert codes(f"{{goal_seek: {text}}}") == expected


@pytest.mark.parametrize(
    "text",
    [
        "{shell: a, validate: 'echo ${last.output:nope}'}",
        "{shell: a, validate: {claude: '${last.output:nope}'}}",
        "{shell: a, validate: {shell: v, on_incomplete: {claude: '${last.output:nope}'}}}",
        "{shell: a, validate: {shell: v, on_incomplete: {prompt: '${last.output:nope}'}}}",
        "{shell: a, validate: {result_file: '${last.output:nope}'}}",
        "{shell: a, step_validate: [{command: '${last.output:nope}'}]}",
        "{goal_seek: {goal: '${last.output:nope}', shell: a, validate: v}}",
        "{goal_seek: {shell: 'echo ${last.output:nope}', validate: v}}",
    ],
)
def test_the_texts_of_checks_are_checked(text):
    assert codes(text) == ["PT304"]
