"""Signals from outside, sent to the real program in a process of its own."""

import os
import signal
from collections.abc import Callable, Iterator

import pytest

from tests.support.children import is_alive
from tests.support.program import Driven, let_go, patient, wait_for_pid
from tests.support.project import Project
from tests.support.rules import rule

pytestmark = pytest.mark.slow


@pytest.fixture
def drive() -> Iterator[Callable[..., Driven]]:
    """Starts the program; ends what a failed test leaves running."""
    started: list[Driven] = []

    def start(*arguments: str, before: tuple[str, ...] = ()) -> Driven:
        started.append(Driven(*arguments, before=before))
        return started[-1]

    yield start
    for driven in started:
        driven.close()


@rule("cli 5 first")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_first_signal_stops_cleanly_and_the_run_can_be_resumed(project: Project, drive, number, code) -> None:
    driven = drive("run", patient(project))
    pid = wait_for_pid(project, driven.process)

    driven.process.send_signal(number)
    ended, said = driven.end()

    (run_id,) = project.runs()
    assert ended == code, said
    assert f"prodigy-tui resume {run_id}" in said
    assert not is_alive(pid)
    let_go(project)
    resumed = project.call("resume", "--json")
    assert (resumed.code, resumed.json["status"]) == (0, "succeeded"), resumed.err
    assert project.call("resume", run_id).code == 2


@rule("cli 5 second")
def test_second_interrupt_kills_what_does_not_stop(project: Project, drive) -> None:
    driven = drive("run", patient(project, trap="trap '' TERM INT"))
    pid = wait_for_pid(project, driven.process)

    driven.process.send_signal(signal.SIGINT)
    driven.wait_until_said("asked  stop")
    driven.process.send_signal(signal.SIGINT)
    ended, said = driven.end()

    assert ended == 130, said
    assert not is_alive(pid)


def test_run_that_is_driven_elsewhere_is_held_and_takes_signals(project: Project, drive) -> None:
    driven = drive("run", patient(project))
    wait_for_pid(project, driven.process)

    held = project.call("resume", "last")
    stopped = project.call("signal", "last", "stop")
    ended, said = driven.end()

    assert held.code == 6
    assert f"process {driven.process.pid}" in held.err
    assert stopped.code == 0, stopped.err
    assert ended == 130, said


def test_killed_program_leaves_a_run_that_can_be_resumed(project: Project, drive, runtime_folder) -> None:
    driven = drive("run", patient(project))
    pid = wait_for_pid(project, driven.process)

    driven.process.kill()
    assert driven.end()[0] == -signal.SIGKILL
    assert project.call("runs", "show", "--json").json["status"] == "interrupted"
    let_go(project)
    resumed = project.call("resume", "--json")

    assert (resumed.code, resumed.json["status"]) == (0, "succeeded"), resumed.err
    assert not is_alive(pid)
    assert list(runtime_folder.iterdir()) == []


SLOW_START = """
    secrets:
      SLOW: {{provider: command, command: "echo $$ > '{place}/pid'; exec sleep 60"}}
    steps:
      - "true"
    """


@rule("cli 5 first")
@pytest.mark.parametrize(
    ("number", "code"),
    [
        (signal.SIGTERM, 143),
        pytest.param(signal.SIGINT, 130, marks=pytest.mark.soak),
        pytest.param(signal.SIGHUP, 129, marks=pytest.mark.soak),
    ],
)
def test_signal_before_the_run_began_to_work_ends_what_is_asked_for_it(project: Project, drive, number, code) -> None:
    driven = drive("run", project.workflow(SLOW_START.format(place=project.home.parent)))
    pid = wait_for_pid(project, driven.process)

    driven.process.send_signal(number)
    ended, said = driven.end()

    assert (ended, project.runs()) == (code, []), said
    assert f"interrupted by {number.name} before the run began to work; nothing has been started" in said
    assert not is_alive(pid)


@rule("cli 5 early")
def test_resume_that_is_interrupted_before_it_goes_on_says_how_to_go_on(project: Project, drive) -> None:
    driven = drive("run", patient(project))
    wait_for_pid(project, driven.process)
    driven.process.send_signal(signal.SIGINT)
    driven.end()
    slow = project.workflow(SLOW_START.format(place=project.home.parent), "slow.yml")
    (project.home.parent / "pid").unlink()

    resuming = drive("resume", "--workflow", slow)
    pid = wait_for_pid(project, resuming.process)
    resuming.process.send_signal(signal.SIGINT)
    ended, said = resuming.end()

    assert ended == 130
    assert f"before the run began to work; 'prodigy-tui resume {project.runs()[0]}' goes on" in said
    assert not is_alive(pid)


@rule("cli 5 suspended")
def test_program_that_was_started_with_nohup_outlives_its_terminal(project: Project, drive) -> None:
    driven = drive("run", patient(project), before=("nohup",))
    wait_for_pid(project, driven.process)

    driven.process.send_signal(signal.SIGHUP)
    let_go(project)

    assert driven.end()[0] == 0


def test_suspended_program_goes_on_where_it_was(project: Project, drive) -> None:
    driven = drive("run", patient(project))
    wait_for_pid(project, driven.process)

    driven.process.send_signal(signal.SIGSTOP)  # SIGTSTP stops nothing whose session has no terminal
    os.waitpid(driven.process.pid, os.WUNTRACED)
    let_go(project)
    driven.process.send_signal(signal.SIGCONT)

    assert driven.end()[0] == 0
