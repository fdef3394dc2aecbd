"""`report` and `runs diff` on logs that lie there: formats, files, live runs, damaged records."""

import stat
from pathlib import Path

import pytest
from msgspec.structs import replace

from prodigy_tui.events.schema import AgentFinished, Envelope, RunStarted
from prodigy_tui.storage import LockOwner, RunLock
from tests.support.make import START, make_run
from tests.support.project import Project
from tests.support.rules import rule

RUN = "modernise-260314-092653-q7xk"
OTHER = "modernise-260315-092653-q7xl"
MIXED = make_run(items=6, failing=[2, 4], conflicting=[3])


def recorded(project: Project, run_id: str, envelopes: tuple[Envelope, ...], heads: dict[str, str]) -> None:
    """Records a run of this repository, whose items have come to these commits."""
    made = []
    for envelope in envelopes:
        event = envelope.event
        if isinstance(event, RunStarted):
            event = replace(event, run_id=run_id, repository=str(project.repo.path))
        elif isinstance(event, AgentFinished) and event.item_id in heads:
            event = replace(event, head=heads[event.item_id])
        made.append(replace(envelope, event=event))
    project.record(made)


@rule("cli 8.4 formats")
def test_a_report_is_text_without_colour_where_nobody_sees_it(project: Project) -> None:
    project.record(MIXED)

    called, coloured = project.call("report"), project.call("report", RUN, "--color", "always")

    assert called.code == 0
    assert "\x1b" not in called.out
    assert "\x1b[31mfailed" in coloured.out
    for title in ("WHERE THE TIME WENT", "PHASES", "TIMELINE", "STEPS", "ITEMS"):
        assert title in called.out.splitlines()
    assert "6: 3 succeeded, 3 failed" in called.out


@rule("cli 8.4 formats")
def test_json_is_a_document_wherever_it_goes(project: Project, tmp_path: Path) -> None:
    project.record(MIXED)

    document = project.call("report", "last:failed", "--json").json
    project.call("report", "--format", "json", "-o", tmp_path / "report.json")

    assert (document["run_id"], document["items"]["failed"]) == (RUN, 3)
    assert document == project.call("report", "--format", "json").json
    assert (tmp_path / "report.json").read_text("utf-8").startswith('{\n  "schema": "prodigy-tui/report/1"')


@rule("cli 8.4 html")
@pytest.mark.parametrize(
    ("form", "begins"), [("html", "<!DOCTYPE html>"), ("md", "# Run `modernise"), ("text", "RUN\n")]
)
def test_a_file_is_for_its_owner_and_the_same_as_what_is_printed(
    project: Project, tmp_path: Path, form: str, begins: str
) -> None:
    project.record(MIXED)
    file = tmp_path / "a report"

    called = project.call("report", "--format", form, "-o", file)

    assert (called.code, called.out, called.err) == (0, "", f"written to {file}\n")
    assert file.read_text("utf-8").startswith(begins)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    printed = [line.rstrip() for line in project.call("report", "--format", form).out.splitlines()]
    assert [line.rstrip() for line in file.read_text("utf-8").splitlines()] == printed
    assert project.call("report", "-o", tmp_path / "no folder" / "x").code == 2


@rule("cli 8.4 sessions")
def test_a_live_run_is_told_up_to_now_and_a_dead_one_up_to_its_end(project: Project) -> None:
    folder = project.record(MIXED[:40])

    dead = project.call("report", "--json").json
    lock = RunLock.acquire(folder.lock, LockOwner(pid=1, host="h", started=START))
    try:
        live = project.call("report", "--json").json
    finally:
        lock.release()

    assert (dead["status"], dead["live"]) == ("interrupted", False)
    assert (live["status"], live["live"]) == ("running", True)
    assert live["driven_s"] > dead["driven_s"]


def test_what_cannot_be_reported_is_said_in_one_line(project: Project) -> None:
    assert project.call("report").err.startswith("error: no run has been recorded here yet")

    folder = project.record(MIXED)
    lines = folder.events.read_bytes().splitlines(keepends=True)
    folder.events.write_bytes(b"".join([*lines[:20], b"what\n", *lines[21:]]))
    called = project.call("report")

    assert called.code == 1
    assert "is damaged at line 21" in called.err
    folder.events.write_bytes(b"")
    assert "'run_started' is missing" in project.call("report").err


@rule("cli 8.4 diff")
def test_two_runs_are_compared_item_by_item(project: Project) -> None:
    first = project.repo.commit("src/part_1.py", "1\n")
    project.repo.commit("src/part_1.py", "2\n")
    second = project.repo.commit("src/part_5.py", "5\n")
    # The other items have made-up commits, which are not in the repository.
    recorded(project, RUN, make_run(items=6, failing=[2], retried=[4]), {"item-1": first, "item-5": second})
    recorded(project, OTHER, make_run(items=6, conflicting=[3]), {"item-1": second, "item-5": second})

    document = project.call("runs", "diff", RUN, OTHER, "--json").json
    text = project.call("runs", "diff", RUN, OTHER).out

    items = {item["item_id"]: item for item in document["items"]}
    assert (items["item-2"]["verdict"], items["item-3"]["verdict"]) == ("better", "worse")
    contents = {name: items[f"item-{name}"]["contents"] for name in (1, 4, 5)}
    assert contents == {1: "different", 4: "unknown", 5: "same"}
    assert "1 worse, 1 better, 4 same" in text
    assert "differ in 2 items" in text
    for form, begins in (("md", f"# `{RUN}` and `{OTHER}`"), ("html", "<!DOCTYPE html>")):
        assert project.call("runs", "diff", RUN, OTHER, "--format", form).out.startswith(begins)


def test_both_runs_have_to_be_named(project: Project) -> None:
    project.record(MIXED)

    assert project.call("runs", "diff", RUN).code == 2
    assert "no run" in project.call("runs", "diff", RUN, "nothing-like-it").err
