"""Limits of time: waiting is left out of them."""

import asyncio

import pytest

from prodigy_tui.engine.time_limits import Allowance, give_back, time_left, time_limit, uncounted
from tests.support.clock import FakeClock


@pytest.fixture
def clock():
    return FakeClock()


async def times_out(work, clock):
    """The time at which work is cut off by its limit; None if it is not."""
    try:
        await work
    except TimeoutError:
        return clock.monotonic()
    return None


async def test_the_block_ends_when_the_time_is_up(clock):
    async def work():
        async with time_limit(10, clock):
            await clock.sleep(11)

    running = asyncio.create_task(times_out(work(), clock))
    await clock.advance(20)

    assert await running == 10
    assert clock.sleepers == ()


async def test_a_block_that_ends_in_time_leaves_nothing_behind(clock):
    async with time_limit(10, clock):
        await asyncio.sleep(0)

    assert len(asyncio.all_tasks()) == 1
    assert time_left() is None


async def test_no_limit_is_no_limit(clock):
    async with time_limit(None, clock):
        assert time_left() is None


@pytest.mark.parametrize(("wait", "end"), [(0, 10), (5, 15), (7200, 7210)])
async def test_waiting_does_not_count(clock, wait, end):
    async def work():
        async with time_limit(10, clock):
            await clock.sleep(4)
            with uncounted():
                await clock.sleep(wait)
            await clock.sleep(100)

    running = asyncio.create_task(times_out(work(), clock))
    await clock.advance(10_000)

    assert await running == end


async def test_all_limits_around_stand_still(clock):
    async def work():
        async with time_limit(20, clock):
            async with time_limit(10, clock):
                with uncounted(), uncounted():
                    await clock.sleep(100)
                await clock.sleep(9)
            assert time_left() == 11
            await clock.sleep(12)

    running = asyncio.create_task(times_out(work(), clock))
    await clock.advance(200)

    assert await running == 120


async def test_an_outer_limit_ends_an_inner_one_and_is_told_apart(clock):
    told = []

    async def work():
        async with time_limit(5, clock):
            try:
                async with time_limit(10, clock):
                    await clock.sleep(100)
            except TimeoutError:
                told.append("inner")

    running = asyncio.create_task(times_out(work(), clock))
    await clock.advance(20)

    assert (await running, told) == (5, [])


async def test_tasks_inside_a_limit_stop_its_clock_while_any_of_them_waits(clock):
    async def waits():
        with uncounted():
            await clock.sleep(50)

    async def work():
        async with time_limit(10, clock), asyncio.TaskGroup() as group:
            group.create_task(waits())
            group.create_task(clock.sleep(55))

    running = asyncio.create_task(times_out(work(), clock))
    await clock.advance(100)

    assert await running is None


async def test_cancelling_from_outside_is_no_timeout(clock):
    async def work():
        async with time_limit(10, clock):
            await clock.sleep(100)

    running = asyncio.create_task(work())
    await clock.advance(1)
    running.cancel()

    with pytest.raises(asyncio.CancelledError):
        await running


async def test_time_that_does_not_count_is_given_back(clock):
    async def work():
        async with time_limit(20, clock), time_limit(10, clock):
            await clock.sleep(9)
            give_back(9)
            await clock.sleep(100)

    running = asyncio.create_task(times_out(work(), clock))
    await clock.advance(100)

    assert await running == 19


async def test_blocks_that_share_their_time_have_what_others_left_and_what_is_between_them_does_not_count(clock):
    allowance = Allowance(10, clock)

    async def work():
        async with allowance.spent():
            await clock.sleep(4)
        await clock.sleep(1000)
        async with allowance.spent():
            await clock.sleep(100)

    running = asyncio.create_task(times_out(work(), clock))
    await clock.advance(2000)

    assert await running == 1010
    assert allowance.left == 0
    async with Allowance(None, clock).spent():
        assert time_left() is None
