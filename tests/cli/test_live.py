"""The interface on a terminal, beside a run: the real program, keys pressed and screens read."""

import signal
from collections.abc import Callable, Iterator

import pytest

from tests.support.children import is_alive
from tests.support.program import Terminal, let_go, patient, wait_for_pid
from tests.support.project import Project

pytestmark = pytest.mark.slow

CTRL_C = "\x03"
RIGHT = "\x1b[C"


@pytest.fixture
def terminal() -> Iterator[Callable[..., Terminal]]:
    """Starts the program on a terminal; ends what a failed test leaves running."""
    started: list[Terminal] = []

    def start(*arguments: str, module: str = "prodigy_tui") -> Terminal:
        started.append(Terminal(*arguments, module=module))
        return started[-1]

    yield start
    for one in started:
        one.close()


def plain(text: str) -> str:
    """Text without colours."""
    return text.replace("\x1b[0m", "").replace("\x1b[1m", "").replace("\x1b[32m", "")


def test_signal_from_outside_closes_the_interface_and_stops_the_run(project: Project, terminal) -> None:
    screen = terminal("run", patient(project))
    screen.wait_until_shown("LIVE")
    pid = wait_for_pid(project, screen.process)

    screen.process.send_signal(signal.SIGTERM)
    code, seen = screen.end()

    assert code == 143, seen
    assert "prodigy-tui resume" in screen.after_interface
    assert not is_alive(pid)


def test_signal_command_reaches_a_run_whose_interface_stays_when_ctrl_c_stops_it(project: Project, terminal) -> None:
    screen = terminal("run", patient(project))
    screen.wait_until_shown("LIVE")
    pid = wait_for_pid(project, screen.process)

    assert project.call("signal", "last", "pause").code == 0
    screen.wait_until_shown("PAUSED")
    screen.press(CTRL_C)
    screen.wait_until_shown("Leave?")
    screen.press(CTRL_C)
    screen.wait_until_shown("INTERRUPTED")
    assert not is_alive(pid)
    screen.press("q")
    code, seen = screen.end()

    assert code == 130, seen


def test_run_goes_on_when_the_interface_is_left_and_says_how_when_it_is_paused(project: Project, terminal) -> None:
    screen = terminal("run", patient(project))
    screen.wait_until_shown("LIVE")
    wait_for_pid(project, screen.process)

    screen.press("p")
    screen.wait_until_shown("PAUSED")
    screen.press("q")
    screen.wait_until_shown("Leave?")
    screen.press("l")
    screen.wait_until_shown("the run stays paused; it goes on with: prodigy-tui signal ")
    let_go(project)
    assert project.call("signal", "last", "resume").code == 0
    code, seen = screen.end()

    assert code == 0, seen
    assert "unmerged" in screen.after_interface


def test_question_is_answered_in_the_interface_which_stays_after_the_run(project: Project, terminal) -> None:
    let_go(project)
    before = project.repo.head
    screen = terminal("run", patient(project))

    screen.wait_until_shown("WAITS FOR YOU")
    screen.press("m")
    screen.wait_until_shown("lands it on")
    screen.press_until_shown("a", "SUCCEEDED")
    screen.press("q")
    code, seen = screen.end()

    assert code == 0, seen
    assert f"{project.runs()[0]} succeeded" in plain(screen.after_interface)
    assert project.repo.head != before


def test_replay_opens_on_a_terminal(project: Project, terminal) -> None:
    project.call("run", project.workflow("- shell: 'true'\n"))
    screen = terminal("replay", "last")

    screen.wait_until_shown("REPLAY")
    screen.press("q")

    assert screen.end()[0] == 0


def test_run_that_cannot_be_opened_is_one_line_and_no_screen(project: Project, terminal) -> None:
    project.repo.git("checkout", "--quiet", "--detach")
    screen = terminal("run", project.workflow("- shell: 'true'\n"))

    code, seen = screen.end()

    assert code == 2
    assert "\x1b[?1049h" not in seen
    assert "no branch is checked out" in seen


def test_resume_says_what_is_kept_and_a_signal_from_outside_closes_the_interface_after_the_run(
    project: Project, terminal
) -> None:
    place = project.home.parent
    project.call("run", project.workflow(f"- shell: 'true'\n- shell: test -e '{place}/go'\n"))
    let_go(project)
    screen = terminal("resume", "last", "--merge", "no")

    screen.wait_until_shown(": 1 redone")
    screen.wait_until_shown("failed, 1 step kept")
    screen.wait_until_shown("\x1b[?1049h")
    screen.wait_until_shown("SUCCEEDED")
    screen.process.send_signal(signal.SIGTERM)

    assert screen.end()[0] == 0


TORN = "tests.support.torn"


def crash_report(project: Project) -> str:
    (report,) = (project.home / "crashes").iterdir()
    return report.read_text()


def test_run_goes_on_when_the_interface_fails_and_the_report_comes_last(project: Project, terminal) -> None:
    screen = terminal("run", patient(project), module=TORN)
    screen.wait_until_shown("LIVE")
    wait_for_pid(project, screen.process)

    assert project.call("signal", "last", "set-parallel", "2").code == 0
    screen.wait_until_shown("the interface failed: the run goes on without the interface")
    let_go(project)
    code, seen = screen.end()

    said = plain(screen.after_interface)
    assert code == 70, seen
    assert screen.is_as_before
    assert "Traceback" not in said
    assert said.index(f"{project.runs()[0]} succeeded") < said.index("this is a bug of prodigy-tui")
    assert "RuntimeError: the picture is torn" in crash_report(project)
    assert "in advance" in crash_report(project)


def test_replay_that_fails_leaves_a_report_and_no_traceback(project: Project, terminal) -> None:
    project.call("run", project.workflow("- shell: 'true'\n"))
    screen = terminal("replay", "last", module=TORN)
    screen.wait_until_shown("REPLAY")

    screen.press(RIGHT)  # goes on as soon as the next event has been read
    code, seen = screen.end()

    assert code == 70, seen
    assert "Traceback" not in plain(screen.after_interface)
    assert "the picture is torn" in crash_report(project)
