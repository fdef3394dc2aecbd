"""`run --canary K`, and runs that end because nobody is there to answer (cli 3, 4)."""

from tests.support.project import Project
from tests.support.rules import rule

MAP = 'map: {items: [a, b, c], agent_template: ["echo ${item}"]}\n'


@rule("13.8 runs: option", "cli 4 runs: order")
def test_the_first_items_run_and_the_rest_waits_for_a_yes(project: Project) -> None:
    file = project.workflow(MAP)

    called = project.call("run", file, "--canary", "2", "--json")

    assert called.code == 3, called.err
    assert called.json["status"] == "waiting"
    assert (called.json["items"]["succeeded"], called.json["items"]["pending"]) == (2, 1)
    assert "2 of 2 canary items succeeded. Start the other 1?" in called.err
    resumed = project.call("resume", "-y", "--json")
    assert resumed.code == 0, resumed.err
    assert resumed.json["items"]["succeeded"] == 3


def test_yes_answers_for_the_operator(project: Project) -> None:
    file = project.workflow(MAP)

    called = project.call("run", file, "--canary", "1", "-y", "--json")

    assert (called.code, called.json["items"]["succeeded"]) == (0, 3)


def test_a_plain_workflow_has_no_canary(project: Project) -> None:
    file = project.workflow("- 'true'\n")

    called = project.call("run", file, "--canary", "1")

    assert called.code == 2
    assert "--canary has no effect: a plain workflow has no items; leave it out" in called.err
