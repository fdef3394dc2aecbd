"""What every test shares: chance under control, a state folder that is never the user's, and nothing left behind."""

import asyncio
import functools
import gc
import inspect
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("default", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("deep", deadline=None, max_examples=2000, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))

_OURS = ("engine", "merge", "event-log", "terminal")
_LAST_BREATH_S = 5.0
_SETTLE_TURNS = 20
_SHARED = ("/dev/", "/proc/", "/usr/", "/etc/", "anon_inode:", "socket:[", "pipe:[")
"""What Python and libraries open once and keep; pipes and sockets are looked at where runs come to rest."""
NO_STATE_HOME = "/nonexistent/this-test-forgot-to-choose-a-state-home"


@pytest.fixture(autouse=True)
def _no_state_home_by_accident(_nothing_left_behind: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that writes runs says where; the user's own state folder is out of reach.

    The order of the arguments has patches undone before it is looked what is left behind.
    """
    monkeypatch.setenv("PRODIGY_HOME", NO_STATE_HOME)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Has every asynchronous test checked for tasks that it leaves."""
    for item in items:
        if isinstance(item, pytest.Function) and inspect.iscoroutinefunction(item.obj):
            item.obj = _without_tasks(item.obj)


def _without_tasks(test: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(test)
    async def checked(*args: Any, **kwargs: Any) -> None:
        before = asyncio.all_tasks()
        await test(*args, **kwargs)
        for _ in range(_SETTLE_TURNS):
            left = {task for task in asyncio.all_tasks() - before if not task.done()}
            if not left:
                return
            await asyncio.sleep(0)  # what was told to end gets its turn
        raise AssertionError(f"tasks left behind: {left}")

    return checked


@pytest.fixture(autouse=True)
def _nothing_left_behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test leaves a process, a thread of the engine, or an open file."""
    children, files = _children(), _open_files()
    yield
    left = _children() - children
    assert not left, f"child processes left behind: {left}"
    strays = _strays(tmp_path_factory.getbasetemp())
    assert not strays, f"processes left behind: {strays}"
    opened = _open_files() - files
    if opened:
        gc.collect()  # a test may have kept the last reference to a file in its traceback
        opened &= _open_files()
    assert not opened, f"files left open: {opened}"
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


def _open_files() -> set[tuple[str, str]]:
    """The files that this process holds open, each with its descriptor; empty where `/proc` does not tell."""
    found = set()
    for entry in Path("/proc/self/fd").glob("*"):
        try:
            target = str(entry.readlink())
        except OSError:
            continue
        if not target.startswith(_SHARED):
            found.add((entry.name, target))
    return found


def _strays(folder: Path) -> dict[int, str]:
    """The processes that work below a folder, whoever their parent is, and what they run."""
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if (entry / "cwd").readlink().is_relative_to(folder) and not _is_zombie(int(entry.name)):
                found[int(entry.name)] = (entry / "cmdline").read_text().replace("\0", " ")
        except (OSError, ValueError):
            continue
    found.pop(os.getpid(), None)
    return found
