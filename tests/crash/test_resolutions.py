"""The program dies while an agent solves a conflict, or files are made anew; the next process begins that anew.

A sample is part of every test run. `python -m pytest -m soak tests/crash` tries every event and git command of it.
"""

from pathlib import Path

import pytest

from prodigy_tui.events.evolve import fold
from prodigy_tui.events.schema import MergeFinished, ResolutionStarted
from prodigy_tui.events.source import read_events
from prodigy_tui.events.state import RunState
from tests.crash.golden import check_nothing_left, merges_of
from tests.support.clashes import two
from tests.support.crash import MODES, Crash, Mode, SimulatedCrash
from tests.support.drive import Driver
from tests.support.gitrepo import hermetic
from tests.support.invariants import check_invariants

WORK = "echo ${item.id} >> both.txt; sort -o both.txt both.txt; cp both.txt copy"
MERGE = {
    "policies": [{"path": "copy", "policy": "regenerate", "command": "cp both.txt copy"}],
    "agents": {"conflict": {"agent": {"shell": "printf 'a\\nb\\n' > both.txt; git commit -qam solved"}}},
}
FILES = {"readme.txt": "hello", "both.txt": "a\nb", "copy": "a\nb"}
LAST = 8
"""Events from the conflict to the end of its merge."""
GIT_COMMANDS = 16
"""Git commands that write, meanwhile."""


def driver_in(folder: Path) -> Driver:
    outside = folder / "outside"
    outside.mkdir()
    return Driver(folder, two(MERGE, WORK, WORK).replace("$OUTSIDE", str(outside)))


def check(driver: Driver, state: RunState) -> None:
    check_invariants(state)
    assert fold(read_events(driver.folder.events)) == state
    assert {entry.status for entry in state.items.values()} == {"success"}
    assert state.resolution is None
    assert merges_of(driver) == {"a": 1, "b": 1}
    assert driver.repo.files() == FILES
    check_nothing_left(driver)


@pytest.fixture(scope="module")
def begins_at(tmp_path_factory: pytest.TempPathFactory) -> int:
    """The number of the event that tells of the conflict, in a run that nothing happens to."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        hermetic(monkeypatch)
        driver = driver_in(tmp_path_factory.mktemp("undisturbed"))
        check(driver, driver.start())
        envelopes = tuple(read_events(driver.folder.events))
        begun = [one.seq for one in envelopes if isinstance(one.event, ResolutionStarted)]
        ended = [one.seq for one in envelopes if isinstance(one.event, MergeFinished)]
        assert len(begun) == 4, "a's file, the conflict, b's file, and the landing's"
        assert ended[-1] - begun[1] == LAST
        return begun[1]


def survive(driver: Driver, crash: Crash, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("prodigy_tui.engine.session.EventLog", crash.log())
        crash.take_git(patch)
        try:
            driver.start()
        except SimulatedCrash:
            assert crash.happened
    check(driver, driver.resume())


@pytest.mark.parametrize(("after", "mode"), [(2, "lost"), (5, "torn")])
def test_a_run_that_died_at_an_event_ends_the_same(after: int, mode: Mode, tmp_path, begins_at, monkeypatch) -> None:
    survive(driver_in(tmp_path), Crash(begins_at + after, mode), monkeypatch)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_a_run_that_died_anywhere_ends_the_same(tmp_path, begins_at, monkeypatch) -> None:
    crashes = [Crash(begins_at + after, mode) for after in range(LAST) for mode in MODES]
    crashes += [Crash(at, "after", after_git=True) for at in range(8, 8 + 2 * GIT_COMMANDS)]
    for number, crash in enumerate(crashes):
        folder = tmp_path / str(number)
        folder.mkdir()
        survive(driver_in(folder), crash, monkeypatch)
