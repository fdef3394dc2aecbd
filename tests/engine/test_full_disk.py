"""A run whose disk has no room holds still, loses nothing, and goes on by itself or when a person says so."""

import asyncio
import errno
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from prodigy_tui.engine import disk_patience
from prodigy_tui.engine.disk_patience import FIRST_S, LONGEST_S, PASSING_S, DiskPatience
from prodigy_tui.events.schema import AgentStarted, DiskRecovered, DiskRefused, MergeFinished
from prodigy_tui.events.source import read_events
from prodigy_tui.storage import DiskTrouble
from prodigy_tui.storage.trouble import trouble_of
from tests.support.clock import FakeClock, HurriedClock
from tests.support.engine import Lab
from tests.support.full_disk import FullDisk
from tests.support.rules import rule

WORKFLOW = """
name: full
setup:
  - {shell: "echo set > setup.txt", commit_config: {message_template: set}}
map:
  input: [a, b, c]
  max_parallel: 1
  agent_template:
    - shell: |
        echo begun > "$OUTSIDE/${item}"
        until test -e "$OUTSIDE/go"; do sleep 0.02; done
        echo "output of ${item}"; echo x > ${item}; mkdir left  # an empty folder: there is something to clean
    - {shell: "git add . && git commit -qm ${item}", commit_required: true}
reduce:
  - {shell: "ls > listed", commit_config: {message_template: listed}}
"""


@pytest.fixture
def full_disk(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> FullDisk:
    return FullDisk(monkeypatch, lab.home.root)


def go(lab: Lab) -> None:
    (lab.outside / "go").touch()


class Tries:
    """A patience, what it has told, and what happens while it looks for room."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.clock, self.told, self.tries = FakeClock(), list[str](), 0
        self.patience = DiskPatience(self.clock, folder)
        self.patience.record = lambda event: self.told.append(type(event).__name__)
        self._folder = folder
        self._loop = asyncio.get_running_loop()
        self._during: Callable[[], object] = lambda: None
        self._happened = asyncio.Event()
        monkeypatch.setattr(disk_patience, "_has_room", self._has_room)

    def refused(self) -> "asyncio.Future[None]":
        return self.patience.wait(self.trouble())

    def trouble(self) -> DiskTrouble:
        """Refuses something now."""
        return trouble_of(OSError(errno.ENOSPC, "full"), self._folder, "write")

    async def first(self, during: Callable[[], object]) -> None:
        """Begins the first try, and has something happen during it."""
        self._during = during
        await self.clock.advance(FIRST_S)
        await self._happened.wait()

    def _has_room(self, _places: object, _needed: int) -> bool:
        """There is room at the second look."""
        self.tries += 1
        done = threading.Event()
        self._loop.call_soon_threadsafe(self._happens, done)
        done.wait()
        return self.tries > 1

    def _happens(self, done: threading.Event) -> None:
        if not self._happened.is_set():
            self._during()
        self._happened.set()
        done.set()


async def test_what_is_refused_during_a_try_is_the_same_trouble(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries, waits = Tries(tmp_path, monkeypatch), list[asyncio.Future[None]]()
    async with tries.patience.at_work():
        waits.append(tries.refused())
        await tries.first(lambda: waits.append(tries.refused()))
        while len(waits) < 2 or not all(wait.done() for wait in waits):
            await asyncio.sleep(0.001)  # the look for room happens in a thread
            await tries.clock.advance(LONGEST_S)
        await asyncio.sleep(0)
    assert tries.told == ["DiskRefused", "DiskRecovered"]


async def test_what_was_refused_before_there_was_room_is_tried_again_without_a_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = Tries(tmp_path, monkeypatch)
    async with tries.patience.at_work():
        late, wait = tries.trouble(), tries.refused()
        await tries.first(tries.patience.hurry)
        await asyncio.wait_for(wait, 10)
        assert tries.patience.wait(late).done(), "refused in a thread, heard of when there is room again"
        assert not tries.refused().done(), "the disk is full once more"
        await asyncio.sleep(0)
    assert tries.told == ["DiskRefused", "DiskRecovered", "DiskRefused"]


async def test_who_says_during_a_try_that_there_is_room_is_heard_behind_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = Tries(tmp_path, monkeypatch)
    async with tries.patience.at_work():
        wait = tries.refused()
        await tries.first(tries.patience.hurry)
        await asyncio.wait_for(wait, 10)  # though the clock stands still
    assert tries.tries == 1
    assert tries.told == ["DiskRefused", "DiskRecovered"]


@rule("cli 4 disk: full")
async def test_log_without_room_holds_the_run_still_until_there_is_some(lab: Lab, full_disk: FullDisk) -> None:
    clock = FakeClock()
    async with lab.live(WORKFLOW, clock=clock) as live:
        await live.until_file(lab.outside / "a")
        full_disk.full = True
        go(lab)
        await live.until(lambda state: state.disk is not None and state.items[state.order[0]].step_index == 1)
        assert live.state.status == "paused"
        assert "no space left on device" in live.state.disk.message
        on_disk = list(read_events(live.session.folder.events))
        await clock.advance(FIRST_S + 2 * FIRST_S)
        assert live.state.disk is not None
        assert live.state.counts.pending == 2
        assert not (lab.outside / "b").exists()

        full_disk.full = False
        while live.state.disk is not None:
            await asyncio.sleep(0.001)  # the look for room happens in a thread, and tells nobody when it sleeps again
            await clock.advance(FIRST_S)
        while live.state.ended_at is None:
            await clock.advance(0.1)

    ran = lab.ran(live)
    assert ran.state.status == "succeeded"
    assert ran.envelopes[: len(on_disk)] == tuple(on_disk)
    assert [event.attempt for event in ran.of(AgentStarted)] == [1, 1, 1]
    assert (len(ran.of(DiskRefused)), len(ran.of(DiskRecovered))) == (1, 1)
    assert ran.log(f"items/{ran.state.items[ran.state.order[0]].item.safe_id}/1").count("output of a\n") == 1


async def test_person_who_made_room_need_not_wait(lab: Lab, full_disk: FullDisk) -> None:
    clock = FakeClock()
    go(lab)
    async with lab.live(WORKFLOW, clock=clock) as live:
        await live.until(lambda state: state.phase == "map")
        full_disk.full = True
        await live.until(lambda state: state.disk is not None)
        full_disk.full = False
        live.send("resume")
        await live.until(lambda state: state.ended_at is not None)

    assert lab.ran(live).state.status == "succeeded"


@rule("cli 4 disk: stopped")
@pytest.mark.parametrize("signal", ["stop", "kill"])
async def test_run_that_is_stopped_without_room_ends_at_once_and_can_be_resumed(
    lab: Lab, full_disk: FullDisk, signal: str
) -> None:
    with pytest.raises(DiskTrouble, match="no space left on device"):
        async with lab.live(WORKFLOW, clock=FakeClock()) as live:
            await live.until_file(lab.outside / "a")
            full_disk.full = True
            go(lab)
            await live.until(lambda state: state.disk is not None)
            live.send(signal)
    full_disk.full = False

    assert [envelope.seq for envelope in read_events(live.session.folder.events)][-1] < live.state.last_seq
    ran = await lab.reopen(Stopped(live.session.folder), clock=HurriedClock(20))
    assert ran.state.status == "succeeded"
    assert ran.state.merged == 3


class Stopped:
    """What `Lab.reopen` asks of a run that never came to rest."""

    def __init__(self, folder) -> None:
        self.folder = folder


async def test_error_that_does_not_pass_ends_the_run_after_some_minutes(lab: Lab, full_disk: FullDisk) -> None:
    full_disk.number = errno.EIO
    clock = FakeClock()
    with pytest.raises(DiskTrouble, match="input/output error"):
        async with lab.live(WORKFLOW, clock=clock) as live:
            await live.until_file(lab.outside / "a")
            full_disk.full = True
            go(lab)
            await live.until(lambda state: state.disk is not None)
            while not live.driving.done():
                assert clock.monotonic() < 2 * PASSING_S
                await clock.advance(1)


@pytest.mark.parametrize(
    "command", ["worktree", "reset", "merge-tree", "update-ref", "checkout", "commit-tree", "clean"]
)
async def test_git_work_of_the_engine_is_done_again_when_there_is_room(
    lab: Lab, full_disk: FullDisk, command: str
) -> None:
    go(lab)
    full_disk.git = {command}
    ran = await lab.run(WORKFLOW, merge="yes", clock=HurriedClock(20))

    assert full_disk.refused == 1
    assert ran.state.status == "succeeded", ran.state.message
    assert ran.state.landing.status == "landed"
    assert [event.status for event in ran.of(MergeFinished)] == ["merged"] * 3
    assert len(ran.of(DiskRefused)) == len(ran.of(DiskRecovered)) <= 1
    assert lab.repo.files("main").keys() == {"readme.txt", "setup.txt", "a", "b", "c", "listed"}
