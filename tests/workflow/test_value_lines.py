"""The values of language 3 and the texts of 8.1 in whole files: what is taken, and the line of what is not."""

# ruff: noqa: E501 - the lines are the product

import pytest

from prodigy_tui.workflow.load import load_text
from prodigy_tui.workflow.model import ShellCommand
from tests.support.rules import rule

MAP = "map: {input: [1], agent_template: [a]}\n"

CASES = [
    pytest.param("steps: [{shell: a, env: {L: [1]}}]\n", [
        "1:29: error PT105 at steps[0].env.L: 'L' must be text or one of the forms of a variable, not a list",
    ], marks=rule("3.1 text")),
    pytest.param("steps: [{shell: [a]}]\n", [
        "1:17: error PT105 at steps[0].shell: 'shell' must be text, not a list",
    ], marks=rule("3.1 text")),
    pytest.param("steps: [{shell: a, timeout: null, env: null, name: ~}]\n", [], marks=rule("3.1 null")),
    pytest.param("map: {input: null, agent_template: [a]}\n", [
        "1:6: error PT108 at map: 'map' needs 'input'",
    ], marks=rule("3.1 null")),
    pytest.param("map: {input: [1], max_parallel: '4', agent_template: [a]}\n", [], marks=rule("3.1 integer")),
    pytest.param("map: {input: [1], max_parallel: four, agent_template: [a]}\n", [
        "1:33: error PT105 at map.max_parallel: 'max_parallel' must be a whole number, not 'four'",
    ], marks=rule("3.1 integer")),
    pytest.param("map: {input: [1], max_parallel: 0, agent_template: [a]}\n", [
        "1:33: error PT113 at map.max_parallel: 'max_parallel' must be at least 1, not '0'",
    ], marks=rule("3.1 integer")),
    pytest.param("steps: [{shell: a, commit_required: 'Yes'}]\n", [], marks=rule("3.1 boolean")),
    pytest.param("steps: [{shell: a, commit_required: maybe}]\n", [
        "1:37: error PT105 at steps[0].commit_required: 'commit_required' must be true or false, not 'maybe'",
    ], marks=rule("3.1 boolean")),
    pytest.param(MAP + "reduce: {steps: [a], run_if: AllSuccess}\n", [], marks=rule("3.1 word")),
    pytest.param(MAP + "reduce: {steps: [a], run_if: often}\n", [
        "2:30: error PT109 at reduce.run_if: 'run_if' cannot be 'often'; use any_success, all_success, always",
    ], marks=rule("3.1 word")),
    pytest.param("env: {T: '5'}\nsteps: [{shell: a, timeout: '${T:-5}', commit_required: $T}]\n", [],
                 marks=rule("3.1 late")),
    pytest.param("steps: [{shell: a, timeout: '${T}s'}]\n", [
        "1:29: error PT111 at steps[0].timeout: 'timeout' cannot be '${T}s': a duration is written like 90, 30s or 1h30m",
    ], marks=rule("3.1 late form")),
    pytest.param("steps: [{shell: a, timeout: '${map.ttal}'}]\n", [
        "1:30: error PT301 at steps[0].timeout: 'map' has no field 'ttal'; did you mean 'map.total'?",
    ], marks=rule("3.1 late form")),
    pytest.param("steps: [{shell: a, timeout: 1m 30s}, {shell: a, timeout: '90'}, {shell: a, timeout: none}]\n", [],
                 marks=rule("3.2 form", "3.2 none")),
    pytest.param("steps: [{shell: a, timeout: {secs: 1, nanos: 500000000}}]\n", [], marks=rule("3.2 secs and nanos")),
    pytest.param("steps: [{shell: a, timeout: 1s2m}]\n", [
        "1:29: error PT111 at steps[0].timeout: 'timeout' cannot be '1s2m': the units of a duration get smaller from left to right, each at most once",
    ], marks=rule("3.2 decreasing")),
    pytest.param("steps: [{shell: a, timeout: 367d}]\n", [
        "1:29: error PT111 at steps[0].timeout: 'timeout' cannot be '367d': a duration is at most 366 days",
    ], marks=rule("3.2 range")),
    pytest.param("steps: [{shell: a, timeout: 0}]\n", [
        "1:29: error PT113 at steps[0].timeout: 'timeout' must be above 0; write 'none' for no limit",
    ], marks=rule("3.2 zero timeout")),
    pytest.param("map: {input: {glob: '{a'}, agent_template: [a]}\n", [
        "1:21: error PT114 at map.input.glob: '{a' has an open brace",
    ], marks=rule("3.4 glob malformed")),
    pytest.param("steps: [{write_file: {path: ../a, content: x}}]\n", [
        "1:29: error PT801 at steps[0].write_file.path: '../a' cannot be written: '..' leaves the worktree",
    ], marks=rule("3.4 path")),
    pytest.param("map: {input: 'glob: ${folder}/**', agent_template: [a]}\n", [
        "1:21: warning PT303 at map.input: '${folder}/**' looks like a reference and is left as text: a glob is not interpolated",
    ], marks=rule("8.1 left")),
    pytest.param("map: {input: {glob: ['a/${b}', 'a\\${x}'], exclude: ['$x']}, agent_template: [a]}\n", [
        "1:25: warning PT303 at map.input.glob[0]: '${b}' looks like a reference and is left as text: a glob is not interpolated",
    ], marks=rule("8.1 left")),
    pytest.param(MAP + "setup: {steps: [a], capture_outputs: {v: {command_index: 0, pattern: 'v${x}'}}}\n", [
        "2:72: warning PT303 at setup.capture_outputs.v.pattern: '${x}' looks like a reference and is left as text: a regex is not interpolated",
    ], marks=rule("8.1 left")),
    pytest.param("env: {build: x}\nsteps: [{shell: a, capture: build}, {shell: a, id: env2}]\n", [
        "2:29: warning PT310 at steps[0].capture: the capture 'build' hides the variable of that name in 'env'; use another name",
    ], marks=rule("8.4 hidden env name")),
]  # fmt: skip


@pytest.mark.parametrize(("text", "lines"), CASES)
def test_the_problems_of_a_file(text: str, lines: list[str]) -> None:
    loaded = load_text(text, "w.yml")

    assert [str(problem).removeprefix("w.yml:") for problem in loaded.problems] == lines


@rule("3.1 text")
@pytest.mark.parametrize("text", ["8080", "1.10", "yes", "true", "0x1F", "2026-01-01", "1_000"])
def test_text_is_the_spelling_of_a_scalar(text: str) -> None:
    loaded = load_text(f"steps: [{{shell: {text}, working_dir: {text}}}]\n", "w.yml")

    assert loaded.workflow is not None
    (step,) = loaded.workflow.steps.steps
    assert isinstance(step.command, ShellCommand)
    assert (step.command.text, step.working_dir) == (text, text)


@rule("C quoted boolean")
def test_a_quoted_boolean_is_text_where_both_are_allowed() -> None:
    loaded = load_text("steps: [{shell: a, capture_output: 'true'}, {shell: a, capture_output: true}]\n", "w.yml")

    codes = [problem.code for problem in loaded.problems]
    assert loaded.workflow is not None or codes
    if loaded.workflow is not None:
        assert [step.capture.name for step in loaded.workflow.steps.steps] == ["true", "CAPTURED_OUTPUT"]


BAD = "'${map.ttal}'"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"steps: [{{{field}: {BAD}{more}}}]\n", marks=rule("8.1 shell and plain text"))
        for field, more in [
            *(("shell", ""), ("claude", ""), ("agent", ""), ("name", ", shell: a"), ("description", ", shell: a")),
            *(("stdin", ", shell: a"), ("working_dir", ", shell: a"), ("timeout", ", shell: a"), ("test", "")),
        ]
    ]
    + [
        pytest.param(f"steps: [{{shell: a, env: {{A: {BAD}}}}}]\n", marks=rule("8.1 shell and plain text")),
        pytest.param(f"steps: [a]\nenv: {{A: {BAD}}}\n", marks=rule("8.1 shell and plain text")),
        pytest.param(f"steps: [{{write_file: {{path: {BAD}, content: x}}}}]\n", marks=rule("8.1 shell and plain text")),
        pytest.param(f"steps: [{{write_file: {{path: a, content: {BAD}}}}}]\n", marks=rule("8.1 shell and plain text")),
        pytest.param(f"steps: [a]\nmerge: {{message: {BAD}}}\n", marks=rule("8.1 shell and plain text")),
        pytest.param(f"map: {{input: {BAD}, agent_template: [a]}}\n", marks=rule("8.1 shell and plain text")),
        pytest.param(
            f"map: {{input: {{shell: {BAD}}}, agent_template: [a]}}\n", marks=rule("8.1 shell and plain text")
        ),
        pytest.param(f"steps: [{{shell: a, when: {BAD}}}]\n", marks=rule("8.1 expressions")),
    ],
)
def test_references_of_a_text_are_checked(text: str) -> None:
    codes = [problem.code for problem in load_text(text, "w.yml").problems]

    assert [code for code in codes if code not in ("PT901", "PT302")] == ["PT301"]


@rule("8.1 nothing", "C data as written")
@pytest.mark.parametrize(
    "text",
    [
        f"map: {{input: [{BAD}], agent_template: [a]}}\n",
        "map: {input: {glob: 'a$map.x'}, agent_template: [a]}\n",
        "vars: {a: '${map.ttal}', b: [{c: '${nope}'}]}\nsteps: [a]\n",
    ],
)
def test_what_is_data_as_written_is_not_read_for_references(text: str) -> None:
    codes = {problem.code for problem in load_text(text, "w.yml").problems}

    assert not codes & {"PT301", "PT302", "PT303", "PT305"}
