"""Worktrees after a crash: whatever was half made or half gone is put right."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from prodigy_tui.git.administration import admin_folder
from prodigy_tui.git.refs import move_ref
from prodigy_tui.git.run import GitFailed
from prodigy_tui.git.worktrees import Worktrees
from prodigy_tui.ids import Oid
from tests.git.worktree_facts import BRANCH, RUN, admin_of, assert_fresh, branch_of, deleted_folder
from tests.support.gitrepo import GitRepo


def folder_only(user: GitRepo, path: Path, base: Oid) -> None:
    path.mkdir()
    (path / "rubbish.txt").write_text("x")


def branch_only(user: GitRepo, path: Path, base: Oid) -> None:
    user.git("branch", BRANCH, base)


def administration_only(user: GitRepo, path: Path, base: Oid) -> None:
    user.git("worktree", "add", "--quiet", "-b", BRANCH, str(path), base)
    deleted_folder(GitRepo(path))


def no_files_yet(user: GitRepo, path: Path, base: Oid) -> None:
    user.git("worktree", "add", "--quiet", "--no-checkout", "-b", BRANCH, str(path), base)


def complete(user: GitRepo, path: Path, base: Oid) -> None:
    user.git("worktree", "add", "--quiet", "-b", BRANCH, str(path), base)


def no_common_folder_yet(user: GitRepo, path: Path, base: Oid) -> None:
    complete(user, path, base)
    (user.path / ".git/worktrees" / path.name / "commondir").unlink()


def no_head_yet(user: GitRepo, path: Path, base: Oid) -> None:
    complete(user, path, base)
    (user.path / ".git/worktrees" / path.name / "HEAD").unlink()


def half_removed(user: GitRepo, path: Path, base: Oid) -> None:
    complete(user, path, base)
    (user.path / ".git/worktrees" / path.name / "gitdir").unlink()


def file_in_the_place(user: GitRepo, path: Path, base: Oid) -> None:
    path.write_text("x")


def branch_without_commit(user: GitRepo, path: Path, base: Oid) -> None:
    ref = user.path / ".git/refs/heads" / BRANCH
    ref.parent.mkdir(parents=True)
    ref.write_text("1" * 40 + "\n")


def branch_file_without_content(user: GitRepo, path: Path, base: Oid) -> None:
    branch_without_commit(user, path, base)
    (user.path / ".git/refs/heads" / BRANCH).write_text("")


CRASHED: list[Callable[[GitRepo, Path, Oid], None]] = [
    folder_only,
    branch_only,
    administration_only,
    no_files_yet,
    complete,
    no_common_folder_yet,
    no_head_yet,
    half_removed,
    file_in_the_place,
    branch_without_commit,
    branch_file_without_content,
]


@pytest.mark.parametrize("crash", CRASHED, ids=lambda act: act.__name__)
def test_add_succeeds_over_what_a_crash_left(
    user: GitRepo, trees: Worktrees, crash: Callable[[GitRepo, Path, Oid], None]
):
    path = trees.root / "slot"
    crash(user, path, user.head)

    trees.add(path, BRANCH, user.head)

    assert_fresh(GitRepo(path), user, BRANCH, user.head)
    assert [info.path for info in trees.list()] == [path]


@pytest.mark.parametrize(
    "crash", [administration_only, no_common_folder_yet, no_head_yet, no_files_yet], ids=lambda a: a.__name__
)
def test_recover_makes_administration_whole(
    user: GitRepo, trees: Worktrees, crash: Callable[[GitRepo, Path, Oid], None]
):
    trees.add(trees.root / "good", branch_of("good"), user.head)
    crash(user, trees.root / "slot", user.head)

    assert trees.recover() == (user.path / ".git/worktrees/slot",)

    assert [info.path for info in trees.list()] == [trees.root / "good"]
    assert trees.recover() == ()


@pytest.mark.parametrize(
    "crash", [folder_only, half_removed, file_in_the_place, no_files_yet], ids=lambda a: a.__name__
)
def test_recover_throws_away_folders_that_are_no_worktrees(
    user: GitRepo, trees: Worktrees, crash: Callable[[GitRepo, Path, Oid], None]
):
    trees.add(trees.root / "deep/good", branch_of("good"), user.head)
    crash(user, trees.root / "slot", user.head)

    trees.recover()

    assert not (trees.root / "slot").exists()
    assert [info.path for info in trees.list()] == [trees.root / "deep/good"]


def test_recover_removes_locks_of_this_run_only(user: GitRepo, trees: Worktrees, slot: GitRepo, tmp_path: Path):
    git = user.path / ".git"
    user.git("worktree", "add", "--quiet", "-b", "theirs", str(tmp_path / "theirs"))
    move_ref(trees.repo, f"refs/prodigy/{RUN}/tip", user.head, None)
    ours = [
        admin_of(user, slot) / "index.lock",
        git / f"refs/heads/{BRANCH}.lock",
        git / f"refs/prodigy/{RUN}/tip.lock",
    ]
    theirs = [git / "index.lock", git / "worktrees/theirs/index.lock", git / "refs/heads/main.lock"]
    for lock in (*ours, *theirs):
        lock.touch()

    assert set(trees.recover()) == set(ours)
    assert all(lock.exists() for lock in theirs)


def test_recover_leaves_worktrees_of_others_alone_even_when_they_are_gone(
    user: GitRepo, trees: Worktrees, tmp_path: Path
):
    user.git("worktree", "add", "--quiet", "-b", "theirs", str(tmp_path / "theirs"))
    (tmp_path / "theirs").rename(tmp_path / "unplugged")

    trees.recover()
    trees.add(trees.root / "slot", BRANCH, user.head)

    assert (user.path / ".git/worktrees/theirs/HEAD").exists()


def test_recover_deletes_what_was_on_its_way_out(trees: Worktrees):
    (trees.root / ".trash/old/deep").mkdir(parents=True)

    trees.recover()

    assert list((trees.root / ".trash").iterdir()) == []


def test_a_base_that_does_not_exist_is_an_error_and_leaves_nothing(trees: Worktrees):
    with pytest.raises(GitFailed):
        trees.add(trees.root / "slot", BRANCH, Oid("1" * 40))
    assert trees.list() == ()
    assert trees.branches() == ()


def test_administration_is_found_by_absolute_and_relative_links(user: GitRepo, slot: GitRepo):
    admin = admin_of(user, slot)
    assert admin_folder(user.path / ".git", slot.path) == admin

    (slot.path / ".git").write_text(f"gitdir: {os.path.relpath(admin, slot.path)}\n")
    (admin / "gitdir").write_text(f"{os.path.relpath(slot.path, admin)}/.git\n")
    assert admin_folder(user.path / ".git", slot.path) == admin


@pytest.mark.timeout(10)
def test_a_pipe_in_place_of_the_link_holds_nobody_up(user: GitRepo, slot: GitRepo):
    (slot.path / ".git").unlink()
    os.mkfifo(slot.path / ".git")

    assert admin_folder(user.path / ".git", slot.path) is None


def test_links_that_lead_astray_are_not_followed(user: GitRepo, slot: GitRepo, tmp_path: Path):
    admin = admin_of(user, slot)
    admin.rename(tmp_path / "aside")
    admin.symlink_to(tmp_path / "aside")

    assert admin_folder(user.path / ".git", slot.path) is None


def test_reset_fills_a_worktree_that_a_crash_left_without_files(user: GitRepo, trees: Worktrees):
    no_files_yet(user, trees.root / "slot", user.head)

    assert trees.reset(trees.root / "slot", branch_of("y"), user.head)

    assert_fresh(GitRepo(trees.root / "slot"), user, branch_of("y"), user.head)
