"""What all tests of this room share: a project whose state folder and git settings are its own."""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.resume_facts import fail
from tests.support.gitrepo import GitRepo, hermetic
from tests.support.project import Project
from tests.support.scenes import Scenes


@pytest.fixture
def runtime_folder() -> Iterator[Path]:
    """A folder whose path is short enough for sockets."""
    with tempfile.TemporaryDirectory(prefix="p-", dir="/tmp") as folder:
        yield Path(folder)


@pytest.fixture
def project(
    tmp_path: Path, runtime_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Project:
    return project_in(tmp_path, runtime_folder, monkeypatch, capsys)


def project_in(
    place: Path, runtime_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Project:
    hermetic(monkeypatch)
    home = place / "state"
    monkeypatch.setenv("PRODIGY_HOME", str(home))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime_folder))
    monkeypatch.delenv("NO_COLOR", raising=False)
    path = place / "my project"
    repo = GitRepo(path) if path.exists() else GitRepo.begun(path)
    monkeypatch.chdir(repo.path)
    return Project(repo, home, capsys)


@pytest.fixture(scope="session")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Scenes:
    return Scenes(tmp_path_factory.mktemp("scenes", numbered=False))


@pytest.fixture
def project_after(
    scenes: Scenes, runtime_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[Callable[[Project], object]], Project]:
    """A project in which something has been done: once, and put back for every test that asks for the same.

    What it is done with is called by its file and its name. `LEDGER` is a file beside the project that steps may use.
    """

    def after(done: Callable[[Project], object]) -> Project:
        name = f"{done.__module__.rpartition('.')[2]}-{done.__name__}"
        is_known = scenes.put_back(name)
        monkeypatch.setenv("LEDGER", str(scenes.place(name) / "ledger"))
        project = project_in(scenes.place(name), runtime_folder, monkeypatch, capsys)
        if not is_known:
            done(project)
            scenes.keep(name)
        return project

    return after


@pytest.fixture
def stopped(project_after: Callable[[Callable[[Project], object]], Project]) -> Project:
    """A run whose reduce has failed at its second step; item b is a dead letter."""
    return project_after(fail)
