"""The weather of a provider: nobody starts before its hour, then one probe, then the rest."""

import asyncio
import random

from prodigy_tui.engine.provider_pool import FIRST_WAIT_S, JITTER, LONGEST_WAIT_S, ProviderPool
from tests.support.clock import FakeClock


def waits(pool: ProviderPool, clock: FakeClock, count: int) -> list[float]:
    return [(pool.limited("p", None) - clock.now()).total_seconds() for _ in range(count)]


async def test_without_an_announced_time_waits_double_with_jitter_up_to_their_cap():
    clock = FakeClock()
    found = waits(ProviderPool(clock, random.Random(1)), clock, 8)

    for n, seconds in enumerate(found):
        base = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2**n)
        assert base * (1 - JITTER) <= seconds <= LONGEST_WAIT_S
    assert found == sorted(found)


async def test_nobody_starts_before_its_hour_and_one_probe_goes_first():
    clock = FakeClock()
    pool = ProviderPool(clock, random.Random(1))
    pool.limited("p", 60)
    started: list[tuple[str, float]] = []
    probe_may_end = asyncio.Event()

    async def step(name: str) -> None:
        async with pool.admitted("p"):
            started.append((name, clock.monotonic()))
            if len(started) == 1:
                await probe_may_end.wait()
            pool.served("p")

    async with asyncio.TaskGroup() as group:
        for name in "abc":
            group.create_task(step(name))
        await clock.advance(59)
        assert started == []
        await clock.advance(1)
        assert len(started) == 1
        await clock.advance(30)
        assert len(started) == 1
        probe_may_end.set()

    assert [at for _, at in started] == [60, 90, 90]


async def test_a_probe_that_meets_another_limit_keeps_the_rest_waiting():
    clock = FakeClock()
    pool = ProviderPool(clock, random.Random(1))
    pool.limited("p", 10)
    started: list[float] = []

    async def step() -> None:
        while True:
            async with pool.admitted("p"):
                started.append(clock.monotonic())
                if len(started) == 1:
                    pool.limited("p", 20)
                    continue
                pool.served("p")
                return

    async with asyncio.TaskGroup() as group:
        group.create_task(step())
        group.create_task(step())
        await clock.advance(10)
        await clock.advance(19)
        assert started == [10]
        await clock.advance(1)

    assert started == [10, 30, 30]


async def test_providers_do_not_hold_each_other_up():
    clock = FakeClock()
    pool = ProviderPool(clock, random.Random(1))
    pool.limited("p", 60)

    async with asyncio.timeout(1), pool.admitted("q"):
        pass
