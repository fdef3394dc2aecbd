"""What every test shares: chance under control, a state folder that is never the user's, and nothing left behind."""

import asyncio
import functools
import gc
import inspect
import os
import resource
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.support import examples
from tests.support.alone import have_alone
from tests.support.published import checked_processes
from tests.support.sheets import parsed_once

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


@pytest.fixture(autouse=True, scope="session")
def _documents_are_as_published() -> Iterator[None]:
    """Every JSON document that the program prints in a test is as its published schema says."""
    with checked_processes():
        yield


@pytest.fixture(autouse=True, scope="session")
def _sheets_are_parsed_once() -> Iterator[None]:
    with parsed_once():
        yield


def pytest_configure(config: pytest.Config) -> None:
    """Chooses how many examples properties try, and keeps the compiled program for all the processes that run it."""
    # A shell has started the tests in the background, or `nohup` has: what they start would ignore these signals, too.
    for number, usual in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, usual)
    examples.choose(whole=_is_soak(config))
    if (chosen := config.option.basetemp) and not hasattr(config, "workerinput"):
        taken = have_alone(chosen)
        if taken is None:
            raise pytest.UsageError(f"other tests are at work in --basetemp {chosen}: name another folder")
        config.add_cleanup(taken.close)
    if (cache := getattr(config, "cache", None)) is not None:
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ.setdefault("PYTHONPYCACHEPREFIX", str(cache.mkdir("bytecode")))
        sys.dont_write_bytecode = False  # here, too: to prepare the asserts of all test modules again takes long
        sys.pycache_prefix = os.environ["PYTHONPYCACHEPREFIX"]


def _is_soak(config: pytest.Config) -> bool:
    return bool(config.getoption("markexpr") == "soak")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Has every asynchronous test checked for tasks that it leaves; `-m soak` takes properties in as well."""
    for item in items:
        if _is_soak(config) and getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
            item.add_marker("soak")
        if isinstance(item, pytest.Function) and inspect.iscoroutinefunction(item.obj):
            item.obj = _without_tasks(item.obj)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Has what all tests were read into looked at no more, and what they leave only now and then.

    Looking for rings among a million objects that stay is a fifth of what tests of the interface cost.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 10, 10)


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
    children, files, ended = _children(), _open_files(), _ended_children()
    yield
    started = _children() - children
    left = {pid for pid in started if not _is_zombie(pid)}
    assert not left, f"child processes left behind: {left}"
    strays = _strays(tmp_path_factory.getbasetemp()) if started or _ended_children() != ended else {}
    for pid in strays:  # told once, of the test that has left it
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
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
    """The children of this process, ended ones that nobody has waited for too; empty where `/proc` does not tell."""
    found: set[int] = set()
    for task in _listed("/proc/self/task"):
        try:
            with open(f"/proc/self/task/{task}/children", "rb") as file:  # noqa: PTH123 - of every test: paths are slow
                found |= {int(word) for word in file.read().split()}
        except OSError:
            continue
    return found


def _ended_children() -> int:
    """A number that grows with every child that has ended: most tests start none."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_minflt


def _is_zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def _open_files() -> set[tuple[str, str]]:
    """The files that this process holds open, each with its descriptor; empty where `/proc` does not tell."""
    found = set()
    for name in _listed("/proc/self/fd"):
        try:
            target = os.readlink(f"/proc/self/fd/{name}")  # noqa: PTH115 - the same
        except OSError:
            continue
        if not target.startswith(_SHARED):
            found.add((name, target))
    return found


def _strays(folder: Path) -> dict[int, str]:
    """The processes that work below a folder, whoever their parent is, and what they run."""
    found = {}
    inside = f"{folder}/"
    for name in filter(str.isdecimal, _listed("/proc")):
        try:
            cwd = os.readlink(f"/proc/{name}/cwd")  # noqa: PTH115 - the same
            if f"{cwd}/".startswith(inside) and not _is_zombie(int(name)) and not _is_killed(int(name)):
                found[int(name)] = Path(f"/proc/{name}/cmdline").read_text().replace("\0", " ")
        except (OSError, ValueError):
            continue
    found.pop(os.getpid(), None)
    return found


def _is_killed(pid: int) -> bool:
    """Whether a process is about to end: those that were killed with their group die a little later."""
    pending = [line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if "Pnd:" in line]
    return any(int(line.split()[1], 16) >> (signal.SIGKILL - 1) & 1 for line in pending)


def _listed(folder: str) -> list[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208 - the same
    except OSError:
        return []
