"""Executors whose jobs run when the test says so, in the test's own thread."""

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class HeldExecutor(Executor):
    """Keeps jobs until `run_next`: a disk as slow as the test needs it."""

    def __init__(self) -> None:
        self.held: deque[Callable[[], None]] = deque()
        self.done = 0
        self._submitted = asyncio.Event()

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        future: Future[T] = Future()
        self.held.append(lambda: _run(future, lambda: fn(*args, **kwargs)))
        self._submitted.set()
        return future

    async def wait_for_job(self) -> None:
        """Waits until there is one to run."""
        while not self.held:
            self._submitted.clear()
            await self._submitted.wait()

    def run_next(self) -> None:
        """Runs the oldest job."""
        self.held.popleft()()
        self.done += 1


class InlineExecutor(Executor):
    """Runs every job at once."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        future: Future[T] = Future()
        _run(future, lambda: fn(*args, **kwargs))
        return future


def _run(future: Future[Any], job: Callable[[], Any]) -> None:
    try:
        future.set_result(job())
    except BaseException as error:  # noqa: BLE001  # whatever a job raises belongs to whoever waits for it
        future.set_exception(error)
