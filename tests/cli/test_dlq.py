"""`dlq` on logs that lie there: list, show, stats, export, discard, and what a retry would do."""

import csv
import io
import json
import os
import stat
from datetime import timedelta
from pathlib import Path

import pytest

from prodigy_tui.events.evolve import fold
from prodigy_tui.events.schema import ItemDeadLettered, ItemDiscarded, RunFinished
from prodigy_tui.events.source import read_events
from prodigy_tui.events.values import Failure
from prodigy_tui.storage import LockOwner, OutputWriter, RunLock
from tests.support.make import START, make_envelope, make_items, make_run
from tests.support.project import Project
from tests.support.rules import rule

MIXED = make_run(items=6, failing=[2, 4], conflicting=[3])
RUN = "modernise-260314-092653-q7xk"


@pytest.fixture
def mixed(project: Project) -> Project:
    project.record(MIXED)
    return project


def events(project: Project) -> list:
    return [envelope.event for envelope in read_events(project.folder(RUN).events)]


def ids(document: dict) -> list[str]:
    return [entry["item_id"] for entry in document["entries"]]


@rule("cli 8.1 list")
def test_a_row_says_what_failed_how_often_and_how_long_ago(mixed: Project) -> None:
    head, row, *_ = mixed.call("dlq", "list").out.splitlines()
    (entry, *_) = mixed.call("dlq", "list", "--json").json["entries"]

    assert head.split() == ["ITEM", "KIND", "STEP", "EXIT", "ATTEMPTS", "AGE", "ELIGIBLE", "CLUSTER", "MESSAGE"]
    assert row.split()[:2] == ["item-2", "exit"]
    assert entry["fingerprint"] in row
    assert entry["age_s"] > 0
    assert entry["discarded"] is None


@rule("cli 8.1 list", "cli 8.1 fingerprint")
def test_entries_of_one_cause_are_one_row(mixed: Project) -> None:
    lines = mixed.call("dlq", "list", "--cluster").out.splitlines()
    first, second = mixed.call("dlq", "list", "--cluster", "--json").json["clusters"]

    assert len(lines) == 3
    assert (first["count"], first["item_ids"]) == (2, ["item-2", "item-4"])
    assert first["sample"]["item_id"] == "item-4"
    assert first["first_at"] < first["last_at"]
    assert second["item_ids"] == ["item-3"]


@rule("cli 8.1 filter")
@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("kind == 'merge'", ["item-3"]),
        ("item.priority >= 4 && eligible", ["item-4"]),
        ("step == 'pytest -q' and exit_code = 1", ["item-2", "item-4"]),
        ("length(attempts) > 1", []),
        ("attempts[0].outcome == 'conflict'", ["item-3"]),
        ("message matches 'conflict|nothing'", ["item-3"]),
        ("item_id in ['item-4', 'item-1']", ["item-4"]),
        ("item.no_such == null && code == 'PT640'", ["item-3"]),
        ("age_s < 1", []),
    ],
)
def test_a_filter_sees_the_fields_of_an_entry(mixed: Project, expression: str, found: list[str]) -> None:
    assert ids(mixed.call("dlq", "list", "--filter", expression, "--json").json) == found


@rule("cli 8.1 filter")
@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("kind ==", "cannot be read"),
        ("knd == 'merge'", "no field 'knd'; did you mean 'kind'"),
        ("not wrong", "no field 'wrong'"),
        ("message matches ${kind}", "PT403"),
    ],
)
def test_a_filter_that_cannot_be_meant_is_refused(mixed: Project, expression: str, said: str) -> None:
    for verb in (["list"], ["discard"]):
        called = mixed.call("dlq", *verb, "--filter", expression)

        assert called.code == 2
        assert said in called.err
    assert len(events(mixed)) == len(MIXED)


def test_a_run_without_failures_says_so_everywhere(project: Project) -> None:
    project.record(make_run(items=2))

    for words, said in {
        ("list",): "is empty",
        ("list", "--cluster"): "is empty",
        ("list", "--discarded"): "was discarded",
        ("stats",): "nothing of",
    }.items():
        called = project.call("dlq", *words)
        assert (called.code, called.out) == (0, "")
        assert said in called.err
    assert project.call("dlq", "export").json["entries"] == []
    assert "nothing to discard" in project.call("dlq", "discard", "--all").err


@rule("cli 8.1 show")
def test_show_says_where_everything_is(mixed: Project) -> None:
    folder = mixed.folder(RUN)

    called = mixed.call("dlq", "show", "item-2")
    document = mixed.call("dlq", "show", "item-2", "--json").json

    (attempt,) = document["attempts"]
    assert attempt["log"] == f"{folder.path}/output/items/item-2/1.log"
    assert attempt["log"] in called.out
    assert "1 failed, 11 passed" in attempt["tail"]
    assert f"cluster {document['fingerprint']}" in called.out
    assert ", gone" in called.out, "the repository of this log is elsewhere"
    assert (document["status"], attempt["branch_at"], document["put_aside"]) == ("dead", None, [])


@rule("cli 8.1 stats")
def test_stats_count_what_has_ever_failed(mixed: Project) -> None:
    mixed.call("dlq", "discard", "item-3")

    document = mixed.call("dlq", "stats", "--json").json
    out = mixed.call("dlq", "stats").out

    assert (document["entered"], document["waiting"], document["discarded"]) == (3, 2, 1)
    assert document["kinds"] == [{"kind": "exit", "entered": 2}, {"kind": "merge", "entered": 1}]
    assert [cluster["waiting"] for cluster in document["clusters"]] == [2, 0]
    assert document["hours"] == [{"hour": "2026-03-14T09:00:00+00:00", "entered": 3}]
    assert document["retried"]["total"] == 0
    assert "3 entries so far: 2 in the queue, 0 retried, 1 discarded" in out


@rule("cli 8.1 discard")
def test_a_discard_is_recorded_with_its_reason_and_listed(mixed: Project) -> None:
    called = mixed.call("dlq", "discard", "item-2", "a2", "--reason", "vendored")

    assert called.code == 0
    assert "2 items of" in called.err
    out = [event for event in events(mixed) if isinstance(event, ItemDiscarded)]
    assert [(event.item_id, event.reason, event.by) for event in out] == [
        ("item-2", "vendored", "cli"),
        ("item-3", "vendored", "cli"),
    ]
    assert ids(mixed.call("dlq", "list", "--json").json) == ["item-4"]
    listed = mixed.call("dlq", "list", "--discarded", "--json").json
    assert ids(listed) == ["item-2", "item-3"]
    assert listed["entries"][0]["discarded"]["reason"] == "vendored"
    assert "vendored" in mixed.call("dlq", "list", "--discarded").out
    assert "by cli: vendored" in mixed.call("dlq", "show", "item-2").out
    assert mixed.call("runs", "show", "--json").json["dlq"] == 1


@rule("cli 8.1 discard", "cli 8.1 retry chosen")
def test_what_was_discarded_cannot_be_retried(mixed: Project) -> None:
    mixed.call("dlq", "discard", "item-2")

    for words in (
        ["dlq", "retry", "item-2", "--force"],
        ["dlq", "discard", "item-2"],
        ["signal", "last", "retry", "item-2"],
    ):
        called = mixed.call(*words)
        assert called.code != 0
        assert "has been discarded" in called.err


@rule("cli 8.1 discard all")
def test_a_run_whose_dead_letters_are_all_gone_has_succeeded(mixed: Project) -> None:
    document = mixed.call("dlq", "discard", "--all", "--json").json
    summary = mixed.call("runs", "show", "--json").json
    state = fold(read_events(mixed.folder(RUN).events))

    assert (document["discarded"], document["status"]) == (["item-2", "item-3", "item-4"], "succeeded")
    assert (summary["status"], summary["dlq"], summary["items"]["skipped"]) == ("succeeded", 0, 3)
    assert (state.exit_code, state.message) == (0, "with warnings: 3 items discarded")
    assert state.ended_at == fold(MIXED).ended_at, "it has not worked any longer for that"
    assert sum(isinstance(event, RunFinished) for event in events(mixed)) == 2
    assert not [command for command in summary["next"] if "dlq" in command]


@rule("cli 8.1 discard")
def test_a_run_that_was_cut_short_is_still_one(project: Project) -> None:
    at = next(envelope.seq for envelope in MIXED if isinstance(envelope.event, ItemDeadLettered))
    project.record(MIXED[:at])

    document = project.call("dlq", "discard", "--all", "--json").json

    assert (len(document["discarded"]), document["status"]) == (1, "interrupted")
    assert project.call("resume", "--help").code == 0
    assert fold(read_events(project.folder(RUN).events)).ended_at is None


@rule("cli 8.1 retry chosen")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "needs items, --all, --cluster or --filter"),
        (["--cluster", "zzz"], "no cluster 'zzz'"),
        (["--filter", "kind == 'timeout'"], "no entry"),
        (["item-1"], "is not in the dead letter queue"),
    ],
)
@pytest.mark.parametrize("verb", ["retry", "discard"])
def test_a_call_has_to_mean_something(mixed: Project, verb: str, words: list[str], said: str) -> None:
    called = mixed.call("dlq", verb, *words)

    assert called.code == 2
    assert said in called.err
    assert len(events(mixed)) == len(MIXED)


@rule("cli 8.1 retry dry", "cli 8.1 retry chosen")
def test_a_dry_run_says_what_and_why_and_does_nothing(project: Project) -> None:
    last = MIXED[-1]
    denied = Failure(kind="denied", message="no permission")
    envelopes = [
        make_envelope(ItemDeadLettered(item_id="item-4", failure=denied, eligible=False), envelope.seq, at=envelope.at)
        if isinstance(envelope.event, ItemDeadLettered) and envelope.event.item_id == "item-4"
        else envelope
        for envelope in MIXED[:-1]
    ]
    folder = project.record([*envelopes, last])
    before = {path: path.stat().st_mtime_ns for path in folder.path.rglob("*")}

    called = project.call("dlq", "retry", "--all", "--dry-run")
    plan = project.call("dlq", "retry", "--all", "--dry-run", "--json", "--keep-worktree", "-j", "2").json
    forced = project.call("dlq", "retry", "a3", "--dry-run", "--force", "--reduce", "--json").json

    assert called.code == 0
    assert [line.split()[0] for line in called.out.splitlines()] == ["ITEM", "item-2", "item-3", "item-4"]
    assert "denied needs a look first; --force retries it" in called.out
    assert "reduce does not run again" in called.err
    assert [(one["item_id"], one["retry"], one["attempt"]) for one in plan["entries"]] == [
        ("item-2", True, 2),
        ("item-3", True, 2),
        ("item-4", False, None),
    ]
    assert plan["entries"][1]["from"] == "attempt 1: prodigy/q7xk/item-3/1"
    assert (plan["live"], plan["reduce"], plan["max_parallel"]) == (False, "no", 2)
    assert forced["entries"][0]["why"] == "forced: denied needs a look"
    assert forced["reduce"] == "again"
    assert {path: path.stat().st_mtime_ns for path in folder.path.rglob("*")} == before


def test_a_cluster_is_named_by_the_beginning_of_its_id(mixed: Project) -> None:
    first, second = mixed.call("dlq", "list", "--cluster", "--json").json["clusters"]

    plan = mixed.call("dlq", "retry", "--cluster", first["fingerprint"][:4], "--dry-run", "--json").json
    both = mixed.call(
        *("dlq", "retry", "--cluster", first["fingerprint"], "--cluster", second["fingerprint"], "--dry-run", "--json")
    ).json
    none = mixed.call("dlq", "retry", "item-3", "--cluster", first["fingerprint"], "--dry-run")

    assert ids(plan) == ["item-2", "item-4"]
    assert ids(both) == ["item-2", "item-3", "item-4"]
    assert none.code == 2, "conditions hold together"


def test_a_retry_of_a_live_run_that_cannot_be_asked_yet_says_so(mixed: Project) -> None:
    lock = RunLock.acquire(mixed.folder(RUN).lock, LockOwner(pid=1, host="h", started=START))
    try:
        for verb in ("retry", "discard"):
            called = mixed.call("dlq", verb, "--all")
            assert called.code == 6
            assert "takes no signals yet" in called.err
    finally:
        lock.release()
    assert len(events(mixed)) == len(MIXED)


@rule("cli 8.1 export")
def test_the_exported_document_needs_nothing_else(mixed: Project, tmp_path: Path) -> None:
    folder = mixed.folder(RUN)
    stream = folder.stream("items/item-2/1")
    stream.parent.mkdir(parents=True)
    with OutputWriter(stream) as writer:
        writer.write("x" * 70_000 + "the end\n", START + timedelta(seconds=1))

    called = mixed.call("dlq", "export", "-o", tmp_path / "failed.json")
    document = json.loads((tmp_path / "failed.json").read_text("utf-8"))

    assert (called.code, called.out) == (0, "")
    assert stat.S_IMODE((tmp_path / "failed.json").stat().st_mode) == 0o600
    assert document["schema"] == "prodigy-tui/dlq-export/1"
    assert document["run"]["run_id"] == RUN
    assert [entry["item"] for entry in document["entries"]] == [make_items(6)[n].data for n in (1, 2, 3)]
    (attempt,) = document["entries"][0]["attempts"]
    assert attempt["output"].endswith("the end\n")
    assert (len(attempt["output"]), attempt["output_bytes"]) == (65536, 70_008)
    assert document == {**mixed.call("dlq", "export").json, "exported_at": document["exported_at"]} | {
        "entries": document["entries"]
    }
    assert ids(mixed.call("dlq", "export", "item-3").json) == ["item-3"]


@rule("cli 8.1 export")
def test_no_cell_of_the_table_is_taken_for_a_formula(project: Project, tmp_path: Path) -> None:
    hostile = '=HYPERLINK("http://x","y")\x1b[2J, "quoted"\nand more'
    failure = Failure(kind="exit", message=hostile, step="+1", exit_code=1, tail="  @SUM(A1)\nline, two")
    envelopes = [
        make_envelope(ItemDeadLettered(item_id="item-2", failure=failure), envelope.seq, at=envelope.at)
        if isinstance(envelope.event, ItemDeadLettered)
        else envelope
        for envelope in make_run(items=3, failing=[2])
    ]
    project.record(envelopes)

    printed = project.call("dlq", "export", "--format", "csv").out
    project.call("dlq", "export", "--format", "csv", "-o", tmp_path / "t.csv")
    (row,) = csv.DictReader(io.StringIO((tmp_path / "t.csv").read_text("utf-8"), newline=""))

    assert printed == (tmp_path / "t.csv").read_text("utf-8")
    assert row["message"] == '\'=HYPERLINK("http://x","y")\\x1b[2J, "quoted"\nand more'
    assert (row["step"], row["exit_code"], row["eligible"], row["attempts"]) == ("'+1", "1", "yes", "1")
    assert json.loads(row["item"])["path"] == "src/part_2.py"
    assert not [cell for cell in row.values() if cell.lstrip().startswith(("=", "+", "-", "@"))]


def test_a_file_that_cannot_be_written_is_one_line(mixed: Project, tmp_path: Path) -> None:
    called = mixed.call("dlq", "export", "-o", tmp_path / "no" / "such.json")

    assert called.code == 2
    assert called.err.endswith(f"such.json' cannot be written: {os.strerror(2)}\n")
