"""What is found of worktrees when a run is taken up."""

from pathlib import Path

import pytest

from prodigy_tui.git.administration import lock_files
from prodigy_tui.git.repair import index_is_readable
from prodigy_tui.started import COMMANDS
from tests.support.gitrepo import GitRepo


@pytest.fixture
def linked(user: GitRepo, tmp_path: Path) -> GitRepo:
    user.commit("a.txt", "x")
    user.git("worktree", "add", "--quiet", "--detach", str(tmp_path / "linked"))
    return GitRepo(tmp_path / "linked")


def index_of(user: GitRepo) -> Path:
    return user.path / ".git/worktrees/linked/index"


def commands_of(path: Path) -> tuple[bool, int]:
    before = COMMANDS.begin((), path).number
    readable = index_is_readable(path)
    return readable, sum(1 for command in COMMANDS.all() if command.number > before)


def test_an_index_that_is_as_git_wrote_it_is_readable_without_asking_git(linked: GitRepo):
    assert commands_of(linked.path) == (True, 0)


@pytest.mark.parametrize("content", [b"", b"\0" * 200, b"DIRC"])
def test_an_index_that_a_loss_of_power_has_left_is_not_readable(user: GitRepo, linked: GitRepo, content: bytes):
    index_of(user).write_bytes(content)

    assert commands_of(linked.path) == (False, 1)


@pytest.mark.parametrize("setting", ["index.skipHash", "core.splitIndex"])
def test_git_is_asked_where_it_writes_an_index_in_another_way(user: GitRepo, linked: GitRepo, setting: str):
    user.git("config", setting, "true")
    if setting == "index.skipHash":  # older versions of git do not know it
        index_of(user).write_bytes(index_of(user).read_bytes()[:-20] + b"\0" * 20)
    else:
        linked.git("update-index", "--split-index")

    assert commands_of(linked.path) == (True, 1)


def test_lock_files_are_found_at_any_depth(tmp_path: Path):
    locks = [tmp_path / "a.lock", tmp_path / "b/c/d.lock", tmp_path / "b/e.lock"]
    for file in (*locks, tmp_path / "b/lock", tmp_path / "b/c/d"):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    (tmp_path / "b/f").symlink_to(tmp_path, target_is_directory=True)

    assert lock_files(tmp_path) == sorted(locks)
    assert lock_files(tmp_path / "nowhere") == []
