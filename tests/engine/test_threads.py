"""Work in threads is carried to its end, whatever happens to who asked for it."""

import asyncio
import threading
from pathlib import Path

import pytest

from prodigy_tui.engine import threads
from prodigy_tui.engine.threads import in_thread, in_turn


async def test_the_result_comes_back():
    ended: list[int] = []

    assert await in_thread(lambda: 7, ended.append) == 7
    assert ended == [7]


async def test_an_error_comes_back_and_nothing_ends():
    ended: list[object] = []
    with pytest.raises(ZeroDivisionError):
        await in_thread(lambda: 1 / 0, ended.append)

    assert ended == []


@pytest.mark.parametrize("cancels", [1, 3])
async def test_a_cancelled_caller_waits_for_the_end(cancels):
    begun, go, done = threading.Event(), threading.Event(), threading.Event()
    ended: list[str] = []

    def work() -> str:
        begun.set()
        go.wait(5)
        done.set()
        return "result"

    asking = asyncio.create_task(in_thread(work, ended.append))
    await asyncio.to_thread(begun.wait, 5)
    for _ in range(cancels):
        asking.cancel()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert not asking.done()
    go.set()
    with pytest.raises(asyncio.CancelledError):
        await asking

    assert done.is_set()
    assert ended == ["result"]


async def test_an_error_after_the_cancellation_is_not_raised():
    begun, go = threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        go.wait(5)
        raise OSError("too late")

    asking = asyncio.create_task(in_thread(work))
    await asyncio.to_thread(begun.wait, 5)
    asking.cancel()
    await asyncio.sleep(0)
    go.set()
    with pytest.raises(asyncio.CancelledError):
        await asking


async def test_work_in_turn_is_one_at_a_time(monkeypatch):
    monkeypatch.setattr(threads, "_PATIENCE_S", 60.0)
    there, most, root = list[int](), list[int](), Path("/")

    def work(number: int) -> int:
        there.append(number)
        for _ in range(2000):
            root.stat()  # another thread may go on at each of them
            most.append(len(there))
        there.remove(number)
        return number

    assert await asyncio.gather(*(in_turn(lambda number=number: work(number)) for number in range(5))) == [*range(5)]
    assert max(most) == 1


async def test_slow_work_in_turn_is_overtaken():
    begun, overtaken = threading.Event(), threading.Event()

    def slow() -> bool:
        begun.set()
        return overtaken.wait(5)

    slowly = asyncio.create_task(in_turn(slow))
    await asyncio.to_thread(begun.wait, 5)
    await in_turn(overtaken.set)

    assert await slowly
