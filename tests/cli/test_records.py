"""`runs`, `events` and `dlq` on logs that lie there."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from prodigy_tui.storage import LockOwner, RunLock
from tests.support.make import START, make_run
from tests.support.project import Project

FINISHED = make_run(items=4, answer="approve")
MIXED = make_run(items=4, failing=[2], conflicting=[3])
RUN = "modernise-260314-092653-q7xk"
OLDER = "modernise-260101-000000-aaaa"


@pytest.fixture
def mixed(project: Project) -> Project:
    project.record(MIXED)
    return project


def test_empty_list_says_so_and_is_no_error(project: Project) -> None:
    called = project.call("runs", "list")

    assert (called.code, called.out, called.err) == (0, "", "no runs\n")


def test_list_shows_newest_first_with_counts(mixed: Project) -> None:
    mixed.record(FINISHED, OLDER)

    called = mixed.call("runs", "list", "--json")

    assert called.code == 0
    first, second = called.json["runs"]
    assert called.json["schema"] == "prodigy-tui/runs/1"
    assert first["run_id"] == RUN
    assert (first["status"], second["status"]) == ("failed", "succeeded")
    assert first["items"] == {
        "total": 4,
        "succeeded": 2,
        "failed": 2,
        "skipped": 0,
        "suspect": 0,
        "cancelled": 0,
        "pending": 0,
        "dead_lettered": 2,
        "merged": 2,
    }
    assert first["merge"] == {"status": "unmerged", "target": "main", "commit": None}
    assert second["merge"]["status"] == "landed"


def test_list_as_text_has_one_line_a_run(mixed: Project) -> None:
    lines = mixed.call("runs", "list").out.splitlines()

    assert lines[0].split() == ["RUN", "STATUS", "STARTED", "TOOK", "ITEMS", "DEAD", "MERGE", "LABEL"]
    assert lines[1].split()[:2] == [RUN, "failed"]


def test_list_can_be_narrowed_to_a_status(mixed: Project) -> None:
    assert mixed.call("runs", "list", "--status", "succeeded", "--json").json["runs"] == []


def test_outside_of_a_repository_all_runs_are_listed(mixed: Project, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)

    assert RUN in mixed.call("runs", "list").out


def test_run_without_end_and_without_owner_was_interrupted(project: Project) -> None:
    project.record(FINISHED[:20])

    document = project.call("runs", "show", "--json").json

    assert document["status"] == "interrupted"
    assert document["next"] == [f"prodigy-tui resume {RUN}"]
    assert f"next    prodigy-tui resume {RUN}" in project.call("runs", "show").out


def test_run_without_end_that_somebody_drives_is_running(project: Project) -> None:
    folder = project.record(FINISHED[:20])
    lock = RunLock.acquire(folder.lock, LockOwner(pid=1, host="h", started=START))
    try:
        document = project.call("runs", "show", "--json").json
        listed = project.call("runs", "list").out
    finally:
        lock.release()

    so_far = datetime.now(UTC) - START
    assert document["duration_s"] == pytest.approx(so_far.total_seconds(), abs=60)
    assert f" {so_far // timedelta(hours=1)}h" in listed, "up to now, not to the last event"
    assert document["status"] == "running"
    assert document["next"] == []


def test_summary_document_partitions_the_items(mixed: Project) -> None:
    document = mixed.call("runs", "show", "last", "--json").json

    assert document["schema"] == "prodigy-tui/summary/1"
    items = document["items"]
    words = ("succeeded", "failed", "skipped", "suspect", "cancelled", "pending")
    assert items["total"] == sum(items[word] for word in words)
    assert document["dlq"] == 2
    assert document["usage"]["input_tokens"] > 0
    assert document["next"][0] == f"prodigy-tui dlq list {RUN}"
    assert list(document["phases"]) == ["setup", "map", "reduce"]


def test_summary_as_text_names_the_dead_and_what_to_do(mixed: Project) -> None:
    out = mixed.call("runs", "show").out

    assert "item-2: pytest -q failed with exit code 1" in out
    assert "item-3: merge conflict in src/shared.py" in out
    assert f"prodigy-tui dlq retry {RUN} --all" in out


@pytest.mark.parametrize("typed", [RUN, "modernise-26", "last", "last:failed"])
def test_a_run_is_named_in_several_ways(mixed: Project, typed) -> None:
    assert mixed.call("runs", "show", typed, "--json").json["run_id"] == RUN


def test_unknown_and_ambiguous_names_are_usage_errors(mixed: Project) -> None:
    mixed.record(FINISHED, OLDER)

    assert mixed.call("runs", "show", "nope").code == 2
    ambiguous = mixed.call("runs", "show", "modernise")
    assert ambiguous.code == 2
    assert RUN in ambiguous.err


def test_no_run_at_all_says_how_to_start_one(project: Project) -> None:
    called = project.call("runs", "show")

    assert called.code == 2
    assert "prodigy-tui run" in called.err


def test_events_as_text_has_one_line_an_event(mixed: Project) -> None:
    lines = mixed.call("events").out.splitlines()

    assert len(lines) == len(MIXED)
    assert lines[0].split()[0] == "1"


def test_events_as_json_lines_are_the_log(mixed: Project) -> None:
    called = mixed.call("events", RUN, "--format", "jsonl")

    assert called.out.encode() == mixed.folder(RUN).events.read_bytes()


def test_events_are_narrowed_by_type_item_and_place(mixed: Project) -> None:
    called = mixed.call("events", "--type", "agent_finished", "--item", "item-2", "--since", "5", "--format", "jsonl")

    (event,) = map(json.loads, called.out.splitlines())
    assert (event["type"], event["item_id"]) == ("agent_finished", "item-2")


def test_damaged_log_is_named_with_its_line(mixed: Project) -> None:
    events = mixed.folder(RUN).events
    lines = events.read_bytes().splitlines(keepends=True)
    events.write_bytes(b"".join([*lines[:3], *lines[4:]]))

    called = mixed.call("events")

    assert called.code == 1
    assert "is damaged at line 4" in called.err


@pytest.mark.parametrize("keep", [slice(0, 0), slice(1, None), slice(0, 3)], ids=["empty", "no beginning", "cut"])
def test_damaged_run_is_listed_as_such_beside_the_others(mixed: Project, keep: slice) -> None:
    envelopes = list(FINISHED)[keep] + ([FINISHED[9]] if keep.stop == 3 else [])
    mixed.record(envelopes, OLDER)

    called = mixed.call("runs", "list")
    whole, damaged = mixed.call("runs", "list", "--json").json["runs"]

    assert called.code == 0
    assert [line.split()[:2] for line in called.out.splitlines()[1:]] == [[RUN, "failed"], [OLDER, "damaged"]]
    assert "is damaged at line" in called.err
    assert (whole["status"], damaged["status"]) == ("failed", "damaged")
    assert (damaged["run_id"], damaged["items"]) == (OLDER, None)
    assert whole.keys() == damaged.keys()
    assert [run["run_id"] for run in mixed.call("runs", "list", "--status", "damaged", "--json").json["runs"]] == [
        OLDER
    ]


def test_damaged_run_is_passed_over_in_a_search(project: Project) -> None:
    project.record((), RUN)
    project.record(make_run(items=4, failing=[2]), OLDER)

    called = project.call("dlq", "list", "last:failed")

    assert (called.code, "item-2" in called.out) == (0, True), called.err
    assert "no run of this repository can be resumed" in project.call("resume").err
    assert project.call("runs", "show", "last").code == 1


def test_run_that_is_about_to_write_its_first_event_is_running(project: Project) -> None:
    folder = project.record((), RUN)
    lock = RunLock.acquire(folder.lock, LockOwner(pid=1, host="h", started=START))
    try:
        (run,) = project.call("runs", "list", "--json").json["runs"]
    finally:
        lock.release()

    assert (run["run_id"], run["status"]) == (RUN, "running")


def test_merge_of_a_run_that_is_driven_elsewhere_is_refused(mixed: Project) -> None:
    lock = RunLock.acquire(mixed.folder(RUN).lock, LockOwner(pid=1, host="h", started=START))
    try:
        called = mixed.call("merge")
    finally:
        lock.release()

    assert called.code == 6
    assert "is held by process 1" in called.err


def test_merge_of_what_has_landed_or_has_nothing_says_so(project: Project) -> None:
    project.record(FINISHED)
    assert f"error: run '{RUN}' has landed on 'main' already\n" == project.call("merge").err

    project.call("run", project.workflow("- shell: 'true'\n"))
    called = project.call("merge")
    assert called.code == 2
    assert called.err.endswith("has nothing to land: it made no commits\n")


def test_dlq_list_has_the_documented_fields(mixed: Project) -> None:
    document = mixed.call("dlq", "list", "--json").json

    assert document["schema"] == "prodigy-tui/dlq/1"
    assert document["run_id"] == RUN
    entry, _ = document["entries"]
    assert (entry["item_id"], entry["kind"], entry["step"], entry["exit_code"]) == ("item-2", "exit", "pytest -q", 1)
    assert entry["item"]["path"] == "src/part_2.py"
    assert [attempt["attempt"] for attempt in entry["attempts"]] == [1]
    assert entry["eligible"] is True


def test_dlq_list_as_text(mixed: Project) -> None:
    lines = mixed.call("dlq", "list", RUN).out.splitlines()

    assert [line.split()[0] for line in lines] == ["ITEM", "item-2", "item-3"]


def test_empty_queue_says_so(project: Project) -> None:
    project.record(FINISHED)

    called = project.call("dlq", "list")

    assert (called.code, called.out) == (0, "")
    assert "is empty" in called.err


@pytest.mark.parametrize("words", [["item-2"], [RUN, "item-2"], ["last", "a1"]])
def test_dlq_show_tells_the_story_of_one_item(mixed: Project, words) -> None:
    called = mixed.call("dlq", "show", *words)

    assert called.code == 0
    assert "1 failed, 11 passed" in called.out
    assert str(mixed.folder(RUN).path / "output" / "items" / "item-2" / "1.log") in called.out
    assert "prodigy/q7xk/item-2/1" in called.out


def test_dlq_show_of_an_item_that_is_not_there(mixed: Project) -> None:
    called = mixed.call("dlq", "show", "item-9")

    assert called.code == 2
    assert "no item 'item-9'" in called.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "needs items, --all, --cluster or --filter"),
        (["item-1"], "is not in the dead letter queue"),
        (["item-77"], "no item 'item-77'"),
    ],
)
def test_dlq_retry_refuses_what_makes_no_sense(mixed: Project, words, said) -> None:
    called = mixed.call("dlq", "retry", *words)

    assert called.code == 2
    assert said in called.err


def test_colour_can_be_forced(mixed: Project) -> None:
    assert "\x1b[31mfailed" in mixed.call("runs", "list", "--color", "always").out
    assert "\x1b" not in mixed.call("runs", "list").out
