"""The writing end of the log: order, groups, durability, opening again."""

import asyncio
import os
from datetime import timedelta
from pathlib import Path

import pytest

from prodigy_tui.events.bus import Bus
from prodigy_tui.events.codec import UndecodableLine, encode
from prodigy_tui.events.log import UNSYNCED_LIMIT, EventLog
from prodigy_tui.events.schema import Envelope, ItemsLoaded, LogRecovered, PhaseFinished, WarningRaised
from prodigy_tui.events.source import LogDamaged, read_events
from prodigy_tui.events.values import Item
from tests.events.logs import open_log, start_put, turns, warning
from tests.support.clock import FakeClock
from tests.support.executors import HeldExecutor
from tests.support.make import START, make_envelope, make_envelopes


def write(path: Path, content: bytes) -> None:
    path.write_bytes(content)


async def test_appended_events_are_numbered_dated_and_read_back(path: Path):
    clock = FakeClock(START)
    log, _ = EventLog.open(path, clock=clock, bus=Bus())

    appended = [log.append(warning(1))]
    clock.advance_now(2)
    appended.append(log.append(warning(2), cause=1))
    await log.close()

    assert appended == [
        make_envelope(warning(1), 1, at=START),
        make_envelope(warning(2), 2, at=START + timedelta(seconds=2), cause=1),
    ]
    assert list(read_events(path)) == appended


async def test_event_is_published_at_once_as_readers_will_see_it(path: Path):
    bus, heard = Bus(), []
    bus.subscribe(heard.append)
    log = open_log(path, bus=bus)
    data = {"numbers": (1, 2), "name": "x\ud800"}

    envelope = log.append(ItemsLoaded(items=(Item(id="i", safe_id="i", data=data),)))
    data["name"] = "changed later"

    assert heard == [envelope]
    await log.close()
    assert list(read_events(path)) == heard


async def test_event_that_could_not_be_read_back_is_refused_and_leaves_no_gap(path: Path):
    log = open_log(path)

    with pytest.raises(UndecodableLine):
        log.append(PhaseFinished(phase="map", status="nonsense"))
    log.append(warning(1))
    await log.close()

    assert [envelope.seq for envelope in read_events(path)] == [1]


async def test_check_sees_the_event_before_anyone_and_can_keep_it_out(path: Path):
    bus, seen = Bus(), []
    bus.subscribe(lambda envelope: seen.append(("published", envelope.seq)))
    log = open_log(path, bus=bus)

    def refuse(envelope: Envelope) -> None:
        seen.append(("refused", envelope.seq))
        raise LookupError

    with pytest.raises(LookupError):
        log.append(warning(1), check=refuse)
    log.append(warning(2), check=lambda envelope: seen.append(("checked", envelope.seq)))
    await log.close()

    assert seen == [("refused", 1), ("checked", 1), ("published", 1)]
    assert [envelope.event for envelope in read_events(path)] == [warning(2)]


async def test_events_of_one_turn_are_one_write(path: Path):
    disk = HeldExecutor()
    log = open_log(path, disk)

    for number in range(10):
        log.append(warning(number))
    await disk.wait_for_job()

    assert len(disk.held) == 1
    disk.run_next()
    assert len(list(read_events(path))) == 10


async def test_what_nobody_waits_for_is_written_with_what_somebody_does(path: Path):
    disk = HeldExecutor()
    log = open_log(path, disk)
    log.append(warning(1))
    await turns()
    waiting = start_put(log, 2)
    await turns()

    assert len(disk.held) == 1
    disk.run_next()
    await waiting
    await log.durable()

    assert (disk.done, len(disk.held)) == (1, 0)
    assert [envelope.seq for envelope in read_events(path)] == [1, 2]


async def test_nothing_waits_for_the_disk_but_durable(path: Path):
    disk = HeldExecutor()
    log = open_log(path, disk)
    waiting = start_put(log, 1)
    await turns()

    for number in range(2, 50):
        log.append(warning(number))
    await turns()

    assert len(disk.held) == 1
    assert not waiting.done()
    disk.run_next()
    await waiting
    assert [envelope.seq for envelope in read_events(path)] == [1]


async def test_sync_under_way_is_followed_by_one_for_all_who_came_meanwhile(path: Path):
    disk = HeldExecutor()
    log = open_log(path, disk)
    first = start_put(log, 0)
    await turns()

    late = []
    for number in range(1, 20):
        late.append(start_put(log, number))
        await turns(1)
    disk.run_next()
    await turns()

    assert first.done()
    assert not any(waiting.done() for waiting in late)
    disk.run_next()
    await asyncio.gather(*late)
    assert (disk.done, len(disk.held)) == (2, 0)


async def test_durable_without_news_does_not_touch_the_disk(path: Path):
    disk = HeldExecutor()
    log = open_log(path, disk)
    await log.durable()
    waiting = start_put(log, 1)
    await turns()
    disk.run_next()
    await waiting

    await log.durable()

    assert (disk.done, len(disk.held)) == (1, 0)


async def test_durable_after_a_plain_write_syncs_what_was_written(path: Path):
    disk = HeldExecutor()
    log = open_log(path, disk)
    log.append(warning(1))
    await disk.wait_for_job()
    disk.run_next()
    await turns()

    waiting = asyncio.ensure_future(log.durable())
    await turns()

    assert len(disk.held) == 1
    disk.run_next()
    await waiting


async def test_sync_under_way_promises_nothing_of_what_came_after_it_began(path: Path):
    disk = HeldExecutor()
    log = open_log(path, disk)
    first = start_put(log, 1)
    await turns()
    log.append(warning(2))
    disk.run_next()
    await first
    await disk.wait_for_job()

    second = asyncio.ensure_future(log.durable())
    await turns()

    assert not second.done()
    while disk.held:
        disk.run_next()
        await turns()
    await second
    assert disk.done == 3  # one with a sync, one plain write, one sync


async def test_cancelled_wait_disturbs_no_other(path: Path):
    disk = HeldExecutor()
    log = open_log(path, disk)
    given_up, waiting = start_put(log, 1), start_put(log, 2)
    await turns()

    given_up.cancel()
    await turns()
    disk.run_next()

    await waiting
    assert given_up.cancelled()


async def test_close_writes_the_rest_and_takes_nothing_more(path: Path):
    log = open_log(path)
    log.append(warning(1))

    await log.close()
    await log.close()

    assert len(list(read_events(path))) == 1
    with pytest.raises(RuntimeError, match="closed"):
        log.append(warning(2))


async def test_cancelled_close_still_gives_the_file_back_after_the_write_under_way(path: Path):
    disk = HeldExecutor()
    log = open_log(path, disk)
    log.append(warning(1))
    closing = asyncio.ensure_future(log.close())
    await turns()

    closing.cancel()
    await turns()
    while disk.held:
        disk.run_next()
    with pytest.raises(asyncio.CancelledError):
        await closing

    assert len(list(read_events(path))) == 1


async def test_chatter_that_nobody_waits_for_is_synced_now_and_then(path: Path, monkeypatch):
    synced = []
    real = os.fdatasync
    monkeypatch.setattr(os, "fdatasync", lambda descriptor: (synced.append(1), real(descriptor)))
    disk = HeldExecutor()
    log = open_log(path, disk)
    before = len(synced)
    for _ in range(6):
        log.append(WarningRaised(message="x" * (UNSYNCED_LIMIT // 4)))
        await disk.wait_for_job()
        disk.run_next()
        await turns()

    assert len(synced) == before + 1


async def test_reopened_log_goes_on_where_it_ended(path: Path):
    log = open_log(path)
    written = (log.append(warning(1)), log.append(warning(2)))
    await log.close()

    log, found = EventLog.open(path, clock=FakeClock(START), bus=Bus())
    third = log.append(warning(3))
    await log.close()

    assert found == written
    assert (third.seq, log.last_seq) == (3, 3)
    assert list(read_events(path)) == [*written, third]


async def test_torn_last_line_is_dropped_recorded_and_not_published(path: Path):
    whole = make_envelopes(warning(1), warning(2))
    torn = encode(make_envelope(warning(3), 3))[:-20]
    write(path, b"".join(map(encode, whole)) + torn)
    bus, heard = Bus(), []
    bus.subscribe(heard.append)

    log, found = EventLog.open(path, clock=FakeClock(START), bus=bus)
    await log.close()

    recovered = make_envelope(LogRecovered(dropped_bytes=len(torn)), 3, at=START)
    assert found == (*whole, recovered)
    assert tuple(read_events(path)) == found
    assert heard == []


@pytest.mark.parametrize(("seqs", "line", "what"), [((1, 2, 4), 3, "gap"), ((1, 2, 2), 3, "repeat"), ((2,), 1, "gap")])
def test_gap_or_repeat_is_refused_by_line_and_numbers(path: Path, seqs: tuple[int, ...], line: int, what: str):
    envelopes: list[Envelope] = [make_envelope(warning(seq), seq) for seq in seqs]
    content = b"".join(map(encode, envelopes))
    path.write_bytes(content)

    with pytest.raises(LogDamaged, match=f"line {line}: event {seqs[-1]} where event {line} should be .*{what}"):
        open_log(path)

    assert path.read_bytes() == content
