"""Worktrees of a run: made, used again, removed; and never anything that is not of the run."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from prodigy_tui.git.administration import list_worktrees
from prodigy_tui.git.refs import read_ref
from prodigy_tui.git.repo import Repository
from prodigy_tui.git.worktrees import Worktrees
from prodigy_tui.ids import RunId
from tests.git.worktree_facts import BRANCH, RUN, admin_of, assert_fresh, branch_of, deleted_folder
from tests.support.gitrepo import GitRepo


def test_added_worktree_has_branch_and_files_and_leaves_the_checkout_alone(user: GitRepo, trees: Worktrees):
    user.write("a.txt", "dirty")

    trees.add(trees.root / "one", BRANCH, user.head)

    assert_fresh(GitRepo(trees.root / "one"), user, BRANCH, user.head)
    assert user.status() == [" M a.txt"]
    assert user.git("symbolic-ref", "HEAD") == "refs/heads/main"
    assert user.git("config", "--get-regexp", "^branch", ok=(1,)) == ""


def test_list_tells_our_worktrees_only(user: GitRepo, trees: Worktrees, tmp_path: Path):
    user.git("worktree", "add", "--quiet", "-b", "theirs", str(tmp_path / "theirs"))
    trees.add(trees.root / "one", BRANCH, user.head)

    [info] = trees.list()

    assert (info.path, info.branch, info.head) == (trees.root / "one", BRANCH, user.head)
    assert len(list_worktrees(trees.repo)) == 3


def test_removed_worktree_leaves_its_branch_and_nothing_else(user: GitRepo, trees: Worktrees, slot: GitRepo):
    tip = slot.commit("new.txt", "x")
    slot.write("dirty.txt", "x")

    trees.remove(slot.path)
    trees.remove(slot.path)

    assert list(trees.root.glob("*/*")) == []
    assert not slot.path.exists()
    assert not admin_of(user, slot).exists()
    assert user.oid(BRANCH) == tip


def test_branches_are_deleted_together(user: GitRepo, trees: Worktrees):
    for item in ("a", "b", "c"):
        user.git("branch", branch_of(item))
    user.git("branch", "prodigy/other-run/item/a/1")

    gone = trees.delete_branches([branch_of("a"), branch_of("b"), branch_of("missing")])

    assert gone == (branch_of("a"), branch_of("b"))
    assert trees.branches() == (branch_of("c"),)
    assert trees.delete_branches([]) == ()
    assert user.oid("prodigy/other-run/item/a/1") == user.head


@pytest.mark.parametrize(
    "branch",
    ["main", "prodigy/other/x", f"prodigy/{RUN}", f"prodigy/{RUN}x/a", f"prodigy/{RUN}/../x", f"prodigy/{RUN}/a\nb"],
)
def test_branches_outside_the_run_are_refused(user: GitRepo, trees: Worktrees, branch: str):
    path = trees.root / "one"

    for act in (
        lambda: trees.add(path, branch, user.head),
        lambda: trees.reset(path, branch, user.head),
        lambda: trees.delete_branches([branch]),
    ):
        with pytest.raises(ValueError, match="not a branch of run"):
            act()
    assert not path.exists()


def test_folders_outside_the_root_are_refused(user: GitRepo, trees: Worktrees, tmp_path: Path):
    (trees.root / "out").symlink_to(user.path)
    outside = [
        user.path,
        trees.root,
        trees.root / "..",
        trees.root / "../x",
        trees.root / "a/../../x",
        trees.root / "out/x",
        trees.root / ".trash",
        trees.root / ".trash/x",
        tmp_path,
        Path("relative"),
    ]
    for path in outside:
        for act in (
            lambda path=path: trees.remove(path),
            lambda path=path: trees.add(path, BRANCH, user.head),
            lambda path=path: trees.reset(path, BRANCH, user.head),
        ):
            with pytest.raises(ValueError, match="not a worktree of run"):
                act()
    assert user.status() == []


@pytest.mark.parametrize("run_id", ["", "..", "a/b", ".hidden", "a b"])
def test_a_run_id_that_is_no_name_is_refused(user: GitRepo, tmp_path: Path, run_id: str):
    with pytest.raises(ValueError, match="not a run id"):
        Worktrees(Repository.open(user.path), tmp_path / "root", tmp_path / "lock", run_id=RunId(run_id))


def test_a_worktree_that_became_a_link_is_removed_and_what_it_points_at_stays(
    user: GitRepo, trees: Worktrees, slot: GitRepo
):
    slot.path.rename(slot.path.with_name("moved"))
    slot.path.symlink_to(user.path)

    trees.remove(slot.path)

    assert not slot.path.is_symlink()
    assert user.status() == []
    assert not admin_of(user, slot).exists()


def test_reset_uses_the_worktree_again(user: GitRepo, trees: Worktrees, slot: GitRepo):
    slot.commit(".gitignore", "*.log\n")
    slot.commit("folder ü/b.txt", None)
    slot.write("a.txt", "dirty")
    slot.write("noise.log", "x")
    slot.write("new/deep.txt", "x")
    slot.write("staged.txt", "x")
    slot.git("add", "staged.txt")
    GitRepo.init(slot.path / "nested").commit("x", "x")
    (slot.path / "link").symlink_to("/etc")
    inode = (slot.path / ".git").stat().st_ino
    base = user.commit("a.txt", "newer\n")

    assert trees.reset(slot.path, branch_of("y"), base)

    assert_fresh(slot, user, branch_of("y"), base)
    assert (slot.path / ".git").stat().st_ino == inode
    assert Path("/etc").is_dir()


def test_reset_of_a_slot_that_does_not_exist_makes_it(user: GitRepo, trees: Worktrees):
    assert not trees.reset(trees.root / "slot", BRANCH, user.head)
    assert_fresh(GitRepo(trees.root / "slot"), user, BRANCH, user.head)


def unfinished_merge(slot: GitRepo) -> None:
    slot.branch("prodigy-test-side")
    slot.commit("a.txt", "theirs")
    slot.checkout(BRANCH)
    slot.commit("a.txt", "ours")
    slot.git("merge", "prodigy-test-side", ok=(1,))


def unfinished_rebase(slot: GitRepo) -> None:
    unfinished_merge(slot)
    slot.git("merge", "--abort")
    slot.git("rebase", "prodigy-test-side", ok=(1,))


def bisect(slot: GitRepo) -> None:
    slot.git("bisect", "start")


def hidden_file(slot: GitRepo) -> None:
    slot.git("update-index", "--skip-worktree", "a.txt")
    slot.write("a.txt", "hidden change")


def sparse_checkout(slot: GitRepo) -> None:
    slot.git("sparse-checkout", "set", "nothing")


def own_repository(slot: GitRepo) -> None:
    (slot.path / ".git").unlink()
    GitRepo.init(slot.path).commit("own.txt", "x")


def deleted_link(slot: GitRepo) -> None:
    (slot.path / ".git").unlink()


def link_to_the_users_repository(slot: GitRepo) -> None:
    common = slot.git("rev-parse", "--path-format=absolute", "--git-common-dir")
    (slot.path / ".git").write_text(f"gitdir: {common}\n")


def deleted_administration(slot: GitRepo) -> None:
    subprocess.run(["rm", "-rf", slot.git("rev-parse", "--absolute-git-dir")], check=True)


def damaged_index(slot: GitRepo) -> None:
    Path(slot.git("rev-parse", "--path-format=absolute", "--git-path", "index")).write_bytes(b"DIRC\0\0\0\2garbage")


LEFT_BEHIND: list[Callable[[GitRepo], None]] = [
    unfinished_merge,
    unfinished_rebase,
    bisect,
    hidden_file,
    sparse_checkout,
    own_repository,
    deleted_link,
    link_to_the_users_repository,
    deleted_folder,
    deleted_administration,
    damaged_index,
]


@pytest.mark.parametrize("left", LEFT_BEHIND, ids=lambda act: act.__name__)
def test_reset_makes_the_worktree_anew_when_more_than_files_was_left(
    user: GitRepo, trees: Worktrees, slot: GitRepo, left: Callable[[GitRepo], None]
):
    left(slot)

    assert not trees.reset(slot.path, branch_of("y"), user.oid("main"))

    assert_fresh(slot, user, branch_of("y"), user.oid("main"))
    assert user.status() == []
    assert user.git("symbolic-ref", "HEAD") == "refs/heads/main"
    assert trees.reset(slot.path, branch_of("z"), user.oid("main"))


def test_reset_brings_back_files_that_git_was_told_not_to_look_at(user: GitRepo, trees: Worktrees, slot: GitRepo):
    slot.git("update-index", "--assume-unchanged", "a.txt")
    slot.write("a.txt", "hidden change")

    trees.reset(slot.path, branch_of("y"), user.head)

    assert_fresh(slot, user, branch_of("y"), user.head)


def test_reset_ignores_a_lock_that_a_killed_git_left(user: GitRepo, trees: Worktrees, slot: GitRepo):
    (admin_of(user, slot) / "index.lock").touch()

    assert trees.reset(slot.path, branch_of("y"), user.head)


def test_reset_to_the_same_branch_keeps_unmerged_commits_on_a_ref(user: GitRepo, trees: Worktrees, slot: GitRepo):
    lost = slot.commit("new.txt", "x")

    assert trees.reset(slot.path, BRANCH, user.head)

    assert_fresh(slot, user, BRANCH, user.head)
    assert read_ref(trees.repo, f"refs/prodigy/{RUN}/kept/item/x/1/{lost[:12]}") == lost


def test_reset_runs_no_hook_and_follows_line_ending_settings(user: GitRepo, trees: Worktrees, slot: GitRepo):
    for name in ("post-checkout", "post-index-change", "reference-transaction"):
        user.write(f".git/hooks/{name}", f"#!/bin/sh\ntouch '{user.path}/hook-ran'\nexit 1\n").chmod(0o755)
    user.git("config", "core.autocrlf", "true")

    trees.add(trees.root / "crlf", branch_of("crlf"), user.head)
    trees.reset(trees.root / "crlf", branch_of("crlf", 2), user.head)

    assert (trees.root / "crlf/a.txt").read_bytes() == b"one\r\ntwo\r\nthree\r\n"
    assert not (user.path / "hook-ran").exists()
    assert GitRepo(trees.root / "crlf").status() == []


def test_a_submodule_is_an_empty_folder_and_what_an_agent_put_there_goes(
    user: GitRepo, trees: Worktrees, tmp_path: Path
):
    library = GitRepo.init(tmp_path / "library")
    library.commit("lib.txt", "x")
    user.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(library.path), "sub")
    user.git("config", "submodule.recurse", "true")
    base = user.commit_staged("add submodule")
    trees.add(trees.root / "slot", BRANCH, base)
    slot = GitRepo(trees.root / "slot")
    assert list((slot.path / "sub").iterdir()) == []

    slot.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "update", "--init")
    slot.write("sub/lib.txt", "changed")
    trees.reset(slot.path, branch_of("y"), base)

    assert list((slot.path / "sub").iterdir()) == []
    assert slot.status() == []
    trees.remove(slot.path)
    assert not slot.path.exists()


def test_a_sparse_checkout_of_the_user_is_no_obstacle(user: GitRepo, trees: Worktrees):
    user.git("sparse-checkout", "set", "folder ü")

    trees.add(trees.root / "slot", BRANCH, user.head)
    trees.reset(trees.root / "slot", branch_of("y"), user.head)

    assert GitRepo(trees.root / "slot").status() == []
