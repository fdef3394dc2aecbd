"""Signals from outside, sent to the real program in a process of its own."""

import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.support.children import is_alive
from tests.support.project import Project

PATIENCE_S = 30

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _nothing_left() -> Iterator[None]:
    """Ends what a failed test leaves running."""
    yield
    for process in STARTED:
        process.kill()
        process.wait()
    STARTED.clear()


STARTED: list[subprocess.Popen[str]] = []


class Driven:
    """The program driving a run."""

    def __init__(self, *arguments: str) -> None:
        command = [sys.executable, "-m", "prodigy_tui", *arguments]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        STARTED.append(self.process)

    def wait_until_said(self, words: str) -> None:
        assert self.process.stderr is not None
        said = []
        for line in self.process.stderr:
            said.append(line)
            if words in line:
                return
        raise AssertionError(f"it never said {words!r}: {said}")

    def end(self) -> tuple[int, str]:
        out, err = self.process.communicate(timeout=PATIENCE_S)
        return self.process.returncode, out + err


def patient(project: Project, *, trap: str = "") -> str:
    """A workflow whose step tells its pid and then waits, unless it may go."""
    place = project.home.parent
    return project.workflow(
        f"""
        - shell: |
            test -e '{place}/go' && exit 0
            {trap or ":"}
            echo $$ > '{place}/pid.tmp' && mv '{place}/pid.tmp' '{place}/pid'
            while true; do sleep 0.1; done
        """
    )


def wait_for_pid(project: Project, driven: Driven) -> int:
    """The pid of the step, once it stands in its loop."""
    file = project.home.parent / "pid"
    driven.wait_until_said("step ")
    while not file.exists():
        assert driven.process.poll() is None
        os.sched_yield()
    return int(file.read_text())


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_first_signal_stops_cleanly_and_the_run_can_be_resumed(project: Project, number, code) -> None:
    driven = Driven("run", patient(project))
    pid = wait_for_pid(project, driven)

    driven.process.send_signal(number)
    ended, said = driven.end()

    (run_id,) = project.runs()
    assert ended == code, said
    assert f"prodigy-tui resume {run_id}" in said
    assert not is_alive(pid)
    (project.home.parent / "go").touch()
    resumed = project.call("resume", "--json")
    assert (resumed.code, resumed.json["status"]) == (0, "succeeded"), resumed.err
    assert project.call("resume", run_id).code == 2


def test_second_interrupt_kills_what_does_not_stop(project: Project) -> None:
    driven = Driven("run", patient(project, trap="trap '' TERM INT"))
    pid = wait_for_pid(project, driven)

    driven.process.send_signal(signal.SIGINT)
    driven.wait_until_said("signal stop")
    driven.process.send_signal(signal.SIGINT)
    ended, said = driven.end()

    assert ended == 130, said
    assert not is_alive(pid)


def test_run_that_is_driven_elsewhere_is_held_and_takes_signals(project: Project) -> None:
    driven = Driven("run", patient(project))
    wait_for_pid(project, driven)

    held = project.call("resume", "last")
    stopped = project.call("signal", "stop", "last")
    ended, said = driven.end()

    assert held.code == 6
    assert f"process {driven.process.pid}" in held.err
    assert stopped.code == 0, stopped.err
    assert ended == 130, said


def test_killed_program_leaves_a_run_that_can_be_resumed(project: Project) -> None:
    driven = Driven("run", patient(project))
    pid = wait_for_pid(project, driven)

    driven.process.kill()
    assert driven.end()[0] == -signal.SIGKILL
    assert project.call("runs", "show", "--json").json["status"] == "interrupted"
    (project.home.parent / "go").touch()
    resumed = project.call("resume", "--json")

    assert (resumed.code, resumed.json["status"]) == (0, "succeeded"), resumed.err
    assert not is_alive(pid)


class Terminal:
    """The program on a terminal of its own."""

    def __init__(self, *arguments: str, columns: int = 120, lines: int = 40) -> None:
        ours, theirs = pty.openpty()
        environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": str(columns), "LINES": str(lines)}
        command = [sys.executable, "-m", "prodigy_tui", *arguments]
        self.process = subprocess.Popen(
            command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=True, text=True
        )
        STARTED.append(self.process)
        os.close(theirs)
        self._ours = ours
        self.seen = ""

    def wait_until_shown(self, words: str) -> None:
        """Reads until `words` have been drawn in one piece."""
        while words not in self.seen:
            try:
                self.seen += os.read(self._ours, 65536).decode("utf-8", "replace")
            except OSError as error:
                raise AssertionError(f"it never showed {words!r}: {self.seen[-2000:]!r}") from error

    def press(self, keys: str) -> None:
        os.write(self._ours, keys.encode())

    def end(self) -> tuple[int, str]:
        """What it exits with, and all that was on the terminal."""
        while True:
            try:
                self.seen += os.read(self._ours, 65536).decode("utf-8", "replace")
            except OSError:
                break
        os.close(self._ours)
        return self.process.wait(PATIENCE_S), self.seen


def test_interface_opens_on_a_terminal_and_leaves_it_as_it_was(project: Project) -> None:
    terminal = Terminal("run", project.workflow("- shell: 'true'\n"), "--merge", "no")

    terminal.wait_until_shown("SUCCEEDED")
    terminal.press("q")
    code, seen = terminal.end()

    assert code == 0, seen
    assert "\x1b[?1049l" in seen
    assert project.runs()[0] in seen.rpartition("\x1b[?1049l")[2]


def test_signal_from_outside_closes_the_interface_and_stops_the_run(project: Project) -> None:
    terminal = Terminal("run", patient(project))
    terminal.wait_until_shown("\x1b[?1049h")
    file = project.home.parent / "pid"
    while not file.exists():
        os.sched_yield()

    terminal.process.send_signal(signal.SIGTERM)
    code, seen = terminal.end()

    assert code == 143, seen
    assert "\x1b[?1049l" in seen
    assert not is_alive(int(file.read_text()))


def test_replay_opens_on_a_terminal(project: Project) -> None:
    project.call("run", project.workflow("- shell: 'true'\n"))
    terminal = Terminal("replay", "last")

    terminal.wait_until_shown("Fleet")
    terminal.press("q")
    code, seen = terminal.end()

    assert code == 0, seen
