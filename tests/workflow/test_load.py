"""Workflow text -> workflow: every form of a document, a step and a phase brought to one shape."""

from pathlib import Path

import pytest

from prodigy_tui.workflow.build.context import Surroundings
from prodigy_tui.workflow.load import load_text, load_workflow
from prodigy_tui.workflow.model import (
    AgentCommand,
    Capture,
    Handler,
    ItemInput,
    ShellCommand,
    SortKey,
    WriteFileCommand,
)
from prodigy_tui.workflow.problems import WorkflowRejected
from tests.support.rules import rule

MAP = "map: {input: [1], agent_template: ['true']}\n"


def load(text, name="w.yml", **surroundings):
    loaded = load_text(text, name, surroundings=Surroundings(**surroundings))
    assert loaded.workflow is not None, [str(problem) for problem in loaded.problems]
    return loaded.workflow


def step(text):
    (only,) = load("- " + text.replace("\n", "\n  ")).steps.steps
    return only


def codes(text, **surroundings):
    return [problem.code for problem in load_text(text, "w.yml", surroundings=Surroundings(**surroundings)).problems]


# documents


@rule("2.2 sequence")
def test_a_list_is_a_plain_workflow_named_after_its_file():
    workflow = load("- make test\n- /review\n", "dir/nightly.yml")

    assert (workflow.name, workflow.kind) == ("nightly", "plain")
    assert [type(s.command) for s in workflow.steps.steps] == [ShellCommand, AgentCommand]


@pytest.mark.parametrize("key", ["steps", "commands"])
@rule("2.2 plain")
def test_both_names_of_the_steps_are_equal(key):
    workflow = load(f"name: x\ndescription: d\n{key}: [a]\n")

    assert (workflow.name, workflow.description) == ("x", "d")
    assert len(workflow.steps.steps) == 1
    assert codes(f"{key}: [a]") == []


@rule("2.2 mapreduce")
def test_a_map_makes_a_mapreduce_workflow():
    workflow = load("setup: [a]\n" + MAP + "reduce: [b]\nmerge: [c]\n")

    assert workflow.kind == "mapreduce"
    assert workflow.map is not None
    phases = (workflow.setup.steps, workflow.map.agent_template, workflow.reduce.steps, workflow.merge.steps)
    assert [[s.label for s in phase] for phase in phases] == [["a"], ["true"], ["b"], ["c"]]


@rule("2.2 parsed keys")
def test_words_that_only_look_like_a_map_do_not_make_one():
    assert load("name: 'mode: mapreduce'\nsteps: ['echo map:']  # map:\n").kind == "plain"


@rule("2.1 suffix")
def test_json_is_read_as_json():
    assert load('[{"shell": "a", "timeout": "5m"}]', "w.json").steps.steps[0].timeout == 300


@rule("2.1 encoding")
def test_a_byte_order_mark_and_crlf_are_taken():
    assert len(load("\ufeff- a\r\n- b\r\n").steps.steps) == 2


@rule("2.2 empty list")
def test_an_empty_list_at_the_top_is_a_workflow_that_does_nothing():
    assert load("[]").steps.steps == ()


@rule("2.4 strict")
def test_warnings_do_not_prevent_a_workflow_unless_they_count_as_errors():
    loaded = load_text("- test: a\n", "w.yml")

    assert loaded.require().steps.steps[0].command == ShellCommand(text="a")
    with pytest.raises(WorkflowRejected):
        loaded.require(strict=True)


# files


@rule("2.1 no side effects")
def test_a_file_is_read_through_the_callers_hands():
    loaded = load_workflow(Path("x/w.json"), lambda path: b'["a"]' if path == Path("x/w.json") else b"")

    assert loaded.workflow is not None
    assert loaded.workflow.name == "w"
    assert loaded.text == '["a"]'


@rule("2.1 unreadable")
def test_a_file_that_cannot_be_read_is_a_problem():
    def refuse(path):
        raise FileNotFoundError(2, "No such file or directory", str(path))

    (problem,) = load_workflow(Path("w.yml"), refuse).problems

    assert str(problem) == "w.yml:1:1: error PT100: the file cannot be read: No such file or directory"


@rule("2.1 unreadable")
def test_bytes_that_are_not_utf8_are_found_where_they_stand():
    (problem,) = load_workflow(Path("w.yml"), lambda _: b"- a\n- b\xff\n").problems

    assert str(problem) == "w.yml:2:4: error PT100: the text is not UTF-8"


# steps


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("make test", ShellCommand(text="make test")),
        ("/review it", AgentCommand(spelling="claude", prompt="/review it")),
        ("5", ShellCommand(text="5")),
        ("true", ShellCommand(text="true")),
        ("'claude: /x'", AgentCommand(spelling="claude", prompt="/x")),
        ("'shell: a: b'", ShellCommand(text="a: b")),
        ("shell: a", ShellCommand(text="a")),
        ("{shell: a, interpreter: bash, stdin: '${last.output}'}",
         ShellCommand(text="a", interpreter="bash", stdin="${last.output}")),
        ("test: a", ShellCommand(text="a")),
        ("test: {command: a}", ShellCommand(text="a")),
        ("claude: fix it", AgentCommand(spelling="claude", prompt="fix it")),
        ("command: lint", AgentCommand(spelling="claude", prompt="/lint")),
        ("command: /lint", AgentCommand(spelling="claude", prompt="/lint")),
        ("agent: fix", AgentCommand(prompt="fix")),
        ("agent: {prompt: fix, provider: scripted, model: m, options: {script: []}}",
         AgentCommand(prompt="fix", provider="scripted", model="m", options={"script": []})),
        ("{claude: fix, model: m, agent_options: {max_turns: 3}}",
         AgentCommand(spelling="claude", prompt="fix", model="m", options={"max_turns": 3})),
        ("write_file: {path: a/b, content: 1.10}", WriteFileCommand(path="a/b", content="1.10")),
        ("write_file: {path: a, content: {x: [1, '${last.output}']}, format: json, mode: 0600, create_dirs: yes}",
         WriteFileCommand(path="a", content={"x": [1, "${last.output}"]}, format="json", mode=0o600, create_dirs=True)),
    ],
)  # fmt: skip
def test_every_form_of_a_command(text, command):
    assert step(text).command == command


def test_a_long_text_is_labelled_by_its_first_line():
    assert step("|\n  echo one\n  echo two\n").label == "echo one…"
    assert step("shell: " + "x" * 100).label == "x" * 59 + "…"
    assert step("{shell: a, name: Lint}").label == "Lint"
    assert step("write_file: {path: a, content: b}").label == "write a"


def test_the_fields_of_a_step():
    found = step(
        "shell: a\nid: lint\nwhen: last.success\nenv: {A: 1.10, B: null}\ntemporary: no\nclear_env: 1\n"
        "working_dir: sub\ntimeout: {secs: 1, nanos: 500000000}\nidle_timeout: 90\ncommit_required: 'yes'\n"
    )

    assert (found.id, found.when, found.env) == ("lint", "last.success", {"A": "1.10", "B": None})
    assert (found.temporary, found.clear_env, found.working_dir) == (False, True, "sub")
    assert (found.timeout, found.idle_timeout, found.commit_required) == (1.5, 90, True)
    assert found.line == 1


@pytest.mark.parametrize(
    ("text", "when"), [("true", True), ("false", False), ("'true'", "true"), ("1", "1"), ("null", None)]
)
def test_a_yaml_boolean_is_a_condition_and_a_quoted_one_is_an_expression(text, when):
    assert step(f"{{shell: a, when: {text}}}").when == when


@pytest.mark.parametrize(
    ("fields", "capture"),
    [
        ("capture: x", Capture(name="x")),
        ("capture_output: x", Capture(name="x")),
        ("capture: x, capture_output: x", Capture(name="x")),
        ("capture_output: true", Capture(name="CAPTURED_OUTPUT")),
        ("capture_output: false", Capture()),
        ("capture_output: 'true'", Capture(name="true")),
        ("capture: x, capture_format: text", Capture(name="x")),
        ("capture: x, capture_format: JSON, capture_default: {a: [1]}",
         Capture(name="x", format="json", has_default=True, default={"a": [1]})),
        ("capture: shell.output", Capture()),
    ],
)  # fmt: skip
def test_every_form_of_a_capture(fields, capture):
    assert step(f"{{shell: a, {fields}}}").capture == capture


@pytest.mark.parametrize(
    "fields",
    ["timeout_secs: 5", "timeout_seconds: 5", "allow_failure: true", "ignore_errors: true", "condition: last.success",
     "metadata: {continue_on_error: true}", "metadata: {commit_required: true}"],
)  # fmt: skip
@rule("2.4 legacy")
def test_legacy_fields_are_taken_with_a_warning(fields):
    assert codes(f"- {{shell: a, {fields}}}") == ["PT901"]
    assert step(f"{{shell: a, {fields}}}") != step("{shell: a}")


def test_defaults_of_agents_reach_agent_steps_only():
    text = """
agent_defaults: {provider: claude, model: m, options: {max_turns: 3, a: 1}, timeout: 5m, idle_timeout: none}
steps:
  - claude: x
    agent_options: {a: 2}
  - /y
  - {agent: z, provider: scripted, timeout: none, idle_timeout: 1m}
  - shell: a
"""
    own, bare, other, shell = load(text).steps.steps

    assert own.command == AgentCommand(spelling="claude", prompt="x", model="m", options={"max_turns": 3, "a": 2})
    assert bare.command == AgentCommand(spelling="claude", prompt="/y", model="m", options={"max_turns": 3, "a": 1})
    assert other.command == AgentCommand(prompt="z", provider="scripted")
    assert [s.timeout for s in (own, bare, other, shell)] == [300, 300, None, None]
    assert [s.no_idle_timeout for s in (own, bare, other, shell)] == [True, True, False, False]
    assert other.idle_timeout == 60


def test_providers_and_their_options_are_checked_by_whoever_knows_them():
    providers = {"claude": lambda options: tuple(f"no option '{key}'" for key in options), "scripted": lambda _: ()}

    assert codes("- {agent: x, provider: scriptd}", providers=providers) == ["PT109"]
    assert codes("- {agent: x, provider: scriptd}") == []
    assert codes("- {claude: x, agent_options: {a: 1, b: 2}}", providers=providers) == ["PT105", "PT105"]
    assert codes("agent_defaults: {provider: foo}\nsteps: [/x, /y]", providers=providers) == ["PT109"]


def test_a_word_that_was_an_agent_command_is_pointed_out():
    assert codes("- lint", agent_commands=frozenset({"lint"})) == ["PT904"]
    assert codes("- lint src", agent_commands=frozenset({"lint"})) == []


def test_aliases_make_equal_steps():
    first, second = load("- &a {shell: x, timeout: 5}\n- *a\n").steps.steps

    assert first == second


# phases


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("input: [1, {a: x}]", ItemInput(kind="list", items=(1, {"a": "x"}))),
        ("items: ['${x}']", ItemInput(kind="list", items=("${x}",))),
        ("input: {file: a.json}", ItemInput(kind="file", text="a.json")),
        ("input: {path: a.json}", ItemInput(kind="file", text="a.json")),
        ("input: 'file: a.json'", ItemInput(kind="file", text="a.json")),
        ("input: {glob: '*.py', exclude: [a.py]}", ItemInput(kind="glob", globs=("*.py",), exclude=("a.py",))),
        ("input: {glob: ['*.py', 'src/**']}", ItemInput(kind="glob", globs=("*.py", "src/**"))),
        ("input: 'glob: *.py'", ItemInput(kind="glob", globs=("*.py",))),
        ("input: {shell: ls, timeout: none, format: ndjson}",
         ItemInput(kind="shell", text="ls", timeout=None, format="ndjson")),
        ("input: {command: ls}", ItemInput(kind="shell", text="ls")),
        ("input: 'shell: ls'", ItemInput(kind="shell", text="ls")),
        ("input: items.json", ItemInput(kind="auto", text="items.json")),
        ("input: git ls-files", ItemInput(kind="auto", text="git ls-files")),
    ],
)  # fmt: skip
def test_every_form_of_an_input(text, expected):
    workflow = load(f"map:\n  {text}\n  agent_template: [a]\n")

    assert workflow.map is not None
    assert workflow.map.input == expected


def test_the_fields_of_a_map():
    text = """
map:
  input: a.json
  json_path: {path: "$.items", spread: false}
  id_field: item.name
  filter: score >= 5
  distinct: owner
  sort_by: "-score, name ASC NULLS FIRST"
  offset: 1
  limit: 10
  min_items: 2
  max_parallel: "3"
  agent_template: [a]
"""
    found = load(text).map

    assert found is not None
    assert (found.json_path, found.spread, found.id_field, found.filter) == (
        "$.items",
        False,
        "item.name",
        "score >= 5",
    )
    assert found.distinct == ("owner",)
    assert found.sort_by == (SortKey(path="score", descending=True), SortKey(path="name", nulls_first=True))
    assert (found.offset, found.max_items, found.min_items, found.max_parallel) == (1, 10, 2, 3)


@pytest.mark.parametrize("form", ["[a]", "{steps: [a]}", "{commands: [a]}"])
def test_a_phase_is_a_list_or_a_mapping(form):
    workflow = load(f"{MAP}setup: {form}\nreduce: {form}\nmerge: {form}\n")

    assert [len(p.steps) for p in (workflow.setup, workflow.reduce, workflow.merge)] == [1, 1, 1]


def test_the_fields_of_phases():
    text = MAP + (
        "setup: {steps: [a], timeout: 1m}\nreduce: {steps: [a], run_if: AllSuccess}\n"
        "merge: {target: dev, strategy: merge, message: 'x ${workflow.name}', land: no, timeout: 5}\n"
    )
    workflow = load(text)

    assert workflow.setup.timeout == 60
    assert workflow.reduce.run_if == "all_success"
    merge = workflow.merge
    assert (merge.target, merge.message, merge.land, merge.timeout) == ("dev", "x ${workflow.name}", False, 5)


@pytest.mark.parametrize(
    "text",
    [MAP + "error_policy: {on_item_failure: Skip, continue_on_failure: no, max_failures: 3}\n",
     MAP + "on_item_failure: skip\ncontinue_on_failure: false\nmax_failures: 3\n",
     "map: {input: [1], agent_template: ['true'], on_item_failure: skip, continue_on_failure: 0, max_failures: 3}\n"],
)  # fmt: skip
def test_the_error_policy_in_its_places(text):
    policy = load(text).error_policy

    assert (policy.on_item_failure, policy.continue_on_failure, policy.max_failures) == ("skip", False, 3)


@pytest.mark.parametrize(
    ("form", "labels"),
    [("/fix it", ["/fix it"]), ("make clean", ["make clean"]), ("{shell: a}", ["a"]), ("[a, /b]", ["a", "/b"]),
     ("{shell: a, claude: b}", ["a", "b"])],
)  # fmt: skip
def test_the_reaction_to_a_failed_item_may_be_steps(form, labels):
    policy = load(f"{MAP}on_item_failure: {form}\n").error_policy

    assert policy.on_item_failure == "steps"
    assert [s.label for s in policy.handler] == labels


def test_top_level_env_keeps_spellings_and_removals():
    assert load("env: {PORT: 8080, V: 1.10, F: yes, GONE: null}\nsteps: [a]\n").environment.variables == {
        "PORT": "8080",
        "V": "1.10",
        "F": "yes",
        "GONE": None,
    }


def test_a_nested_handler_keeps_its_place():
    handler = load("- shell: a\n  on_failure:\n    shell: b\n    on_failure: c\n").steps.steps[0].on_failure

    assert isinstance(handler, Handler)
    inner = handler.steps[0].on_failure
    assert inner is not None
    assert [s.label for s in inner.steps] == ["c"]


@rule("2.4 goes on", "2.4 order")
def test_problems_come_all_at_once_and_in_order():
    loaded = load_text(
        "- shel: a\n- {shell: a, timeout: 5x}\n- {shell: a, claude: b}\n- {shell: a, id: item}\n", "w.yml"
    )

    assert [(p.code, p.line) for p in loaded.problems] == [("PT110", 1), ("PT111", 2), ("PT202", 3), ("PT205", 4)]
