"""What tests of whole runs share: a laboratory with things that nothing may touch, and a project."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from prodigy_tui.git.deleting import delete_tree
from tests.cli.conftest import project, runtime_folder
from tests.hostile.laboratory import HostileLab
from tests.hostile.recorded import recorded
from tests.support.gitrepo import hermetic

__all__ = ["project", "recorded", "runtime_folder"]


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HostileLab]:
    hermetic(monkeypatch)
    monkeypatch.setattr("tests.support.engine.PATIENCE_S", 600)  # pytest has limits of its own
    yield HostileLab(tmp_path)
    delete_tree(tmp_path)  # some folders are too deep for pytest
