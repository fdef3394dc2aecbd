"""The program dies while a run has called another; taken up again, both end as if nothing had happened."""

import random

import pytest

from prodigy_tui.events.evolve import fold
from prodigy_tui.events.source import read_events
from prodigy_tui.events.state import RunState
from tests.crash.several_logs import Death
from tests.support.crash import MODES
from tests.support.drive import Driver
from tests.support.gitrepo import hermetic
from tests.support.invariants import check_invariants
from tests.support.rules import rule

SAMPLE = 4

WORKFLOW = """
name: outer
workflows:
  fan:
    parameters: {list: {type: path}}
    setup:
      - shell: |
          echo set > setup.txt && git add setup.txt && (git diff --cached --quiet || git commit --quiet -m setup)
    map:
      input: "${list}"
      agent_template:
        - shell: test ${item} != broken && echo ${item} > ${item}.txt && git add ${item}.txt && git commit -qm ${item}
    reduce:
      - {shell: "ls *.txt | wc -l", capture: count}
      - shell: echo ${count} > count.txt && git add count.txt && (git diff --cached --quiet || git commit -qm count)
steps:
  - echo '["left", "right", "broken"]' > items.json
  - {workflow: fan, with: {list: items.json}, outputs: [count], id: call}
  - shell: |
      echo ${call.count} > told.txt && git add told.txt && (git diff --cached --quiet || git commit -qm told)
"""

FILES = {
    "readme.txt": "hello",
    "setup.txt": "set",
    "left.txt": "left",
    "right.txt": "right",
    "count.txt": "4",
    "told.txt": "4",
}


def check_end(driver: Driver, state: RunState) -> None:
    check_invariants(state)
    assert fold(read_events(driver.folder.events)) == state
    assert (state.status, state.message) == ("succeeded", "")
    assert driver.repo.files() == FILES
    assert len(state.calls) == 1, "the called run was taken up again, not begun anew"
    (call,) = state.calls.values()
    called = fold(read_events(driver.folder.path.parent / call.run_id / "events.jsonl"))
    check_invariants(called)
    assert (called.counts.success, called.counts.dead, call.dead) == (2, 1, 1)
    log = driver.repo.git("log", "--format=%(trailers:key=Prodigy-Item,valueonly,separator=%x2C)", "main")
    assert len([line for line in log.splitlines() if line]) == 2, "each item is merged exactly once"
    refs = driver.repo.git("for-each-ref", "--format=%(refname)", "refs/heads/prodigy", "refs/prodigy").splitlines()
    dead = [record.branch for entry in called.items.values() if entry.status == "dead" for record in entry.history]
    assert [ref for ref in refs if ref.removeprefix("refs/heads/") not in dead] == []
    kept = [*state.worktrees, *called.worktrees]
    assert len(driver.repo.git("worktree", "list").splitlines()) == 1 + len(kept)
    assert all("/slot-" in path for path in kept)


def length(driver: Driver) -> int:
    """How many events the undisturbed run has, its called run included."""
    state = driver.start()
    check_end(driver, state)
    runs = driver.folder.path.parent
    return sum(len(list(read_events(runs / run_id / "events.jsonl"))) for run_id in (state.run_id, *state.calls))


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> int:
    with pytest.MonkeyPatch.context() as monkeypatch:
        hermetic(monkeypatch)
        return length(Driver(tmp_path_factory.mktemp("undisturbed"), WORKFLOW))


@rule("15.5 map crash")
@pytest.mark.parametrize("case", range(SAMPLE))
def test_death_at_an_event_of_either_run(case, tmp_path, events, monkeypatch) -> None:
    chance = random.Random(case)
    at = 2 + int((case + chance.random()) * (events - 2) / SAMPLE)
    driver = Driver(tmp_path, WORKFLOW)

    Death(at, MODES[case % len(MODES)]).drive(driver, monkeypatch)
    if case % 2:
        Death(2 + chance.randrange(12), chance.choice(MODES)).drive(driver, monkeypatch)

    check_end(driver, driver.resume())


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("mode", MODES)
def test_death_at_any_event_of_either_run(mode, tmp_path, events, monkeypatch) -> None:
    for at in range(2, events + 1):
        driver = Driver(tmp_path / str(at), WORKFLOW)
        Death(at, mode).drive(driver, monkeypatch)
        check_end(driver, driver.resume())
