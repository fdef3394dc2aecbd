"""What the tests of worktrees share."""

import os
import subprocess
from pathlib import Path

from prodigy_tui.ids import Oid, RunId
from tests.support.gitrepo import GitRepo

RUN = RunId("fix-240101-000000-abcd")


def branch_of(item: str, attempt: int = 1) -> str:
    return f"prodigy/{RUN}/item/{item}/{attempt}"


BRANCH = branch_of("x")


def admin_of(user: GitRepo, slot: GitRepo) -> Path:
    return user.path / ".git/worktrees" / slot.path.name


def assert_fresh(slot: GitRepo, user: GitRepo, branch: str, base: Oid) -> None:
    assert slot.git("symbolic-ref", "HEAD") == f"refs/heads/{branch}"
    assert slot.head == user.oid(branch) == base
    assert slot.git("status", "--porcelain", "--ignored") == ""
    assert {path: slot.read(path) for path in slot.files()} == {
        path: content + "\n" for path, content in user.files(base).items()
    }


def deleted_folder(slot: GitRepo) -> None:
    subprocess.run(["rm", "-rf", str(slot.path)], check=True)


def settled(user: GitRepo, slot: GitRepo) -> None:
    """Makes the index as one that was written long after the files: then stat data say all."""
    written = (admin_of(user, slot) / "index").stat().st_mtime_ns + 1_000_000_000
    os.utime(admin_of(user, slot) / "index", ns=(written, written))
