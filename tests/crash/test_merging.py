"""The program dies in the midst of a batch of merges: between any two of its steps nothing is lost or done twice.

The boundaries that differ are part of every test run; `python -m pytest -m soak tests/crash` tries every event.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from prodigy_tui.events.schema import (
    KnownEvent,
    MergeFinished,
    MergeStarted,
    StepFinished,
    VerifyFinished,
    VerifyStarted,
)
from tests.support.crash import MODES, Crash, Mode
from tests.support.drive import Driver
from tests.support.merging import Law, Trouble
from tests.support.rules import rule

TROUBLE = Trouble(
    items=4,
    parallel=4,
    batch="8",
    shared=frozenset({0, 1}),
    steering=frozenset(),
    bad=frozenset({2}),
    mended=frozenset({3}),
    pairs=frozenset(),
    flaky="g",
)
"""A conflict, a branch to blame, and one that is mended."""


class CrashAtEvent(Crash):
    """Dies at the first event of its kind."""

    def __init__(self, mode: Mode, wanted: Callable[[KnownEvent], bool]) -> None:
        super().__init__(0, mode)
        self._wanted = wanted

    def is_at(self, seq: int, event: KnownEvent) -> bool:
        return self._wanted(event)


class CrashBehindTheTip(Crash):
    """Dies when the tip has moved for the nth time; nothing tells so but the ref."""

    def __init__(self, moves: int) -> None:
        super().__init__(moves, "after", after_git=True)

    def is_behind(self, arguments: tuple[str, ...]) -> bool:
        moves = "update-ref" in arguments and any(word.endswith("/tip") for word in arguments)
        return moves and super().is_behind(arguments)


BOUNDARIES = {
    "a branch is about to be merged": lambda event: isinstance(event, MergeStarted),
    "a candidate is about to be verified": lambda event: isinstance(event, VerifyStarted),
    "a step of verify has ended": lambda event: isinstance(event, StepFinished) and event.path.startswith("verify/"),
    "a candidate has passed": lambda event: isinstance(event, VerifyFinished) and event.status == "ok",
    "a candidate has failed": lambda event: isinstance(event, VerifyFinished) and event.status == "failed",
    "the mending begins": lambda event: isinstance(event, VerifyStarted) and event.purpose == "fix",
    "a branch is merged": lambda event: isinstance(event, MergeFinished) and event.status == "merged",
    "a branch is blamed": lambda event: isinstance(event, MergeFinished) and event.status == "failed",
}
SAMPLE: list[tuple[str, Mode]] = [
    ("a branch is about to be merged", "lost"),
    ("a step of verify has ended", "torn"),
    ("a candidate has passed", "after"),
    ("a branch is blamed", "before"),
]


def in_trouble(place: Path) -> Driver:
    (place / "outside").mkdir(parents=True)
    driver = Driver(place, TROUBLE.workflow(place / "outside"), merge="no")
    driver.repo.git("config", "core.logAllRefUpdates", "always")
    return driver


def survive(crash: Crash, driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    """Dies, is taken up, and ends as a run would to which nothing happened."""
    state = crash.drive(driver, monkeypatch) or driver.resume()
    Law(driver, state, TROUBLE).check()
    status = {int(entry.item.data): entry.status for entry in state.items.values()}
    assert (status[2], status[3], sorted((status[0], status[1]))) in (
        ("dead", "success", ["dead", "success"]),
        ("dead", "success", ["success", "success"]),  # one of them began anew, upon the other
    )


@rule("16.4 crash")
@pytest.mark.parametrize(("boundary", "mode"), SAMPLE)
def test_a_batch_that_died_at_a_boundary_ends_the_same(boundary, mode, tmp_path, monkeypatch) -> None:
    driver = in_trouble(tmp_path)

    survive(CrashAtEvent(mode, BOUNDARIES[boundary]), driver, monkeypatch)


@rule("16.4 crash")
@pytest.mark.parametrize("moves", [2])
def test_a_merge_that_only_the_ref_tells_of_is_not_done_again(moves, tmp_path, monkeypatch) -> None:
    driver = in_trouble(tmp_path)

    survive(CrashBehindTheTip(moves), driver, monkeypatch)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("mode", MODES)
def test_a_batch_that_died_at_any_boundary_ends_the_same(mode, tmp_path, monkeypatch) -> None:
    for number, wanted in enumerate(BOUNDARIES.values()):
        survive(CrashAtEvent(mode, wanted), in_trouble(tmp_path / str(number)), monkeypatch)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("mode", MODES)
def test_a_batch_that_died_at_any_event_ends_the_same(mode, tmp_path, monkeypatch) -> None:
    last = in_trouble(tmp_path / "undisturbed").start().last_seq
    for at in range(20, last + 1):
        survive(Crash(at, mode), in_trouble(tmp_path / str(at)), monkeypatch)
