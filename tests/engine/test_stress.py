"""Whole runs in bad weather: real git, real tasks, people who interfere, processes that end in every way and are
followed by others. In the end everybody is settled, and the repository holds what succeeded, once.
"""

from contextlib import AbstractAsyncContextManager
from random import Random

import pytest

from prodigy_tui.events.item_state import FINAL
from tests.support.clock import HurriedClock
from tests.support.crash import MODES, Crash, SimulatedCrash
from tests.support.engine import Lab, Live, Ran
from tests.support.weather import PARALLEL, People, audit, check_repository, workflow

SPEED = 30.0
"""How much faster than the machine's the clock of these runs goes."""

PROCESSES = 6
"""How many drive a run before there is peace."""

PATIENCE = 40
"""Processes that may follow in peace: a person's answers may stop a run."""


class Storm:
    """One run, and the processes that drive it."""

    def __init__(self, lab: Lab, seed: int, count: int, monkeypatch: pytest.MonkeyPatch) -> None:
        self._lab = lab
        self._chance = Random(seed)
        self._text = workflow(self._chance, count)
        self._patching = monkeypatch
        self._clock = HurriedClock(SPEED)
        self._live: Live | None = None
        self.people = People(self._chance)
        self.deaths = 0

    def _process(self) -> AbstractAsyncContextManager[Live]:
        if self._live is None:
            return self._lab.live(self._text, clock=self._clock, interactive=True)
        return self._lab.live_again(self._live.session.folder, clock=self._clock)

    async def drive(self, *, stormy: bool) -> Ran | None:
        """Has one process drive the run; returns it at rest, or nothing if the process died."""
        async with self._process() as live:
            self._live = live
            await self.people.meddle(live, stormy=stormy)
        return self._lab.ran(live)

    async def drive_until_death(self) -> Ran | None:
        """Has a process drive the run that dies, unless the run is over before."""
        seq = self._live.state.last_seq if self._live is not None else 0
        crash = Crash(seq + self._chance.randint(10, 120), self._chance.choice(MODES))
        with self._patching.context() as patch:
            patch.setattr("prodigy_tui.engine.session.EventLog", crash.log())
            try:
                return await self.drive(stormy=True)
            except SimulatedCrash:
                self.deaths += 1
                return None

    async def ride_out(self, processes: int = PROCESSES) -> Ran:
        """Drives the run through the storm, and then in peace until everybody is settled."""
        for number in range(processes):
            await (self.drive_until_death() if number % 2 else self.drive(stormy=True))
        for _ in range(PATIENCE):
            ran = await self.drive(stormy=False)
            assert ran is not None
            if not ran.state.counts.unfinished:
                return ran
        raise AssertionError(f"the run does not end: {ran.state.counts} {ran.state.message}")


def check_end(ran: Ran, count: int) -> None:
    ledger = audit(ran.envelopes)
    state = ran.state
    assert ledger.most_at_once <= PARALLEL
    assert state.counts.total == count
    assert {entry.status for entry in state.items.values()} <= FINAL
    for entry in state.items.values():
        assert entry.status != "dead" or entry.failure is not None, "who is dead has a reason"
    check_repository(ran)


@pytest.mark.slow
@pytest.mark.timeout(180)
@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.soak)])
async def test_everybody_is_accounted_for_after_any_weather(seed: int, lab: Lab, monkeypatch) -> None:
    lab.patience_s = 60.0
    storm = Storm(lab, seed, 30, monkeypatch)

    ran = await storm.ride_out()

    check_end(ran, 30)
    assert ran.state.sessions >= PROCESSES


@pytest.mark.soak
@pytest.mark.timeout(3600)
async def test_everybody_of_five_hundred_is_accounted_for(lab: Lab, monkeypatch) -> None:
    lab.patience_s = 3000.0
    storm = Storm(lab, 500, 500, monkeypatch)

    ran = await storm.ride_out(processes=12)

    check_end(ran, 500)
