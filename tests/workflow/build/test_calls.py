"""Steps that take their work from elsewhere, inside other steps (language 4.1, 5.2, 7.2)."""

import pytest

from tests.support.rules import rule
from tests.workflow.compose.loading import lines

FILES = {
    "m.yml": "map: {input: [1], agent_template: ['true']}",
    "p.yml": "['true']",
}


def codes(step, **more):
    found = lines({"a.yml": f"steps: [{step}]", **FILES, **more})
    return [code for line in found if (code := line.split()[2].rstrip(":")) != "PT199"]


@rule("4.1 mapreduce calls")
@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ("{workflow: m.yml}", []),
        ("{shell: a, on_failure: {workflow: m.yml}}", ["PT211"]),
        ("{shell: a, on_success: {workflow: m.yml}}", ["PT211"]),
        ("{foreach: [1], do: {workflow: m.yml}}", ["PT211"]),
        ("{shell: a, validate: [{workflow: m.yml}]}", ["PT211"]),
        ("{shell: a, on_failure: {workflow: p.yml}}", []),
        ("{foreach: [1], do: {workflow: p.yml}}", []),
    ],
)
def test_a_workflow_with_a_map_is_not_called_inside_other_steps(step, expected):
    assert codes(step) == expected


@rule("7.2 parallel")
@pytest.mark.parametrize(("parallel", "expected"), [("2", ["PT208"]), ("1", [])])
def test_the_steps_of_a_template_share_the_head_of_the_loop(parallel, expected):
    text = (
        "templates: {t: [{shell: a, commit_required: true}]}\n"
        f"steps: [{{foreach: [1], parallel: {parallel}, do: {{use: t}}}}]"
    )
    found = [line.split()[2].rstrip(":") for line in lines({"a.yml": text})]

    assert [code for code in found if code != "PT199"] == expected


@rule("5.6 variables")
def test_the_steps_of_a_template_see_the_loop_around_them():
    text = "templates: {t: [{claude: 'x ${f}'}]}\nsteps: [{foreach: [1], as: f, do: {use: t}}]"
    found = [line.split()[2].rstrip(":") for line in lines({"a.yml": text})]

    assert [code for code in found if code != "PT199"] == []
