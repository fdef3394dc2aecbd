"""One limiter for the machine: several of them over one folder are what several runs are."""

import asyncio
import fcntl
import random
import subprocess
import sys
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from prodigy_tui.engine.decisions.limits import Weather
from prodigy_tui.engine.providers.limiter import LOOK_AGAIN_S, Limiter, Request
from prodigy_tui.engine.time_limits import time_limit
from prodigy_tui.storage.shared import SharedRecord
from tests.support.clock import FakeClock
from tests.support.rules import rule

HOLDS_THE_PROBE = """
import asyncio, random, sys, time
from pathlib import Path
from prodigy_tui.clock import SystemClock
from prodigy_tui.engine.providers.limiter import Limiter, Request
async def main():
    limiter = Limiter(SystemClock(), random.Random(1), Path(sys.argv[1]), print)
    async with limiter.admitted(Request(provider="p")):
        print("at work", flush=True)
        time.sleep(1000)
asyncio.run(main())
"""


@pytest.fixture
def clock():
    return FakeClock(datetime.now(UTC))


@pytest.fixture
def runs(tmp_path, clock):
    """Makes limiters as every run does."""
    made = []

    def make(folder=tmp_path / "limits"):
        warnings = []
        limiter = Limiter(clock, random.Random(1), folder, warnings.append)
        limiter.warnings = warnings
        made.append(limiter)
        return limiter

    yield make
    for limiter in made:
        limiter.close()


def asked(told=None):
    told = told if told is not None else []
    return Request(
        provider="p",
        held=lambda by, until: told.append((by, until)),
        let_in=lambda: told.append("let in"),
    )


async def meet_limit(limiter, announced_s=None):
    async with limiter.admitted(asked()) as ticket:
        return ticket.limited(announced_s)


def weather_in(folder):
    found = []
    SharedRecord(folder / "limits" / "p.json").change(lambda before: found.append(before) or before)
    return msgspec.json.decode(found[0], type=Weather)


@asynccontextmanager
async def at_work(limiter):
    """An execution that has started, until the block ends."""
    async with limiter.admitted(asked()) as ticket:
        yield ticket


async def through(limiter, told=None):
    """An execution that is over as soon as it has started."""
    async with limiter.admitted(asked(told)):
        pass


@rule("6.7 runs: shared")
async def test_a_limit_of_one_run_holds_the_others_then_one_probe_goes_and_then_the_rest(runs, clock):
    limiters = [runs() for _ in range(4)]
    limited = await meet_limit(limiters[0], 60)
    assert limited.until == clock.now() + timedelta(seconds=60)
    started, answer = [], asyncio.Event()

    async def step(limiter):
        async with limiter.admitted(asked()) as ticket:
            started.append(clock.monotonic())
            await answer.wait()
            ticket.answered()

    async with asyncio.TaskGroup() as group:
        for limiter in limiters * 2:
            group.create_task(step(limiter))
        await clock.advance(59.5)
        assert started == []
        await clock.advance(30)
        assert len(started) == 1, "one probe on the machine"
        answer.set()
        await clock.advance(20)

    assert len(started) == 8
    assert 60 <= started[0] <= 61


async def test_people_are_told_why_a_step_waits_and_that_it_goes_on(runs, clock):
    first, second = runs(), runs()
    until = (await meet_limit(first, 60)).until
    told = []

    async def step():
        async with second.admitted(asked(told)) as ticket:
            ticket.answered()

    async with asyncio.TaskGroup() as group:
        group.create_task(step())
        await clock.advance(1)
        assert told == [("quota", until)]
        await clock.advance(60)

    assert told == [("quota", until), "let in"]


async def test_a_later_end_is_told_again(runs, clock):
    first, second = runs(), runs()
    told = []
    async with at_work(first) as ticket:
        ticket.limited(60)
        waiting = asyncio.create_task(through(second, told))
        await clock.advance(60)
        await clock.advance(LOOK_AGAIN_S)
        async with asyncio.timeout(5):
            await waiting
    # the probe of the second run is limited as well
    assert told[-1] == "let in"


async def test_who_waits_for_the_number_at_once_is_told_so(runs, clock):
    limiter, told = runs(), []
    async with at_work(limiter) as one, at_work(limiter):
        one.limited(1)
        await clock.advance(1)
        async with at_work(limiter) as probe:
            probe.answered()
            waiting = asyncio.create_task(through(limiter, told))
            await clock.advance(5)
            assert [by for by, _ in told] == ["turn"]
    await clock.advance(LOOK_AGAIN_S)
    await waiting


async def test_waiting_counts_for_no_limit_of_time(runs, clock):
    limiter = runs()
    await meet_limit(limiter, 600)

    async def step():
        async with time_limit(30, clock), limiter.admitted(asked()):
            await clock.sleep(29)

    async with asyncio.TaskGroup() as group:
        group.create_task(step())
        await clock.advance(640)


async def test_who_is_cancelled_while_it_waits_leaves_nothing_behind(runs, clock, tmp_path):
    limiter = runs()
    await meet_limit(limiter, 600)
    waiting = [asyncio.create_task(through(limiter)) for _ in range(3)]
    await clock.advance(1)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)

    assert weather_in(tmp_path).running == {}
    await clock.advance(600)
    async with asyncio.timeout(5), at_work(limiter):
        pass


async def test_providers_do_not_hold_each_other_up(runs):
    limiter = runs()
    await meet_limit(limiter, 600)

    async with asyncio.timeout(5), limiter.admitted(Request(provider="q")):
        pass


@rule("6.7 runs: shared")
async def test_a_run_that_dies_with_the_probe_by_kill_9_makes_room_for_the_next(runs, clock, tmp_path):
    limiter = runs()
    await meet_limit(limiter, 1)
    await clock.advance(2)
    # The clock of the other process is the machine's, by which the limit has just ended.
    record = SharedRecord(tmp_path / "limits" / "p.json")
    record.change(lambda text: text.replace(b'"wait_s":1.0', b'"wait_s":0.0'))
    child = subprocess.Popen(  # noqa: ASYNC220 - it lives until it is killed
        [sys.executable, "-c", HOLDS_THE_PROBE, str(tmp_path / "limits")], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "at work\n"
    waiting = asyncio.create_task(through(limiter))
    await clock.advance(10)
    assert not waiting.done()

    child.kill()
    child.wait()
    child.stdout.close()
    await clock.advance(LOOK_AGAIN_S)
    async with asyncio.timeout(5):
        await waiting


@pytest.mark.parametrize(
    "damage", [b"{", b"\0" * 100 + b"\n", b'{"window": -1}\n', b'{"until": "soon"}\n', b"[" * 50_000]
)
async def test_a_damaged_file_is_fine_weather(runs, tmp_path, damage):
    limiter = runs()
    await meet_limit(limiter, 600)
    (tmp_path / "limits" / "p.json").write_bytes(damage)

    async with asyncio.timeout(5), at_work(limiter) as ticket:
        ticket.answered()
    assert limiter.warnings == []
    assert weather_in(tmp_path).until is None


async def test_a_file_that_is_taken_away_is_made_again(runs, tmp_path):
    limiter = runs()
    async with at_work(limiter) as ticket:
        for path in sorted((tmp_path / "limits").rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        (tmp_path / "limits").rmdir()
        ticket.limited(60)

    assert weather_in(tmp_path).until is not None


@rule("6.7 runs: shared")
async def test_without_a_folder_to_share_this_process_goes_on_alone_with_one_warning(runs, clock, tmp_path):
    (tmp_path / "limits").write_text("not a folder")
    limiter = runs()
    await meet_limit(limiter, 60)
    waiting = asyncio.create_task(through(limiter))
    await clock.advance(59)
    assert not waiting.done()
    await clock.advance(2)
    await waiting
    async with limiter.admitted(Request(provider="q")):
        pass

    [warning] = limiter.warnings
    assert warning.startswith("limits of providers are not shared with other runs: cannot make the folder")


async def test_a_disk_that_fails_meanwhile_loses_nothing_that_was_known(runs, clock, tmp_path):
    limiter = runs()
    await meet_limit(limiter, 60)
    path = tmp_path / "limits" / "p.json"
    path.unlink()
    path.mkdir()
    waiting = asyncio.create_task(through(limiter))
    await clock.advance(58)
    assert not waiting.done()
    await clock.advance(3)
    await waiting

    assert len(limiter.warnings) == 1


async def test_a_process_that_holds_the_file_for_ever_is_left_alone(runs, clock, tmp_path, monkeypatch):
    monkeypatch.setattr("prodigy_tui.storage.shared._TRIES", 1)
    limiter = runs()
    async with at_work(limiter) as ticket:
        with (tmp_path / "limits" / "p.json").open("rb") as other:
            fcntl.flock(other, fcntl.LOCK_EX)
            limited = ticket.limited(60)
            assert limited.until == clock.now() + timedelta(seconds=60)
    # What could not be written is not forgotten.
    async with asyncio.timeout(5):
        waiting = asyncio.create_task(through(limiter))
        await clock.advance(59)
        assert not waiting.done()
        with (tmp_path / "limits" / "p.json").open("rb") as other:
            fcntl.flock(other, fcntl.LOCK_EX)
            await clock.advance(60)
            await waiting
    assert len(limiter.warnings) == 1


@pytest.mark.parametrize("jump", [-86400.0, 86400.0])
async def test_a_clock_that_jumps_makes_nobody_wait_longer(runs, clock, jump):
    limiter = runs()
    await meet_limit(limiter, 60)
    clock._start += timedelta(seconds=jump)
    waiting = asyncio.create_task(through(limiter))
    await clock.advance(62)

    async with asyncio.timeout(5):
        await waiting


async def test_hostile_names_of_providers_stay_in_the_folder(runs, tmp_path):
    limiter = runs()
    for name in ("../../evil", "a/b", "p\nq", "." * 300):
        async with limiter.admitted(Request(provider=name)):
            pass

    assert {path.name for path in tmp_path.iterdir()} == {"limits"}
    assert len(list((tmp_path / "limits").glob("*.json"))) == 4
    assert not [path for path in (tmp_path / "limits").iterdir() if "\n" in path.name]


async def test_fifty_agents_into_a_provider_that_refuses_every_second_call(runs, clock, tmp_path):
    """Five runs of ten agents on one machine: all succeed, and the provider never sees a storm again."""
    chance, most, at_once, calls = random.Random(7), [], 0, 0

    async def agent(limiter):
        nonlocal at_once, calls
        while True:
            async with limiter.admitted(asked()) as ticket:
                at_once, calls = at_once + 1, calls + 1
                most.append(at_once)
                await clock.sleep(1)
                at_once -= 1
                if chance.random() < 0.5:
                    ticket.limited(None)
                    continue
                ticket.answered()
                return

    agents = asyncio.gather(*(agent(limiter) for limiter in [runs() for _ in range(5)] for _ in range(10)))
    while not agents.done():
        await clock.advance(30)

    assert len(agents.result()) == 50
    assert max(most[:50]) == 50
    assert max(most[51:]) <= 25
    assert calls < 250
    assert weather_in(tmp_path).running == {}
