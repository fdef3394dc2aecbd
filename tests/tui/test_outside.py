"""Leaving the interface for a shell, an editor or a folder, and why not."""

from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace
from textual.drivers.headless_driver import HeadlessDriver

from prodigy_tui.cli.lending import Lending
from prodigy_tui.events.schema import AgentStarted, Envelope
from prodigy_tui.tui.machine import Machine
from tests.support.make import make_run
from tests.tui.changes import Diffs
from tests.tui.scene import live, replay
from tests.tui.test_review import FILES, SUSPECT, open_first, read

HOSTILE = "a b;$(touch x)\n-rf"


class Lender:
    """Notes what would have taken the terminal."""

    has_terminal = True

    def __init__(self, *editor: str, trouble: str = "") -> None:
        self._editor = editor
        self._trouble = trouble
        self.ran: list[tuple[tuple[str, ...], Path]] = []
        self.painted: Callable[[], object] = lambda: None

    def shell(self) -> tuple[str, ...]:
        return ("/bin/zsh",)

    def editor(self) -> tuple[str, ...]:
        return self._editor

    async def run(self, command: tuple[str, ...], folder: Path) -> str:
        self.ran.append((command, folder))
        self.painted()
        return self._trouble


@pytest.fixture
def lends(monkeypatch: pytest.MonkeyPatch) -> None:
    """A driver that can give its terminal away."""
    monkeypatch.setattr(HeadlessDriver, "can_suspend", True)
    monkeypatch.setattr(HeadlessDriver, "suspend_application_mode", lambda _: None)
    monkeypatch.setattr(HeadlessDriver, "resume_application_mode", lambda _: None)


def at_work(folder: Path) -> tuple[Envelope, ...]:
    """Returns a run whose only agent is at work in a folder with a hostile name."""
    worktree = folder / HOSTILE
    worktree.mkdir()
    log = make_run(items=1)
    until = next(number for number, one in enumerate(log) if isinstance(one.event, AgentStarted)) + 1
    started = log[until - 1]
    return (*log[: until - 1], replace(started, event=replace(started.event, worktree=str(worktree))))


@pytest.mark.usefixtures("lends")
async def test_a_shell_gets_the_worktree_and_the_terminal_is_not_drawn_on_meanwhile(tmp_path: Path) -> None:
    lender = Lender()
    async with live(at_work(tmp_path), machine=Machine(lending=lender)) as scene:
        away: list[tuple[bool, bool]] = []
        lender.painted = lambda: away.append((scene.app.is_away, scene.app.tell_terminal("x")))
        await scene.press("s")
        await scene.pilot.pause()

        assert lender.ran == [(("/bin/zsh",), tmp_path / HOSTILE)]
        assert away == [(True, False)]
        assert not scene.app.is_away
        assert "Fleet" in scene.text()


@pytest.mark.usefixtures("lends")
async def test_the_editor_gets_its_own_words_and_one_path(tmp_path: Path) -> None:
    lender = Lender("code", "--wait", trouble="'code' cannot be started in /x: no such file")
    async with live(at_work(tmp_path), machine=Machine(lending=lender)) as scene:
        await scene.press("e", "enter")
        await scene.pilot.pause()

        worktree = tmp_path / HOSTILE
        assert lender.ran == [(("code", "--wait", str(worktree)), worktree)]
        assert "cannot be started" in scene.text()


@pytest.mark.usefixtures("lends")
async def test_without_an_editor_or_a_worktree_the_keys_say_why(tmp_path: Path) -> None:
    log = at_work(tmp_path)
    async with live(log, machine=Machine(lending=Lender())) as scene:
        await scene.press("e")
        assert "set VISUAL or EDITOR" in scene.text()

        await scene.press("w")
        assert scene.app.clipboard == str(tmp_path / HOSTILE).replace("\n", " ")

        (tmp_path / HOSTILE).rmdir()
        await scene.press("s")
        assert "has no worktree any more" in scene.text()


async def test_a_terminal_that_cannot_be_lent_and_the_past_are_refused(tmp_path: Path) -> None:
    log = at_work(tmp_path)
    async with live(log) as scene:
        await scene.press("s")
        assert "cannot be lent" in scene.text()
    async with replay(log, machine=Machine(lending=Lender())) as past:
        await past.press("s")
        assert "in the past" in past.text()


def make_file(file: Path) -> None:
    file.parent.mkdir(parents=True)
    file.touch()


def placed(envelope: Envelope, folder: Path) -> Envelope:
    event = envelope.event
    if not isinstance(event, AgentStarted):
        return envelope
    return replace(envelope, event=replace(event, worktree=str(folder / f"slot-{event.slot}")))


@pytest.mark.usefixtures("lends")
async def test_the_review_opens_the_file_that_it_shows(tmp_path: Path) -> None:
    log = tuple(placed(envelope, tmp_path) for envelope in SUSPECT)
    first = next(one.event for one in log if isinstance(one.event, AgentStarted))
    file = Path(first.worktree, "src/a.py")
    lender, diffs = Lender("vi"), Diffs(patches=FILES)
    async with live(log, machine=Machine(lending=lender), diffs=diffs) as scene:
        await open_first(scene)
        await read(scene)
        scene.clock.advance_now(1)
        await scene.press("e")
        assert lender.ran == []

        make_file(file)
        await scene.press("e")
        await scene.app.workers.wait_for_complete()
        assert lender.ran == [(("vi", str(file)), Path(first.worktree))]


@pytest.mark.parametrize(
    ("environ", "editor"),
    [
        ({}, ()),
        ({"EDITOR": "vi"}, ("vi",)),
        ({"EDITOR": "vi", "VISUAL": "code --wait 'a b'"}, ("code", "--wait", "a b")),
        ({"EDITOR": "vi", "VISUAL": "'broken"}, ("vi",)),
    ],
)
def test_the_editor_is_what_visual_or_editor_says(environ: dict[str, str], editor: tuple[str, ...]) -> None:
    assert Lending(environ).editor() == editor
    assert Lending({"SHELL": "/bin/fish"}).shell() == ("/bin/fish",)
    assert Lending({}).shell() == ("/bin/sh",)


async def test_a_program_that_is_not_there_is_told(tmp_path: Path) -> None:
    told = await Lending({}).run(("no-such-program-anywhere",), tmp_path)

    assert told.startswith("'no-such-program-anywhere' cannot be started")
