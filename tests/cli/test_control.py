import asyncio
import json
from pathlib import Path

import msgspec
import pytest

from prodigy_tui.cli.control import ControlServer, NoAnswer, NotTaken, Request, ask, find_item, to_signal
from prodigy_tui.events.evolve import fold
from prodigy_tui.events.schema import SignalReceived
from prodigy_tui.events.state import RunState
from prodigy_tui.storage import LockOwner, RunLock
from tests.support.make import START, make_run
from tests.support.project import Project

MIXED = fold(make_run(items=4, failing=[2])[:60])
DONE = fold(make_run(items=4, failing=[2]))


class Live:
    """A run that only remembers what it was told."""

    def __init__(self, state: RunState) -> None:
        self.state = state
        self.told: list[SignalReceived] = []

    def send(self, signal: SignalReceived) -> None:
        self.told.append(signal)


@pytest.fixture
def folder(runtime_folder: Path) -> Path:
    path = runtime_folder / "c"
    path.mkdir(mode=0o700)
    return path


def test_items_are_named_by_id_or_position() -> None:
    assert find_item(DONE, "item-3") == "item-3"
    assert find_item(DONE, "a2") == "item-3"
    assert find_item(DONE, "a002") == "item-3"
    for nobody in ("a4", "item-9", ""):
        with pytest.raises(NotTaken):
            find_item(DONE, nobody)


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (Request(signal="set-parallel"), "above 0"),
        (Request(signal="set-parallel", number=0), "above 0"),
        (Request(signal="retry", item="item-1"), "is success"),
        (Request(signal="stop-item", item="item-2"), "is dead"),
        (Request(signal="retry", item="zebra"), "no item 'zebra'"),
        (Request(signal="answer"), "not taken from outside"),
        (Request(signal="resume"), "not paused"),
    ],
)
def test_requests_that_make_no_sense_are_refused(request_, said) -> None:
    with pytest.raises(NotTaken, match=said):
        to_signal(request_, DONE, "test")


def test_request_becomes_the_event_of_the_item_meant() -> None:
    signal = to_signal(Request(signal="retry", item="a1"), DONE, "test")

    assert signal == SignalReceived(signal="retry", item_id="item-2", source="test")


async def test_request_reaches_the_run_and_is_answered(folder: Path) -> None:
    live = Live(MIXED)
    server = ControlServer(live, folder)
    await server.start()

    await asyncio.to_thread(ask, server.address, Request(signal="set-parallel", number=7))
    with pytest.raises(NotTaken, match="no item 'x'"):
        await asyncio.to_thread(ask, server.address, Request(signal="retry", item="x"))
    await server.close()

    assert live.told == [SignalReceived(signal="set-parallel", number=7, source="signal")]
    assert not await asyncio.to_thread(folder.exists)


async def test_socket_is_for_its_owner_alone(folder: Path) -> None:
    server = ControlServer(Live(MIXED), folder)
    await server.start()

    mode = server.address.stat().st_mode & 0o777
    await server.close()

    assert mode == 0o600


@pytest.mark.parametrize(
    "line", [b"\n", b"nonsense\n", b'{"signal": "explode"}\n', b'{"signal": "pause", "x": 1}\n', b"\xff\xfe\n"]
)
async def test_nonsense_is_answered_and_harms_nobody(folder: Path, line: bytes) -> None:
    live = Live(MIXED)
    server = ControlServer(live, folder)
    await server.start()

    reader, writer = await asyncio.open_unix_connection(server.address)
    writer.write(line)
    answer = msgspec.json.decode(await reader.readline())
    writer.close()
    await server.close()

    assert answer["error"].startswith("not a request")
    assert live.told == []


async def test_line_without_end_is_hung_up_on(folder: Path) -> None:
    server = ControlServer(Live(MIXED), folder)
    await server.start()

    reader, writer = await asyncio.open_unix_connection(server.address)
    writer.write(b"x" * 200_000)
    answer = await reader.read()
    writer.close()
    await server.close()

    assert answer == b""


async def test_close_does_not_wait_for_those_who_say_nothing(folder: Path) -> None:
    server = ControlServer(Live(MIXED), folder)
    await server.start()
    reader, writer = await asyncio.open_unix_connection(server.address)
    await asyncio.to_thread(ask, server.address, Request(signal="pause"))  # so the one before has been accepted

    async with asyncio.timeout(2):
        await server.close()
        assert await reader.read() == b""
    writer.close()


def test_nobody_at_the_address(folder: Path) -> None:
    with pytest.raises(NoAnswer):
        ask(folder / "control", Request(signal="pause"))


@pytest.mark.parametrize(
    ("words", "request_"),
    [
        (["pause", "last"], {"signal": "pause"}),
        (["kill", "last"], {"signal": "kill"}),
        (["set-parallel", "last", "3"], {"signal": "set-parallel", "number": 3}),
        (["stop-item", "last", "item-1"], {"signal": "stop-item", "item": "item-1"}),
    ],
)
async def test_signal_command_finds_the_process_in_the_lock(project: Project, folder: Path, words, request_) -> None:
    record = project.record(make_run(items=4)[:40])
    heard: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readline())
        writer.write(b"{}\n")
        writer.close()

    server = await asyncio.start_unix_server(answer, folder / "s")
    owner = LockOwner(pid=1, host="h", started=START, socket=str(folder / "s"))
    lock = RunLock.acquire(record.lock, owner)

    called = await asyncio.to_thread(project.call, "signal", *words)
    lock.release()
    server.close()

    assert called.code == 0, called.err
    assert {key: value for key, value in json.loads(heard[0]).items() if value is not None} == request_


def test_signal_to_a_run_at_rest_says_what_to_do(project: Project) -> None:
    project.record(make_run(items=4))

    called = project.call("signal", "pause", "last")

    assert called.code == 2
    assert "is at rest" in called.err
    assert "prodigy-tui resume" in called.err


def test_parallel_must_be_a_number_above_zero(project: Project) -> None:
    assert project.call("signal", "set-parallel", "last", "0").code == 2
