"""The tutorial `two-hundred-agents.md` works as written, key by key, in a terminal."""

import subprocess
from pathlib import Path

import pytest

from prodigy_tui.events.evolve import fold
from prodigy_tui.events.schema import SignalReceived
from prodigy_tui.events.source import read_events
from prodigy_tui.storage import StateHome
from tests.support.tmux import has_tmux
from tests.tutorials.script import WAIT, Picture, Press, steps_of
from tests.tutorials.two_hundred import PAGE, Made, drive, make

STEPS = list(steps_of(PAGE.read_text("utf-8")))
needs_tmux = pytest.mark.skipif(not has_tmux(), reason="tmux is not installed")


def test_every_key_of_the_page_is_one_and_every_picture_is_there() -> None:
    unknown = {step.key for step in STEPS if isinstance(step, Press) and not is_key(step.key)}
    pictures = {step.file for step in STEPS if isinstance(step, Picture)}

    assert unknown == set()
    assert pictures == {file.name for file in (PAGE.parents[1] / "images").glob("two-hundred-*.svg")}


def is_key(key: str) -> bool:
    return key == WAIT or key[0] == key[-1] == '"' or len(key) == 1 or key in ("enter", "esc", "space")


@needs_tmux
@pytest.mark.slow
@pytest.mark.timeout(180)
def test_twelve_agents_do_what_the_page_says(tmp_path: Path) -> None:
    made = make(tmp_path, few=True)

    code = drive(made, few=True, size=(160, 48))

    assert code == 0
    check_result(made, items=12, pages=("legal", 4))


@needs_tmux
@pytest.mark.soak
@pytest.mark.timeout(900)
def test_two_hundred_agents_do_what_the_page_says(tmp_path: Path) -> None:
    made = make(tmp_path, few=False)

    code = drive(made, few=False, size=(160, 48))

    assert code == 0
    check_result(made, items=200, pages=("legal", 10))


def check_result(made: Made, *, items: int, pages: tuple[str, int]) -> None:
    """Everything landed but the page whose agent was stopped; every decision of the reader is on record."""
    (folder,) = StateHome(made.state).runs()
    events = list(read_events(folder.events))
    state = fold(events)
    assert (state.status, state.counts.success, state.counts.cancelled) == ("succeeded", items - 1, 1)
    signals = [envelope.event for envelope in events if isinstance(envelope.event, SignalReceived)]
    assert {signal.source for signal in signals} == {"interface"}
    part, number = pages
    said = [(signal.signal, signal.answer) for signal in signals]
    assert said.count(("retry", None)) == number
    assert [answer for name, answer in said if name == "answer"] == ["approve", "again", "approve"]
    assert [name for name, _ in said].count("stop-item") == 1

    git = ["git", "-C", str(made.repository)]
    without = subprocess.run([*git, "grep", "-l", "^Summary: none", "HEAD"], capture_output=True, text=True, check=True)
    assert without.stdout == "HEAD:desks/notes.md\n"
    assert (made.repository / "README.md").read_text() == "# Handbook\n"
    assert len(list((made.repository / part).glob("*.md"))) == number
    status = subprocess.run([*git, "status", "--porcelain"], capture_output=True, text=True, check=True)
    assert status.stdout == ""
