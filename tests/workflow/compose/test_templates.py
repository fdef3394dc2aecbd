"""Templates: file-wide ones, and where they are found."""

import pytest

from tests.support.rules import rule
from tests.workflow.compose.loading import PLACES, labels, lines, load, workflow


@pytest.mark.parametrize("form", ["[x]", "{steps: [x]}", "{commands: [x]}", "{steps: [x], parameters: [p]}"])
@rule("15.4 forms")
def test_every_form_of_a_template(form):
    tree = {
        "a.yml": f"template: {{source: t, with: {{{'p: 1' if 'p' in form[5:] else ''}}}}}\ntemplates: {{t: {form}}}"
    }

    assert labels(tree) == ["x"]


FILES = {
    "/repo/flows/lib.yml": "templates: {t: [imported]}",
    "/repo/.prodigy/templates/t.yml": "[project]",
    "/home/lib/t.json": '["library"]',
    "/repo/flows/t.yml": "[path]",
}


@pytest.mark.parametrize(
    ("source", "own", "gone", "expected"),
    [
        ("t", "templates: {t: [own]}", 0, "own"),
        ("t", "imports: [lib.yml]", 0, "imported"),
        ("t", "", 0, "project"),
        ("t", "", 2, "library"),
        ("t.json", "", 0, "library"),
        ("t.yml", "", 0, "project"),
        ("t.yml", "", 3, "path"),
        ("./t.yml", "", 3, "path"),
        ("../flows/t", "", 0, "path"),
        ("{registry: t}", "templates: {t: [own]}", 0, "project"),
        ("{file: t.yml}", "templates: {t: [own]}", 0, "path"),
    ],
)
@rule("15.4 lookup", "15.4 source")
@rule("B.5 template source")
def test_a_template_is_found_in_the_first_of_its_places(source, own, gone, expected):
    files = dict(list(FILES.items())[gone:])
    tree = {"/repo/flows/a.yml": f"template: {{source: {source}}}\n{own}", **files}

    assert labels(tree, places=PLACES) == [expected]


@pytest.mark.parametrize("source", ["../../../etc/x.yml", "/etc/x.yml"])
@rule("15.4 lookup", "15.1 places")
def test_no_library_name_leads_out_of_the_library(source):
    (problem,) = load({"/repo/a.yml": f"template: {source}", "/etc/x.yml": "[x]"}, places=PLACES).problems

    assert problem.code == "PT801"


@rule("15.4 file-wide", "15.6 order")
def test_the_values_of_a_file_wide_template_are_bound():
    template = "parameters: {branch: main, n: {type: integer}}\nsteps: ['git switch ${branch}']"
    tree = {"a.yml": "template: {source: ./t.yml, with: {branch: dev, n: '7'}}", "t.yml": template}

    assert load(tree).parameters == {"branch": "dev", "n": 7}
    assert load(tree, params=(("n", "8"),)).parameters == {"branch": "dev", "n": 8}


@rule("15.4 file-wide")
def test_a_mapreduce_workflow_can_be_a_template():
    template = "map: {input: [1], agent_template: [x]}\nreduce: [r]"
    tree = {"a.yml": "template: t.yml\nmap: {max_parallel: 3}\nname: mine", "t.yml": template}

    found = workflow(tree)
    assert (found.kind, found.name) == ("mapreduce", "mine")
    assert found.map is not None
    assert found.map.max_parallel == 3


@pytest.mark.parametrize(
    ("own", "expected"),
    [("steps: [own]", ["t", "own"]), ("commands: [own]", ["t", "own"]), ("commands: []", ["t"]), ("", ["t"])],
)
@rule("15.4 own steps")
@rule("B.5 template commands")
def test_own_steps_follow_those_of_the_template(own, expected):
    assert labels({"a.yml": f"template: t\ntemplates: {{t: [t]}}\n{own}"}) == expected


@rule("15.4 override")
def test_overrides_are_merged_last():
    tree = {
        "a.yml": """
            template:
              source: t.yml
              override:
                map.max_parallel: 2
                map.agent_template.0.timeout: 5s
                setup.timeout: 9s
                setup.steps.0: other
                reduce: null
                env: {B: 2}
            env: {A: 1}
            map: {max_parallel: 1}
        """,
        "t.yml": """
            env: {A: 0, B: 0}
            setup: [s]
            map: {input: [1], agent_template: [{shell: x}]}
            reduce: [r]
        """,
    }

    found = workflow(tree)
    assert found.map is not None
    assert (found.map.max_parallel, found.map.agent_template[0].timeout) == (2, 5.0)
    assert (found.setup.timeout, found.setup.steps[0].label, found.reduce.steps) == (9.0, "other", ())
    assert found.environment.variables == {"A": "1", "B": "2"}


@rule("15.4 override")
def test_an_override_nests_no_deeper_than_a_file():
    key, value = ".".join("a" * 60), "[" * 10 + "]" * 10

    (line,) = lines({"a.yml": f"template: {{source: t, override: {{{key}: {value}}}}}\ntemplates: {{t: [x]}}"})
    assert "PT106" in line


@rule("15.4 name")
def test_a_file_wide_template_can_get_a_name():
    tree = {"a.yml": "template: {source: t.yml, name: mine}\nname: own", "t.yml": "name: t\nsteps: [x]"}

    assert workflow(tree).name == "mine"
