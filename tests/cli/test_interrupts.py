"""Signals from outside, sent to the real program."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.children import alive_with
from tests.support.project import Project

PATIENCE_S = 30


@pytest.fixture
def stubborn(project: Project) -> str:
    """A workflow whose step ends only when it is killed."""
    return project.workflow("- shell: trap '' TERM INT; echo waiting; while true; do sleep 1; done\n")


@pytest.fixture
def patient(project: Project) -> str:
    """A workflow whose step waits for a file the first time."""
    return project.workflow("- shell: test -e ../../../go || exec sleep 600\n")


class Driven:
    """The program driving a run, in a process of its own."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "prodigy_tui", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def wait_until_said(self, words: str) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            if words in line:
                return
        raise AssertionError(f"it never said {words!r}")

    def end(self) -> tuple[int, str]:
        out, err = self.process.communicate(timeout=PATIENCE_S)
        return self.process.returncode, out or err


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_first_signal_stops_cleanly_and_says_how_to_resume(project: Project, patient: str, number, code) -> None:
    driven = Driven("run", patient)
    driven.wait_until_said("step ")

    driven.process.send_signal(number)
    ended, out = driven.end()

    (run_id,) = project.runs()
    assert ended == code, out
    assert "interrupted" in out
    assert f"prodigy-tui resume {run_id}" in out
    assert project.call("runs", "show", "--json").json["status"] == "interrupted"
