"""What all tests of whole runs share."""

from pathlib import Path

import pytest

from tests.support.engine import Lab
from tests.support.gitrepo import hermetic


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    hermetic(monkeypatch)
    return Lab(tmp_path)
