import asyncio
import json
import socket
from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest

from prodigy_tui.cli.control import ControlServer, NoAnswer, Request, ask, to_signal
from prodigy_tui.cli.names import NotTaken, find_item
from prodigy_tui.cli.places import read_state
from prodigy_tui.events.evolve import evolve, fold
from prodigy_tui.events.schema import AgentInterrupted, ReduceRequested, SignalReceived
from prodigy_tui.events.source import read_events
from prodigy_tui.events.state import RunState
from prodigy_tui.storage import LockOwner, RunLock
from tests.support.invariants import check_invariants
from tests.support.make import START, make_envelope, make_run
from tests.support.project import Project
from tests.support.rules import rule

MIXED = fold(make_run(items=4, failing=[2])[:60])
KILLED = make_run(items=6, failing=[2])[:38]
"""item-2 is dead, item-3 at work, item-6 has never been given out."""
DONE = fold(make_run(items=4, failing=[2]))


class Live:
    """A run that only remembers what it was told."""

    def __init__(self, state: RunState) -> None:
        self.state = state
        self.told: list[SignalReceived] = []
        self.decided: list[object] = []
        self.on_disk: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.on_disk.set_result(None)

    async def recorded(self) -> None:
        await self.on_disk

    def require_parameters(self, values: Mapping[str, object]) -> None:
        assert not values

    def decide(self, *decisions: object) -> None:
        self.decided += decisions

    def send(self, signal: SignalReceived) -> None:
        self.told.append(signal)


@pytest.fixture
def folder(runtime_folder: Path) -> Path:
    path = runtime_folder / "c"
    path.mkdir(mode=0o700)
    return path


@rule("cli 8.7 items named")
def test_items_are_named_by_id_or_position() -> None:
    assert find_item(DONE, "item-3") == "item-3"
    assert find_item(DONE, "a2") == "item-3"
    assert find_item(DONE, "a002") == "item-3"
    for nobody in ("a4", "item-9", ""):
        with pytest.raises(NotTaken):
            find_item(DONE, nobody)


@rule("cli 8.7 refused")
@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (Request(signal="set-parallel"), "above 0"),
        (Request(signal="set-parallel", number=0), "above 0"),
        (Request(signal="retry", item="item-1"), "has succeeded"),
        (Request(signal="stop-item", item="item-2"), "is dead"),
        (Request(signal="retry", item="zebra"), "no item 'zebra'"),
        (Request(signal="answer", gate="canary", answer="approve"), "no open question .canary."),
        (Request(signal="tell", item="item-1", note="hello"), "has succeeded"),
        (Request(signal="merge"), "not taken from outside"),
        (Request(signal="resume"), "not paused"),
    ],
)
def test_requests_that_make_no_sense_are_refused(request_, said) -> None:
    with pytest.raises(NotTaken, match=said):
        to_signal(request_, DONE, "test")


def test_request_becomes_the_event_of_the_item_meant() -> None:
    signal = to_signal(Request(signal="retry", item="a1"), DONE, "test")

    assert signal == SignalReceived(signal="retry", item_id="item-2", source="test")


@rule("cli 8.7 live")
async def test_request_reaches_the_run_and_is_answered(folder: Path) -> None:
    live = Live(MIXED)
    server = ControlServer(live, folder)
    await server.start()

    await asyncio.to_thread(ask, server.address, Request(signal="set-parallel", number=7))
    with pytest.raises(NotTaken, match="no item 'x'"):
        await asyncio.to_thread(ask, server.address, Request(signal="retry", item="x"))
    await asyncio.to_thread(ask, server.address, Request(signal="retry", reduce=True))
    await server.close()

    assert live.decided == [ReduceRequested(by="command line")], "reduce alone"

    assert live.told == [SignalReceived(signal="set-parallel", number=7, source="command line")]
    assert not await asyncio.to_thread(folder.exists)


async def test_an_answer_comes_when_what_was_asked_is_on_the_disk(folder: Path) -> None:
    live = Live(MIXED)
    live.on_disk = asyncio.get_running_loop().create_future()
    server = ControlServer(live, folder)
    await server.start()

    reader, writer = await asyncio.open_unix_connection(server.address)
    writer.write(b'{"signal": "pause"}\n')
    answered = asyncio.create_task(reader.readline())
    while not live.told:  # noqa: ASYNC110 - nothing tells
        await asyncio.sleep(0)
    for _ in range(20):
        await asyncio.sleep(0)
    assert not answered.done()
    live.on_disk.set_result(None)

    assert msgspec.json.decode(await answered) == {"error": ""}
    writer.close()
    await server.close()


@rule("cli 8.7 socket")
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


@rule("cli 8.7 live")
@pytest.mark.parametrize(
    ("words", "request_"),
    [
        (["last", "pause"], {"signal": "pause"}),
        (["last", "kill"], {"signal": "kill"}),
        (["last", "set-parallel", "3"], {"signal": "set-parallel", "number": 3}),
        (["last", "stop-item", "item-1"], {"signal": "stop-item", "item": "item-1"}),
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


@pytest.mark.parametrize("name", ["pause", "resume", "drain", "stop", "kill"])
def test_signal_that_means_nothing_to_a_run_at_rest_is_refused(project: Project, name: str) -> None:
    folder = project.record(make_run(items=4)[:40])
    before = folder.events.read_bytes()

    called = project.call("signal", "last", name)

    assert called.code == 2
    assert "is at rest" in called.err
    assert "prodigy-tui resume" in called.err
    assert folder.events.read_bytes() == before


def test_signal_to_a_run_with_nothing_left_to_do_says_so_and_not_to_resume_it(project: Project) -> None:
    project.record(make_run(items=2), "modernise-260314-092653-q7xk")

    called = project.call("signal", "last", "pause")

    assert called.code == 2
    assert "has ended, so there is nothing to pause: it has succeeded" in called.err
    assert "resume" not in called.err


@rule("cli 8.7 at rest")
def test_signals_to_a_run_at_rest_are_recorded_for_the_next_process(project: Project) -> None:
    folder = project.record(KILLED)

    for words in (["last", "set-parallel", "7"], ["last", "stop-item", "a5"], ["last", "retry", "item-2"]):
        called = project.call("signal", *words)
        assert called.code == 0, called.err
        assert "resume" in called.err

    state = read_state(folder)
    assert state.max_parallel == 7
    assert {item_id: state.items[item_id].status for item_id in ("item-6", "item-2")} == {
        "item-6": "cancelled",
        "item-2": "pending",
    }
    events = list(read_events(folder.events))
    assert events[-1].cause == events[-2].seq
    assert not RunLock.is_held(folder.lock)


@rule("cli 8.7 refused")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["last", "retry", "item-1"], "has succeeded"),
        (["last", "stop-item", "item-2"], "is dead"),
        (["last", "retry", "item-9"], "no item 'item-9'"),
        (["last", "set-parallel", "3"], "will start no more agents"),
    ],
)
def test_signals_to_a_run_at_rest_that_make_no_sense_are_not_recorded(project: Project, words, said) -> None:
    folder = project.record(make_run(items=4, failing=[2]))
    before = folder.events.read_bytes()

    called = project.call("signal", *words)

    assert called.code == 2
    assert said in called.err
    assert folder.events.read_bytes() == before


def test_item_that_was_at_work_when_its_process_died_can_be_stopped(project: Project) -> None:
    folder = project.record(KILLED)
    (item_id, *_) = read_state(folder).slots.values()

    assert project.call("signal", "last", "stop-item", item_id).code == 0

    state = read_state(folder)
    event = AgentInterrupted(item_id=item_id, attempt=state.items[item_id].attempt)
    recovered = evolve(state, make_envelope(event, state.last_seq + 1))
    assert recovered.items[item_id].status == "cancelled"
    check_invariants(recovered)


def test_log_without_a_beginning_takes_no_signal(project: Project) -> None:
    folder = project.record((), "work-260101-000000-aaaa")

    assert project.call("signal", "last", "set-parallel", "3").code == 2
    assert folder.events.read_bytes() == b""


def test_socket_of_a_dead_process_is_removed_with_its_address(project: Project, runtime_folder: Path) -> None:
    folder = project.record(KILLED)
    abandoned = runtime_folder / "prodigy-tui-x"
    abandoned.mkdir()
    owner = LockOwner(pid=1, host=socket.gethostname(), started=START, socket=str(abandoned / "control"))
    folder.lock.write_bytes(msgspec.json.encode(owner) + b"\n")

    assert project.call("signal", "last", "set-parallel", "3").code == 0
    assert not abandoned.exists()


def test_parallel_must_be_a_number_above_zero(project: Project) -> None:
    assert project.call("signal", "last", "set-parallel", "0").code == 2
