"""`merge`: a run lands later, as the person who types it wants it."""

import json
import shlex
import subprocess
from datetime import UTC, datetime

import pytest

from prodigy_tui.storage import LockOwner, RunLock
from prodigy_tui.storage.owner import this_boot
from tests.support.project import Project
from tests.support.rules import rule

TWO = """
name: two
steps:
  - "echo made > made.txt; git add --all; git commit -qm first"
  - "echo changed > readme.txt; git add --all; git commit -qm 'second X'"
"""


def run_two(project: Project) -> None:
    project.repo.commit("readme.txt", "hello\n")
    assert project.call("run", project.workflow(TWO)).code == 0


@pytest.fixture
def unmerged(project_after) -> Project:
    """A run that nobody has said yes to."""
    return project_after(run_two)


def world(project: Project) -> tuple[str, list[str], int]:
    """What a dry run must not change."""
    events = project.folder(project.runs()[0]).events
    return project.repo.git("for-each-ref"), project.repo.status(), events.stat().st_size


@rule("cli 1 merge: dry run")
def test_dry_run_shows_what_would_land_and_changes_nothing(unmerged: Project) -> None:
    before = world(unmerged)

    text = unmerged.call("merge", "last", "--dry-run", "--strategy", "squash")
    document = unmerged.call("merge", "last", "--dry-run", "--json").json

    assert (text.code, world(unmerged)) == (0, before)
    first, *rest = text.out.splitlines()
    assert first.startswith("would land: ")
    assert first.endswith("as one commit: 2 commits, 2 files, +2 -1")
    assert [line.split()[0] for line in rest] == ["commit", "commit", "file", "file"]
    assert "\x1b" not in text.out
    assert (document["status"], document["strategy"], document["target"]) == ("lands", "merge", "main")
    assert [commit["message"] for commit in document["commits"]] == ["first", "second X"]
    assert [file["path"] for file in document["files"]] == ["made.txt", "readme.txt"]


@rule("cli 1 merge: dry run")
def test_dry_run_of_a_live_run_only_reads_and_says_that_it_is_live(unmerged: Project) -> None:
    folder = unmerged.folder(unmerged.runs()[0])
    lines = folder.events.read_bytes().splitlines(keepends=True)
    folder.events.write_bytes(b"".join(line for line in lines[:-1]))  # as it is before its end
    owner = LockOwner(pid=7, host="here", started=datetime(2026, 1, 2, tzinfo=UTC), boot=this_boot(), born=1)
    with RunLock.acquire(folder.lock, owner):
        before = world(unmerged)
        text, document = unmerged.call("merge", "--dry-run"), unmerged.call("merge", "--dry-run", "--json").json
        refused = unmerged.call("merge")
        assert world(unmerged) == before

    assert (text.code, refused.code) == (0, 6)
    assert text.out.startswith("live process 7 on here drives the run; this is what it has merged by now\nwould land: ")
    assert (document["live"], document["status"]) == (True, "lands")


@rule("cli 1 merge: dry run")
def test_dry_run_ends_as_landing_would(unmerged: Project) -> None:
    unmerged.repo.write("made.txt", "mine\n")
    in_the_way = unmerged.call("merge", "--dry-run", "--json")
    assert (in_the_way.code, in_the_way.json["obstacle"]["paths"]) == (3, ["made.txt"])
    assert "in the way made.txt" in unmerged.call("merge", "--dry-run").out
    (unmerged.repo.path / "made.txt").unlink()

    unmerged.repo.commit("readme.txt", "theirs\n")
    conflict = unmerged.call("merge", "--dry-run", "--strategy", "rebase", "--json")
    assert (conflict.code, conflict.json["status"], conflict.json["conflicts"]) == (3, "conflict", ["readme.txt"])
    assert "in conflict readme.txt" in unmerged.call("merge", "--dry-run").out

    unmerged.repo.git("merge", "-q", "-X", "ours", f"prodigy/{unmerged.runs()[0]}/run")
    nothing = unmerged.call("merge", "--dry-run", "--json")
    assert (nothing.code, nothing.json["status"], nothing.json["commits"]) == (0, "nothing", [])


@rule("cli 1 merge: options")
def test_branch_strategy_and_message_are_what_the_person_says(unmerged: Project) -> None:
    unmerged.repo.git("branch", "release")
    before = unmerged.repo.head

    called = unmerged.call(
        "merge", "--into", "release", "--strategy", "squash", "--message", "In one ${piece}", "--json"
    )

    assert called.code == 0, called.err
    assert called.json["merge"] == {"status": "landed", "target": "release", "commit": unmerged.repo.oid("release")}
    assert unmerged.repo.git("log", "-1", "--format=%s|%P", "release") == f"In one ${{piece}}|{before}"
    assert unmerged.repo.head == before

    again = unmerged.call("merge", "--into", "release")
    assert (again.code, "has landed on 'release' already" in again.err) == (2, True)
    assert unmerged.call("merge", "--into", "main").code == 0
    assert unmerged.repo.read("made.txt") == "made\n"


@pytest.mark.parametrize("branch", ["-x", "refs/heads/main", "../../config"])
def test_a_branch_that_is_none_is_refused_before_anything_is_recorded(unmerged: Project, branch: str) -> None:
    before = world(unmerged)

    called = unmerged.call("merge", "--into", branch)

    assert (called.code, f"no branch {branch} to land on" in called.err) == (2, True)
    assert world(unmerged) == before


def test_what_is_refused_says_how_to_go_on_with_the_same_wishes(unmerged: Project) -> None:
    unmerged.repo.branch("release")
    unmerged.repo.write("made.txt", "mine\n")

    refused = unmerged.call("merge", "--into", "release", "--strategy", "rebase", "--json")

    assert (refused.code, refused.json["merge"]["status"]) == (3, "refused")
    aside, again, back = refused.json["next"]
    assert again.endswith("--into release --strategy rebase")
    subprocess.run(shlex.split(aside), check=True, capture_output=True)
    assert unmerged.call(*shlex.split(again)[1:]).code == 0
    assert unmerged.repo.git("log", "--format=%s").splitlines()[1] == "first"
    assert shlex.split(back)[-2:] == ["stash", "pop"]


@rule("cli 1 merge: later")
def test_a_landing_that_was_taken_back_can_be_repeated(unmerged: Project) -> None:
    unmerged.call("merge")
    unmerged.repo.git("reset", "--quiet", "--hard", "HEAD^1")

    assert unmerged.call("merge").code == 0
    assert unmerged.repo.read("made.txt") == "made\n"

    unmerged.repo.git("revert", "--no-edit", "-m", "1", "HEAD")
    reverted = unmerged.call("merge")
    assert (reverted.code, "already" in reverted.err) == (2, True)


def test_undo_stands_in_the_summary_and_works(unmerged: Project) -> None:
    landed = unmerged.call("merge", "--strategy", "rebase")

    (undo,) = [line.partition("undo")[2].strip() for line in landed.out.splitlines() if line.startswith("  undo")]
    subprocess.run(shlex.split(undo), check=True, capture_output=True)
    assert unmerged.repo.files() == {"readme.txt": "hello"}


@rule("cli 4 exit: landing")
@pytest.mark.parametrize(
    ("merge", "code", "status"),
    [
        ("{verify: {steps: ['exit 1'], flaky_retries: 0}}", 1, "unmerged"),
        ("{steps: ['exit 1']}", 1, "unmerged"),
        ("{target: gone}", 3, "refused"),
        ("{land: false}", 0, "unmerged"),
    ],
)
def test_exit_codes_of_a_landing_that_does_not_come_about(project: Project, merge: str, code: int, status: str) -> None:
    project.repo.commit("readme.txt", "hello\n")

    called = project.call("run", project.workflow(f"{TWO}merge: {merge}\n"), "-y", "--json")

    assert (called.code, called.json["merge"]["status"]) == (code, status), called.err
    assert called.json["merge"]["commit"] is None


@rule("cli 3 merge")
@pytest.mark.parametrize(
    ("options", "status"),
    [
        ([], "unmerged"),
        (["--merge", "no", "-y"], "unmerged"),
        (["--merge", "yes"], "landed"),
        (["-y"], "landed"),
    ],
)
def test_without_a_terminal_only_a_yes_lands(project: Project, options: list[str], status: str) -> None:
    project.repo.commit("readme.txt", "hello\n")

    called = project.call("run", project.workflow(TWO), *options, "--json")

    assert (called.code, called.json["merge"]["status"]) == (0, status)
    assert (f"prodigy-tui merge {called.json['run_id']}" in called.json["next"]) is (status == "unmerged")


@rule("16.3 runs: approve")
def test_typing_merge_is_no_yes_to_what_its_steps_ask(project: Project) -> None:
    project.repo.commit("readme.txt", "hello\n")
    project.call("run", project.workflow(TWO + "merge: [{approve: 'Really?'}]\n"))

    asked = project.call("merge", "--json")
    landed = project.call("merge", "-y", "--json")

    assert (asked.code, asked.json["merge"]["status"]) == (3, "unmerged")
    assert (landed.code, landed.json["merge"]["status"]) == (0, "landed"), json.dumps(landed.json)
