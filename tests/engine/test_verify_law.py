"""The law of verified merges, in runs with all sorts of trouble, some of which die on the way.

A few are part of every test run; `python -m pytest -m soak tests/engine/test_verify_law.py` tries many.
"""

from pathlib import Path
from random import Random

import pytest

from tests.support.crash import MODES, Crash
from tests.support.drive import Driver
from tests.support.gitrepo import hermetic
from tests.support.merging import Law, Trouble
from tests.support.rules import rule


@pytest.fixture(autouse=True)
def own_git_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    hermetic(monkeypatch)


def obey(seed: int, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Drives a run of this seed through its crashes to its end, and looks at what the law says."""
    chance = Random(seed)
    trouble = Trouble.some(chance)
    outside = place / "outside"
    outside.mkdir(parents=True)
    driver = Driver(place, trouble.workflow(outside), merge="no")
    driver.repo.git("config", "core.logAllRefUpdates", "always")
    for crash in [a_crash(chance, trouble.items) for _ in range(chance.choice([0, 1, 2]))]:
        state = crash.drive(driver, monkeypatch)
        if state is not None:
            break
    else:
        state = driver.resume() if driver.folder.events.exists() else driver.start()
    Law(driver, state, trouble).check()


def a_crash(chance: Random, items: int) -> Crash:
    if chance.random() < 0.3:
        return Crash(chance.randint(3, 12 * items), "after", after_git=True)
    return Crash(chance.randint(5, 5 + 16 * items), chance.choice(MODES))


@rule("16.4 batch", "16.4 bisect", "16.4 flaky", "16.4 only verified", "16.4 fix")
@pytest.mark.parametrize("seed", range(3))
def test_what_comes_of_a_branch_is_what_would_come_of_it_alone(seed, tmp_path, monkeypatch) -> None:
    obey(seed, tmp_path, monkeypatch)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_what_comes_of_a_branch_is_what_would_come_of_it_alone_however_often(tmp_path, monkeypatch) -> None:
    for seed in range(100, 300):
        try:
            obey(seed, tmp_path / str(seed), monkeypatch)
        except BaseException as error:
            error.add_note(f"seed {seed}")
            raise
