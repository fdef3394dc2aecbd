"""`dlq retry` and `dlq discard` of real runs: at rest, and while another process drives them."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from prodigy_tui.events.schema import ItemRequeued, ParametersChanged, ReduceRequested, SignalReceived
from prodigy_tui.events.source import read_events
from tests.support.program import Driven
from tests.support.project import Project
from tests.support.rules import rule

WORK = """
name: mend
parameters:
  need: {type: string, default: "no"}
  token: {secret: true, required: false}
env:
  NEED: "${need}"
  ALOUD: "${NEED}!"
  OTHER: other
  ONCE: {command: "echo ${need}"}
map:
  input: [{name: good, first: "yes"}, {name: bad, first: "no"}, {name: worse, first: "no"}]
  max_parallel: 1
  agent_template:
    - shell: test ${item.first} = yes || test ${need} = ${item.name} || test ${need} = all
    - shell: echo ${need} $ALOUD $ONCE > ${item.name}.txt && git add . && git commit --quiet -m ${item.name}
reduce:
  - shell: ls > listed && git add . && git commit --quiet -m listed
"""


def fail(project: Project) -> None:
    assert project.call("run", project.workflow(WORK), "-y").code == 1


@pytest.fixture
def failed(project_after) -> Project:
    return project_after(fail)


def events(project: Project) -> list:
    return [envelope.event for envelope in read_events(project.folder(project.runs()[0]).events)]


@rule("cli 8.1 retry param", "cli 8.1 retry anew", "cli 8.1 retry landed")
def test_a_retry_with_another_parameter_is_explained_and_lands_again(failed: Project) -> None:
    failed.repo.commit("meanwhile.txt", "x\n", "meanwhile")

    called = failed.call("dlq", "retry", "bad", "--param", "need=bad", "-y", "--json")

    assert called.code == 1, "one is left"
    assert "given back to work: bad" in called.err
    assert "parameter need: no -> bad, for what runs from now on" in called.err
    assert "reduce does not run again; --reduce has it run" in called.err
    assert called.json["merge"]["status"] == "landed"
    assert called.json["items"]["succeeded"] == 2
    assert sorted(failed.repo.files()) == ["bad.txt", "good.txt", "listed", "meanwhile.txt", "readme.txt"]
    assert failed.repo.files()["listed"].split() == ["good.txt", "listed", "readme.txt"]
    stats = failed.call("dlq", "stats", "--json").json
    assert (stats["retried"]["total"], stats["retried"]["succeeded"], stats["entered"]) == (1, 1, 2)


@rule("cli 8.1 retry reduce", "cli 8.1 retry chosen")
def test_reduce_runs_again_when_it_is_asked_for(failed: Project) -> None:
    called = failed.call("dlq", "retry", "--filter", "item.first == 'no'", "--reduce", "--param", "need=all", "-y")

    assert called.code == 0, called.err
    assert failed.repo.files()["listed"].split() == ["bad.txt", "good.txt", "listed", "readme.txt", "worse.txt"]
    assert [type(event) for event in events(failed) if isinstance(event, ReduceRequested)] == [ReduceRequested]


@rule("cli 8.1 retry reduce")
def test_reduce_is_refused_where_there_is_none(project: Project) -> None:
    project.call("run", project.workflow("map: {input: [a], agent_template: ['false']}\n"), "-y")
    before = len(events(project))

    refused = project.call("dlq", "retry", "--all", "--reduce", "-y")
    planned = project.call("dlq", "retry", "--all", "--dry-run")

    assert refused.code == 2
    assert refused.err == f"error: the workflow of run '{project.runs()[0]}' has no reduce; leave --reduce out\n"
    assert (planned.code, "reduce" in planned.err) == (0, False)
    assert len(events(project)) == before


@rule("cli 8.1 retry param", "cli 8.1 retry dry")
def test_parameters_that_cannot_be_are_refused_and_nothing_is_recorded(failed: Project) -> None:
    before = len(events(failed))

    unknown = failed.call("dlq", "retry", "--all", "--param", "needs=all")
    planned = failed.call("dlq", "retry", "--all", "--param", "need=all", "--param", "token=s3cret-one", "--dry-run")

    assert unknown.code == 2
    assert "no parameter 'needs'" in unknown.err
    assert "given back" not in unknown.err
    assert "parameter need: no -> all" in planned.err
    assert "s3cret-one" not in planned.err + planned.out
    assert len(events(failed)) == before


PATIENT = WORK.replace(
    "    - shell: echo",
    "    - shell: test ${item.name} != good || while ! test -e '{place}/go'; do sleep 0.05; done\n    - shell: echo",
).replace(
    '{name: good, first: "yes"}, {name: bad, first: "no"}, {name: worse, first: "no"}',
    '{name: bad, first: "no"}, {name: worse, first: "no"}, {name: good, first: "yes"}',
)


@pytest.fixture
def live(project: Project) -> Iterator[Driven]:
    """A run whose first two items have failed while the third is at work."""
    driven = Driven("run", project.workflow(PATIENT.replace("{place}", str(project.home.parent))), "-vy", "--json")
    try:
        driven.wait_until_said("good: step ")  # before it, that the others have failed was put on the disk
        yield driven
    finally:
        driven.close()


def let_go(project: Project) -> None:
    Path(project.home.parent / "go").touch()


@rule("cli 8.1 retry live", "cli 8.1 retry param")
def test_a_live_run_takes_a_retry_with_all_that_was_said(project: Project, live: Driven) -> None:
    words = ("dlq", "retry", "--all", "--param", "need=all", "-j", "3", "--reduce", "--keep-worktree")

    secret = project.call(*words, "--param", "token=s3cret-one")
    planned = project.call(*words, "--dry-run", "--json").json
    called = project.call(*words)
    let_go(project)
    code, _ = live.end()

    assert (secret.code, "cannot be given to a live run" in secret.err) == (2, True)
    assert (planned["live"], planned["max_parallel"], planned["reduce"]) == (True, 3, "once")
    assert called.code == 0
    assert "2 items given back to work; process" in called.err
    assert "what commands of env have said stays as it is until the run is stopped and resumed: ONCE\n" in called.err
    assert code == 0
    files = project.repo.files()
    assert sorted(files) == ["bad.txt", "good.txt", "listed", "readme.txt", "worse.txt"]
    assert (files["bad.txt"], files["good.txt"]) == ("all all! no", "all all! no")
    found = events(project)
    assert [event.values for event in found if isinstance(event, ParametersChanged)] == [{"need": "all"}]
    assert sum(isinstance(event, ItemRequeued) for event in found) == 2
    asked = [event for event in found if isinstance(event, SignalReceived)]
    assert [event.signal for event in asked] == ["set-parallel", "retry", "retry"]
    assert all(event.keep_files for event in asked[1:])


@rule("cli 8.1 discard", "cli 8.1 discard all")
def test_a_live_run_takes_a_discard(project: Project, live: Driven) -> None:
    called = project.call("dlq", "discard", "--all", "--reason", "no use", "--json")
    again = project.call("dlq", "discard", "--all")
    let_go(project)
    code, printed = live.end()

    assert (called.code, called.json["status"], len(called.json["discarded"])) == (0, "running", 2)
    assert "nothing to discard" in again.err
    assert code == 0
    summary, _ = json.JSONDecoder().raw_decode(printed, printed.index("{\n"))
    assert (summary["status"], summary["items"]["skipped"]) == ("succeeded", 2)
    listed = project.call("dlq", "list", "--discarded", "--json").json["entries"]
    assert {entry["discarded"]["reason"] for entry in listed} == {"no use"}
    branches = project.repo.git("for-each-ref", "--format=%(refname)", "refs/heads/prodigy").split()
    assert branches == []


@rule("cli 8.1 show", "cli 8.1 discard")
def test_show_follows_branch_and_files_until_they_are_discarded(failed: Project) -> None:
    (before,) = failed.call("dlq", "show", "bad", "--json").json["attempts"]
    shown = failed.call("dlq", "show", "bad").out
    assert Path(before["worktree"]).is_dir()
    failed.call("dlq", "discard", "bad")
    (after,) = failed.call("dlq", "show", "bad", "--json").json["attempts"]

    assert before["branch_at"] == before["head"]
    assert f"branch  {before['branch']} at {before['head'][:9]}" in shown
    assert Path(before["log"]).read_text("utf-8")
    assert (after["branch_at"], after["worktree"]) == (None, None)
    assert not Path(before["worktree"]).exists()
    assert "gone" in failed.call("dlq", "show", "bad").out


@rule("cli 8.1 retry reduce")
def test_reduce_runs_again_alone_where_it_lacks_items_and_the_queue_is_empty(failed: Project) -> None:
    run_id = failed.runs()[0]
    again = f"prodigy-tui dlq retry {run_id} --reduce"
    assert f"prodigy-tui dlq retry {run_id} --all --reduce" in failed.call("runs", "show").out

    retried = failed.call("dlq", "retry", "--all", "--param", "need=all", "-y")
    resumed = failed.call("resume", run_id)
    planned = failed.call("dlq", "retry", "--reduce", "--dry-run")

    assert retried.code == 0, retried.err
    assert "lacks   reduce ran before 2 items were done" in retried.out
    assert f"  next    {again}\n" in retried.out
    assert (resumed.code, again in resumed.err) == (2, True)
    assert "reduce alone would run again" in planned.err
    assert failed.repo.files()["listed"].split() == ["good.txt", "listed", "readme.txt"]

    reduced = failed.call(*again.split()[1:], "-y", "--json")

    assert (reduced.code, reduced.json["shortfalls"], reduced.json["next"]) == (0, [], [])
    assert reduced.json["merge"]["status"] == "landed"
    assert "no item goes back to work: reduce alone runs again" in reduced.err
    assert failed.repo.files()["listed"].split() == ["bad.txt", "good.txt", "listed", "readme.txt", "worse.txt"]
    for words in ([], ["--all"]):
        refused = failed.call("dlq", "retry", "--reduce", *words)
        assert (refused.code, "its reduce lacks no item" in refused.err) == (2, True)


@rule("cli 8.1 retry anew", "cli 8.1 retry landed")
def test_a_retry_before_landing_says_that_it_lacks_what_the_target_has_got_since(project: Project) -> None:
    text = """
    map:
      input: [a, b]
      agent_template: ["test ${item} = a || test -e repair.txt", "echo > ${item} && git add . && git commit -qm x"]
    """
    project.call("run", project.workflow(text), "--merge", "no")
    run_id = project.runs()[0]
    before = project.call("dlq", "retry", "b", "--dry-run")
    project.repo.commit("repair.txt", "x\n", "repair")

    retried = project.call("dlq", "retry", "--all", "--merge", "no")

    assert (retried.code, "moved on" in before.err) == (1, False)
    tip = project.repo.git("rev-parse", "--short=9", f"prodigy/{run_id}/run").strip()
    (line,) = [line for line in retried.err.splitlines() if "moved on" in line]
    assert line == (
        f"main has moved on by 1 commit since the run began: retries start from the run's branch at {tip}, without"
        f" that; a new run starts from main, and so do they once 'prodigy-tui merge {run_id}' has landed what is done"
    )
    project.call("merge", run_id, "-y")
    mended = project.call("dlq", "retry", "--all", "-y")
    assert (mended.code, "moved on" in mended.err) == (0, False)
    assert set(project.repo.files()) == {"a", "b", "readme.txt", "repair.txt"}
