"""`logs`, `events --follow` and `watch`: what a run prints and does, while it does and afterwards."""

import json
import signal

import pytest

from tests.support.program import PATIENCE_S, Driven, Terminal, let_go, patient, wait_for_pid
from tests.support.project import Project

TOKEN = "ghp_" + "a1" * 18
STEPS = f"""
name: loud
setup:
  - name: first
    shell: echo from setup; echo complaint >&2
  - name: second
    shell: |
      printf 'red \\033[31mtext\\033[0m {TOKEN}'
map:
  input: [{{id: one}}, {{id: two}}]
  max_parallel: 1
  agent_template:
    - name: say
      shell: echo ${{item.id}} says; echo ${{item.id}} moans >&2; echo ${{item.id}} ends
    - name: fail
      shell: echo failing; test ${{item.id}} = one || exit 3
"""


def be_loud(project: Project) -> None:
    assert project.call("run", project.workflow(STEPS)).code == 1


@pytest.fixture
def loud(project_after) -> Project:
    return project_after(be_loud)


@pytest.mark.parametrize(
    ("words", "printed"),
    [
        (["two", "--step", "say"], ["$ echo", "two says", "two moans", "two ends"]),
        (["two", "--step", "1"], ["$ echo failing", "failing", "fail  exit code 3"]),
        (["a0", "--stderr"], ["one moans"]),
        (["two", "--stderr", "--step", "fail"], []),
        (["setup", "--stderr"], ["complaint"]),
        (["setup", "--step", "first"], ["$ echo", "from setup", "complaint"]),
    ],
)
def test_output_of_an_item_a_phase_or_a_step(loud: Project, words: list[str], printed: list[str]):
    called = loud.call("logs", "last", *words)

    lines = sorted(called.out.splitlines())  # two pipes keep no order between them
    assert called.code == 0, called.err
    assert len(lines) == len(printed)
    assert all(line.startswith(start) for line, start in zip(lines, sorted(printed), strict=True)), lines
    assert called.err == ("" if printed else "nothing was printed there\n")


def test_output_of_all_phases_has_titles_and_can_do_no_harm(loud: Project):
    out = loud.call("logs").out

    assert out.startswith("── setup ──\n$ echo from setup")
    assert "red \\x1b[31mtext\\x1b[0m ***" in out
    assert TOKEN not in out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["three"], "has no item 'three'; the nearest are"),
        (["one", "--step", "sy"], "no step 'sy' has begun there; the nearest are"),
        (["reduce", "--step", "say"], "no step 'say' has begun there"),
    ],
)
def test_what_is_not_there_is_said_with_what_is(loud: Project, words: list[str], said: str):
    called = loud.call("logs", "last", *words)

    assert called.code == 2
    assert said in called.err


def test_a_run_under_way_is_followed_to_its_end(project: Project):
    driven = Driven("run", patient(project), "--headless")
    followers = []
    try:
        wait_for_pid(project, driven.process)
        followers = [
            Driven("watch", "--json"),
            Driven("logs", "last", "--follow"),
            Driven("events", "last", "--follow", "--format", "jsonl"),
            Driven("watch", "--headless"),
        ]
        followers[3].wait_until_said("phase steps")
        followers[3].process.send_signal(signal.SIGINT)
        assert followers[3].process.wait(PATIENCE_S) == 130
        let_go(project)
        driven.end()
        watched, logs, events = [follower.end() for follower in followers[:3]]
    finally:
        for one in (*followers, driven):
            one.close()

    assert (watched[0], logs[0], events[0]) == (0, 0, 0)
    summary = json.loads(watched[1][: watched[1].rindex("}") + 1])
    assert (summary["schema"], summary["status"]) == ("prodigy-tui/summary/1", "succeeded")
    assert "run succeeded" in watched[1]
    assert "git commit --quiet --allow-empty --message done" in logs[1]
    assert [json.loads(line)["seq"] for line in events[1].splitlines()][-1] == len(
        project.folder(project.runs()[0]).events.read_bytes().splitlines()
    )


def test_watching_a_finished_run_ends_with_its_code(loud: Project):
    called = loud.call("watch", "last")

    assert called.code == 1
    assert "two: to the dead letter queue" in called.err
    assert " failed after " in called.out
    assert loud.call("watch", "no-such-run").code == 2


@pytest.mark.slow
def test_the_interface_can_be_attached_and_has_no_hand_in_the_run(project: Project):
    driven = Driven("run", patient(project), "--headless")
    screen = None
    try:
        wait_for_pid(project, driven.process)
        screen = Terminal("watch", "last")
        screen.wait_until_shown("steps")
        let_go(project)
        screen.wait_until_shown("SUCCEEDED")
        screen.press("q")
        code, seen = screen.end()
        ran, _ = driven.end()
    finally:
        driven.close()
        if screen is not None:
            screen.close()

    assert (code, ran) == (0, 0), seen
