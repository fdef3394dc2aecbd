"""A process that dies while dead letters are given back, from their files or anew, after one was discarded."""

import asyncio
from pathlib import Path

import pytest

from prodigy_tui.clock import SystemClock
from prodigy_tui.engine.signals import decide_at_rest
from prodigy_tui.engine.upkeep.discarded import tidy_discarded
from prodigy_tui.events.evolve import evolve
from prodigy_tui.events.schema import ItemDiscarded, ReduceRequested, SignalReceived
from prodigy_tui.events.source import read_events
from prodigy_tui.events.state import RunState
from tests.support.crash import MODES, Crash, Mode, SimulatedCrash
from tests.support.drive import Driver
from tests.support.gitrepo import hermetic
from tests.support.invariants import check_invariants
from tests.support.ledger import Ledger
from tests.support.rules import rule

FOUR = """
map:
  items: [a, b, c, d]
  max_parallel: 2
  agent_template:
    - "test -e ${item}.txt || { echo ${worker.attempt} > ${item}.txt; git add .; git commit -qm ${item}; }"
    - "echo ${worker.attempt} > new-${item}; test ${item} = a || test -e $OUTSIDE/mended"
    - "git add .; git commit -qm again"
reduce: ["true"]
"""


async def discard(driver: Driver, item_id: str) -> None:
    decided = [ItemDiscarded(item_id=item_id)]
    state = await decide_at_rest(driver.folder, lambda _: decided, clock=SystemClock())
    assert await tidy_discarded(driver.folder, state, clock=SystemClock()) == ()


async def give_back(driver: Driver, anew: list[str], from_files: list[str]) -> RunState:
    session = await driver.reopen()
    try:
        for item_id in (*anew, *from_files):
            session.take(SignalReceived(signal="retry", item_id=item_id, keep_files=item_id in from_files))
        session.take(ReduceRequested())
        return await session.run()
    finally:
        await session.close()


def crashed(driver: Driver, crash: Crash, monkeypatch: pytest.MonkeyPatch, b: str, c: str) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("prodigy_tui.engine.session.EventLog", crash.log())
        try:
            asyncio.run(give_back(driver, [b], [c]))
        except SimulatedCrash:
            assert crash.happened


def check(driver: Driver, state: RunState) -> None:
    ledger = Ledger()
    before = RunState()
    for envelope in read_events(driver.folder.events):
        before = evolve(before, envelope)
        ledger.take(envelope, before)
    ledger.check(state)
    check_invariants(state)


@rule("cli 8.1 retry files", "cli 8.1 discard")
@pytest.mark.parametrize(
    ("behind", "mode"),
    [(5, "torn"), (13, "lost"), (24, "before")],
)
def test_everybody_is_counted_once_whenever_the_process_dies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, behind: int, mode: Mode
) -> None:
    one_death(tmp_path, monkeypatch, behind, mode)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("behind", range(1, 60))
def test_everybody_is_counted_once_at_every_event(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, behind: int, mode: Mode
) -> None:
    one_death(tmp_path, monkeypatch, behind, mode)


def one_death(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, behind: int, mode: Mode) -> None:
    hermetic(monkeypatch)
    monkeypatch.setenv("OUTSIDE", str(tmp_path))
    driver = Driver(tmp_path / "here", FOUR)
    ran = driver.start()
    a, b, c, d = ran.order
    assert set(ran.dead_letters) == {b, c, d}
    asyncio.run(discard(driver, d))
    (tmp_path / "mended").touch()
    seq = sum(1 for _ in read_events(driver.folder.events))

    crashed(driver, Crash(seq + behind, mode), monkeypatch, b, c)
    state = driver.resume()
    if state.dead_letters:  # it died before they were given back
        state = asyncio.run(give_back(driver, [], list(state.dead_letters)))

    assert {one: state.items[one].status for one in state.order} == {
        a: "success",
        b: "success",
        c: "success",
        d: "skipped",
    }
    assert (state.merged, state.final_failures, state.exit_code) == (3, 1, 0)
    check(driver, state)
    assert sorted(driver.repo.files()) == sorted(["a.txt", "b.txt", "c.txt", "new-a", "new-b", "new-c", "readme.txt"])
    items = driver.repo.git("log", "--merges", "--format=%(trailers:key=Prodigy-Item,valueonly)", "main").split()
    assert len(items) == len(set(items)), "nobody is merged twice"
    branches = driver.repo.git("for-each-ref", "--format=%(refname)", "refs/heads/prodigy").split()
    assert branches == [], "nothing is left"
