"""What every test shares: chance under control, a state folder that is never the user's, and nothing left behind."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("default", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("deep", deadline=None, max_examples=2000, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))

_OURS = ("engine", "merge", "event-log", "terminal")
_LAST_BREATH_S = 5.0
NO_STATE_HOME = "/nonexistent/this-test-forgot-to-choose-a-state-home"


@pytest.fixture(autouse=True)
def _no_state_home_by_accident(_nothing_left_behind: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that writes runs says where; the user's own state folder is out of reach.

    The order of the arguments has patches undone before it is looked what is left behind.
    """
    monkeypatch.setenv("PRODIGY_HOME", NO_STATE_HOME)


@pytest.fixture(autouse=True)
def _nothing_left_behind() -> Iterator[None]:
    """No test leaves a child process or a thread of the engine."""
    children = _children()
    yield
    left = _children() - children
    assert not left, f"child processes left behind: {left}"
    threads = [thread for thread in threading.enumerate() if thread.name.startswith(_OURS)]
    for thread in threads:
        thread.join(_LAST_BREATH_S)  # it was told to end, and may be about to
    threads = [thread for thread in threads if thread.is_alive()]
    assert not threads, f"threads left behind: {threads}"


def _children() -> set[int]:
    """The live children of this process; empty where `/proc` does not tell."""
    found: set[int] = set()
    for entry in Path("/proc/self/task").glob("*/children"):
        try:
            found |= {int(word) for word in entry.read_text().split()}
        except OSError:
            continue
    return {pid for pid in found if not _is_zombie(pid)}


def _is_zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True
