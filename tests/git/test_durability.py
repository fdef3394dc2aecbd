"""What git writes for us and for agents is synced before its command ends: git itself tells how often it did."""

import json
import os
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from prodigy_tui.git.commits import commit_files
from prodigy_tui.git.merge import Merged, merge
from prodigy_tui.git.open_merge import OpenMerge
from prodigy_tui.git.refs import move_ref
from prodigy_tui.git.repo import Repository
from prodigy_tui.git.run import quiet_environment
from prodigy_tui.git.worktrees import Worktrees
from prodigy_tui.ids import Oid
from tests.git.worktree_facts import BRANCH
from tests.support.gitrepo import GitRepo


@pytest.fixture
def flushes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """Returns how often the git commands since the last call have waited for the disk."""
    trace, settings = tmp_path / "trace", tmp_path / "settings"
    before = Path(os.environ["GIT_CONFIG_GLOBAL"]).read_text()
    settings.write_text(f"{before}\n[trace2]\n\teventTarget = {trace}\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))

    def count() -> int:
        events = [json.loads(line) for line in trace.read_text().splitlines()] if trace.exists() else []
        trace.unlink(missing_ok=True)
        return sum(map(_flushes, events))

    return count


def _flushes(event: dict[str, str]) -> int:
    """How many flushes an event of git's trace tells of: a fact about the process, of newer git a counter."""
    if event.get("key") == "fsync/hardware-flush":
        return int(event["value"])
    is_counter = (event["event"], event.get("category"), event.get("name")) == ("counter", "fsync", "hardware-flush")
    return int(event["count"]) if is_counter else 0


def test_commit_of_an_agent_is_synced(user: GitRepo, flushes) -> None:
    user.write("b.txt", "b")
    environment = {**os.environ, **quiet_environment()}

    subprocess.run(["git", "add", "b.txt"], cwd=user.path, env=environment, check=True)
    assert flushes() >= 1, "the file"
    subprocess.run(["git", "commit", "-qm", "b"], cwd=user.path, env=environment, check=True)
    assert flushes() >= 3, "tree, commit and branch"


def test_commit_of_the_engine_is_synced(user: GitRepo, flushes) -> None:
    user.write("b.txt", "b")
    flushes()

    assert commit_files(user.path, "b") is not None

    assert flushes() >= 4, "file, tree, commit and branch"


def test_open_processes_sync_what_they_write(user: GitRepo, flushes) -> None:
    user.branch("side")
    head = user.commit("side.txt", "side")
    user.checkout("main")
    onto = user.commit("b.txt", "b")
    flushes()

    with closing(OpenMerge(Repository.open(user.path), user.path)) as merges:
        merged = merges.merge(onto, head, "merge")
        assert isinstance(merged, Merged)
        assert merges.move_ref("refs/heads/main", merged.commit, onto)

    assert flushes() >= 3, "tree, commit and ref"  # git tells when a process ends


def test_merge_is_synced_before_the_ref_that_holds_it(user: GitRepo, trees: Worktrees, flushes) -> None:
    onto, repo = Oid(user.head), Repository.open(user.path)
    user.git("checkout", "--quiet", "-b", "side", "HEAD^")
    head = Oid(user.commit("side.txt", "side"))
    user.git("checkout", "--quiet", "main")
    flushes()

    merged = merge(user.path, onto, head, "merge")
    assert isinstance(merged, Merged)
    assert flushes() >= 2, "tree and commit"
    assert move_ref(repo, "refs/prodigy/run/tip", merged.commit, None)
    assert flushes() >= 1, "the ref"


def test_branch_of_a_worktree_is_synced(user: GitRepo, trees: Worktrees, flushes) -> None:
    flushes()
    trees.add(trees.root / "slot-1", BRANCH, Oid(user.head))

    assert flushes() >= 1
