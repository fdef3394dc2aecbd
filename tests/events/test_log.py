"""The writing end of the log: order, groups, durability, trouble of the disk, opening again."""

import asyncio
import errno
import os
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from prodigy_tui.events.bus import Bus
from prodigy_tui.events.codec import UndecodableLine, encode
from prodigy_tui.events.log import UNSYNCED_LIMIT, EventLog
from prodigy_tui.events.schema import Envelope, ItemsLoaded, LogRecovered, PhaseFinished, WarningRaised
from prodigy_tui.events.source import LogDamaged, read_events
from prodigy_tui.events.values import Item
from prodigy_tui.storage import DiskTrouble
from tests.support.clock import FakeClock
from tests.support.executors import HeldExecutor
from tests.support.make import START, make_envelope, make_envelopes


def warning(number: int) -> WarningRaised:
    return WarningRaised(message=f"warning {number}")


_OPENED: list[EventLog] = []


class Patience:
    """Waits for the disk until the test says that it can be tried again."""

    def __init__(self) -> None:
        self._called = asyncio.Event()
        self.asked: list[DiskTrouble] = []
        self.until: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def __call__(self, trouble: DiskTrouble) -> asyncio.Future[None]:
        self.asked.append(trouble)
        self._called.set()
        self.until = asyncio.get_running_loop().create_future()
        return self.until

    async def wait_until_asked(self) -> None:
        await self._called.wait()


def open_log(
    path: Path, executor: HeldExecutor | None = None, bus: Bus | None = None, patience: Patience | None = None
) -> EventLog:
    log = EventLog.open(path, clock=FakeClock(START), bus=bus or Bus(), executor=executor, patience=patience)[0]
    _OPENED.append(log)
    return log


@pytest.fixture(autouse=True)
def _files_are_closed() -> Iterator[None]:
    """A test that is about the middle of a write leaves its log as a killed process would."""
    yield
    while _OPENED:
        _OPENED.pop()._file.close()


def start_put(log: EventLog, number: int) -> asyncio.Future[None]:
    """Begins what a step does at a boundary: it appends, and goes on when that is durable."""

    async def put() -> None:
        log.append(warning(number))
        await log.durable()

    return asyncio.ensure_future(put())


async def turns(count: int = 5) -> None:
    """Lets everything happen that needs no disk."""
    for _ in range(count):
        await asyncio.sleep(0)


def write(path: Path, content: bytes) -> None:
    path.write_bytes(content)


@contextmanager
def full_disk(path: Path, room: int) -> Iterator[None]:
    """Leaves `room` bytes for the file to grow by."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + room, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "events.jsonl"


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
    await turns()

    assert len(disk.held) == 1
    disk.run_next()
    assert len(list(read_events(path))) == 10


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
    await turns()
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


@contextmanager
def refusing(monkeypatch: pytest.MonkeyPatch, call: str, number: int, *, bytes_first: int = 0) -> Iterator[None]:
    """Has the system refuse one of its calls; a write takes some bytes first, as a disk does that fills up."""
    real = getattr(os, call)

    def refuse(descriptor: int, *data: memoryview) -> None:
        if data and bytes_first:
            real(descriptor, data[0][:bytes_first])
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        patch.setattr(os, call, refuse)
        yield


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


async def test_chatter_that_nobody_waits_for_is_synced_now_and_then(path: Path, monkeypatch):
    synced = []
    real = os.fdatasync
    monkeypatch.setattr(os, "fdatasync", lambda descriptor: (synced.append(1), real(descriptor)))
    disk = HeldExecutor()
    log = open_log(path, disk)
    before = len(synced)
    for _ in range(6):
        log.append(WarningRaised(message="x" * (UNSYNCED_LIMIT // 4)))
        await turns()
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
