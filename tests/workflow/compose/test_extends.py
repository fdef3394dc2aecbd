"""Bases: where they are found, and how a child lies over them."""

import pytest

from tests.support.rules import rule
from tests.workflow.compose.loading import PLACES, labels, load, workflow

BASE = "name: base\nsteps: [from base]\n"


@pytest.mark.parametrize("folder", ["bases/", "templates/", "workflows/", ""])
@pytest.mark.parametrize("extension", [".yml", ".yaml", ".json"])
@rule("15.2 names")
def test_a_base_without_extension_is_found_in_its_places(folder, extension):
    text = '{"steps": ["from base"]}'

    assert labels({"flows/a.yml": "extends: core", f"flows/{folder}core{extension}": text}) == ["from base"]


@rule("15.2 names")
def test_the_first_place_wins():
    tree = {"a.yml": "extends: core", "core.yml": "[beside]", "templates/core.yml": "[t]", "bases/core.json": '["b"]'}

    assert labels(tree) == ["b"]


@rule("15.2 names")
def test_a_name_with_an_extension_is_a_path():
    assert labels({"a.yml": "extends: core.yml", "core.yml": "[beside]", "bases/core.yml": "[b]"}) == ["beside"]


@rule("15.2 names")
def test_a_dot_in_a_name_is_no_extension():
    assert labels({"a.yml": "extends: v1.2", "bases/v1.2.yml": "[x]"}) == ["x"]


@rule("15.2 list")
def test_later_bases_win_and_the_child_wins_over_all():
    tree = {
        "a.yml": "extends: [one.yml, two.yml]\nenv: {C: a}",
        "one.yml": "steps: [one]\nenv: {A: one, B: one, C: one}",
        "two.yml": "steps: [two]\nenv: {B: two, C: two}",
    }

    found = workflow(tree)
    assert found.environment.variables == {"A": "one", "B": "two", "C": "a"}
    assert [step.label for step in found.steps.steps] == ["two"]


@rule("15.2 levels")
def test_bases_have_bases():
    tree = {
        "a.yml": "extends: b.yml\nenv: {A: a}",
        "b.yml": "extends: c.yml\nenv: {A: b, B: b}",
        "c.yml": "env: {A: c, B: c, C: c}\nsteps: [x]",
    }

    assert workflow(tree).environment.variables == {"A": "a", "B": "b", "C": "c"}


@rule("15.2 merge")
def test_mappings_merge_and_lists_replace():
    tree = {
        "a.yml": "extends: b.yml\nmap: {max_parallel: 2, input: [3]}\nagent_defaults: {model: m}",
        "b.yml": """
            map: {input: [1, 2], max_items: 5, agent_template: [/x]}
            agent_defaults: {timeout: 5s}
        """,
    }

    phase = workflow(tree).map
    assert phase is not None
    assert (phase.input.items, phase.max_items, phase.max_parallel) == ((3,), 5, 2)
    assert (phase.agent_template[0].timeout, phase.agent_template[0].command.model) == (5.0, "m")


@rule("15.2 null")
def test_null_deletes_a_key_of_the_base():
    tree = {"a.yml": "extends: b.yml\nmerge: null\nname: ~", "b.yml": "name: b\nmerge: {land: false}\nsteps: [x]"}

    found = workflow(tree)
    assert (found.name, found.merge.land) == ("a", True)


@rule("15.2 env null")
def test_null_in_the_env_of_a_child_removes_the_variable():
    tree = {"a.yml": "extends: b.yml\nenv: {A: null}", "b.yml": "env: {A: 1, B: 2}\nsteps: [x]"}

    assert workflow(tree).environment.variables == {"A": None, "B": "2"}


@rule("15.2 tags")
def test_tags_are_united():
    from prodigy_tui.workflow.compose.merge import merge
    from prodigy_tui.workflow.nodes import to_data
    from prodigy_tui.workflow.problems import Report
    from prodigy_tui.workflow.source import read_source

    base, child = (read_source(text, ".yml", Report("w")) for text in ("tags: [a, b]", "tags: [b, c]"))

    assert to_data(merge(base, child)) == {"tags": ["a", "b", "c"]}


@pytest.mark.parametrize(
    ("base", "child", "expected"),
    [
        ("commands: [b]", "steps: [a]", ["a"]),
        ("steps: [b]", "commands: [a]", ["a"]),
        ("steps: [b]\nvariables: {v: 1, w: 1}", "vars: {v: 2}", {"v": 2, "w": 1}),
    ],
)
@rule("15.2 one key")
def test_two_spellings_are_one_key(base, child, expected):
    found = workflow({"a.yml": f"extends: b.yml\n{child}", "b.yml": base})

    assert (found.vars if isinstance(expected, dict) else [step.label for step in found.steps.steps]) == expected


@pytest.mark.parametrize("phase", ["setup", "reduce", "merge"])
@pytest.mark.parametrize(
    ("base", "child", "steps", "timeout"),
    [
        ("[b]", "{timeout: 5s}", ["b"], 5.0),
        ("{steps: [b], timeout: 5s}", "[a]", ["a"], 5.0),
        ("{commands: [b], timeout: 5s}", "{steps: [a]}", ["a"], 5.0),
        ("[b]", "[a]", ["a"], None),
    ],
)
@rule("15.2 short forms")
def test_phases_in_list_form_merge_as_mappings(phase, base, child, steps, timeout):
    template = "map: {input: [1], agent_template: [x]}\n"
    tree = {"a.yml": f"extends: b.yml\n{phase}: {child}", "b.yml": f"{template}{phase}: {base}"}

    found = getattr(workflow(tree), phase)
    assert [step.label for step in found.steps] == steps
    assert found.timeout == timeout


@pytest.mark.parametrize(
    ("extends", "expected"), [("l.deploy", "deploy"), ("l.default", "own"), ("l", "own"), ("l.file", "from file")]
)
@rule("15.2 workflow", "15.3 alias")
@rule("B.5 imports")
def test_a_base_can_be_a_workflow_of_an_import(extends, expected):
    tree = {
        "a.yml": f"imports: [{{path: lib/l.yml, alias: l}}]\nextends: {extends}",
        "lib/l.yml": "steps: [own]\nworkflows: {deploy: {steps: [deploy]}, file: {source: f.yml}}",
        "lib/f.yml": "[from file]",
    }

    assert labels(tree) == [expected]


@rule("15.2 merge")
def test_a_list_form_is_a_base_too():
    assert labels({"a.yml": "extends: b.yml", "b.yml": "- one\n- two\n"}) == ["one", "two"]


@rule("15.1 places")
def test_files_may_lie_in_the_repository_beside_the_started_file_and_in_the_libraries():
    tree = {
        "/work/a.yml": "extends: [b.yml, /repo/x/c.yml, /home/lib/d.yml, /repo/.prodigy/e.yml]",
        "/work/b.yml": "[b]",
        "/repo/x/c.yml": "[c]",
        "/home/lib/d.yml": "[d]",
        "/repo/.prodigy/e.yml": "[e]",
    }

    assert labels(tree, places=PLACES) == ["e"]


@rule("15.1 places")
def test_a_link_that_leads_outside_is_outside():
    from pathlib import Path

    from msgspec.structs import replace

    def resolve(path):
        return Path("/etc/secret.yml") if path.name == "link.yml" else path

    loaded = load(
        {"/repo/a.yml": "extends: link.yml", "/repo/link.yml": "[x]"}, places=replace(PLACES, resolve=resolve)
    )
    assert [problem.code for problem in loaded.problems] == ["PT801"]


@rule("15.1 cycle")
def test_one_file_under_two_names_is_one_file():
    from pathlib import Path

    from msgspec.structs import replace

    from prodigy_tui.workflow.compose.places import Places

    places = replace(Places(), resolve=lambda path: Path("real.yml") if path.name == "link.yml" else path)

    (problem,) = load({"real.yml": "extends: link.yml\nsteps: [x]", "link.yml": "[y]"}, places=places).problems
    assert problem.message == "a cycle: real.yml → real.yml"
