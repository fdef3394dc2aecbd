"""A log whose disk refuses: who is told, what is kept, when it goes on."""

import asyncio
import errno
from pathlib import Path

import pytest

from prodigy_tui.events.bus import Bus
from prodigy_tui.events.source import read_events
from prodigy_tui.storage import DiskTrouble
from tests.events.logs import Patience, full_disk, open_log, refusing, start_put, turns, warning
from tests.support.executors import HeldExecutor


async def test_full_disk_ends_the_log_with_a_whole_line_and_is_told_to_everyone(path: Path):
    log = open_log(path)
    log.append(warning(1))
    await log.durable()

    with full_disk(path, room=40):
        log.append(warning(2))
        log.append(warning(3))
        with pytest.raises(DiskTrouble, match=r"events\.jsonl"):
            await log.durable()

    with pytest.raises(DiskTrouble):
        log.append(warning(4))
    with pytest.raises(DiskTrouble):
        await log.durable()
    with pytest.raises(DiskTrouble):
        await log.close()
    assert [envelope.seq for envelope in read_events(path)] == [1]


async def test_failed_write_reaches_waiters_of_the_next_group_too(path: Path):
    disk = HeldExecutor()
    log = open_log(path, disk)
    first = start_put(log, 1)
    await turns()
    second = start_put(log, 2)
    await turns()

    with full_disk(path, room=5):
        disk.run_next()
    outcomes = await asyncio.gather(first, second, return_exceptions=True)

    assert [type(outcome) for outcome in outcomes] == [DiskTrouble, DiskTrouble]
    assert (len(disk.held), list(read_events(path))) == (0, [])


@pytest.mark.parametrize(
    ("call", "number"),
    [("write", errno.ENOSPC), ("write", errno.EDQUOT), ("fdatasync", errno.ENOSPC), ("fdatasync", errno.EIO)],
)
async def test_log_that_the_disk_refuses_takes_events_and_has_them_all_when_it_goes_on(
    path: Path, monkeypatch, call: str, number: int
):
    patience, bus, heard = Patience(), Bus(), []
    bus.subscribe(heard.append)
    disk = HeldExecutor()
    log = open_log(path, disk, bus, patience)
    waiting = start_put(log, 1)
    await turns()
    disk.run_next()
    await waiting

    waiting = start_put(log, 2)
    await turns()
    with refusing(monkeypatch, call, number, bytes_first=7):
        disk.run_next()
        await turns()
        log.append(warning(3))
        await turns()
        assert [trouble.number for trouble in patience.asked] == [number]
        assert not waiting.done()
        patience.until.set_result(None)
        await turns()
        disk.run_next()  # still
        await turns()
    assert len(patience.asked) == 2
    patience.until.set_result(None)
    await turns()
    assert not waiting.done()
    disk.run_next()
    await waiting
    while disk.held:
        disk.run_next()

    assert list(read_events(path)) == heard
    assert [envelope.seq for envelope in heard] == [1, 2, 3]


async def test_nothing_is_written_while_patience_lasts_though_it_records_that_it_waits(path: Path, monkeypatch):
    patience, bus, heard = Patience(), Bus(), []
    bus.subscribe(heard.append)
    disk = HeldExecutor()

    def wait(trouble: DiskTrouble) -> "asyncio.Future[None]":
        log.append(warning(2))
        return patience(trouble)

    log = open_log(path, disk, bus, wait)
    waiting = start_put(log, 1)
    await turns()
    with refusing(monkeypatch, "write", errno.ENOSPC, bytes_first=7):
        disk.run_next()
        await turns()
    assert not disk.held

    patience.until.set_result(None)
    await turns()
    assert len(disk.held) == 1
    disk.run_next()
    await waiting
    while disk.held:
        disk.run_next()

    assert list(read_events(path)) == heard
    assert [envelope.seq for envelope in heard] == [1, 2]


async def test_end_of_patience_is_the_end_of_the_log(path: Path, monkeypatch):
    patience = Patience()
    log = open_log(path, patience=patience)
    log.append(warning(1))
    await log.durable()
    with refusing(monkeypatch, "write", errno.ENOSPC):
        waiting = start_put(log, 2)
        await patience.wait_until_asked()
        patience.until.set_exception(patience.asked[0])
        with pytest.raises(DiskTrouble, match="no space left on device"):
            await waiting

    with pytest.raises(DiskTrouble):
        log.append(warning(3))
    with pytest.raises(DiskTrouble):
        await log.close()
    assert [envelope.seq for envelope in read_events(path)] == [1]


async def test_what_does_not_pass_is_not_waited_for(path: Path, monkeypatch):
    patience = Patience()
    log = open_log(path, patience=patience)
    with refusing(monkeypatch, "write", errno.EROFS), pytest.raises(DiskTrouble, match="read-only"):
        await start_put(log, 1)

    assert patience.asked == []
    with pytest.raises(DiskTrouble):
        await log.close()


async def test_log_that_was_removed_takes_nothing_more(path: Path):
    log = open_log(path, patience=Patience())
    log.append(warning(1))
    await log.durable()
    path.unlink()  # noqa: ASYNC240 - a test has nothing else to do

    with pytest.raises(DiskTrouble, match="removed or replaced"):
        await start_put(log, 2)
    with pytest.raises(DiskTrouble):
        await log.close()
