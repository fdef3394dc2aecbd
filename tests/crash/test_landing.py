"""The program dies while a run lands: the target is as before or as after, and the run taken up again lands once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from prodigy_tui.events.schema import LandingFinished, LandingStarted
from prodigy_tui.events.source import read_events
from prodigy_tui.events.state import RunState
from tests.crash.golden import check_nothing_left
from tests.support.crash import MODES, Crash
from tests.support.drive import Driver
from tests.support.invariants import check_invariants
from tests.support.rules import rule

STRATEGIES = ("merge", "squash", "rebase")
FILES = {"readme.txt": "hello", "a.txt": "a", "b.txt": "b", "ready.txt": "ready", "theirs.txt": "theirs"}
NEVER = 10**9


def driver_of(place: Path, strategy: str) -> Driver:
    """A run whose target goes on meanwhile, with every step that a landing can have."""
    theirs = f"cd {place}/repo && test -e theirs.txt || (echo theirs > theirs.txt; git add .; git commit -qm theirs)"
    return Driver(
        place,
        f"""
name: lands
steps:
  - shell: "echo a > a.txt; git add a.txt; git diff --cached --quiet || git commit -qm a"
  - shell: "echo b > b.txt; git add b.txt; git diff --cached --quiet || git commit -qm b"
  - shell: "{theirs}"
merge:
  strategy: {strategy}
  verify: ["test -e a.txt"]
  steps:
    - shell: "echo ready > ready.txt; git add ready.txt; git diff --cached --quiet || git commit -qm ready"
""",
    )


def target_of(driver: Driver) -> tuple[dict[str, str], list[str]]:
    return driver.repo.files("main"), driver.repo.status()


def check_between(driver: Driver) -> None:
    """The target and the user's files are as before the landing, or as after it."""
    files, status = target_of(driver)
    assert status == []
    assert files in (FILES, {"readme.txt": "hello"}, {"readme.txt": "hello", "theirs.txt": "theirs"})


def check_landed(driver: Driver, state: RunState, strategy: str) -> None:
    check_invariants(state)
    assert (state.status, state.landing is not None and state.landing.status) == ("succeeded", "landed")
    assert target_of(driver) == (FILES, [])
    subjects = driver.repo.git("log", "--format=%s", "main").splitlines()
    whole = f"Merge {driver.run_id}"
    expected = {"merge": [whole, "ready", "b", "a"], "squash": [whole], "rebase": ["ready", "b", "a"]}[strategy]
    assert sorted(subjects) == sorted([*expected, "theirs", "first"]), "everything landed exactly once"
    ends = [e.event for e in read_events(driver.folder.events) if isinstance(e.event, LandingFinished)]
    assert [end.status for end in ends] == ["landed"]
    assert driver.repo.git("rev-parse", "main") == ends[0].commit
    check_nothing_left(driver)


def undisturbed(place: Path, strategy: str, monkeypatch: pytest.MonkeyPatch) -> tuple[int, int, int]:
    """Where the landing begins and the run ends in the log, and how many git commands there are."""
    driver, crash = driver_of(place, strategy), Crash(NEVER, "after", after_git=True)
    crash.drive(driver, monkeypatch)
    events = list(read_events(driver.folder.events))
    begins = next(e.seq for e in events if type(e.event).__name__ == "CandidateMade")
    return begins, events[-1].seq, next(crash._commands) - 1


def die_and_go_on(crash: Crash, place: Path, strategy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    driver = driver_of(place, strategy)
    crash.drive(driver, monkeypatch)
    check_between(driver)
    check_landed(driver, driver.resume(), strategy)


def samples(first: int, last: int, count: int) -> Iterator[int]:
    return (first + (last - first) * n // max(1, count - 1) for n in range(count))


@rule("16.1 runs: never half")
def test_a_landing_that_was_cut_short_is_finished(tmp_path, monkeypatch) -> None:
    begins, ends, commands = undisturbed(tmp_path / "whole", "rebase", monkeypatch)

    for number, at in enumerate(samples(begins + 2, ends - 2, 2)):
        die_and_go_on(Crash(at, MODES[number + 1]), tmp_path / f"event{at}", "rebase", monkeypatch)
    at = commands - 2  # one of the last
    die_and_go_on(Crash(at, "after", after_git=True), tmp_path / "git", "rebase", monkeypatch)


def test_a_landing_that_git_died_in_is_finished_too(tmp_path, monkeypatch) -> None:
    """Files and index are new, the branch is not: so the whole machine leaves it."""
    whole, driver = driver_of(tmp_path / "whole", "squash"), driver_of(tmp_path / "half", "squash")
    whole.start()
    at = next(e.seq for e in read_events(whole.folder.events) if isinstance(e.event, LandingStarted))
    Crash(at, "after").drive(driver, monkeypatch)
    started = list(read_events(driver.folder.events))[-1].event
    assert isinstance(started, LandingStarted), "the last event before git is at work"
    driver.repo.git("read-tree", "-m", "-u", started.onto, started.commit)
    assert driver.repo.status() != []

    state = driver.resume()

    check_landed(driver, state, "squash")
    assert any("put back" in warned.message for warned in state.warnings)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_landing_that_was_cut_short_anywhere_is_finished(strategy, tmp_path, monkeypatch) -> None:
    begins, ends, commands = undisturbed(tmp_path / "whole", strategy, monkeypatch)

    for mode in MODES:
        for at in range(begins, ends):
            die_and_go_on(Crash(at, mode), tmp_path / f"{mode}{at}", strategy, monkeypatch)
    for at in range(1, commands + 1):
        die_and_go_on(Crash(at, "after", after_git=True), tmp_path / f"git{at}", strategy, monkeypatch)
