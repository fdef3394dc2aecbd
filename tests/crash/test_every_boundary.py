"""The program dies at any event or git command of a run; taken up again, the run ends as if nothing had happened.

A sample is part of every test run. `python -m pytest -m soak tests/crash` tries every git command; every event in every
way is tried with a larger run, see `test_matrix.py`.
"""

import asyncio
import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from prodigy_tui.engine.recorded import NotResumable
from prodigy_tui.errors import ExitCode
from prodigy_tui.events.schema import WorktreeCreated
from prodigy_tui.events.source import read_events
from prodigy_tui.events.state import RunState
from prodigy_tui.storage.lock import RunHeld
from tests.crash.golden import WORKFLOW, check_end, check_nothing_left, essence
from tests.support.crash import MODES, Crash
from tests.support.drive import Driver
from tests.support.gitrepo import hermetic

SAMPLE = 4
"""Crashes at events in an ordinary test run, spread over the whole run."""

GIT_COMMANDS = 37
"""Git commands of the undisturbed run that write, or nearly; the sample takes every tenth."""

DEEP_SAMPLE = 2
"""Cases in which the recovery is crashed as well."""

RECOVERY_EVENTS = 12
"""How far into the second process its crash may come."""


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunState]:
    """The end of the run that nothing happened to."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        hermetic(monkeypatch)
        driver = Driver(tmp_path_factory.mktemp("undisturbed"), WORKFLOW)
        state = driver.start()
        check_end(driver, state)
        yield state


def check_recovery(driver: Driver, undisturbed: RunState) -> None:
    """Takes the run up and looks at its end."""
    state = driver.resume()
    check_end(driver, state)
    assert essence(state) == essence(undisturbed)


@pytest.mark.parametrize("case", range(SAMPLE))
def test_run_that_died_at_an_event_ends_the_same(case: int, tmp_path: Path, undisturbed: RunState, monkeypatch) -> None:
    at = 2 + int((case + random.Random(case).random()) * (undisturbed.last_seq - 2) / SAMPLE)
    driver = Driver(tmp_path, WORKFLOW)

    Crash(at, MODES[case % len(MODES)]).drive(driver, monkeypatch)

    check_recovery(driver, undisturbed)


@pytest.mark.parametrize(
    "at", [pytest.param(at, marks=() if at % 10 == 1 else pytest.mark.soak) for at in range(1, GIT_COMMANDS)]
)
def test_run_that_died_between_two_git_commands_ends_the_same(at, tmp_path, undisturbed, monkeypatch) -> None:
    driver = Driver(tmp_path, WORKFLOW)

    Crash(at, "after", after_git=True).drive(driver, monkeypatch)

    check_recovery(driver, undisturbed)


@pytest.mark.parametrize("case", range(DEEP_SAMPLE))
def test_crash_while_taking_up_a_crashed_run_is_survived(case, tmp_path, undisturbed, monkeypatch) -> None:
    chance = random.Random(1000 + case)
    at = chance.randrange(2, undisturbed.last_seq)
    driver = Driver(tmp_path, WORKFLOW)

    Crash(at, chance.choice(MODES)).drive(driver, monkeypatch)
    Crash(at + chance.randrange(RECOVERY_EVENTS), chance.choice(MODES)).drive(driver, monkeypatch)

    check_recovery(driver, undisturbed)


def test_run_branch_that_was_about_to_be_made_anew_further_on_is_made(tmp_path, undisturbed, monkeypatch) -> None:
    driver = Driver(tmp_path, WORKFLOW, merge="no")
    unmerged = driver.start()
    driver.repo.git("merge", "--quiet", "--no-ff", "-m", "by hand", unmerged.run_branch)
    driver.merge = "yes"

    Crash(unmerged.last_seq + 2, "after").drive(driver, monkeypatch)
    made = list(read_events(driver.folder.events))[-1].event
    state = driver.resume()

    assert isinstance(made, WorktreeCreated)
    assert made.base == driver.repo.head != unmerged.tip
    assert state.landing is not None
    assert state.landing.status == "nothing"
    check_nothing_left(driver)


def test_run_that_is_driven_cannot_be_taken_up(tmp_path) -> None:
    driver = Driver(tmp_path, WORKFLOW)

    async def take_up_twice() -> pytest.ExceptionInfo[RunHeld]:
        first = await driver.create()
        try:
            with pytest.raises(RunHeld) as held:
                await driver.reopen()
        finally:
            await first.close()
        return held

    held = asyncio.run(take_up_twice()).value

    assert held.exit_code == ExitCode.HELD
    assert held.owner is not None
    assert held.owner.pid == os.getpid()


def test_take_up_that_fails_gives_lock_and_log_back(tmp_path, undisturbed, monkeypatch) -> None:
    driver = Driver(tmp_path, WORKFLOW)
    Crash(40, "after").drive(driver, monkeypatch)
    first = driver.repo.oid("main")
    beginning = driver.repo.path / ".git/objects" / first[:2] / first[2:]
    aside = beginning.rename(tmp_path / "aside")

    with pytest.raises(NotResumable, match="where the run began"):
        driver.resume()

    aside.rename(beginning)
    check_recovery(driver, undisturbed)
