"""What all tests of this room share: a project whose state folder and git settings are its own."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.gitrepo import GitRepo, hermetic
from tests.support.project import Project


@pytest.fixture
def runtime_folder() -> Iterator[Path]:
    """A folder whose path is short enough for sockets."""
    with tempfile.TemporaryDirectory(prefix="p-", dir="/tmp") as folder:
        yield Path(folder)


@pytest.fixture
def project(
    tmp_path: Path, runtime_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Project:
    hermetic(monkeypatch)
    home = tmp_path / "state"
    monkeypatch.setenv("PRODIGY_HOME", str(home))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime_folder))
    monkeypatch.delenv("NO_COLOR", raising=False)
    repo = GitRepo.begun(tmp_path / "my project")
    monkeypatch.chdir(repo.path)
    return Project(repo, home, capsys)
