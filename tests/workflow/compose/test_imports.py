"""Imports: what a file takes from others."""

import pytest

from tests.support.rules import rule
from tests.workflow.compose.loading import labels, lines, load, workflow

LIBRARY = """
    name: everything
    templates: {t: [from template]}
    workflows: {w: {steps: [from workflow]}}
    parameters: {p: 1}
    vars: {v: 2}
    env: {E: 3}
    steps: [own steps]
"""


def names(loaded):
    """Returns the parameters, constants and variables of a workflow."""
    return loaded.parameters, loaded.workflow.vars, loaded.workflow.environment.variables


@pytest.mark.parametrize("entry", ["lib.yml", "{path: lib.yml}", "lib", "{path: ./lib}"])
@rule("15.3 forms", "15.3 contributes")
@rule("B.5 imports")
def test_an_import_contributes_names(entry):
    loaded = load({"a.yml": f"imports: [{entry}]\nsteps: [a]", "lib.yml": LIBRARY})

    assert loaded.workflow is not None
    assert names(loaded) == (
        {"p": 1},
        {"v": 2},
        {"E": "3"},
    )


@rule("15.3 own steps")
@rule("B.5 imported commands")
def test_steps_of_an_import_never_become_steps_of_the_file():
    tree = {"a.yml": "imports: [lib.yml]\nsteps: [a]", "lib.yml": LIBRARY}

    assert labels(tree) == ["a"]
    assert workflow(tree).name == "a"


@pytest.mark.parametrize(
    ("library", "name"), [(LIBRARY, "everything"), ("[own steps]", "lib"), ("steps: [own steps]", "lib")]
)
@rule("15.3 own steps")
def test_steps_of_an_import_are_a_workflow(library, name):
    assert labels({"a.yml": f"imports: [lib.yml]\nextends: {name}", "lib.yml": library}) == ["own steps"]


@rule("15.3 own steps")
def test_a_library_without_steps_is_no_workflow():
    loaded = load({"a.yml": "imports: [lib.yml]\nextends: lib\nsteps: [a]", "lib.yml": "templates: {t: [x]}"})

    # What it finds is the file of that name.
    assert loaded.workflow is not None


@pytest.mark.parametrize(("name", "label"), [("l.t", "from template")])
@rule("15.3 alias")
def test_an_alias_stands_before_templates_and_workflows(name, label):
    tree = {
        "a.yml": f"imports: [{{path: lib.yml, alias: l}}]\ntemplate: {name}\nvars: {{w: 1}}",
        "lib.yml": LIBRARY,
    }

    found = workflow(tree)
    assert [step.label for step in found.steps.steps] == [label]
    assert found.vars == {"v": 2, "w": 1}


@rule("15.3 own win")
def test_own_definitions_win():
    tree = {
        "a.yml": """
            imports: [lib.yml]
            template: t
            templates: {t: [own]}
            parameters: {p: 5}
            vars: {v: 6}
            env: {E: null}
        """,
        "lib.yml": LIBRARY,
    }

    loaded = load(tree)
    assert loaded.workflow is not None
    assert [step.label for step in loaded.workflow.steps.steps] == ["own"]
    assert names(loaded) == (
        {"p": 5},
        {"v": 6},
        {"E": None},
    )


@rule("15.3 clash")
def test_one_definition_on_two_ways_is_no_clash():
    tree = {
        "a.yml": "imports: [b.yml, c.yml]\nsteps: [a]",
        "b.yml": "imports: [common.yml]",
        "c.yml": "imports: [common.yml]",
        "common.yml": "vars: {v: 1}\nsteps: [x]",
    }

    assert workflow(tree).vars == {"v": 1}


@rule("15.3 forms")
def test_one_import_twice_is_a_mistake():
    (line,) = lines({"a.yml": "imports: [b.yml, b.yml, {path: b.yml, alias: b}]\nsteps: [a]", "b.yml": "vars: {v: 1}"})

    assert line == "a.yml:1:18: error PT116 at imports[1]: the import 'b.yml' is given twice; the first is on line 1"


@rule("15.3 clash")
def test_an_alias_ends_a_clash_of_templates():
    tree = {
        "a.yml": "imports: [b.yml, {path: c.yml, alias: c}]\ntemplate: c.t",
        "b.yml": "templates: {t: [b]}",
        "c.yml": "templates: {t: [c]}",
    }

    assert labels(tree) == ["c"]


@pytest.mark.parametrize("alias", ["", ", alias: l"])
@rule("15.3 selective")
def test_only_the_selected_names_are_taken(alias):
    loaded = load({"a.yml": f"imports: [{{path: lib.yml, selective: [v]{alias}}}]\nsteps: [a]", "lib.yml": LIBRARY})

    assert loaded.workflow is not None
    assert names(loaded) == ({}, {"v": 2}, {})


@pytest.mark.parametrize("name", ["everything", "default", "l"])
@rule("15.3 selective")
def test_own_steps_are_selected_by_any_of_their_names(name):
    tree = {
        "a.yml": f"imports: [{{path: lib.yml, selective: {name}, alias: l}}]\nextends: l.default",
        "lib.yml": LIBRARY,
    }

    assert labels(tree) == ["own steps"]


@rule("15.1 relative", "15.3 contributes")
def test_a_path_in_an_imported_file_starts_there():
    tree = {
        "a.yml": "imports: [lib/l.yml]\nextends: deploy",
        "lib/l.yml": "workflows: {deploy: ../other/d.yml}",
        "other/d.yml": "[deploy]",
    }

    assert labels(tree) == ["deploy"]
