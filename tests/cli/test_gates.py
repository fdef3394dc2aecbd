"""`prodigy-tui gates`: what waits for a person, live or at rest, and what an answer does."""

import asyncio
import json
from pathlib import Path

import pytest

from prodigy_tui.cli.places import read_state
from prodigy_tui.events.schema import AgentFinished, AgentInterrupted, Envelope, GateOpened, KnownEvent, RunFinished
from prodigy_tui.events.source import read_events
from prodigy_tui.events.values import Failure
from prodigy_tui.storage import LockOwner, RunLock
from tests.support.make import START, make_envelopes, make_run
from tests.support.project import Project
from tests.support.rules import rule

BEGUN = make_run(items=3)[:12]
WHY = Failure(kind="paths", message="changed setup.py", code="PT613")
SUSPECT: tuple[KnownEvent, ...] = (
    AgentFinished(item_id="item-1", attempt=1, outcome="suspect", head="2" * 40, commits=1, failure=WHY),
    GateOpened(
        gate="suspect:item-1", kind="suspect", question="Merge item-1?", options=("accept", "reject"), item_id="item-1"
    ),
)
CANARY = GateOpened(gate="canary", kind="canary", question="Run the rest?", options=("approve", "deny"))
APPROVE = GateOpened(
    gate="approve:item-1:0", kind="approve", question="Go on \x1b[31mred?", options=("approve", "deny"),
    item_id="item-1", phase="map", path="0",
)  # fmt: skip


def at_rest(*events: KnownEvent) -> tuple[Envelope, ...]:
    ended = (*events, RunFinished(status="waiting", exit_code=3))
    return (*BEGUN, *make_envelopes(*ended, first_seq=len(BEGUN) + 1))


@rule("cli 8.7 gates")
def test_open_questions_are_listed_with_their_answers(project: Project) -> None:
    project.record(at_rest(*SUSPECT, CANARY))
    called = project.call("gates")
    assert called.code == 0, called.err
    lines = called.out.splitlines()
    assert [line.split()[1:4] for line in lines[1:]] == [
        ["suspect:item-1", "suspect", "accept"],
        ["canary", "canary", "approve"],
    ]
    assert "Merge item-1?" in called.out


@rule("cli 8.7 gates")
def test_the_document_has_every_question_the_oldest_first(project: Project) -> None:
    folder = project.record(at_rest(*SUSPECT, CANARY))
    document = project.call("gates", "last", "--json").json
    assert document["schema"] == "prodigy-tui/gates/1"
    first, second = document["gates"]
    assert (first["id"], first["run_id"], first["kind"], first["item_id"]) == (
        "suspect:item-1", folder.run_id, "suspect", "item-1",
    )  # fmt: skip
    assert (second["question"], second["options"], second["item_id"]) == ("Run the rest?", ["approve", "deny"], None)
    assert first["opened_at"] < second["opened_at"]


def test_questions_never_steer_the_terminal(project: Project) -> None:
    project.record(at_rest(APPROVE, AgentInterrupted(item_id="item-1", attempt=1)))
    called = project.call("gates")
    assert "red?" in called.out
    assert "\x1b" not in called.out


def test_nothing_that_waits_is_said(project: Project) -> None:
    project.record(make_run(items=2))
    called = project.call("gates")
    assert (called.code, called.out, called.err.strip()) == (0, "", "nothing waits for an answer")
    assert project.call("gates", "--json").json["gates"] == []


@rule("cli 8.7 answer")
def test_an_answer_at_rest_is_recorded_with_its_cause_and_takes_effect(project: Project) -> None:
    folder = project.record(at_rest(*SUSPECT))
    called = project.call("gates", "answer", "suspect", "accept", "--note", "looked at it")
    assert called.code == 0, called.err
    assert "resume" in called.err
    state = read_state(folder)
    assert (state.items["item-1"].status, list(state.gates)) == ("merging", [])
    asked, answered = list(read_events(folder.events))[-2:]
    assert (answered.cause, answered.event.note) == (asked.seq, "looked at it")  # type: ignore[union-attr]


@rule("cli 8.7 answer")
def test_an_answer_for_a_step_is_kept_until_it_asks_again(project: Project) -> None:
    folder = project.record(at_rest(APPROVE, AgentInterrupted(item_id="item-1", attempt=1)))
    assert project.call("gates", "answer", "approve:item-1:0", "deny").code == 0
    assert read_state(folder).answers["approve:item-1:0"].answer == "deny"


@rule("cli 8.7 refused")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["canari", "approve"], "there is no open question 'canari'"),
        (["canary", "maybe"], "'maybe' is no answer to 'canary'; say approve or deny"),
        (["canary", "approve", "--run", "nobody"], "nobody"),
    ],
)
def test_an_answer_that_makes_no_sense_is_refused_and_not_recorded(project: Project, words, said) -> None:
    folder = project.record(at_rest(CANARY))
    before = folder.events.read_bytes()
    called = project.call("gates", "answer", *words)
    assert called.code == 2
    assert said in called.err
    assert len(called.err.splitlines()) == 1
    assert folder.events.read_bytes() == before


def test_one_name_in_two_runs_must_be_told_apart(project: Project) -> None:
    project.record(at_rest(CANARY), "first")
    project.record(at_rest(CANARY), "second")
    called = project.call("gates", "answer", "canary", "approve")
    assert called.code == 2
    assert "--run, one of first, second" in called.err
    assert project.call("gates", "answer", "canary", "approve", "--run", "second").code == 0


@rule("cli 8.7 answer")
async def test_an_answer_reaches_the_process_that_drives_the_run(project: Project, runtime_folder: Path) -> None:
    record = project.record((*BEGUN, *make_envelopes(CANARY, first_seq=len(BEGUN) + 1)))
    heard: list[bytes] = []

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readline())
        writer.write(b"{}\n")
        writer.close()

    server = await asyncio.start_unix_server(take, runtime_folder / "s")
    lock = RunLock.acquire(record.lock, LockOwner(pid=1, host="h", started=START, socket=str(runtime_folder / "s")))

    called = await asyncio.to_thread(project.call, "gates", "answer", "canary", "approve", "--note", "fine")
    lock.release()
    server.close()

    assert called.code == 0, called.err
    assert json.loads(heard[0]) == {"signal": "answer", "gate": "canary", "answer": "approve", "note": "fine"}


TWO_QUESTIONS = """
    name: two questions
    map:
      items: [a]
      agent_template:
        - {shell: 'echo ${item} > ${item}.txt', auto_commit: true}
        - approve: first?
        - approve: second?
"""


def test_a_run_that_nobody_watches_is_told_each_answer_once(project: Project) -> None:
    asked: list[str] = []
    code = project.call("run", project.workflow(TWO_QUESTIONS), "--headless").code
    while code == 3:
        (gate,) = project.call("gates", "--json").json["gates"]
        asked.append(gate["question"])
        assert project.call("gates", "answer", gate["id"], "approve").code == 0
        code = project.call("resume", "--headless").code

    assert (code, asked) == (0, ["first?", "second?"])
    (run,) = project.runs()
    assert read_state(project.folder(run)).merged == 1
