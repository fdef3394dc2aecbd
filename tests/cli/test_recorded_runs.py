"""What the interface is told of the runs on disk and of workflows: summaries, opening, figures, plans, steering."""

import io
import time
from contextlib import nullcontext
from pathlib import Path

import pytest
from msgspec.structs import replace

from prodigy_tui.cli import recorded, run_summaries
from prodigy_tui.cli.commands import merge
from prodigy_tui.cli.giving_way import go_on
from prodigy_tui.cli.invocation import Invocation
from prodigy_tui.cli.main import program
from prodigy_tui.cli.names import NotTaken
from prodigy_tui.cli.output import Output
from prodigy_tui.cli.recorded import RecordedRuns
from prodigy_tui.cli.remote import request_of
from prodigy_tui.cli.run_summaries import FILE, Summaries
from prodigy_tui.events.codec import encode
from prodigy_tui.events.schema import SignalReceived
from prodigy_tui.storage import RunHeld, RunNotFound
from prodigy_tui.tui.feed import ReplayFeed
from prodigy_tui.tui.screens.confirm import DEAF_S
from tests.support.make import make_run
from tests.support.program import Terminal
from tests.support.project import Project

FAILED = make_run(items=12, failing=range(3, 12, 4), max_parallel=4)
FLOW = """
name: counting
description: Counts the lines
steps:
  - shell: "true"
"""


def invocation_of(project: Project) -> Invocation:
    output = Output(io.StringIO(), io.StringIO(), environ={})
    top = Path(project.repo.path)
    return Invocation(environ={"HOME": str(project.home)}, cwd=top, repo=top, home=project.home, output=output)


def test_a_run_at_rest_is_read_once_and_kept_for_the_next_call(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = project.record(FAILED)
    first, unread = Summaries().look([folder], 1.0)
    assert unread == 0
    assert (first[0].status, first[0].dead, first[0].total) == ("failed", 3, 12)
    assert [wait.kind for wait in first[0].waits] == ["unmerged", "dead"]

    monkeypatch.setattr(run_summaries, "_Growing", None)  # reading it again would fail
    again, _ = Summaries().look([folder], 1.0)
    assert again == first


def test_a_log_that_has_grown_is_read_again(project: Project) -> None:
    folder = project.record(FAILED[:30])
    summaries = Summaries()
    before = summaries.look([folder], 1.0)[0][0]
    folder.events.write_bytes(b"".join(encode(one) for one in FAILED))
    after = summaries.look([folder], 1.0)[0][0]
    assert (before.status, after.status) == ("interrupted", "failed")


def test_a_look_without_time_says_how_much_is_missing(project: Project) -> None:
    folders = [project.record(FAILED, f"r{number}") for number in range(3)]
    summaries = Summaries(now=iter(range(1000)).__next__)
    found, unread = summaries.look(folders, 0.5)
    assert (len(found), unread) == (1, 2)
    assert not (folders[0].path.parent.parent / FILE).exists()


def test_a_damaged_record_and_a_damaged_file_of_summaries_are_no_obstacle(project: Project) -> None:
    folder = project.record(FAILED)
    (folder.path.parent.parent / FILE).write_text("{")
    folder.events.write_bytes(b"rubbish\n")
    found, _ = Summaries().look([folder], 1.0)
    assert found[0].status == "damaged"
    assert found[0].message


async def test_runs_are_opened_told_compared_and_exported(project: Project) -> None:
    one, other = project.record(FAILED, "one"), project.record(make_run(items=12, max_parallel=4), "two")
    runs = RecordedRuns(invocation_of(project))

    opened = await runs.open(one.run_id, lambda _: None)
    assert isinstance(opened.feed, ReplayFeed)
    assert opened.world.control is None
    assert opened.world.figures is not None
    assert opened.world.figures(10).seq == 10

    assert (await runs.report(one.run_id)).items.failed == 3
    assert (await runs.report(one.run_id, 10)).seq == 10
    assert (await runs.compare(one.run_id, other.run_id)).verdicts.better == 3
    name = await runs.export(one.run_id, "md")
    assert (project.repo.path / name).read_text().startswith("# Run")
    assert await runs.export(one.run_id, "md") != name
    with pytest.raises(RunNotFound):
        await runs.report("nobody")


async def test_workflows_are_found_with_what_they_say_and_other_files_are_not(project: Project) -> None:
    top = Path(project.repo.path)
    (top / "workflows").mkdir()
    (top / "workflows" / "count.yml").write_text(FLOW)
    (top / "broken.yml").write_text("name: broken\nmap: {input: 7}\n")
    (top / "compose.yml").write_text("services: {a: {image: b}}\n")
    (top / "list.json").write_text("[1, 2]")
    (top / "bytes.yml").write_bytes(b"\xff\xfe\x00")
    found = {flow.path: flow for flow in (await RecordedRuns(invocation_of(project)).look()).workflows}

    assert set(found) == {"workflows/count.yml", "broken.yml"}
    assert found["workflows/count.yml"].description == "Counts the lines"
    assert not found["workflows/count.yml"].broken
    assert "PT" in found["broken.yml"].broken


async def test_a_plan_says_what_would_be_done_or_why_it_cannot(project: Project) -> None:
    top = Path(project.repo.path)
    (top / "count.yml").write_text(FLOW)
    (top / "broken.yml").write_text("name: broken\nmap: {input: 7}\n")
    runs = RecordedRuns(invocation_of(project))

    plan = await runs.plan("count.yml")
    assert plan.problem == ""
    assert "nothing has been started" in plan.lines[0]
    assert plan.command == "prodigy-tui run count.yml"
    assert (await runs.plan("broken.yml")).problem
    assert (await runs.plan("not there.yml")).problem
    assert runs.no_start()
    starting = RecordedRuns(invocation_of(project), may_start=True)
    assert starting.no_start() == ""
    starting.start("count.yml")
    assert starting.wanted == ("run", "--", "count.yml")


async def test_a_run_at_rest_is_taken_up_when_the_interface_has_closed(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = project.record(FAILED)
    invocation = invocation_of(project)
    runs = RecordedRuns(invocation, may_start=True)
    assert go_on(invocation, runs) == 0
    opened = await runs.open(folder.run_id, lambda _: None)
    assert opened.world.lies_here

    await runs.take_up(folder.run_id, f"prodigy-tui dlq retry {folder.run_id} a003 --reduce")
    asked: list[list[str]] = []
    monkeypatch.setattr(program, "make_context", lambda _, words, parent: asked.append(words) or nullcontext())
    monkeypatch.setattr(program, "invoke", lambda _: 7)
    assert go_on(invocation, runs) == 7
    places = ["--repo", str(project.repo.path), "--home", str(project.home)]
    assert asked == [["dlq", "retry", *places, folder.run_id, "a003", "--reduce"]]

    await runs.take_up(folder.run_id, f"prodigy-tui merge {folder.run_id}")
    monkeypatch.setattr(merge, "_land", lambda _, folder, wish, drive: 8 if drive.merge == "ask" else 0)
    monkeypatch.setattr(merge, "_require_new", lambda *_: None)
    assert go_on(invocation, runs) == 8, "it asks first, where there is an interface"

    monkeypatch.setattr(recorded, "is_live", lambda _: True)
    with pytest.raises(RunHeld):
        await runs.take_up(folder.run_id, "prodigy-tui merge x")


def test_a_signal_goes_over_as_it_is_and_what_cannot_is_refused() -> None:
    answer = SignalReceived(signal="answer", gate="landing", answer="land", note="good", source="interface")
    request = request_of(answer)
    assert (request.signal, request.gate, request.answer, request.note) == ("answer", "landing", "land", "good")
    assert request_of(SignalReceived(signal="retry", item_id="x", keep_files=True)).keep_files
    for lost in (replace(answer, strategy="squash"), SignalReceived(signal="stop-item", item_id="x", at_once=True)):
        with pytest.raises(NotTaken):
            request_of(lost)


def test_without_a_terminal_the_program_alone_says_how_it_is_used(project: Project) -> None:
    called = project.call()
    assert called.code == 0
    assert "Usage" in called.out


def test_on_a_terminal_the_program_alone_is_the_home_screen_and_starts_what_is_chosen(project: Project) -> None:
    (Path(project.repo.path) / "count.yml").write_text(FLOW)
    screen = Terminal()
    try:
        screen.wait_until_shown("count.yml")
        screen.press("n")
        screen.press("\r")
        screen.wait_until_shown("nothing has been started")
        time.sleep(2 * DEAF_S)  # so long the question hears nothing
        screen.press("y")
        screen.wait_until_shown("SUCCEEDED")
        screen.press("q")
        code, seen = screen.end()
    finally:
        screen.close()
    assert code == 0, seen
    assert len(project.runs()) == 1
