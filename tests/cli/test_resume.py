"""`resume` as people call it: the plan, an edited workflow, dead letters, what is read and recorded."""

import json
from pathlib import Path

import pytest

from prodigy_tui.cli.places import ReadRun
from prodigy_tui.errors import ExitCode
from prodigy_tui.events.codec import decode_lines
from prodigy_tui.events.evolve import evolve
from prodigy_tui.events.schema import Envelope, StepFinished, WorkflowReplaced
from prodigy_tui.events.source import read_events
from prodigy_tui.events.state import RunState
from tests.cli.resume_facts import WORKFLOW, everything, ledger, mend, state_of
from tests.support.invariants import check_invariants
from tests.support.project import Project
from tests.support.rules import rule


@rule("cli 8.2 plan")
def test_the_plan_says_what_would_be_done_and_touches_nothing(stopped: Project) -> None:
    before = everything(stopped)

    said = stopped.call("resume", "--plan")
    document = stopped.call("resume", "last", "--plan", "--json").json

    assert everything(stopped) == before
    assert said.code == 0
    assert said.out.splitlines() == [
        f"continues {stopped.runs()[0]}: 3 reused, 1 redone, 1 new, 1 blocked",
        "  reuse   setup    finished",
        "  reuse   a        merged, the run branch has its commits",
        "  blocked b        in the dead letter queue",
        "  reuse   c        merged, the run branch has its commits",
        "  redo    reduce   failed, 1 step kept",
        "  new     landing",
    ]
    assert document["counts"] == {"reuse": 3, "redo": 1, "new": 1, "blocked": 1}
    assert [part["verdict"] for part in document["parts"]] == ["reuse", "reuse", "blocked", "reuse", "redo", "new"]
    assert document["edit"] is document["differs"] is None


def test_the_plan_names_what_is_not_as_the_log_says_and_the_call_puts_it_right(stopped: Project) -> None:
    run_id = stopped.runs()[0]
    stopped.repo.git("update-ref", "-d", f"refs/heads/prodigy/{run_id}/run")
    before = everything(stopped)

    said = stopped.call("resume", "--plan").out

    assert everything(stopped) == before
    assert f"found prodigy/{run_id}/run was deleted; it is at" in said
    mend(stopped)
    assert stopped.call("resume", "-y", "--headless").code == ExitCode.FAILED, "b is still dead"
    assert ledger(stopped) == ["first", "second", "a", "b", "c", "counted"]
    assert "a.txt" in stopped.repo.files("main")


def test_many_items_share_lines_unless_more_is_wanted(project: Project) -> None:
    items = ", ".join(map(str, range(22)))
    text = f"map: {{input: [{items}], agent_template: ['true']}}\nreduce: ['false']\n"
    project.call("run", project.workflow(text), "--headless")

    short, long = project.call("resume", "--plan").out, project.call("resume", "--plan", "-v").out

    assert "22 items  done without changes" in short
    assert len(short.splitlines()) < 10
    assert len(long.splitlines()) > 22
    assert len(project.call("resume", "--plan", "--json").json["parts"]) == 25


@rule("cli 8.2 retry-dlq")
def test_dead_letters_go_back_to_work_when_asked(stopped: Project) -> None:
    assert "redo    b        given back to work" in stopped.call("resume", "--plan", "--retry-dlq").out
    mend(stopped)

    called = stopped.call("resume", "-y", "--headless", "--retry-dlq")

    assert called.code == 0, called.err
    assert "redo    b        given back to work" in called.err
    assert ledger(stopped) == ["first", "second", "a", "b", "c", "counted", "b"]
    assert set(stopped.repo.files("main")) == {"readme.txt", "made.txt", "a.txt", "b.txt", "c.txt"}


@rule("cli 8.2 refused")
def test_a_run_with_nothing_but_dead_letters_left_is_resumed_only_with_them(project: Project, monkeypatch) -> None:
    text = "map: {input: [a], agent_template: ['test -e $LEDGER']}\n"
    monkeypatch.setenv("LEDGER", str(project.home.parent / "ledger"))
    project.call("run", project.workflow(text), "-y", "--headless")

    refused = project.call("resume", "last")
    (project.home.parent / "ledger").touch()

    assert refused.code == ExitCode.USAGE
    assert "all its work is done" in refused.err
    assert project.call("resume", "last", "-y", "--headless", "--retry-dlq").code == 0


# ----------------------------------------------------------------------------------------------------- edited workflow


@rule("cli 8.2 workflow")
def test_an_edited_workflow_keeps_what_is_done_before_the_first_change(stopped: Project) -> None:
    text = WORKFLOW.replace('"test -e $LEDGER.mended"', '"echo again >> $LEDGER"\n  - "echo more >> $LEDGER"')
    work = stopped.workflow(text)
    noted = stopped.call("resume", "--plan").out
    plan = stopped.call("resume", "--plan", "--workflow", work)

    called = stopped.call("resume", "-y", "--headless", "--workflow", work)

    assert f"{work} has changed since the run began; the recorded workflow is used" in noted
    assert "redo    reduce   edited, 1 step kept" in plan.out
    assert "edited " in plan.err + plan.out
    assert called.code == ExitCode.FAILED, "b is still dead"
    assert ledger(stopped) == ["first", "second", "a", "b", "c", "counted", "again", "more"]
    state = state_of(stopped)
    check_invariants(state)
    assert state.text == text
    assert [phase.phase for phase in state.outline] == ["setup", "map", "reduce", "merge"]
    assert len(state.outline[2].steps) == 3


def test_the_record_is_read_and_folded_once(stopped: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    recorded = state_of(stopped).last_seq
    mend(stopped)
    folded, decoded = list[int](), list[int]()

    def evolve_counted(state: RunState, envelope: Envelope) -> RunState:
        folded.append(envelope.seq)
        return evolve(state, envelope)

    def decode_counted(lines: bytes) -> list[Envelope] | None:
        events = decode_lines(lines)
        decoded.extend(envelope.seq for envelope in events or ())
        return events

    monkeypatch.setattr("prodigy_tui.events.evolve.evolve", evolve_counted)
    monkeypatch.setattr("prodigy_tui.events.source.decode_lines", decode_counted)
    stopped.call("resume", "--headless")

    assert [seq for seq in folded if seq <= recorded] == list(range(1, recorded + 1))
    assert [seq for seq in decoded if seq <= recorded] == list(range(1, recorded + 1))


def test_what_was_read_of_a_run_is_given_away_and_not_kept(stopped: Project) -> None:
    found = ReadRun(stopped.folder(stopped.runs()[0]))

    known = found.hand_over()

    assert known is not None
    assert (len(known.events), known.state) == (found.state.last_seq, found.state)
    assert found.hand_over() is None


def test_the_log_of_an_edited_run_replays_and_the_next_resume_uses_the_edit(stopped: Project) -> None:
    work = stopped.workflow(WORKFLOW.replace("!= b -o -e $LEDGER.mended", "!= b"), "other.yml")
    stopped.call("resume", "--headless", "--workflow", work)
    Path(work).unlink()
    mend(stopped)

    called = stopped.call("resume", "-y", "--headless")

    assert called.code == ExitCode.FAILED, called.err
    events = [envelope.event for envelope in read_events(stopped.folder(stopped.runs()[0]).events)]
    (replaced,) = [event for event in events if isinstance(event, WorkflowReplaced)]
    assert replaced.file == work
    assert state_of(stopped).file == work
    assert stopped.call("replay", "last", "--screenshot", stopped.home.parent / "shot.svg").code == 0


def test_an_edited_template_holds_for_items_that_are_not_done(stopped: Project) -> None:
    text = WORKFLOW.replace("test ${item} != b -o -e $LEDGER.mended", "true")
    mend(stopped)

    called = stopped.call("resume", "-y", "--headless", "--retry-dlq", "--workflow", stopped.workflow(text))

    assert called.code == 0, called.err
    assert "map: agent_template  (3 items that are done stay as they are)" in called.err
    assert ledger(stopped) == ["first", "second", "a", "b", "c", "counted", "b"]


def test_a_step_that_is_written_otherwise_is_done_again_with_all_behind_it(project: Project, monkeypatch) -> None:
    monkeypatch.setenv("LEDGER", str(project.home.parent / "ledger"))
    text = '- "echo one >> $LEDGER"\n- "echo two >> $LEDGER"\n- "echo three >> $LEDGER"\n- "false"\n'
    project.call("run", project.workflow(text), "--headless")

    called = project.call(
        "resume", "-y", "--headless", "--workflow", project.workflow(text.replace("two", "2").replace("false", "true"))
    )

    assert called.code == 0, called.err
    assert ledger(project) == ["one", "two", "three", "2", "three"]
    assert "redo    steps: echo 2 >> $LEDGER  (it is written otherwise)" in called.err
    assert "redo    steps: echo three >> $LEDGER  (a step before it is written otherwise)" in called.err


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        (
            WORKFLOW[WORKFLOW.index("setup:") :],
            "steps: ['true']\n",
            "its workflow has a map, the edited one plain steps",
        ),
        ("[a, b, c]", "[a, b, d]", "'map.input' would give other items, without '"),
        ("input: [a, b, c]", "input: {glob: '*'}", "its 3 items are chosen, so 'map.input' cannot be changed any more"),
        ("echo second", "echo 2nd", "its items came out of setup, so step 2 of setup cannot be changed any more"),
        ("max_parallel: 1", "max_parallel: '${n}'", "takes its value when the map starts, which it has"),
        ("input: [a, b, c]", "inptu: [a, b, c]", "unknown key"),
    ],
    ids=["kind", "ids", "input", "setup", "late", "wrong"],
)
def test_an_edit_that_comes_too_late_is_refused_in_one_line(stopped: Project, old, new, why) -> None:
    work = stopped.workflow(WORKFLOW.replace(old, new).replace("name: edited", "name: edited\nvars: {n: 2}"))
    before = everything(stopped)

    called = stopped.call("resume", "--headless", "--workflow", work)

    assert called.code == ExitCode.USAGE, called.err
    assert why in called.err
    changed = {name for name, data in everything(stopped).items() if before.get(name) != data}
    assert changed <= {str(stopped.folder(stopped.runs()[0]).lock)}


def test_the_same_items_in_another_order_are_the_same(stopped: Project) -> None:
    work = stopped.workflow(WORKFLOW.replace("[a, b, c]", "[c, b, a]"))
    mend(stopped)

    assert stopped.call("resume", "-y", "--headless", "--retry-dlq", "--workflow", work).code == 0


def test_new_parameters_are_asked_for_and_recorded(stopped: Project) -> None:
    text = WORKFLOW.replace("name: edited", "name: edited\nparameters: {required: [{name: who}]}")
    work = stopped.workflow(text.replace('test -e $LEDGER.mended"\n', 'true"\n') + '  - "echo ${who} >> $LEDGER"\n')
    missing = stopped.call("resume", "--headless", "--workflow", work)

    called = stopped.call("resume", "-y", "--headless", "--workflow", work, "--param", "who=me")

    assert missing.code == ExitCode.USAGE
    assert called.code == ExitCode.FAILED, called.err
    assert ledger(stopped)[-1] == "me"
    assert state_of(stopped).settings.parameters == {"who": "me"}


def test_the_recorded_workflow_is_no_edit(stopped: Project) -> None:
    called = stopped.call("resume", "--headless", "--workflow", stopped.workflow(WORKFLOW))

    assert "is the workflow that the run has" in called.err
    events = [envelope.event for envelope in read_events(stopped.folder(stopped.runs()[0]).events)]
    assert not any(isinstance(event, WorkflowReplaced) for event in events)


def test_steps_of_the_log_are_those_of_the_ledger(stopped: Project) -> None:
    mend(stopped)
    stopped.call("resume", "-y", "--headless", "--retry-dlq")

    done = [
        (event.phase, event.path)
        for envelope in read_events(stopped.folder(stopped.runs()[0]).events)
        if isinstance(event := envelope.event, StepFinished) and event.status == "ok" and event.item_id is None
    ]
    assert len(done) == len(set(done)) == 4, json.dumps(done)


@rule("C 12.3 resume")
def test_a_value_that_was_recorded_without_its_secret_is_made_again(project: Project, monkeypatch) -> None:
    monkeypatch.setenv("LEDGER", str(project.home.parent / "ledger"))
    text = """
        setup:
          - "echo plain >> $LEDGER"
          - {shell: "echo asked >> $LEDGER; echo known", capture: word}
          - "echo last >> $LEDGER"
        map: {input: [a], agent_template: ["test ${word} = known"]}
        reduce: ["test -e $LEDGER.mended", "test ${word} = known"]
        """
    project.call("run", project.workflow(text), "-y", "--headless")
    log = project.folder(project.runs()[0]).events
    log.write_text(log.read_text().replace('"captured":"known"', '"captured":"***","masked":true'))
    mend(project)

    plan = project.call("resume", "--plan").out
    called = project.call("resume", "-y", "--headless")

    assert "redo    setup    secret values of it are not recorded, 2 steps kept" in plan
    assert called.code == 0, called.err
    assert ledger(project) == ["plain", "asked", "last", "asked"]
