"""How git is started: what reaches it, what does not, and how its failures look."""

import os
from pathlib import Path

import pytest

from prodigy_tui.errors import ExitCode
from prodigy_tui.git.run import GitFailed, GitMissing, quiet_environment, run_git, scrub, shown
from tests.support.gitrepo import GitRepo


def test_variables_that_lead_git_elsewhere_do_not_reach_it(user: GitRepo, tmp_path: Path, monkeypatch):
    other = GitRepo.init(tmp_path / "other")
    monkeypatch.setenv("GIT_DIR", str(other.path / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other.path / "index"))

    assert run_git("rev-parse", "HEAD", cwd=user.path).text == user.head


def test_scrub_keeps_identity_and_transport_and_everything_that_is_not_git():
    environ = {
        "PATH": "/bin",
        "GITHUB_TOKEN": "t",
        "GIT_SSH_COMMAND": "ssh -v",
        "GIT_AUTHOR_NAME": "x",
        "GIT_CONFIG_KEY_0": "k",
        "GIT_DIR": "/x",
        "GIT_WORK_TREE": "/x",
        "GIT_CONFIG_PARAMETERS": "x",
    }

    assert set(environ) - set(scrub(environ)) == {"GIT_DIR", "GIT_WORK_TREE", "GIT_CONFIG_PARAMETERS"}


def test_quiet_environment_comes_after_settings_that_are_given_already():
    given = {"GIT_CONFIG_COUNT": "2", "GIT_CONFIG_KEY_0": "user.name", "GIT_CONFIG_VALUE_0": "Someone"}

    result = quiet_environment(given)

    assert (result["GIT_CONFIG_KEY_0"], result["GIT_CONFIG_VALUE_0"]) == ("user.name", "Someone")
    assert (result["GIT_CONFIG_KEY_1"], result["GIT_CONFIG_VALUE_1"]) == ("gc.auto", "0")
    assert result["GIT_CONFIG_COUNT"] == "5"


@pytest.mark.parametrize("count", ["", "many", "-1", "0"])
def test_quiet_environment_survives_a_count_that_git_would_die_of(count: str, user: GitRepo):
    environment = quiet_environment({"GIT_CONFIG_COUNT": count})

    assert user.git("config", "gc.auto", env=environment) == "0"


def test_settings_of_the_user_through_the_environment_reach_our_git(user: GitRepo, monkeypatch):
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "merge.conflictStyle")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "diff3")

    assert run_git("config", "merge.conflictStyle", cwd=user.path).text == "diff3"
    assert run_git("config", "core.hooksPath", cwd=user.path).text == os.devnull


def test_git_does_not_look_for_a_repository_above_the_folder(user: GitRepo):
    folder = user.path / "sub"
    folder.mkdir()

    with pytest.raises(GitFailed, match="not a git repository"):
        run_git("rev-parse", "HEAD", cwd=folder)
    assert run_git("rev-parse", "HEAD", cwd=folder, discover=True).text == user.head


def test_the_ceiling_holds_behind_a_symbolic_link(user: GitRepo, tmp_path: Path):
    (user.path / "sub").mkdir()
    (tmp_path / "link").symlink_to(user.path / "sub")

    with pytest.raises(GitFailed, match="not a git repository"):
        run_git("rev-parse", "HEAD", cwd=tmp_path / "link")


def test_failure_names_command_folder_code_and_what_git_said(user: GitRepo):
    with pytest.raises(GitFailed) as caught:
        run_git("--no-pager", "rev-parse", "--verify", "nothing", cwd=user.path)

    assert str(caught.value) == f"git rev-parse failed in {user.path} (128): fatal: Needed a single revision"
    assert (caught.value.code, caught.value.exit_code) == (128, ExitCode.ENVIRONMENT)


def test_a_lock_that_a_killed_git_left_is_named_with_what_to_do(user: GitRepo):
    lock = user.path / ".git" / "packed-refs.lock"
    lock.touch()

    with pytest.raises(GitFailed, match=rf"'{lock}': File exists; if no git .* was killed: remove that file$"):
        run_git("pack-refs", "--all", cwd=user.path)


def test_missing_program_is_told_from_missing_folder(user: GitRepo, tmp_path: Path, monkeypatch):
    with pytest.raises(GitFailed, match="is gone"):
        run_git("version", cwd=tmp_path / "nowhere")

    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GitMissing, match="program git not found") as caught:
        run_git("version", cwd=user.path)
    assert caught.value.exit_code == ExitCode.ENVIRONMENT


def test_a_hanging_git_is_ended_with_all_it_started(user: GitRepo, monkeypatch):
    monkeypatch.setattr("prodigy_tui.git.run._TIME_LIMIT_S", 0.2)
    user.git("config", "alias.hang", "!sleep 1000 & sleep 1000")

    with pytest.raises(GitFailed, match="git hang did not end within"):
        run_git("hang", cwd=user.path)


def test_git_never_asks(user: GitRepo):
    answer = run_git("ls-remote", "https://user@127.0.0.1:1/x", cwd=user.path, ok=None)

    assert answer.code == 128


def test_shown_replaces_what_is_not_utf8():
    assert shown(os.fsdecode(b"caf\xe9.txt")) == "caf\N{REPLACEMENT CHARACTER}.txt"
    assert shown("grün.txt") == "grün.txt"
