"""The power fails at any event of a run: of its records only that is left which was synced. It ends the same.

What git has synced is for git to know; that its commands sync is looked at in `tests/git/test_durability.py`.
"""

from pathlib import Path

import pytest

from prodigy_tui.events.schema import RunStarted
from prodigy_tui.events.source import read_events
from tests.support.crash import Crash
from tests.support.drive import Driver
from tests.support.invariants import check_invariants
from tests.support.power import Power, Tail
from tests.support.rules import rule

WORKFLOW = """
name: power
uncommitted: patch
setup:
  - {shell: "echo set > setup.txt", commit_config: {message_template: set}}
  - {shell: "echo hello", capture_output: greeting}
map:
  input: [{id: left}, {id: right}]
  max_parallel: 2
  agent_template:
    - "test -s $PRODIGY_WORK_FILE && echo ${greeting} ${item.id} > ${item.id}.txt && git add . && git commit -qm x"
    - "echo nobody commits this > rest.txt"
reduce:
  - {shell: "ls *.txt > listed", commit_config: {message_template: listed}}
merge:
  - {shell: "echo ready > ready.txt", commit_config: {message_template: ready}}
"""
FILES = {"readme.txt", "setup.txt", "left.txt", "right.txt", "listed", "ready.txt"}
EVENTS = 60
"""Of the undisturbed run, or a few more."""

TAILS: tuple[Tail, ...] = ("gone", "half", "zeros")


def check_survives(at: int, tail: Tail, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place.mkdir(exist_ok=True)
    driver = Driver(place, WORKFLOW)
    with monkeypatch.context() as patch:
        power = Power(patch, place / "state")
        crash = Crash(at, "after")
        crash.drive(driver, patch)
        power.fail(tail)
    if not crash.happened:
        return
    assert isinstance(next(read_events(driver.folder.events)).event, RunStarted)
    state = driver.resume()

    check_invariants(state)
    assert (state.status, state.merged) == ("succeeded", 2), (at, tail, state.message)
    assert set(driver.repo.files("main")) == FILES
    assert driver.repo.status() == []
    for item in state.items.values():
        last = item.history[-1]
        assert last.leftover is not None
        assert b"nobody commits this" in driver.folder.artifact(last.leftover).read_bytes()


@rule("cli 4 disk: power")
@pytest.mark.parametrize("at", range(3, EVENTS, 9))
def test_run_whose_power_failed_at_an_event_ends_the_same(at: int, tmp_path: Path, monkeypatch) -> None:
    check_survives(at, TAILS[at % len(TAILS)], tmp_path, monkeypatch)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("tail", TAILS)
def test_run_whose_power_failed_at_any_event_ends_the_same(tail: Tail, tmp_path: Path, monkeypatch) -> None:
    for at in range(3, EVENTS):
        check_survives(at, tail, tmp_path / str(at), monkeypatch)
