"""Runs that other runs have called, from the command line: they are seen, steered, and go on with those."""

import time

import pytest

from prodigy_tui.errors import ExitCode
from prodigy_tui.events.evolve import fold
from prodigy_tui.events.source import read_events
from tests.support.program import LOOK_S, Driven
from tests.support.project import Project
from tests.support.rules import rule

FAN = """
workflows:
  fan:
    map:
      input: [a, bad]
      agent_template: ["test ${item} != bad && echo x > ${item}.txt && git add . && git commit -qm ${item}"]
steps: [{workflow: fan}]
"""


@rule("15.5 map listed", "15.5 map alone")
def test_a_called_run_is_listed_with_its_caller_and_does_not_go_on_by_itself(project: Project) -> None:
    ran = project.call("run", project.workflow(FAN), "--headless", "-y")
    runs = project.runs()
    (own,) = (run for run in runs if not run.endswith(".1"))
    child = f"{own}.1"

    assert ran.code == ExitCode.OK, ran.err
    assert f"called  {child} (fan): failed, 1 dead letter" in ran.out + ran.err
    assert sorted(runs) == [own, child]
    listed = {entry["run_id"]: entry for entry in project.call("runs", "list", "--json").json["runs"]}
    assert listed[child]["label"] == f"called by {own}"
    assert listed[child]["caller"] == {"run_id": own, "phase": "steps", "path": "0"}
    assert (listed[own]["caller"], listed[own]["merge"]["status"]) == (None, "landed")
    assert listed[child]["merge"]["status"] == "handed_over"
    assert "handed over" in next(line for line in project.call("runs", "list").out.splitlines() if child in line)
    assert project.call("runs", "show", child, "--json").json["caller"] == listed[child]["caller"]
    assert project.call("runs", "show", "last", "--json").json["run_id"] == own
    shown = project.call("runs", "show", child)
    assert f"caller  {own}, steps, step 0" in shown.out + shown.err
    assert "resume" not in shown.out + shown.err
    for command in (["resume", child], ["merge", child], ["dlq", "retry", child, "--all"]):
        refused = project.call(*command)
        assert refused.code == ExitCode.USAGE, command
        assert refused.err.startswith(f"error: run '{child}' belongs to '{own}', whose step 0 has called it; ")
        assert refused.err.count("\n") == 1
    assert project.call("dlq", "list", child).code == ExitCode.OK
    assert f"a new run with what 'dlq export {child}' writes\n" in refused.err
    elsewhere = f"the runs that it has called have 1 dead letter: 'prodigy-tui dlq list {child}'\n"
    assert elsewhere in project.call("dlq", "list", own).err
    assert project.call("dlq", "retry", own, "--all").err.endswith(f"has nothing to retry; {elsewhere}")
    assert project.call("resume", own[:8]).code == ExitCode.USAGE


SLOW = """
workflows:
  fan:
    map:
      input: [a, b]
      max_parallel: 1
      agent_template:
        - "touch '{place}/began-${{item}}'; while ! test -e '{place}/go'; do sleep 0.05; done"
        - {{approve: {{question: "Go on?", timeout: 60s, on_timeout: deny}}, when: "${{item}} == 'b'"}}
steps: [{{workflow: fan}}]
"""


def wait_a_little(driven: Driven) -> None:
    """Lets the program work; it has to be there."""
    assert driven.process.poll() is None
    time.sleep(LOOK_S)


@pytest.mark.slow
@rule("15.5 map socket")
def test_a_called_run_takes_signals_and_answers_of_its_own(project: Project) -> None:
    place = project.home.parent
    driven = Driven("run", project.workflow(SLOW.format(place=place)), "--headless")
    try:
        driven.wait_until_said("calls fan")
        (own,) = (run for run in project.runs() if not run.endswith(".1"))
        child = f"{own}.1"
        while not (place / "began-a").exists():
            wait_a_little(driven)
        assert project.call("signal", child, "set-parallel", "2").code == ExitCode.OK
        while not (place / "began-b").exists():
            wait_a_little(driven)
        (place / "go").touch()
        while not (gates := project.call("gates", child, "--json").json["gates"]):
            wait_a_little(driven)
        assert project.call("gates", "answer", gates[0]["id"], "approve", "--run", child).code == ExitCode.OK
        code, said = driven.end()
    finally:
        driven.close()

    assert code == ExitCode.OK, said
    state = fold(read_events(project.folder(child).events))
    assert (state.status, state.max_parallel, state.counts.success) == ("succeeded", 2, 2)


@rule("15.5 map validate")
def test_validate_has_nothing_to_say_about_such_a_call(project: Project) -> None:
    checked = project.call("validate", project.workflow(FAN), "--json")

    assert checked.code == ExitCode.OK
    assert "PT199" not in checked.out
