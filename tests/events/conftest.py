"""What tests of logs share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.events.logs import OPENED


@pytest.fixture(autouse=True)
def _files_are_closed() -> Iterator[None]:
    """A test that is about the middle of a write leaves its log as a killed process would."""
    yield
    while OPENED:
        OPENED.pop()._file.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "events.jsonl"
