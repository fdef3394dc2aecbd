"""A run that uses everything is crashed anywhere; taken up again, it ends as if nothing had happened.

One case is part of every test run. `python -m pytest -m soak tests/crash/test_matrix.py` tries all of them, and kills
the real program 200 times; `python -m tests.crash.matrix` and `python -m tests.crash.soak` do the same, with options.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.crash.matrix import Case, survive
from tests.support.gitrepo import hermetic

ROOT = Path(__file__).parents[2]

SAMPLE = Case(135, "lost", (7, "torn"))
"""Branches are merged and verified; then again while that is settled."""


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_run_that_uses_everything_survives(tmp_path, monkeypatch) -> None:
    hermetic(monkeypatch)

    assert survive(SAMPLE, tmp_path / "here"), "it died"


@pytest.mark.soak
@pytest.mark.timeout(12 * 3600)
@pytest.mark.parametrize("module", ["matrix", "soak"])
def test_whole(module: str, capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        assert subprocess.run([sys.executable, "-m", f"tests.crash.{module}"], cwd=ROOT, check=False).returncode == 0
