"""`resume` of a run that another process drives or has driven, or whose repository is elsewhere."""

import os
import socket
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from prodigy_tui.errors import ExitCode
from prodigy_tui.events.evolve import fold
from prodigy_tui.events.source import read_events
from prodigy_tui.storage import LockOwner, RunLock
from prodigy_tui.storage.owner import born_at, this_boot
from tests.cli.resume_facts import everything, ledger, mend
from tests.support.gitrepo import GitRepo
from tests.support.project import Project
from tests.support.rules import rule


def held_by(project: Project, **facts: object) -> LockOwner:
    owner = LockOwner(
        **{"pid": os.getpid(), "host": socket.gethostname(), "started": datetime(2026, 1, 2, tzinfo=UTC), **facts}
    )
    project.folder(project.runs()[0]).lock.write_bytes(msgspec.json.encode(owner))
    return owner


@rule("cli 8.2 refused")
@pytest.mark.parametrize("arguments", [(), ("--force",)])
def test_two_programs_on_one_run_are_told_apart_and_nothing_is_touched(stopped: Project, arguments) -> None:
    run_id = stopped.runs()[0]
    owner = LockOwner(pid=os.getpid(), host="here", started=datetime(2026, 1, 2, tzinfo=UTC), boot=this_boot(), born=1)
    with RunLock.acquire(stopped.folder(run_id).lock, owner):
        before = everything(stopped)
        named = stopped.call("resume", run_id, "--headless", *arguments)
        newest = stopped.call("resume", "--headless", *arguments)
        assert everything(stopped) == before

    for called in (named, newest):
        assert called.code == ExitCode.HELD
        assert called.err.count("\n") == 1
        assert f"run '{run_id}' is held by" in called.err


@rule("cli 8.2 plan")
def test_the_plan_of_a_live_run_only_reads_and_says_that_it_is_live(stopped: Project) -> None:
    run_id = stopped.runs()[0]
    owner = LockOwner(pid=os.getpid(), host="here", started=datetime(2026, 1, 2, tzinfo=UTC), boot=this_boot(), born=1)
    with RunLock.acquire(stopped.folder(run_id).lock, owner):
        before = everything(stopped)
        named = stopped.call("resume", run_id, "--plan")
        newest = stopped.call("resume", "--plan", "--json")
        assert everything(stopped) == before

    live, first, *_ = named.out.splitlines()
    assert (named.code, newest.code) == (0, 0)
    assert live == f"live process {os.getpid()} on here drives the run; this is what would be if it ended now"
    assert first.startswith(f"continues {run_id}: 3 reused, 1 redone")
    assert newest.json["live"] is True


@rule("cli 8.2 force")
def test_a_lock_from_another_host_needs_force(stopped: Project) -> None:
    run_id = stopped.runs()[0]
    held_by(stopped, host="far-away", boot="another")

    refused = stopped.call("resume", run_id, "--headless")
    forced = stopped.call("resume", run_id, "--headless", "--force")

    assert refused.code == ExitCode.HELD
    assert f"process {os.getpid()} on 'far-away' since 2026-01-02" in refused.err
    assert f"prodigy-tui resume {run_id} --force" in refused.err
    assert forced.code == ExitCode.FAILED, "the reduce fails again"
    assert "ended with its machine" in forced.err


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"pid": 2**22 + 1, "boot": this_boot(), "born": 5}, "ended without giving it back\n"),
        ({"boot": this_boot(), "born": 5}, "the number belongs to another process now"),
        ({"boot": "an earlier one", "born": born_at(os.getpid())}, "ended with its machine"),
    ],
    ids=["dead", "reused", "reboot"],
)
def test_a_lock_of_a_dead_process_is_said_and_taken(stopped: Project, facts, why) -> None:
    held_by(stopped, **facts)

    plan, called = stopped.call("resume", "--plan"), stopped.call("resume", "--headless")

    assert why in plan.out
    assert why in called.err
    assert called.code == ExitCode.FAILED


@rule("cli 8.2 moved")
@pytest.mark.parametrize("named", [True, False])
def test_a_run_goes_on_in_a_repository_that_has_moved(stopped: Project, monkeypatch, named: bool) -> None:
    old, new = stopped.repo.path, stopped.repo.path.with_name("elsewhere")
    monkeypatch.chdir(stopped.home)
    run_id = stopped.runs()[0]
    folder = stopped.folder(run_id)
    old.rename(new)
    lost = stopped.call("resume", run_id, "--headless")
    mend(stopped)

    if not named:
        monkeypatch.chdir(new)
    called = stopped.call("resume", *([run_id, "--repo", new] if named else []), "-y", "--headless", "--retry-dlq")

    assert lost.code == ExitCode.ENVIRONMENT
    assert f"the repository of run {run_id} is not at {old} any more" in lost.err
    assert f"prodigy-tui resume {run_id} --repo DIR" in lost.err
    assert called.code == 0, called.err
    assert ledger(stopped) == ["first", "second", "a", "b", "c", "counted", "b"]
    moved = GitRepo(new)
    assert set(moved.files("main")) == {"readme.txt", "made.txt", "a.txt", "b.txt", "c.txt"}
    assert moved.git("for-each-ref", "refs/heads/prodigy", "refs/prodigy") == ""
    assert len(moved.git("worktree", "list").splitlines()) == 1
    assert fold(read_events(folder.events)).repository == str(new)


def test_another_repository_is_not_taken_for_the_runs(stopped: Project, tmp_path: Path, monkeypatch) -> None:
    other = GitRepo.init(tmp_path / "other")
    other.commit("x.txt", "x")
    monkeypatch.chdir(stopped.home)
    stopped.repo.path.rename(tmp_path / "gone")

    called = stopped.call("resume", stopped.runs()[0], "--repo", other.path, "--headless")

    assert called.code == ExitCode.ENVIRONMENT
    assert "is not at" in called.err
    assert other.git("for-each-ref", "refs/prodigy") == ""
