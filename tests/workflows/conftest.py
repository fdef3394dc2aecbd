"""The project in which shipped workflows run, with the programs that they need on PATH."""

import os
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import project, runtime_folder

__all__ = ["project", "runtime_folder"]


@pytest.fixture(autouse=True)
def _programs(project: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """ruff, pytest, and a python3 that has the latter."""
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")
