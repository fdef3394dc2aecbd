"""What is in the way of a landing: it is refused, named, and stays as it is."""

from pathlib import Path

import pytest

from prodigy_tui.git.landing import Refused, land, obstacle
from prodigy_tui.git.repo import Repository
from prodigy_tui.git.run import GitFailed
from prodigy_tui.ids import Oid
from tests.git.landing_facts import made, snapshot
from tests.support.gitrepo import GitRepo


@pytest.mark.parametrize("staged", [False, True])
def test_changes_in_touched_files_are_refused_by_name(user: GitRepo, repo: Repository, run_head: Oid, staged: bool):
    user.write("a.txt", "mine\n")
    user.write("new ü/n.txt", "mine\n")
    user.write("keep.txt", "mine\n")
    if staged:
        user.git("add", ".")
    result = made(repo, run_head)
    before = snapshot(user)

    refused = land(repo, result, "main")

    assert isinstance(refused, Refused)
    assert refused.paths == ("a.txt", "new ü/n.txt")
    assert str(user.path) in refused.reason
    assert obstacle(repo, result, "main") == refused
    assert snapshot(user) == before


def test_an_untracked_file_where_a_folder_must_be_is_refused(user: GitRepo, repo: Repository, run_head: Oid):
    user.write("new ü", "mine\n")

    assert getattr(land(repo, made(repo, run_head), "main"), "paths", None) == ("new ü",)
    assert user.read("new ü") == "mine\n"


def test_an_ignored_file_is_never_overwritten(user: GitRepo, repo: Repository, run_head: Oid):
    user.write(".git/info/exclude", "n.txt\n")
    user.write("new ü/n.txt", "precious secret\n")
    result = made(repo, run_head)

    refused = land(repo, result, "main")

    assert isinstance(refused, Refused)
    assert refused.paths == ("new ü/n.txt",)
    assert (user.read("new ü/n.txt"), user.oid("main")) == ("precious secret\n", result.onto)


def test_a_file_git_was_told_not_to_look_at_is_never_overwritten(user: GitRepo, repo: Repository, run_head: Oid):
    user.git("update-index", "--skip-worktree", "a.txt")
    user.write("a.txt", "local settings\n")

    result = land(repo, made(repo, run_head), "main")

    assert isinstance(result, Refused)
    assert user.read("a.txt") == "local settings\n"


def test_locked_index_is_refused_and_the_lock_stays(user: GitRepo, repo: Repository, run_head: Oid):
    (user.path / ".git/index.lock").touch()
    result = made(repo, run_head)

    refused = land(repo, result, "main")

    assert isinstance(refused, Refused)
    assert "index.lock" in refused.reason
    assert user.oid("main") == result.onto
    assert (user.path / ".git/index.lock").exists()


def test_unfinished_merge_in_the_checkout_is_refused(user: GitRepo, repo: Repository, run_head: Oid):
    user.branch("side")
    user.commit("side.txt", "x")
    user.checkout("main")
    user.git("merge", "--no-ff", "--no-commit", "--quiet", "side")

    refused = land(repo, made(repo, run_head), "main")

    assert refused == Refused(reason=f"an unfinished merge waits in {user.path}")
    assert user.status() == ["A  side.txt"]


def test_a_target_that_is_being_rebased_is_refused(user: GitRepo, repo: Repository, run_head: Oid):
    user.branch("side")
    user.commit("a.txt", "theirs")
    user.checkout("main")
    user.commit("a.txt", "one\n2\nthree\n")
    user.git("rebase", "side", ok=(1,))
    result = made(repo, run_head)

    refused = land(repo, result, "main")

    assert refused == Refused(reason="an unfinished rebase of branch main waits")
    assert user.oid("main") == result.onto


def test_target_checked_out_twice_is_refused(user: GitRepo, repo: Repository, run_head: Oid, tmp_path: Path):
    user.git("worktree", "add", "--quiet", "--force", str(tmp_path / "twice"), "main")

    refused = land(repo, made(repo, run_head), "main")

    assert isinstance(refused, Refused)
    assert "checked out twice" in refused.reason


def test_a_ref_that_is_locked_is_told_as_it_is(user: GitRepo, repo: Repository, run_head: Oid):
    user.git("branch", "release")
    (user.path / ".git/refs/heads/release.lock").touch()

    with pytest.raises(GitFailed, match=r"release\.lock"):
        land(repo, made(repo, run_head, "release"), "release")
    assert user.oid("release") == user.head
