"""The project that the command line's tests have too, and git as it is where nobody has set anything."""

import pytest

from tests.cli.conftest import project, runtime_folder
from tests.support.gitrepo import hermetic

__all__ = ["project", "runtime_folder"]


@pytest.fixture(autouse=True)
def own_git_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    hermetic(monkeypatch)
