"""One at a time, some before others, and nobody who gave up is called."""

import asyncio

from prodigy_tui.engine.providers.turns import Turns


async def test_one_after_the_other_and_some_first():
    turns, order, gate = Turns(), [], asyncio.Event()

    async def go(name, *, first=False):
        async with turns.turn(first=first):
            order.append(name)
            await gate.wait()

    async with asyncio.TaskGroup() as group:
        for name, first in (("a", False), ("b", False), ("c", True), ("d", False), ("e", True)):
            group.create_task(go(name, first=first))
        await asyncio.sleep(0)
        assert order == ["a"]
        assert turns.taken
        gate.set()

    assert order == ["a", "c", "e", "b", "d"]
    assert not turns.taken


async def test_who_gives_up_is_passed_over_even_if_just_called():
    turns, order = Turns(), []

    async def go(name):
        async with turns.turn():
            order.append(name)

    async with turns.turn():
        tasks = [asyncio.create_task(go(name)) for name in "abc"]
        await asyncio.sleep(0)
        tasks[0].cancel()
        await asyncio.sleep(0)
    # b has been called by now, and gives up before it runs.
    tasks[1].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)

    assert order == ["c"]
    assert not turns.taken
