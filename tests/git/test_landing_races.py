"""A target, a checkout or a candidate that is another by the time of the landing."""

from collections.abc import Callable
from typing import Any

import pytest

from prodigy_tui.git.administration import list_worktrees
from prodigy_tui.git.landing import Landed, Moved, land
from prodigy_tui.git.refs import move_ref
from prodigy_tui.git.repo import Repository, uncommitted_paths
from prodigy_tui.git.run import GitFailed
from prodigy_tui.ids import Oid
from tests.git.landing_facts import made
from tests.support.gitrepo import GitRepo


@pytest.mark.parametrize("checked_out", [True, False])
def test_moved_target_needs_a_new_candidate(user: GitRepo, repo: Repository, run_head: Oid, checked_out: bool):
    stale = made(repo, run_head)
    now = user.commit("b.txt", "b\n")
    if not checked_out:
        user.git("checkout", "--quiet", "--detach")

    assert land(repo, stale, "main") == Moved(target=now)

    assert user.oid("main") == now
    fresh = made(repo, run_head)
    assert isinstance(land(repo, fresh, "main"), Landed)
    assert user.files("main")["b.txt"] == "b"


def test_target_moved_back_needs_a_new_candidate_too(user: GitRepo, repo: Repository, run_head: Oid):
    stale = made(repo, run_head)
    user.git("reset", "--hard", "--quiet", "HEAD~1")

    assert land(repo, stale, "main") == Moved(target=user.head)


def test_deleted_target_is_moved_to_nowhere(user: GitRepo, repo: Repository, run_head: Oid):
    user.git("branch", "release")
    stale = made(repo, run_head, "release")
    user.git("branch", "--quiet", "-D", "release")

    assert land(repo, stale, "release") == Moved(target=None)


def test_landing_again_is_a_success(user: GitRepo, repo: Repository, run_head: Oid):
    result = made(repo, run_head)
    first = land(repo, result, "main")
    user.write("a.txt", "dirty\n")

    assert land(repo, result, "main") == first


def test_candidate_that_was_pruned_is_an_error(user: GitRepo, repo: Repository, run_head: Oid):
    result = made(repo, run_head)
    user.git("prune", "--expire=now")

    with pytest.raises(GitFailed):
        land(repo, result, "main")
    assert user.oid("main") == result.onto


@pytest.mark.parametrize("look", [list_worktrees, uncommitted_paths])
def test_a_branch_to_which_the_user_switches_at_that_moment_stays_where_it_is(
    user: GitRepo, repo: Repository, run_head: Oid, monkeypatch: pytest.MonkeyPatch, look: Callable[..., Any]
):
    landing, before, text = made(repo, run_head), user.head, user.read("a.txt")
    user.write("b.txt", "mine\n")

    def looked_at(*args: Any) -> Any:
        found = look(*args)
        user.git("switch", "--quiet", "-c", "feature")
        return found

    with monkeypatch.context() as patch:
        patch.setattr(f"prodigy_tui.git.landing.{look.__name__}", looked_at)
        result = land(repo, landing, "main")

    assert result == Moved(target=before)
    assert (user.oid("feature"), user.oid("main"), user.read("a.txt")) == (before, before, text)
    assert user.status() == ["?? b.txt"]
    assert isinstance(land(repo, landing, "main"), Landed)
    assert (user.oid("feature"), user.oid("main")) == (before, landing.commit)


def test_a_checkout_of_the_target_at_that_moment_is_brought_along(
    user: GitRepo, repo: Repository, run_head: Oid, monkeypatch: pytest.MonkeyPatch
):
    landing = made(repo, run_head)
    user.git("switch", "--quiet", "-c", "feature")

    def moved(*args: Any) -> bool:
        user.git("switch", "--quiet", "main")
        return move_ref(*args)

    monkeypatch.setattr("prodigy_tui.git.landing.move_ref", moved)

    assert isinstance(land(repo, landing, "main"), Landed)
    assert (user.head, user.read("a.txt"), user.status()) == (landing.commit, "one\n2\nthree\n", [])
