"""When the lock of the packed refs is taken for one that a git command of ours has left."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from prodigy_tui.engine.recovering.shared_lock import is_of_the_dead, remove_if_nobody_is_there
from prodigy_tui.events.schema import Envelope, LogRecovered, WarningRaised
from prodigy_tui.git.repair import shared_lock
from prodigy_tui.git.repo import Repository
from prodigy_tui.storage import LockOwner
from tests.support.gitrepo import GitRepo
from tests.support.rules import rule

BEGAN = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
OWNER = LockOwner(pid=7, host="here", started=BEGAN)
HISTORY = (
    Envelope(seq=1, at=BEGAN + timedelta(minutes=5), event=WarningRaised(message="the last that it did")),
    Envelope(seq=2, at=BEGAN + timedelta(hours=5), event=LogRecovered(dropped_bytes=1)),
)


@pytest.mark.parametrize(("after_s", "left_by", "its_own"), [
    (-1, OWNER, False),
    (0, OWNER, True),
    (305, OWNER, True),
    (305, None, False),
    (3600, OWNER, False),
])  # fmt: skip
def test_it_is_from_the_time_of_a_process_that_did_not_give_the_run_back(after_s, left_by, its_own):
    assert is_of_the_dead(BEGAN + timedelta(seconds=after_s), left_by, HISTORY) is its_own


@rule("cli 8.10 locks")
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="processes are seen in /proc")
@pytest.mark.parametrize("told", ["cwd", "variable", "option"])
def test_it_stays_while_a_git_may_be_at_work_in_the_repository(told: str, tmp_path: Path):
    user, outside = GitRepo.begun(tmp_path / "repo"), tmp_path / "outside"
    outside.mkdir()
    repo, file = Repository.open(user.path), user.path / ".git" / "packed-refs.lock"
    file.touch()
    found = shared_lock(repo)
    assert found is not None
    command = ["git", *(["--git-dir=../repo/.git"] if told == "option" else []), "hash-object", "--stdin-paths"]
    environment = {**os.environ, **({"GIT_DIR": str(user.path / ".git")} if told == "variable" else {})}
    where = user.path if told == "cwd" else outside
    later = found.made + timedelta(seconds=11)

    assert remove_if_nobody_is_there(repo, found, found.made + timedelta(seconds=9)) == "", "it is too young"
    with subprocess.Popen(command, cwd=where, env=environment, stdin=subprocess.PIPE) as git:
        there = remove_if_nobody_is_there(repo, found, later)
        git.communicate()
    assert (there, file.exists()) == ("", True)
    with subprocess.Popen(["git", "hash-object", "--stdin-paths"], cwd=outside, stdin=subprocess.PIPE) as elsewhere:
        said = remove_if_nobody_is_there(repo, found, later)
        elsewhere.communicate()
    assert str(file) in said
    assert not file.exists()


def test_another_lock_than_the_one_that_was_looked_at_stays(tmp_path: Path):
    user = GitRepo.begun(tmp_path / "repo")
    repo, file = Repository.open(user.path), user.path / ".git" / "packed-refs.lock"
    file.touch()
    found = shared_lock(repo)
    assert found is not None
    os.utime(file, (1, 1))

    assert remove_if_nobody_is_there(repo, found, found.made + timedelta(hours=1)) == ""
    assert file.exists()
