"""What somebody meets who has read nothing: clicks do what is written, sheets stand alone, keys offered work."""

from textual.geometry import Region

from prodigy_tui.events.timeline import Timeline
from prodigy_tui.tui.feed import ReplayFeed
from prodigy_tui.tui.screens.merge import MergeScreen
from prodigy_tui.tui.screens.palette import PaletteScreen
from prodigy_tui.tui.screens.retry import RetryScreen
from tests.tui.runs import DEAD
from tests.tui.scene import Scene, live, settle, until_gate


async def click(scene: Scene, words: str) -> None:
    """Clicks on the first of some words that are on the screen."""
    lines = scene.text().splitlines()
    row = next(number for number, line in enumerate(lines) if words in line)
    column = lines[row].index(words)
    assert Region(0, 0, *scene.app.size).contains(column, row)
    await scene.pilot.click(offset=(column, row))
    await settle(scene.pilot)


async def test_what_is_written_in_the_bars_can_be_clicked() -> None:
    async with live(until_gate(), size=(120, 30)) as scene:
        await click(scene, "3 Merges")
        assert scene.app.steering.place == "merges"
        await click(scene, "1 Fleet")
        assert scene.app.steering.place == "fleet"
        await click(scene, " ▸ waits for you: land")
        assert isinstance(scene.app.screen, MergeScreen)
        await scene.press("escape")
        await click(scene, "? keys")
        assert isinstance(scene.app.screen, PaletteScreen)


async def test_under_a_sheet_no_keys_of_the_screen_below_are_shown_and_a_question_is_told() -> None:
    async with live(until_gate(), size=(80, 24)) as scene:
        scene.fleet.rows.move_to(0)
        await settle(scene.pilot)
        assert "╭─ question ─" in scene.text()
        assert "enter or m opens it; the answers: approve, later" in scene.text()
        assert "1–5 screens" in scene.text().splitlines()[-1]
        await scene.press("m")
        assert "screens" not in scene.text().splitlines()[-1]
        assert scene.text().index("✓ 4 of 4 items merged") < scene.text().index("lands it on main")
        await scene.press("escape")
        assert "1–5 screens" in scene.text().splitlines()[-1]


async def test_the_past_of_an_ended_run_says_so_and_home_goes_to_its_beginning() -> None:
    async with live(DEAD, size=(100, 30)) as scene:
        scene.app.look_back(ReplayFeed(Timeline(DEAD), clock=scene.clock))
        await settle(scene.pilot)
        text = scene.text()
        assert "before the end" in text.splitlines()[0]
        assert "L live" not in text.splitlines()[-1]
        await scene.press("home")
        assert "event 1 of" in scene.text() or "event 1 " in scene.text()
        await scene.press("+", "+", "+")
        assert "×8" in scene.text()
        await scene.press("end", "escape")
        assert "Timeline" not in scene.text()
        assert scene.app.screen is scene.fleet


async def test_a_retry_plan_says_what_it_takes_and_stands_alone() -> None:
    async with live(DEAD, size=(80, 24)) as scene:
        await scene.press("4", "R")
        assert isinstance(scene.app.screen, RetryScreen)
        assert "takes           about" in scene.text()
        assert "will cost" not in scene.text()
        assert "retry pattern" not in scene.text().splitlines()[-1]
