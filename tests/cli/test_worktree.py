"""`worktree list|clean|clean-orphaned`: what stays, what goes, and that nothing goes that is not the run's own."""

import os
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from prodigy_tui.storage import LockOwner
from tests.support.gitrepo import GitRepo
from tests.support.program import Driven, let_go, patient, wait_for_pid
from tests.support.project import Called, Project

FAILING = """
name: kept
map:
  input: [{items}]
  max_parallel: 4
  agent_template:
    - shell: |
        case ${{item}} in
          commit) git commit --quiet --allow-empty --message work;;
          patched) echo new > new.txt;;
        esac
    - shell: exit 3
"""


class Kept:
    """A finished run whose items have all failed, each with its worktree."""

    def __init__(self, project: Project, *items: str) -> None:
        self.project = project
        called = project.call("run", project.workflow(FAILING.format(items=", ".join(items))), "--json")
        assert called.code == 1, called.err
        self.run_id = called.json["run_id"]
        listed = self.listed()
        self.paths = {str(entry["label"]): Path(str(entry["path"])) for entry in listed.values()}

    def listed(self) -> dict[str, dict[str, object]]:
        found = self.project.call("worktree", "list", "--json").json["worktrees"]
        return {str(entry["label"] or entry["name"]): entry for entry in found}

    def at(self, item: str) -> GitRepo:
        return GitRepo(self.paths[item])

    def clean(self, *options: str) -> Called:
        return self.project.call("worktree", "clean", "--json", *options)


def told(called: Called) -> dict[str, str | None]:
    """Item or name -> why it stays."""
    return {entry["label"] or entry["name"]: entry["obstacle"] for entry in called.json["worktrees"]}


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRODIGY_KEEP_FAILED", "20")


def make_submodule(project: Project, folder: Path) -> None:
    inner = GitRepo.init(folder / "library")
    inner.commit("lib.txt", "lib", "lib")
    allow = ("-c", "protocol.file.allow=always")
    project.repo.git(*allow, "submodule", "--quiet", "add", str(inner.path), "vendor")
    project.repo.commit_staged("a submodule")


def test_clean_takes_what_nobody_needs_and_says_why_the_rest_stays(project: Project, tmp_path: Path, many: None):
    make_submodule(project, tmp_path)
    outside = tmp_path / "outside"
    (outside / "deep").mkdir(parents=True)
    (outside / "precious").write_text("x")
    stay = ("commit", "dirty", "locked", "used", "nested", "link", "broken", "links")
    items = (*stay, "plain", "patched", "gone", "submodule")
    kept = Kept(project, *items)
    kept.at("dirty").write("by-hand.txt", "x")
    project.repo.git("worktree", "lock", "--reason", "look at\x1b[31m me", str(kept.paths["locked"]))
    GitRepo.init(kept.paths["nested"] / "clone").commit("a", "a", "a")
    shutil.rmtree(kept.paths["link"])
    kept.paths["link"].symlink_to(outside)
    shutil.rmtree(kept.paths["gone"])
    (kept.paths["broken"] / ".git").unlink()
    (kept.paths["links"] / "out").symlink_to(outside)
    kept.at("submodule").git("-c", "protocol.file.allow=always", "submodule", "--quiet", "update", "--init")
    seen_from_elsewhere = tmp_path / "shortcut"
    seen_from_elsewhere.symlink_to(kept.paths["plain"])
    sleeper = subprocess.Popen(["sleep", "600"], cwd=kept.paths["used"])
    try:
        planned, done = kept.clean("--dry-run"), kept.clean()
    finally:
        sleeper.kill()
        sleeper.wait()

    why = told(done)
    assert told(planned) == why
    gone = {item for item, obstacle in why.items() if obstacle is None}
    assert gone == set(items) - set(stay)
    assert why["commit"] == "1 commit is not merged"
    assert why["dirty"] == "1 file is not committed"
    assert str(why["locked"]).startswith("it is locked (look at\x1b[31m me)")
    assert why["used"] == f"process {sleeper.pid} (sleep) is at work in it"
    assert why["nested"] == "it holds another repository: clone"
    assert why["link"] == "something else stands in its place"
    assert why["broken"] == "git cannot say what it holds"
    assert why["links"] == "1 file is not committed"
    assert {item for item, path in kept.paths.items() if not os.path.lexists(path)} == gone
    assert (outside / "precious").read_text() == "x"
    assert kept.listed().keys() == set(stay)


def test_force_keeps_commits_on_their_branches_and_changes_as_patches(project: Project, many: None, tmp_path: Path):
    kept = Kept(project, "commit", "dirty", "detached", "locked")
    kept.at("dirty").write("by-hand.txt", "by hand\n")
    kept.at("detached").git("checkout", "--quiet", "--detach")
    lonely = kept.at("detached").commit("lonely.txt", "x")
    project.repo.git("worktree", "lock", str(kept.paths["locked"]))
    branch, head = kept.at("commit").git("symbolic-ref", "HEAD"), kept.at("commit").head

    why = told(kept.clean("--force"))

    assert {item for item, obstacle in why.items() if obstacle is None} == {"commit", "dirty", "detached"}
    assert project.repo.oid(branch) == head
    patches = list(project.folder(kept.run_id).artifacts.glob("worktrees/*/leftover.patch"))
    assert [b"by hand" in patch.read_bytes() for patch in patches] == [True]
    assert lonely in project.repo.git("for-each-ref", "--format=%(objectname)", "refs/prodigy").splitlines()


def test_what_others_have_put_below_our_folder_or_into_the_repository_is_left_alone(project: Project, tmp_path: Path):
    kept = Kept(project, "plain")
    below = project.folder(kept.run_id).worktrees
    theirs = {tmp_path / "theirs", below / "mine"}
    for path in theirs:
        project.repo.git("worktree", "add", "--quiet", "-b", path.name, str(path))
    (below / "notes").mkdir()
    lost = project.folder("kept-260101-000000-aaaa").worktrees / "slot-1"
    project.repo.git("worktree", "add", "--quiet", "-b", "lost", str(lost))

    document = project.call("worktree", "list", "--json").json
    why = told(kept.clean("--force"))

    assert why == {"plain": None, "mine": "it was not made by this run", "notes": "it was not made by this run"}
    assert document["unknown"] == [str(lost)]
    assert all(path.is_dir() for path in (*theirs, below / "notes", lost))
    assert not kept.paths["plain"].exists()


def test_a_run_under_way_and_one_that_can_be_resumed_are_left_alone(project: Project, monkeypatch: pytest.MonkeyPatch):
    driven = Driven("run", patient(project), "--headless")
    try:
        wait_for_pid(project, driven.process)
        under_way = project.call("worktree", "list", "--json").json["worktrees"]
        cleaned = project.call("worktree", "clean", "--force", "--json")
        let_go(project)
        driven.end()
    finally:
        driven.close()
    kept = Kept(project, "plain")
    log = project.folder(kept.run_id).events
    log.write_bytes(b"".join(log.read_bytes().splitlines(keepends=True)[:-1]))

    assert [entry["state"] for entry in under_way] == ["in use"]
    assert told(cleaned) == {"run": "the run is under way"}
    assert told(kept.clean("--force")) == {"plain": f"'prodigy-tui resume {kept.run_id}' goes on from it"}
    assert kept.paths["plain"].is_dir()


def test_a_removal_that_fails_is_told_of_and_finished_later(project: Project, monkeypatch: pytest.MonkeyPatch):
    kept = Kept(project, "plain")
    root = project.folder(kept.run_id).worktrees
    trash = root / ".trash"
    trash.rmdir()
    trash.write_text("")  # so that nothing can be moved out of the way

    failed = project.call("worktree", "clean")
    trash.unlink()
    listed = kept.listed()
    finished = project.call("worktree", "clean-orphaned")

    assert failed.code == 1
    assert "clean-orphaned' tries again" in failed.err
    assert [entry["state"] for entry in listed.values()] == ["orphaned"]
    assert (finished.code, kept.listed()) == (0, {})
    assert not kept.paths["plain"].exists()
    assert str(root) not in project.repo.git("worktree", "list")


def test_list_is_a_table_with_the_reason(project: Project):
    kept = Kept(project, "commit")

    called = project.call("worktree", "list")

    head, row = called.out.splitlines()
    assert head.split() == ["RUN", "WORKTREE", "ITEM", "STATE", "SIZE", "WHY", "IT", "IS", "THERE"]
    assert row.startswith(f"{kept.run_id}  slot-1    commit  kept")
    assert row.endswith("its item is in the dead letter queue since attempt 1; stays: 1 commit is not merged")
    assert project.call("worktree", "list", "--repo", str(project.home)).code == 0


def test_without_its_repository_nothing_of_a_run_is_removed(project: Project, tmp_path: Path):
    kept = Kept(project, "plain")
    elsewhere = tmp_path / "elsewhere"
    shutil.move(project.repo.path, elsewhere)
    os.chdir(tmp_path)

    called = project.call("worktree", "clean", "--force", "--json")
    os.chdir(elsewhere)
    shutil.move(elsewhere, project.repo.path)

    assert told(called) == {"plain": "the repository is not there"}
    assert kept.paths["plain"].is_dir()


def test_a_run_that_another_machine_holds_is_left_alone(project: Project):
    kept = Kept(project, "plain")
    owner = LockOwner(pid=1, host="elsewhere", started=datetime(2026, 1, 1, tzinfo=UTC))
    project.folder(kept.run_id).lock.write_bytes(msgspec.json.encode(owner) + b"\n")

    cleaned, removed = kept.clean("--force"), project.call("runs", "rm", kept.run_id, "--force")

    assert str(told(cleaned)["plain"]).startswith(f"run '{kept.run_id}' is held by process 1 on 'elsewhere'")
    assert removed.code == 6
    assert kept.paths["plain"].is_dir()
