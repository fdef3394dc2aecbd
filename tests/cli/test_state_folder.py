"""A state folder that cannot be written, or is taken away: one line, the right exit code, nothing half started."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from prodigy_tui.errors import ExitCode
from tests.storage.children import mounted, without_privilege
from tests.support.children import is_alive
from tests.support.program import Driven, let_go, patient, wait_for_pid
from tests.support.project import Project
from tests.support.rules import rule

pytestmark = pytest.mark.slow


def call(*arguments: str, before: tuple[str, ...]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*before, sys.executable, "-m", "prodigy_tui", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def check_nothing_was_started(project: Project, ended: "subprocess.CompletedProcess[str]", reason: str) -> None:
    assert ended.returncode == ExitCode.ENVIRONMENT, ended.stderr
    assert ended.stdout == ""
    (line,) = ended.stderr.splitlines()
    assert reason in line
    assert str(project.home) in line
    assert "--home DIR or PRODIGY_HOME" in line
    assert project.repo.git("for-each-ref", "refs/heads/prodigy", "refs/prodigy") == ""
    assert len(project.repo.git("worktree", "list").splitlines()) == 1
    assert list(project.home.rglob("*")) == []


@pytest.mark.parametrize("mode", [0o500, 0o000], ids=["not to be written", "not to be read either"])
def test_state_folder_without_permission(project: Project, mode: int) -> None:
    work = project.workflow("- shell: touch started")
    project.home.mkdir()
    project.home.chmod(mode)
    try:
        ended = call("run", work, before=without_privilege())
    finally:
        project.home.chmod(0o700)

    check_nothing_was_started(project, ended, "permission denied")


def test_state_folder_on_a_disk_that_is_only_read(project: Project) -> None:
    work = project.workflow("- shell: touch started")
    project.home.mkdir()

    ended = call("run", work, before=mounted(project.home, "ro"))

    check_nothing_was_started(project, ended, "read-only file system")


def test_file_in_the_place_of_the_state_folder(project: Project) -> None:
    work = project.workflow("- shell: touch started")
    project.home.write_text("not a folder")

    ended = call("run", work, before=())

    assert ended.returncode == ExitCode.ENVIRONMENT
    assert len(ended.stderr.splitlines()) == 1


@rule("cli 4 disk: unusable")
@pytest.mark.parametrize("way", ["renamed", "removed"])
def test_state_folder_that_vanishes_ends_the_run_with_one_line(project: Project, tmp_path: Path, way: str) -> None:
    driven = Driven("run", patient(project), "--quiet")
    pid = wait_for_pid(project, driven.process)

    if way == "renamed":
        project.home.rename(tmp_path / "elsewhere")
    else:
        subprocess.run(["rm", "-r", project.home], check=True)
    let_go(project)
    code, said = driven.end()

    assert code == ExitCode.ENVIRONMENT, said
    (line,) = said.splitlines()
    assert str(project.home) in line
    assert "resume" not in line
    assert not is_alive(pid)
    if way == "renamed":
        os.rename(tmp_path / "elsewhere", project.home)  # noqa: PTH104 - back to where it was
        resumed = project.call("resume", "--json")
        assert (resumed.code, resumed.json["status"]) == (0, "succeeded"), resumed.err
