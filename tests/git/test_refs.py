"""Refs move by compare-and-swap, and only those of runs are ever deleted."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from prodigy_tui.git.merge import merge
from prodigy_tui.git.merge import merge_base as parted
from prodigy_tui.git.refs import (
    Branch,
    delete_ref,
    holds,
    is_ancestor,
    is_seen_to_contain,
    look_up,
    merge_base,
    move_ref,
    read_ref,
    read_refs,
)
from prodigy_tui.git.repo import Repository
from prodigy_tui.git.run import GitFailed
from prodigy_tui.ids import Oid
from tests.support.gitrepo import GitRepo

TIP = "refs/prodigy/run-1/tip"


def test_ref_is_made_moved_and_read(user: GitRepo):
    repo = Repository.open(user.path)
    first, second = user.head, user.commit("b.txt", "x")

    assert read_ref(repo, TIP) is None
    assert move_ref(repo, TIP, first, None)
    assert move_ref(repo, TIP, second, first)
    assert read_ref(repo, TIP) == second


def test_a_ref_is_read_wherever_git_keeps_it(user: GitRepo):
    repo, loose = Repository.open(user.path), user.path / ".git" / TIP
    first, second = user.head, user.commit("b.txt", "x")
    move_ref(repo, TIP, first, None)

    user.git("pack-refs", "--all")
    assert not loose.exists()
    assert read_ref(repo, TIP) == first

    move_ref(repo, TIP, second, first)
    assert (loose.exists(), read_ref(repo, TIP)) == (True, second)

    user.git("symbolic-ref", "refs/heads/alias", TIP)
    assert read_ref(repo, "refs/heads/alias") == second

    for torn in (b"", second.encode()[:20], b"\0" * 41):
        loose.write_bytes(torn)
        assert read_ref(repo, TIP) is None


def test_several_questions_are_answered_at_one_look(user: GitRepo):
    repo, missing = Repository.open(user.path), Oid("1" * 40)
    first, second = user.head, user.commit("b.txt", "x")
    user.git("branch", "old", first)
    user.git("symbolic-ref", "refs/heads/alias", "refs/heads/old")
    user.git("symbolic-ref", "refs/heads/dangling", "refs/heads/gone")

    assert read_refs(repo, "refs/heads/main", "refs/heads/alias", TIP) == {
        "refs/heads/main": second,
        "refs/heads/alias": first,
    }
    assert look_up(repo, "main") == Branch(name="main", at=second)
    assert look_up(repo, "alias") == Branch(name="old", at=first)
    assert look_up(repo, "dangling") == Branch(name="gone", at=None)
    assert look_up(repo, "none") == Branch(name="none", at=None)
    assert holds(repo, "refs/heads/main", first) == second
    assert holds(repo, "refs/heads/main", second) == second
    assert holds(repo, "refs/heads/old", second) is None
    assert holds(repo, "refs/heads/none", first) is None
    assert holds(repo, "refs/heads/main", missing) is None
    assert [is_seen_to_contain(repo, *pair) for pair in ((second, first), (first, second), (first, missing))] == [
        True,
        False,
        False,
    ]


def test_what_lies_behind_a_missing_commit_is_not_seen_to_be_contained(user: GitRepo):
    """Whatever the version of git: some take history to end there, some fail, some hold all to be contained."""
    repo, first = Repository.open(user.path), user.head
    missing, last = user.commit("b.txt", "1"), user.commit("b.txt", "2")
    user.branch("side", first)
    beside = user.commit("c.txt", "x")
    user.checkout("main")
    (repo.common_dir / "objects" / missing[:2] / missing[2:]).unlink()

    for other in (first, beside):
        assert holds(repo, "refs/heads/main", other) is None
        assert not is_seen_to_contain(repo, last, other)
        assert not is_ancestor(repo, other, last)
    assert not is_ancestor(repo, last, beside)
    assert merge_base(repo, "side", last) is None
    assert parted(user.path, beside, last) is None
    with pytest.raises(GitFailed, match="Could not read"):
        merge(user.path, beside, last, "x")


def test_lost_race_leaves_the_ref_as_it_is(user: GitRepo):
    repo = Repository.open(user.path)
    first, second = user.head, user.commit("b.txt", "x")
    move_ref(repo, TIP, second, None)

    assert not move_ref(repo, TIP, second, first)
    assert not move_ref(repo, TIP, first, None)
    assert read_ref(repo, TIP) == second


def test_moving_a_ref_that_is_gone_is_a_lost_race(user: GitRepo):
    assert not move_ref(Repository.open(user.path), TIP, user.head, user.head)


def test_one_of_many_wins(user: GitRepo):
    repo = Repository.open(user.path)
    start = user.head
    move_ref(repo, TIP, start, None)
    commits = [user.commit("b.txt", str(n)) for n in range(8)]

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(lambda commit: move_ref(repo, TIP, commit, start), commits))

    assert won.count(True) == 1
    assert read_ref(repo, TIP) == commits[won.index(True)]


def test_a_commit_that_does_not_exist_is_an_error_and_not_a_lost_race(user: GitRepo):
    with pytest.raises(GitFailed, match="update-ref"):
        move_ref(Repository.open(user.path), TIP, Oid("1" * 40), None)


def test_a_locked_ref_is_an_error_and_not_a_lost_race(user: GitRepo):
    repo = Repository.open(user.path)
    move_ref(repo, TIP, user.head, None)
    (repo.common_dir / f"{TIP}.lock").touch()

    with pytest.raises(GitFailed):
        move_ref(repo, TIP, user.commit("b.txt", "x"), read_ref(repo, TIP))


def test_delete_needs_the_expected_value(user: GitRepo):
    repo = Repository.open(user.path)
    first, second = user.head, user.commit("b.txt", "x")
    move_ref(repo, TIP, second, None)

    assert not delete_ref(repo, TIP, first)
    assert delete_ref(repo, TIP, second)
    assert delete_ref(repo, TIP)
    assert read_ref(repo, TIP) is None


@pytest.mark.parametrize("ref", ["refs/heads/main", "refs/tags/v1", "HEAD", "refs/heads/prodigyx/a", "refs/prodigy"])
def test_refs_of_the_user_are_never_deleted(user: GitRepo, ref: str):
    with pytest.raises(ValueError, match="not a ref of a run"):
        delete_ref(Repository.open(user.path), ref)


def test_short_names_are_not_refs(user: GitRepo):
    with pytest.raises(ValueError, match="not a full ref name"):
        read_ref(Repository.open(user.path), "main")


def test_a_commit_contains_itself_and_what_came_before(user: GitRepo):
    repo = Repository.open(user.path)
    first, second = user.head, user.commit("b.txt", "x")

    assert is_ancestor(repo, first, second)
    assert is_ancestor(repo, first, first)
    assert not is_ancestor(repo, second, first)
