"""The program dies while agents are cut off, wait for their provider or go on; taken up again, it ends the same."""

from pathlib import Path

import pytest

from prodigy_tui.events.schema import Envelope, ProviderLimited, StepHeld, StepLetIn
from prodigy_tui.events.source import read_events
from tests.support.crash import Crash, Mode
from tests.support.drive import Driver
from tests.support.gitrepo import hermetic
from tests.support.invariants import check_invariants
from tests.support.rules import rule

WORKFLOW = """
name: weather
map:
  input: [{id: a}, {id: b}]
  max_parallel: 2
  agent_template:
    - agent:
        prompt: do ${item.id}
        provider: scripted
        options:
          script:
            - {match: do a, do: [{say: hi}, {limit: 8s}, {write: {path: a, content: x}}, {commit: c}, {say: ok}]}
            - {match: do b, do: [{say: hi}, {limit: 9s}, {write: {path: b, content: x}}, {commit: c}, {say: ok}]}
"""


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> list[Envelope]:
    """The events of the run that nothing happened to."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        hermetic(monkeypatch)
        driver = Driver(tmp_path_factory.mktemp("undisturbed"), WORKFLOW)
        state = driver.start()
    assert (state.counts.success, state.merged) == (2, 2)
    return list(read_events(driver.folder.events))


@rule("6.7 runs: shared")
@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        (ProviderLimited, "before"),
        (ProviderLimited, "lost"),
        (StepHeld, "torn"),
        (StepHeld, "after"),
        (StepLetIn, "before"),
        (StepLetIn, "after"),
    ],
)
def test_a_run_that_died_in_the_weather_ends_the_same(
    kind: type, mode: Mode, undisturbed: list[Envelope], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = next(envelope.seq for envelope in undisturbed if isinstance(envelope.event, kind))
    driver = Driver(tmp_path, WORKFLOW)
    Crash(at, mode).drive(driver, monkeypatch)
    state = driver.resume()

    assert (state.counts.success, state.merged) == (2, 2)
    assert (state.counts.running, dict(state.held), dict(state.limited)) == (0, {}, {})
    check_invariants(state)
    assert all(item.failures == 0 for item in state.items.values())
    assert driver.repo.files("main").keys() == {"readme.txt", "a", "b"}
