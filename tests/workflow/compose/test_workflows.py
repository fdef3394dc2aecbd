"""Workflows under a name, and the entry of a file without steps."""

import pytest

from tests.support.rules import rule
from tests.workflow.compose.loading import labels, lines, load


@pytest.mark.parametrize(
    "main", ["{steps: [x]}", "m.yml", "{source: m.yml}", "{source: other}", "{extends: m.yml}", "{extends: other}"]
)
@rule("15.5 main")
def test_main_is_the_entry_of_a_file_without_steps(main):
    assert labels({"a.yml": f"workflows: {{main: {main}, other: m.yml}}", "m.yml": "[x]"}) == ["x"]


@rule("15.5 main")
def test_main_is_nothing_where_there_are_steps():
    assert labels({"a.yml": "workflows: {main: {steps: [x]}}\nsteps: [own]"}) == ["own"]


@rule("15.5 main")
def test_main_gets_the_values_of_its_entry():
    tree = {"a.yml": "workflows: {main: {source: m.yml, with: {p: 5}}}", "m.yml": "parameters: {p: 1}\nsteps: [x]"}

    assert load(tree).parameters == {"p": 5}


@pytest.mark.parametrize(
    "form",
    [
        "{one: {source: b.yml}, two: {source: w, parallel: true, timeout: 5s}}",
        "[{name: one, source: b.yml, timeout: 1h}, {name: two, source: w, timeout_secs: 5}]",
        "{w: {outputs: [x]}}",
    ],
)
@rule("15.5 sub-workflows")
@rule("B.5 sub-workflows")
def test_every_form_of_sub_workflows_is_read(form):
    found = lines({"a.yml": f"sub_workflows: {form}\nworkflows: {{w: {{steps: [x]}}}}", "b.yml": "[x]"})

    assert [line.split(": ")[1].split()[:2] for line in found] in (
        [],
        [["warning", "PT901"]],
    )


@rule("15.5 main", "15.5 declared")
def test_the_entry_is_checked_with_what_the_file_declares():
    assert lines({"a.yml": "parameters: {p: 1}\nworkflows: {main: {steps: ['echo ${param.p}']}}"}) == []


@rule("15.5 declared")
def test_a_workflow_that_is_a_base_need_not_be_whole():
    tree = {
        "a.yml": "imports: [{path: b.yml, alias: b}]\nextends: b\nmap: {input: [1]}",
        "b.yml": "map: {agent_template: [x]}",
    }

    assert lines(tree) == []


@rule("15.5 sub-workflows")
def test_sub_workflows_are_calls_in_order():
    from prodigy_tui.workflow.build.calls import build_sub_workflows
    from prodigy_tui.workflow.build.context import Context, Notes, Surroundings
    from prodigy_tui.workflow.nodes import MapNode
    from prodigy_tui.workflow.problems import Report
    from prodigy_tui.workflow.source import read_source

    text = """
sub_workflows:
  - {name: one, source: a.yml, with: {p: 1}, inputs: {q: "${x}"}, outputs: [r], parallel: true}
  - {name: two, path: b.yml, working_dir: sub, timeout: 5s, continue_on_error: yes}
"""
    report = Report("w.yml")
    top = read_source(text, ".yml", report)
    assert isinstance(top, MapNode)
    one, two = build_sub_workflows(top, Context(phase="steps"), Notes(report=report, surroundings=Surroundings()))

    assert (one.name, one.source, one.values, one.inputs, one.outputs, one.parallel) == (
        "one",
        "a.yml",
        {"p": 1},
        {"q": "${x}"},
        ("r",),
        True,
    )
    assert (two.name, two.source, two.working_dir, two.timeout, two.continue_on_error) == (
        "two",
        "b.yml",
        "sub",
        5.0,
        True,
    )
    assert report.problems() == ()


def test_an_unknown_profile_is_a_problem_of_the_load():
    (line,) = lines({"a.yml": "steps: [x]\nprofiles: {ci: {A: 1}}"}, profile="prod")

    assert "PT322" in line


@rule("15.5 call", "15.4 use inside")
def test_a_list_of_steps_calls_files_and_uses_templates_too():
    tree = {
        "a.yml": "[{workflow: b.yml}, {use: ./t.yml, with: {p: 1}}]",
        "b.yml": "[{shel: x}]",
        "t.yml": "parameters: [p]\nsteps: ['echo ${p}']",
    }

    assert [line.partition(" at ")[0] for line in lines(tree)] == ["b.yml:1:3: error PT110"]
