"""A step's forms, commands and fields (language 5.1 to 5.3)."""

import pytest

from prodigy_tui.workflow.build.context import Surroundings
from prodigy_tui.workflow.build.idle import IDLE
from prodigy_tui.workflow.declared import every_step
from prodigy_tui.workflow.load import load_text
from prodigy_tui.workflow.model import (
    AgentCommand,
    AnalyzeCommand,
    Handler,
    ShellCommand,
    UseCommand,
    ValidateCommand,
    WorkflowCommand,
)
from tests.support.rules import rule
from tests.workflow.build.reading import codes, command, read, read_lines, step


@rule("5.1 slash", "5.1 shell text")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/lint a b", AgentCommand(spelling="claude", prompt="/lint a b")),
        ("make test", ShellCommand(text="make test")),
        ("' /lint'", AgentCommand(spelling="claude", prompt="/lint")),
        ("'true'", ShellCommand(text="true")),
        ("8080", ShellCommand(text="8080")),
    ],
)
def test_text_is_a_shell_command_or_a_prompt(text, expected):
    assert command(text) == expected


@rule("5.1 prefix")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("'shell: a'", ShellCommand(text="a")),
        ("'claude: /b'", AgentCommand(spelling="claude", prompt="/b")),
        ("'claude: fix it'", AgentCommand(spelling="claude", prompt="fix it")),
    ],
)
def test_a_prefix_in_the_text_is_understood_with_a_warning(text, expected):
    (found,), problems = read(f"- {text}\n")

    assert (found.command, problems) == (expected, ["PT901"])


@rule("5.1 agent word")
@pytest.mark.parametrize(("text", "expected"), [("prodigy-lint", ["PT904"]), ("review", ["PT904"]), ("make", [])])
def test_a_word_that_was_an_agent_command_is_pointed_out(text, expected):
    known = Surroundings(agent_commands=frozenset({"review"}))
    problems = load_text(f"- {text}\n", "w.yml", surroundings=known).problems

    assert [problem.code for problem in problems] == expected


@rule("5.1 one command")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{name: x}", ["PT201"]),
        ("{timeout: 5}", ["PT201"]),
        ("{shell: a, claude: b}", ["PT202"]),
        ("{shell: a, foreach: [1], do: b}", ["PT202", "PT210"]),
        ("{wait: 5s, approve: b}", ["PT202"]),
        ("{use: a, workflow: b}", ["PT202"]),
        ("{shell: a, validate: b}", []),
        ("''", ["PT201"]),
        ("", ["PT201"]),
    ],
)
def test_a_step_has_one_command(text, expected):
    found = codes(text)

    assert found[:1] == expected[:1]


@rule("5.1 label", "5.3 labels")
def test_a_name_is_a_label_and_without_one_the_command_is():
    named, bare = step("{shell: a, name: 'run ${run.id}', description: about it}"), step("{shell: a}")

    assert (named.command, named.name, named.label) == (ShellCommand(text="a"), "run ${run.id}", "run ${run.id}")
    assert (bare.name, bare.label) == (None, "a")


@rule("5.1 two steps")
def test_shell_and_claude_in_a_handler_are_two_steps():
    (found,), problems = read("- {shell: a, on_failure: {claude: c, shell: b, timeout: 5}}\n")
    first, second = found.on_failure.steps

    assert problems == ["PT901"]
    assert (first.label, first.timeout, second.label, second.timeout) == ("b", None, "c", 5)


@pytest.mark.parametrize(
    ("text", "expected", "problems"),
    [
        pytest.param("{shell: a b}", ShellCommand(text="a b"), [], marks=rule("5.2 shell")),
        pytest.param("{test: a}", ShellCommand(text="a"), ["PT901"], marks=rule("5.2 test")),
        pytest.param("{test: {command: a}}", ShellCommand(text="a"), ["PT901"], marks=rule("5.2 test")),
        pytest.param("{agent: a}", AgentCommand(prompt="a"), [], marks=rule("5.2 agent")),
        pytest.param(
            "{agent: {prompt: a, provider: scripted, model: m, options: {x: 1}}}",
            AgentCommand(prompt="a", provider="scripted", model="m", options={"x": 1}),
            [],
            marks=rule("5.2 agent"),
        ),
        pytest.param(
            "{agent: a, provider: cluade}",
            AgentCommand(prompt="a", provider="cluade"),
            ["PT109"],
            marks=rule("5.2 agent"),
        ),
        pytest.param(
            "{claude: {prompt: a, model: m}}",
            AgentCommand(spelling="claude", prompt="a", model="m"),
            [],
            marks=rule("5.2 claude"),
        ),
        pytest.param(
            "{command: lint}", AgentCommand(spelling="claude", prompt="/lint"), ["PT901"], marks=rule("5.2 command")
        ),
        pytest.param(
            "{command: /lint}", AgentCommand(spelling="claude", prompt="/lint"), ["PT901"], marks=rule("5.2 command")
        ),
        pytest.param("{analyze: {force: true}}", AnalyzeCommand(), ["PT902"], marks=rule("5.2 analyze")),
        pytest.param("{analyze: [1]}", AnalyzeCommand(), ["PT902"], marks=rule("5.2 analyze")),
        pytest.param(
            "{use: t, with: {x: 'a ${run.id}'}}",
            UseCommand(template="t", values={"x": "a ${run.id}"}),
            [],
            marks=rule("5.2 use"),
        ),
    ],
)
def test_the_command_of_a_step(text, expected, problems):
    (found,), codes_ = read(f"- {text}\n")

    assert (found.command, codes_) == (expected, problems)


@rule("5.2 test")
def test_the_handler_of_a_legacy_test_is_the_steps():
    (found,), _ = read("- {test: {command: a, on_failure: b}}\n")

    assert [inner.label for inner in found.on_failure.steps] == ["b"]


@rule("5.2 handler")
def test_a_handler_is_no_kind_of_step():
    assert codes("{handler: {name: x}}") == ["PT203"]


@rule("5.2 validate")
def test_validate_alone_is_a_step_and_beside_a_command_a_field():
    alone, beside = step("{validate: b}"), step("{shell: a, validate: b}")

    assert isinstance(alone.command, ValidateCommand)
    assert alone.validation is None
    assert beside.validation == alone.command.validation


@rule("5.2 workflow")
@pytest.mark.parametrize(
    "text",
    [
        "{workflow: x.yml, with: {a: 1}, outputs: [r]}",
        "{workflow: {source: x.yml, with: {a: 1}, outputs: [r]}}",
        "{workflow: {path: x.yml, outputs: r}, with: {a: 1}}",
    ],
)
def test_a_workflow_is_called_with_values(text):
    found = command(text)

    assert isinstance(found, WorkflowCommand)
    assert (found.call.source, found.call.values, found.call.outputs) == ("x.yml", {"a": 1}, ("r",))


@rule("5.2 workflow")
@pytest.mark.parametrize(
    "text",
    [
        "{workflow: {source: x, with: {a: 1}}, with: {a: 1}}",
        "{workflow: {source: x, timeout: 5}, timeout: 5}",
        "{workflow: {source: x, outputs: [a]}, outputs: [a]}",
    ],
)
def test_what_a_call_says_twice_is_reported(text):
    assert codes(text) == ["PT116"]


@rule("5.3 id")
@pytest.mark.parametrize("name", ["item", "steps", "last", "1x", "a b", "''"])
def test_an_id_is_a_name_that_is_free(name):
    assert codes(f"{{shell: a, id: {name}}}") == ["PT205"]


@rule("5.3 id")
def test_an_id_is_unique_in_its_context_only():
    twice = "- {shell: a, id: x}\n- {shell: b, id: x}\n"
    inside = "- {shell: a, id: x, on_failure: {shell: b, id: x}}\n- {foreach: [1], do: {shell: c, id: x}}\n"

    assert read(twice)[1] == ["PT205"]
    assert read(inside)[1] == []


@rule("5.3 when")
@pytest.mark.parametrize(
    ("text", "expected"), [("true", True), ("false", False), ("last.success", "last.success"), ("null", None)]
)
def test_when_is_an_expression_or_a_boolean(text, expected):
    assert step(f"{{shell: a, when: {text}}}").when == expected


@rule("5.3 env", "5.3 working_dir", "5.3 timeouts", "5.3 interpreter", "5.3 stdin")
def test_the_fields_of_a_step_and_their_defaults():
    given = step(
        "{shell: a, env: {A: x}, temporary: false, clear_env: true, working_dir: 'a/${run.id}', timeout: 1m30s,"
        " idle_timeout: none, interpreter: Bash, stdin: '${last.output}'}"
    )
    bare = step("a")

    assert (given.temporary, given.clear_env, given.working_dir) == (False, True, "a/${run.id}")
    assert list(given.env) == ["A"]
    assert (given.timeout, given.idle_timeout, given.no_idle_timeout) == (90, None, True)
    assert given.command == ShellCommand(text="a", interpreter="bash", stdin="${last.output}")
    assert (bare.temporary, bare.clear_env, bare.working_dir, bare.timeout) == (True, False, None, None)


@rule("5.3 continue_on_error")
def test_continue_on_error_tolerates_the_failure():
    assert step("{shell: a, continue_on_error: true}").on_failure == Handler(tolerate=True)
    assert step("{shell: a, continue_on_error: false}").on_failure is None
    assert codes("{shell: a, continue_on_error: true, on_failure: b}") == ["PT207"]
    assert codes("{shell: a, continue_on_error: '${run.id}', on_failure: b}") == ["PT207"]


@rule("5.3 agent fields")
def test_provider_model_and_options_stand_beside_the_prompt_too():
    beside = command("{agent: a, provider: scripted, model: m, agent_options: {x: 1}}")

    assert beside == command("{agent: {prompt: a, provider: scripted, model: m, options: {x: 1}}}")
    assert codes("{agent: a, agent_options: {x: 1}}") == ["PT105"]


@rule("5.3 late")
def test_flags_and_times_of_a_step_may_be_references():
    found = step(
        "{shell: a, timeout: '${run.id}', idle_timeout: $ARG, commit_required: '${run.id}', temporary: '${run.id}',"
        " clear_env: '${run.id}', auto_commit: '${run.id}', skip_validation: '${run.id}'}"
    )

    assert sorted(found.late) == sorted(
        ["timeout", "idle_timeout", "commit_required", "temporary", "clear_env", "auto_commit", "skip_validation"]
    )


@rule("5.3 late")
def test_a_tolerance_that_is_a_reference_is_settled_later():
    assert step("{shell: a, continue_on_error: '${run.id}'}").on_failure.late["tolerate"].text == "${run.id}"


_FULL = {
    "shell": "shell: a",
    "agent": "claude: a",
    "write_file": "write_file: {path: a, content: b}",
    "analyze": "analyze: x",
    "approve": "approve: a",
    "wait": "wait: 5s",
    "validate": "validate: a",
    "foreach": "foreach: [1]",
    "goal_seek": "goal_seek: {shell: a, validate: b}",
    "use": "use: t",
    "workflow": "workflow: w",
}
_VALUES = {
    "interpreter": "bash",
    "stdin": "x",
    "provider": "claude",
    "model": "m",
    "agent_options": "{}",
    "timeout": "5",
    "idle_timeout": "5",
    "clear_env": "true",
    "working_dir": "d",
    "capture_streams": "both",
    "with": "{}",
    "do": "a",
    "parallel": "1",
    "max_items": "1",
    "as": "f",
    "until": "true",
    "retry": "2",
    "on_failure": "a",
    "paths": "['*']",
}


@rule("5.3 idle fields")
@pytest.mark.parametrize("kind", _FULL)
@pytest.mark.parametrize("field", _VALUES)
def test_a_field_without_effect_on_a_kind_is_pointed_out(kind, field):
    needed = ", do: a" if kind == "foreach" and field != "do" else ""
    found = codes(f"{{{_FULL[kind]}, {field}: {_VALUES[field]}{needed}}}")

    assert found.count("PT210") == (field in IDLE[kind])


@rule("5.3 every context")
@pytest.mark.parametrize("phase", ["steps", "setup", "map", "reduce", "merge"])
def test_every_field_is_read_in_every_context(phase):
    text = (
        "{shell: a, name: n, id: i, when: true, env: {A: x}, timeout: 5, retry: 2, on_failure: b, on_success: c,"
        " on_exit_code: {2: d}, capture: x, capture_format: json, capture_streams: both, output_file: o, outputs: [r],"
        " auto_commit: true, validate: e, step_validate: f, paths: ['*.py'], working_dir: w}"
    )
    found = step(text, phase=phase)
    nested = step(f"{{shell: a, on_failure: {text.replace('id: i, ', '')}}}", phase=phase).on_failure.steps[0]

    assert found.retry is not None
    assert found.validation is not None
    assert [output.name for output in nested.outputs] == ["r"]


def test_a_template_step_without_a_known_template_has_no_steps():
    steps, lines = read_lines("- {template: t}\n")

    assert steps[0].command.steps == ()
    assert [line.split()[2].rstrip(":") for line in lines] == ["PT199", "PT901"]


@rule("5.1 limit")
def test_a_workflow_has_at_most_ten_thousand_steps():
    assert read("- a\n- b\n", steps=9_998)[1] == []
    assert read("- a\n- b\n- c\n", steps=9_998)[1] == ["PT106"]


@rule("5.1 limit")
@pytest.mark.parametrize(
    "text",
    [
        "{shell: a, on_failure: in}",
        "{shell: a, on_success: in}",
        "{shell: a, on_exit_code: {2: in}}",
        "{shell: a, retry: {on_failure: {fallback: in}}}",
        "{shell: a, validate: in}",
        "{shell: a, validate: {result_file: r, on_incomplete: in}}",
        "{shell: a, step_validate: in}",
        "{foreach: [1], do: in}",
        "{validate: in}",
        "{validate: {result_file: r, on_incomplete: in}}",
        "{goal_seek: {shell: in, validate: {result_file: r}}}",
        "{goal_seek: {steps: [a], validate: in}}",
    ],
)
def test_every_step_inside_a_step_is_found_and_counted(text):
    found = [inner.label for inner in every_step([step(text)])]

    assert "in" in found
    assert "PT106" not in codes(text, steps=10_000 - len(found))
    assert "PT106" in codes(text, steps=10_000 - len(found) + 1)
