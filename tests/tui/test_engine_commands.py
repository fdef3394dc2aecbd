from datetime import UTC, datetime, timedelta
from pathlib import Path

from prodigy_tui.cli.ran import RanCommands
from prodigy_tui.process import Masker
from prodigy_tui.started import CommandLog
from prodigy_tui.tui.machine import Machine
from prodigy_tui.tui.model.engine_commands import Ran, command_line, typed
from prodigy_tui.tui.model.line import cells
from prodigy_tui.tui.screens.engine_commands import EngineCommandsScreen
from tests.tui.scene import live, until_gate

AT = datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC)


class Source:
    def __init__(self, *commands: Ran) -> None:
        self.all = list(commands)

    def commands(self) -> tuple[Ran, ...]:
        return tuple(self.all)


def ran(number: int, words: str = "git status", code: int | None = 0, took_s: float | None = 0.012) -> Ran:
    return Ran(
        number=number, at=AT + timedelta(seconds=number), words=words, folder="/w/slot-1", took_s=took_s, code=code
    )


def test_secrets_are_masked_and_arguments_are_quoted() -> None:
    log = CommandLog()
    log.begin(("git", "commit", "-m", "two words; hunter2-hunter2"), Path("/w")).end(0)

    (told,) = RanCommands(Masker(["hunter2-hunter2"]).text, log).commands()

    assert told.words == "git commit -m 'two words; ***'"
    assert (told.code, told.folder) == (0, "/w")


def test_a_line_says_when_how_long_and_how_it_ended_in_its_width() -> None:
    failed = command_line(ran(1, "git merge \x1b[31mx", code=1, took_s=75.2), 80, UTC)

    text = "".join(part for part, _ in failed)
    assert text.split() == ["09:26:54", "75.2s", "exit", "1", "slot-1", "git", "merge", "x"]
    assert cells(failed) <= 80
    assert "…" in "".join(part for part, _ in command_line(ran(2, took_s=None, code=None), 80, UTC))
    assert typed(ran(3)) == "cd /w/slot-1 && git status"


async def test_at_opens_the_log_which_follows_until_the_cursor_is_moved() -> None:
    source = Source(*(ran(number) for number in range(1, 60)))
    async with live(until_gate(), machine=Machine(commands=source)) as scene:
        await scene.press("@")
        screen = scene.app.screen
        assert isinstance(screen, EngineCommandsScreen)

        source.all.append(ran(60, "git gc", code=3))
        screen.look()
        await scene.pilot.pause()
        assert "git gc" in scene.text()
        assert "exit 3" in scene.text()

        await scene.press("g")
        source.all.append(ran(61, "git fsck"))
        screen.look()
        await scene.pilot.pause()
        assert screen.list.index == 0
        assert "git fsck" not in scene.text()

        await scene.press("G", "y")
        assert scene.app.clipboard == "cd /w/slot-1 && git fsck"
        await scene.press("@")
        assert not isinstance(scene.app.screen, EngineCommandsScreen)


async def test_hostile_names_in_commands_are_text() -> None:
    hostile = ("\x1b]0;owned\x07x", "[bold red]x[/]", "a\rb\nc", "\x9b31mx", "\u202ex", "日本" * 40)
    source = Source(*(ran(number, words=text, code=1) for number, text in enumerate(hostile, start=1)))
    async with live(until_gate(), machine=Machine(commands=source), size=(80, 24)) as scene:
        await scene.press("@")
        text = scene.text()

        assert "[bold red]x[/]" in text
        assert not any(ord(sign) < 32 or 127 <= ord(sign) < 160 or sign == "\u202e" for sign in text.replace("\n", ""))
        await scene.press("Y")
        assert "\x1b" not in scene.app.clipboard


async def test_without_a_log_of_commands_the_key_says_so() -> None:
    async with live(until_gate()) as scene:
        await scene.press("@")

        assert "what has been run is not at hand" in scene.text()
