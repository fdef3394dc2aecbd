"""How the spellings of older workflows are read (language B.1, B.2, B.5)."""

import pytest

from tests.support.rules import rule
from tests.workflow.build.reading import read, read_lines


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("{shell: a, name: lint}", [], marks=rule("B.1 label")),
        pytest.param("{claude: /a, name: lint}", [], marks=rule("B.1 label")),
        pytest.param(
            "{name: lint, args: [a], options: {x: 1}}", ["PT201", "PT902", "PT902"], marks=rule("B.1 name and args")
        ),
        pytest.param("prodigy-lint", ["PT904"], marks=rule("B.1 plain word")),
        pytest.param("lint", [], marks=rule("B.1 plain word")),
        pytest.param("{command: /lint}", ["PT901"], marks=rule("B.1 legacy commands")),
        pytest.param("{test: make test}", ["PT901"], marks=rule("B.1 legacy commands")),
        pytest.param("'claude: /lint'", ["PT901"], marks=rule("B.1 legacy commands")),
        pytest.param("'shell: ls'", ["PT901"], marks=rule("B.1 legacy commands")),
        pytest.param("{handler: {name: x, attributes: {}}}", ["PT203"], marks=rule("B.1 legacy commands")),
        pytest.param("{analyze: {max_cache_age: 300}}", ["PT902"], marks=rule("B.1 ignored")),
        pytest.param("{shell: a, analysis: {}}", ["PT902"], marks=rule("B.1 ignored")),
        pytest.param("{shell: a, args: [x], options: {}, output: x}", ["PT902"] * 3, marks=rule("B.1 ignored")),
        pytest.param("{shell: a, fail_workflow: true}", ["PT902"], marks=rule("B.1 ignored")),
        pytest.param("{shell: a, metadata: {retries: 2, env: {}}}", ["PT902"] * 2, marks=rule("B.1 ignored")),
        pytest.param("{shell: a, metadata: x}", ["PT902"], marks=rule("B.1 ignored")),
        pytest.param("{shell: a, metadata: {continue_on_error: true}}", ["PT901"], marks=rule("B.1 metadata")),
        pytest.param("{claude: a, metadata: {commit_required: true}}", ["PT901"], marks=rule("B.1 metadata")),
        pytest.param("{shell: a, allow_failure: true}", ["PT901"], marks=rule("B.1 metadata")),
        pytest.param("{shell: a, ignore_errors: true}", ["PT901"], marks=rule("B.1 metadata")),
        pytest.param("{goal_seek: {goal: g, shell: a, validate: v}}", [], marks=rule("B.1 goal_seek")),
        pytest.param(
            "{goal_seek: {shell: a, validate: v, timeout_seconds: 9}}", ["PT901"], marks=rule("B.1 goal_seek")
        ),
        pytest.param("{validate: {shell: v, threshold: 80}}", [], marks=rule("B.1 goal_seek")),
        pytest.param("{shell: a, claude: b}", ["PT202"], marks=rule("B.1 several")),
        pytest.param('{shell: a, timeout: "30s"}', [], marks=rule("B.1 timeouts")),
        pytest.param("{shell: a, timeout_secs: 30}", ["PT901"], marks=rule("B.1 timeouts")),
        pytest.param("{shell: a, timeout_seconds: 30}", ["PT901"], marks=rule("B.1 timeouts")),
        pytest.param("{foreach: [1], do: [a, /b]}", [], marks=rule("B.1 text steps")),
        pytest.param("{foreach: [1], do: {commands: [a]}}", [], marks=rule("B.1 text steps")),
        pytest.param("{shell: a, validate: {commands: [v, /w]}}", [], marks=rule("B.1 text steps")),
        pytest.param("{shell: a, retry: {backoff: !fixed {delay: 5}}}", ["PT104"], marks=rule("B.1 tags")),
        pytest.param("!custom x", ["PT104"], marks=rule("B.1 tags")),
        pytest.param("{shell: a, tiemout: 5}", ["PT110"], marks=rule("B.1 unknown")),
        pytest.param("{shell: a, condition: 'true'}", ["PT901"], marks=rule("B.1 documented")),
        pytest.param("{shell: a, retries: 2}", ["PT901"], marks=rule("B.1 documented")),
        pytest.param("{shell: a, max_attempts: 2}", ["PT901"], marks=rule("B.1 documented")),
        pytest.param("{shell: a, on_failure: true}", [], marks=rule("B.2 forms", "B.2 false")),
        pytest.param("{shell: a, on_failure: b}", [], marks=rule("B.2 forms")),
        pytest.param("{shell: a, on_failure: [b, {shell: c}]}", [], marks=rule("B.2 forms")),
        pytest.param("{shell: a, on_failure: {commands: [b]}}", [], marks=rule("B.2 forms")),
        pytest.param("{shell: a, on_failure: {shell: b, claude: c}}", ["PT901"], marks=rule("B.2 forms")),
        pytest.param(
            "{shell: a, on_failure: {claude: b, max_attempts: 3, fail_workflow: false, commit_required: true}}",
            [],
            marks=rule("B.2 forms"),
        ),
        pytest.param(
            "{shell: a, on_failure: {claude: b, max_attempts: 3}}", ["PT903"], marks=rule("B.2 no fail_workflow")
        ),
        pytest.param("{shell: a, on_failure: {shell: b, strategy: cleanup}}", ["PT903"], marks=rule("B.2 cleanup")),
        pytest.param("{shell: a, on_failure: {shell: b, retry_original: true}}", ["PT901"], marks=rule("B.2 legacy")),
        pytest.param("{shell: a, on_failure: {shell: b, capture: {x: stdout}}}", ["PT901"], marks=rule("B.2 legacy")),
        pytest.param("{shell: a, on_failure: {shell: b, continue_on_error: true}}", [], marks=rule("B.2 legacy")),
        pytest.param(
            "{shell: a, on_failure: {shell: b, max_retries: 2, fail_workflow: true}}",
            ["PT901"],
            marks=rule("B.2 legacy"),
        ),
        pytest.param("{shell: a, on_failure: {foo: bar}}", ["PT110"], marks=rule("B.2 empty")),
        pytest.param("{shell: a, on_failure: {strategy: custom}}", ["PT206"], marks=rule("B.2 empty")),
        pytest.param("{shell: a, on_success: {shell: b, claude: c}}", ["PT901"], marks=rule("B.2 on_success")),
        pytest.param("{shell: a, on_exit_code: {1: b, '2': c}}", [], marks=rule("B.2 codes")),
        pytest.param("{shell: a, retry: {retry_on: [{pattern: '['}]}}", ["PT114"], marks=rule("B.2 pattern")),
        pytest.param("{shell: a, validate: [v]}", [], marks=rule("B.5 validate")),
        pytest.param("{shell: a, validate: v}", [], marks=rule("B.5 validate")),
        pytest.param("{shell: a, validate: {command: v, threshold: 90}}", [], marks=rule("B.5 validate")),
        pytest.param(
            "{shell: a, step_validate: {commands: [v], success_criteria: {atleast: 1}}}", [], marks=rule("B.5 validate")
        ),
        pytest.param(
            "{shell: a, validate: {shell: v, force_refresh: true, max_cache_age: 9}}",
            ["PT902", "PT902"],
            marks=rule("B.5 ignored"),
        ),
    ],
)
def test_how_an_older_spelling_is_treated(text, expected):
    assert read(f"- {text}\n")[1] == expected


@rule("B.1 name and args")
def test_the_hint_for_a_step_of_name_and_args_is_a_prompt():
    _, lines = read_lines("- {name: lint, args: [a, b]}\n")

    assert lines[0].endswith("write claude: '/lint a b'")


@rule("B.1 tags")
def test_a_tag_is_refused_with_the_plain_spelling():
    _, lines = read_lines("- {shell: a, on_failure: !custom b}\n")

    assert lines[0].endswith("; write {custom: b}")


@rule("B.1 no commit", "B.2 commit")
@pytest.mark.parametrize("text", ["/lint", "prodigy-lint", "{claude: /fix}", "{shell: a, on_failure: /fix}"])
def test_nothing_requires_a_commit_unless_it_says_so(text):
    (found,), _ = read(f"- {text}\n")
    inner = found.on_failure.steps if found.on_failure else ()

    assert not any(one.commit_required for one in (found, *inner))


@rule("B.2 false", "B.2 repair")
@pytest.mark.parametrize("phase", ["steps", "setup", "map", "reduce", "merge"])
def test_a_repair_runs_the_step_up_to_three_times_everywhere(phase):
    (stands, repaired), _ = read(
        "- {shell: a, on_failure: false}\n- {shell: a, on_failure: {claude: b}}\n", phase=phase
    )

    assert stands.on_failure is None
    assert (repaired.on_failure.strategy, repaired.on_failure.rounds) == ("recovery", 3)


@rule("B.2 retry")
@pytest.mark.parametrize("text", ["retry: 3", "retry_config: 3", "retry: {attempts: 3}", "retry: {max_attempts: 3}"])
def test_a_number_of_attempts_is_of_executions(text):
    (found,), problems = read(f"- {{shell: a, {text}}}\n")

    assert (found.retry.attempts, problems) == (3, [])


@rule("B.2 milliseconds")
def test_older_times_count_milliseconds():
    (found,), problems = read(
        "- {shell: a, retry: {initial_delay_ms: 500, max_delay_ms: 1500, retry_budget_ms: 60000}}\n"
    )

    assert (found.retry.initial_delay, found.retry.max_delay, found.retry.retry_budget) == (0.5, 1.5, 60)
    assert problems == ["PT901"] * 3


@rule("B.1 everywhere")
@pytest.mark.parametrize("phase", ["steps", "setup", "map", "reduce", "merge"])
def test_older_steps_may_have_every_field_anywhere(phase):
    fields = "when: true, timeout: 5, env: {A: x}, working_dir: w, retry: 2, on_success: b, on_exit_code: {1: c}"
    more = "capture: x, capture_output: x, capture_format: json, id: i, outputs: [o]"

    assert read(f"- {{test: a, {fields}, {more}}}\n", phase=phase)[1] == ["PT901"]
    assert read(f"- {{write_file: {{path: a, content: b}}, {more}}}\n", phase=phase)[1] == []
