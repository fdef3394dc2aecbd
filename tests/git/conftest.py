"""What all tests of this room share: a hermetic git and a small repository."""

from pathlib import Path

import pytest

from tests.support.gitrepo import GitRepo, hermetic


@pytest.fixture(autouse=True)
def _hermetic_git(monkeypatch: pytest.MonkeyPatch) -> None:
    hermetic(monkeypatch)


@pytest.fixture
def user(tmp_path: Path) -> GitRepo:
    """A user's checkout with one commit, in a folder whose name needs quoting."""
    repo = GitRepo.init(tmp_path / "my project ü")
    repo.commit("a.txt", "one\ntwo\nthree\n", "first")
    return repo
