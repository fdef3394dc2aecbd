"""A worktree follows its branch without losing what is not committed."""

from pathlib import Path

import pytest

from prodigy_tui.git.repo import UnfinishedMerge
from prodigy_tui.git.run import GitFailed
from prodigy_tui.git.sync import Diverged, Followed, follow, overlapping
from prodigy_tui.ids import Oid
from tests.support.gitrepo import GitRepo


class Saved(list[bytes]):
    """Collects patches."""

    def __call__(self, patch: bytes) -> None:
        self.append(patch)


@pytest.fixture
def saved() -> Saved:
    return Saved()


def ahead(repo: GitRepo, changes: dict[str, str | None]) -> Oid:
    """Commits `changes` on top of main, leaves main where it was, and returns the commit."""
    start = repo.head
    repo.git("checkout", "--quiet", "--detach")
    for path, content in changes.items():
        repo.commit(path, content)
    tip = repo.head
    repo.git("checkout", "--quiet", "-B", "main", start)
    return tip


def test_branch_and_files_move_together(user: GitRepo, saved: Saved):
    tip = ahead(user, {"a.txt": "new", "b.txt": "b"})

    assert follow(user.path, tip, saved) == Followed(head=tip)

    assert (user.oid("main"), user.git("symbolic-ref", "HEAD")) == (tip, "refs/heads/main")
    assert (user.status(), saved) == ([], [])


def test_a_worktree_that_is_there_or_ahead_stays(user: GitRepo, saved: Saved):
    old = user.head
    new = user.commit("b.txt", "b")
    user.write("b.txt", "dirty")

    assert follow(user.path, new, saved) == Followed(head=new)
    assert follow(user.path, old, saved) == Followed(head=new)
    assert user.status() == [" M b.txt"]


def test_diverged_worktree_is_not_touched(user: GitRepo, saved: Saved):
    tip = ahead(user, {"b.txt": "b"})
    own = user.commit("c.txt", "c")

    with pytest.raises(Diverged):
        follow(user.path, tip, saved)
    assert user.head == own


def test_uncommitted_files_that_are_not_in_the_way_stay(user: GitRepo, saved: Saved):
    user.commit("keep.txt", "x")
    tip = ahead(user, {"a.txt": "new"})
    user.write("keep.txt", "modified")
    user.write("staged.txt", "staged")
    user.git("add", "staged.txt")
    user.write("new.txt", "untracked")

    assert follow(user.path, tip, saved) == Followed(head=tip)

    assert user.status() == [" M keep.txt", "A  staged.txt", "?? new.txt"]
    assert saved == []


@pytest.mark.parametrize("staged", [False, True])
def test_what_is_in_the_way_is_saved_first_and_then_given_up(user: GitRepo, saved: Saved, staged: bool):
    tip = ahead(user, {"a.txt": "new\n", "b ü.txt": "b\n"})
    user.write("a.txt", "mine\n")
    user.write("b ü.txt", "mine too\n")
    user.write("other.txt", "stays\n")
    if staged:
        user.git("add", "a.txt", "b ü.txt")

    result = follow(user.path, tip, saved)

    assert result == Followed(head=tip, given_up=("a.txt", "b ü.txt"))
    assert (user.read("a.txt"), user.read("b ü.txt")) == ("new\n", "b\n")
    assert user.status() == ["?? other.txt"]
    [patch] = saved
    assert b"+mine\n" in patch
    assert b"+mine too\n" in patch
    assert b"stays" not in patch


def test_nothing_is_given_up_when_it_cannot_be_saved(user: GitRepo):
    tip = ahead(user, {"a.txt": "new\n"})
    start = user.head
    user.write("a.txt", "mine\n")

    def fail(patch: bytes) -> None:
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        follow(user.path, tip, fail)
    assert (user.head, user.read("a.txt")) == (start, "mine\n")


def test_deleted_file_that_the_commit_changes_comes_back(user: GitRepo, saved: Saved):
    tip = ahead(user, {"a.txt": "new\n"})
    (user.path / "a.txt").unlink()

    assert follow(user.path, tip, saved).given_up == ("a.txt",)
    assert user.read("a.txt") == "new\n"
    assert b"deleted file" in saved[0]


def test_files_and_folders_that_change_places(user: GitRepo, saved: Saved):
    tip = ahead(user, {"x": "file\n", "y/deep/z.txt": "below\n"})
    user.write("x/inside.txt", "mine\n")
    user.write("y", "mine\n")

    assert follow(user.path, tip, saved).given_up == ("x/inside.txt", "y")
    assert (user.read("x"), user.read("y/deep/z.txt"), user.status()) == ("file\n", "below\n", [])


def test_a_folder_replaced_by_a_link_outside_is_not_followed(user: GitRepo, saved: Saved, tmp_path: Path):
    user.commit("folder/f.txt", "x\n")
    tip = ahead(user, {"folder/f.txt": "new\n"})
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "f.txt").write_text("not ours\n")
    (user.path / "folder/f.txt").unlink()
    (user.path / "folder").rmdir()
    (user.path / "folder").symlink_to(outside)

    follow(user.path, tip, saved)

    assert (outside / "f.txt").read_text() == "not ours\n"
    assert user.read("folder/f.txt") == "new\n"
    assert not (user.path / "folder").is_symlink()


def test_an_earlier_call_that_died_halfway_is_finished(user: GitRepo, saved: Saved):
    tip = ahead(user, {"a.txt": "new\n", "b.txt": "b\n"})
    user.write("a.txt", "new\n")
    user.write("b.txt", "b\n")

    follow(user.path, tip, saved)

    assert (user.head, user.status()) == (tip, [])


def test_unfinished_merge_is_told_and_left(user: GitRepo, saved: Saved):
    tip = ahead(user, {"a.txt": "new\n"})
    user.branch("side")
    user.commit("c.txt", "theirs")
    user.checkout("main")
    user.git("merge", "--no-commit", "--no-ff", "--quiet", "side")

    with pytest.raises(UnfinishedMerge):
        follow(user.path, tip, saved)
    assert user.status() == ["A  c.txt"]


def test_nested_repository_in_the_way_is_never_removed(user: GitRepo, saved: Saved):
    tip = ahead(user, {"nested/x.txt": "x\n"})
    GitRepo.init(user.path / "nested").commit("x.txt", "precious")

    with pytest.raises(GitFailed):
        follow(user.path, tip, saved)
    assert user.read("nested/x.txt") == "precious"


def test_hooks_and_settings_of_the_user_do_not_interfere(user: GitRepo, saved: Saved):
    hook = user.write(".git/hooks/post-merge", "#!/bin/sh\ntouch hook-ran\n")
    hook.chmod(0o755)
    user.git("config", "branch.main.mergeOptions", "--squash --no-ff")
    user.git("config", "merge.ff", "false")
    user.git("config", "merge.autoStash", "true")
    tip = ahead(user, {"b.txt": "b"})

    follow(user.path, tip, saved)

    assert (user.head, user.status()) == (tip, [])


def test_overlap_is_the_same_path_or_one_below_the_other():
    dirty = ["a", "b/c", "d/", "e-f", "g/h/i"]

    assert overlapping(dirty, ["a", "b/c/deep", "d/x"]) == ["a", "b/c", "d/"]
    assert overlapping(dirty, ["e", "g/h"]) == ["g/h/i"]
    assert overlapping(dirty, []) == []
