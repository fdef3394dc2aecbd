"""The program dies at any event of a run; taken up again, the run ends as if nothing had happened.

A sample is part of every test run. `python -m pytest -m soak tests/crash` tries every event in every way.
"""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from prodigy_tui.events.state import RunState
from prodigy_tui.git import run as git_run
from prodigy_tui.storage.lock import RunHeld
from tests.crash.golden import WORKFLOW, check_end, essence
from tests.support.crash import MODES, Crash, Mode, SimulatedCrash
from tests.support.drive import Driver
from tests.support.gitrepo import hermetic

SAMPLE = 24
"""Cases of an ordinary test run, spread over the whole run."""

DEEP_SAMPLE = 6
"""Of those in which the recovery is crashed as well."""

RECOVERY_EVENTS = 12
"""How far into the second process its crash may come."""


@pytest.fixture(autouse=True)
def own_git_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    hermetic(monkeypatch)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunState]:
    """The end of the run that nothing happened to."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        hermetic(monkeypatch)
        driver = Driver(tmp_path_factory.mktemp("undisturbed"), WORKFLOW)
        state = driver.start()
        check_end(driver, state)
        yield state


def crashed(driver: Driver, crash: Crash, monkeypatch: pytest.MonkeyPatch) -> RunState | None:
    """Drives the run, from its start or from where it was left, until the crash; its end if that never comes."""
    with monkeypatch.context() as patch:
        patch.setattr("prodigy_tui.engine.session.EventLog", crash.log())
        patch.setattr(git_run, "_communicate", crash.git(git_run._communicate))
        try:
            return driver.resume() if driver.folder.events.exists() else driver.start()
        except SimulatedCrash:
            return None


def check_recovers(driver: Driver, undisturbed: RunState) -> None:
    """Takes the run up and looks at its end. A run whose first line was lost has never been."""
    if not driver.folder.events.read_bytes().endswith(b"\n") and b"\n" not in driver.folder.events.read_bytes():
        return
    state = driver.resume()
    check_end(driver, state)
    assert essence(state) == essence(undisturbed)


@pytest.mark.parametrize("case", range(SAMPLE))
def test_run_crashed_once_ends_the_same(case: int, tmp_path: Path, undisturbed: RunState, monkeypatch) -> None:
    chance = random.Random(case)
    at = 2 + int((case + chance.random()) * (undisturbed.last_seq - 2) / SAMPLE)
    driver, crash = Driver(tmp_path, WORKFLOW), Crash(at, MODES[case % len(MODES)])

    ended = crashed(driver, crash, monkeypatch)

    assert ended is None or essence(ended) == essence(undisturbed), f"no {crash}"
    check_recovers(driver, undisturbed)


@pytest.mark.parametrize("case", range(DEEP_SAMPLE))
def test_crash_while_taking_up_a_crashed_run_is_survived(case, tmp_path, undisturbed, monkeypatch) -> None:
    chance = random.Random(1000 + case)
    at = chance.randrange(2, undisturbed.last_seq)
    driver, crash = Driver(tmp_path, WORKFLOW), Crash(at, chance.choice(MODES))
    crashed(driver, crash, monkeypatch)

    again = Crash(at + chance.randrange(RECOVERY_EVENTS), chance.choice(MODES))
    crashed(driver, again, monkeypatch)

    check_recovers(driver, undisturbed)
