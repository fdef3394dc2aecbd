"""Finding a repository and where work may start in it."""

import os
from pathlib import Path

import pytest

from prodigy_tui.errors import ExitCode
from prodigy_tui.git.repo import (
    DetachedHead,
    EmptyRepository,
    GitTooOld,
    GitVersion,
    NotARepository,
    Repository,
    StartPoint,
    UnfinishedMerge,
    identity_environment,
)
from prodigy_tui.git.run import GitMissing
from tests.support.gitrepo import EMAIL, NAME, GitRepo


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("git version 2.39.5", (2, 39, 5)),
        ("git version 2.39.5 (Apple Git-154)", (2, 39, 5)),
        ("git version 2.52.0.windows.1", (2, 52, 0)),
        ("git version 2.50", (2, 50, 0)),
        ("git version 3.0.0-rc1", (3, 0, 0)),
        ("git version 2.47.GIT", (2, 47, 0)),
    ],
)
def test_version_is_read_whatever_the_vendor_appends(text: str, version: tuple[int, int, int]):
    assert GitVersion.parse(text) == version


def test_a_program_that_is_not_git_is_refused():
    with pytest.raises(GitMissing, match=r"'hub 1\.0'"):
        GitVersion.parse("hub 1.0")


def test_old_git_is_refused_with_both_versions(user: GitRepo, tmp_path: Path, monkeypatch):
    program = tmp_path / "bin" / "git"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho git version 2.37.9\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=os.pathsep)

    with pytest.raises(GitTooOld, match=r"git 2\.37\.9 is too old; install git 2\.38 or newer") as caught:
        Repository.open(user.path)
    assert caught.value.exit_code == ExitCode.ENVIRONMENT


def test_repository_is_found_from_a_folder_inside(user: GitRepo):
    folder = user.path / "deep" / "er"
    folder.mkdir(parents=True)

    repo = Repository.open(folder)

    assert (repo.top, repo.git_dir, repo.common_dir) == (user.path, user.path / ".git", user.path / ".git")
    assert repo.version >= (2, 38)


def test_linked_worktree_shares_the_common_folder(user: GitRepo, tmp_path: Path):
    user.git("worktree", "add", "--quiet", "-b", "side", str(tmp_path / "side"))

    repo = Repository.open(tmp_path / "side")

    assert (repo.top, repo.common_dir) == (tmp_path / "side", user.path / ".git")
    assert repo.git_dir == user.path / ".git/worktrees/side"
    assert repo.start_point() == StartPoint(branch="side", commit=user.head)


def test_linked_worktree_of_a_bare_repository_is_a_repository(user: GitRepo, tmp_path: Path):
    user.git("clone", "--quiet", "--bare", ".", str(tmp_path / "bare.git"))
    bare = GitRepo(tmp_path / "bare.git")
    bare.git("worktree", "add", "--quiet", str(tmp_path / "wt"), "main")

    assert Repository.open(tmp_path / "wt").start_point().branch == "main"


def test_submodule_is_a_repository_of_its_own(user: GitRepo, tmp_path: Path):
    library = GitRepo.init(tmp_path / "library")
    library.commit("lib.txt", "x")
    user.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(library.path), "sub")

    repo = Repository.open(user.path / "sub")

    assert (repo.top, repo.common_dir) == (user.path / "sub", user.path / ".git/modules/sub")


def test_bare_repository_is_refused(tmp_path: Path):
    GitRepo.init(tmp_path / "bare.git", "--bare")

    with pytest.raises(NotARepository, match="is a bare repository"):
        Repository.open(tmp_path / "bare.git")


def test_git_folder_itself_is_refused(user: GitRepo):
    with pytest.raises(NotARepository, match="not in a working tree"):
        Repository.open(user.path / ".git")


def test_plain_folder_and_missing_folder_are_refused(tmp_path: Path):
    with pytest.raises(NotARepository, match="is not in a git repository") as caught:
        Repository.open(tmp_path)
    assert caught.value.exit_code == ExitCode.ENVIRONMENT
    with pytest.raises(NotARepository, match="no such folder"):
        Repository.open(tmp_path / "nowhere")


def test_foreign_owner_is_explained(user: GitRepo, monkeypatch):
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    monkeypatch.setattr("prodigy_tui.git.run.scrub", dict)

    with pytest.raises(NotARepository, match=r"dubious ownership.*safe\.directory"):
        Repository.open(user.path)


def test_start_point_is_branch_and_commit_also_with_a_dirty_tree(user: GitRepo):
    user.branch("feature/x")
    user.write("a.txt", "changed")

    assert Repository.open(user.path).start_point() == StartPoint(branch="feature/x", commit=user.head)


def test_detached_head_is_refused(user: GitRepo):
    user.git("checkout", "--quiet", "--detach")

    with pytest.raises(DetachedHead) as caught:
        Repository.open(user.path).start_point()
    assert caught.value.exit_code == ExitCode.USAGE


def test_empty_repository_is_refused(tmp_path: Path):
    GitRepo.init(tmp_path / "empty")

    with pytest.raises(EmptyRepository, match=r"branch main .* has no commit"):
        Repository.open(tmp_path / "empty").start_point()


def test_unborn_branch_in_a_repository_with_commits_is_refused(user: GitRepo):
    user.git("checkout", "--quiet", "--orphan", "fresh")

    with pytest.raises(EmptyRepository, match="branch fresh"):
        Repository.open(user.path).start_point()


@pytest.mark.parametrize(
    ("command", "waiting"),
    [
        (("merge", "side"), "merge"),
        (("rebase", "side"), "rebase"),
        (("cherry-pick", "side"), "cherry-pick"),
        (("revert", "HEAD~1"), "revert"),
    ],
)
def test_unfinished_operation_is_refused_by_its_name(user: GitRepo, command: tuple[str, ...], waiting: str):
    user.branch("side")
    user.commit("a.txt", "theirs")
    user.checkout("main")
    user.commit("a.txt", "ours")
    user.commit("a.txt", "ours again")
    user.git(*command, ok=(1,))

    with pytest.raises(UnfinishedMerge, match=f"an unfinished {waiting} waits"):
        Repository.open(user.path).start_point()


def test_dirty_paths_are_all_that_is_not_committed_but_not_ignored(user: GitRepo):
    user.commit(".gitignore", "*.log\n")
    user.commit("moved.txt", "some text\n")
    user.write("a.txt", "changed")
    user.write("noise.log", "x")
    user.write("new/ü ö\n.txt", "x")
    user.git("mv", "moved.txt", "to.txt")

    assert Repository.open(user.path).dirty_paths() == ("a.txt", "moved.txt", "new/ü ö\n.txt", "to.txt")


def test_looking_for_changes_does_not_write_the_users_index(user: GitRepo):
    index = user.path / ".git/index"
    os.utime(user.path / "a.txt", (1, 1))
    before = (index.read_bytes(), index.stat().st_mtime_ns)

    assert Repository.open(user.path).dirty_paths() == ()

    assert (index.read_bytes(), index.stat().st_mtime_ns) == before


def test_identity_is_supplied_only_where_git_has_none(user: GitRepo, monkeypatch):
    assert identity_environment(user.path) == {}

    for name in ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"):
        monkeypatch.delenv(name)
    user.git("config", "user.useConfigOnly", "true")
    environment = identity_environment(user.path)
    assert environment["GIT_AUTHOR_NAME"] == environment["GIT_COMMITTER_NAME"] == "prodigy-tui"
    assert environment["GIT_AUTHOR_EMAIL"] == environment["GIT_COMMITTER_EMAIL"] == "prodigy-tui@localhost"

    user.git("config", "user.name", NAME)
    user.git("config", "user.email", EMAIL)
    assert identity_environment(user.path) == {}
