"""Time as the program sees it, whatever is done to the machine's clock."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodigy_tui.clock import LOOK_S, NeverBack, SystemClock, sleep_until
from tests.support.clock import FakeClock

HOUR = 3600.0


@pytest.mark.parametrize(
    ("read", "expected"),
    [
        ([(100, 0), (110, 10), (125, 25)], [100, 110, 125]),
        ([(100, 0), (100 + HOUR, 10)], [100, 100 + HOUR]),
        ([(HOUR, 0), (10, 10), (20, 20)], [HOUR, HOUR + 10, HOUR + 20]),
        ([(HOUR, 0), (10, 10), (HOUR + 20, 20), (HOUR + 30, 30)], [HOUR, HOUR + 10, HOUR + 20, HOUR + 30]),
        ([(100, 0), (5 * HOUR, 10), (120, 20)], [100, 5 * HOUR, 5 * HOUR + 10]),
        ([(100, 0), (100.3, 0.5), (100.2, 0.8)], [100, 100.3, 100.3]),
    ],
    ids=["as it goes", "set forward", "set back", "back and right again", "forward and back", "slowed down"],
)
def test_time_goes_on_whatever_is_done_to_the_clock(read, expected) -> None:
    clock = NeverBack()

    assert [clock.time(wall, steady) for wall, steady in read] == pytest.approx(expected)


@given(st.lists(st.tuples(st.floats(0, 1e9), st.floats(0, 1e4)), max_size=30))
def test_time_never_goes_back_and_is_never_behind_the_clock(read) -> None:
    clock, steady, last = NeverBack(), 0.0, float("-inf")
    for wall, passed in read:
        steady += passed
        time = clock.time(wall, steady)
        assert time >= last
        assert time >= wall
        last = time


def test_system_clock_tells_the_time() -> None:
    assert abs(SystemClock().now() - datetime.now(UTC)) < timedelta(minutes=1)


class SleepyClock(FakeClock):
    """A machine that sleeps: the time of day goes on, and nothing else."""

    slept = timedelta(0)

    def now(self):
        return super().now() + self.slept


async def test_time_of_day_that_comes_while_the_machine_sleeps_is_not_missed() -> None:
    clock = SleepyClock()
    waiting = asyncio.ensure_future(sleep_until(clock.now() + timedelta(hours=2), clock))
    await clock.until_sleeping()

    clock.slept = timedelta(hours=8)
    await clock.advance(LOOK_S)

    assert waiting.done()
    await waiting
