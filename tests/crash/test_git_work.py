"""The program dies while it commits, squashes, fills worktrees, settles leftovers; taken up again, it ends the same.

A sample is part of every test run; `-m soak` tries every event and every git command.
"""

import pytest

from prodigy_tui.events.evolve import fold
from prodigy_tui.events.schema import StepCommitted
from prodigy_tui.events.source import read_events
from tests.support.crash import MODES, Crash
from tests.support.drive import Driver

WORKFLOW = """
name: committing
uncommitted: commit
worktree:
  copy: [local.cfg]
  setup: ["test -e local.cfg && touch by-setup"]
setup:
  - foreach: {list: [1, 2]}
    do:
      - {shell: "echo ${item} > part${item}", commit_config: {message_template: "part ${item}", squash: true}}
  - {shell: "test '${step.files_changed}' = '${workflow.files_added:part*}' && test -e part2 && echo x > other",
     commit_config: {message_template: "adds ${step.files_added}"}}
map:
  input: [a, b]
  max_parallel: 1
  worktree: {copy: [local.cfg], keep: [cache], setup: ["mkdir -p cache; touch cache/x"], sparse: [nowhere]}
  agent_template:
    - {shell: "cat local.cfg && echo ${item} > ${item} && echo left > ${item}.left",
       commit_config: {exclude_files: ["*.left"]}, paths: ["?", "*.left"]}
reduce: ["echo left > run.left"]
"""
FILES = {"readme.txt", ".gitignore", "part1", "part2", "other", "a", "b", "a.left", "b.left", "run.left"}
EVENTS = 60
SAMPLE = 2
GIT_COMMANDS = 39


def driver_in(place) -> Driver:
    driver = Driver(place, WORKFLOW)
    driver.repo.commit(".gitignore", "cache\n")
    driver.repo.write("local.cfg", "cfg\n")
    return driver


def check_end(driver: Driver, state) -> None:
    assert (state.status, state.counts.success) == ("succeeded", 2), (state.status, state.message)
    assert state.landing.status == "landed"
    assert set(driver.repo.files()) == FILES
    assert state.warning_count == 0, [warned.message for warned in state.warnings]
    events = [envelope.event for envelope in read_events(driver.folder.events)]
    subjects = driver.repo.git("log", "--format=%s", f"{state.base}..main").splitlines()
    parts = [one for one in subjects if one.startswith("part")]
    told = [event.squash for event in events if isinstance(event, StepCommitted) and event.squash]
    assert parts == ["part 1"] or len(told) < 2, "only a commit that the log was not told of may stay apart"
    assert subjects.count("adds other") == 1
    assert subjects.count(f"Leftover changes of {state.run_id}") == 1
    assert driver.repo.status() == ["?? local.cfg"]
    assert fold(read_events(driver.folder.events)) == state
    assert not state.worktrees


def test_undisturbed(tmp_path):
    driver = driver_in(tmp_path)
    state = driver.start()
    check_end(driver, state)
    assert state.last_seq >= EVENTS - 10


@pytest.mark.parametrize("case", range(SAMPLE))
def test_a_run_that_died_at_an_event(case, tmp_path, monkeypatch):
    driver = driver_in(tmp_path)
    Crash(3 + case * EVENTS // SAMPLE, MODES[case % len(MODES)]).drive(driver, monkeypatch)
    check_end(driver, driver.resume())


@pytest.mark.parametrize("at", range(2, GIT_COMMANDS, 29))
def test_a_run_that_died_between_two_git_commands(at, tmp_path, monkeypatch):
    driver = driver_in(tmp_path)
    Crash(at, "after", after_git=True).drive(driver, monkeypatch)
    check_end(driver, driver.resume())


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_a_run_that_died_anywhere(tmp_path, monkeypatch):
    for at in range(2, EVENTS + 40):
        driver = driver_in(tmp_path / f"event-{at}")
        Crash(at, MODES[at % len(MODES)]).drive(driver, monkeypatch)
        check_end(driver, driver.resume())
    for at in range(1, 80):
        driver = driver_in(tmp_path / f"git-{at}")
        Crash(at, "after", after_git=True).drive(driver, monkeypatch)
        check_end(driver, driver.resume())
