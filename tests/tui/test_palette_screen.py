"""The palette and the help: what is found by its words, and why something cannot be done."""

from prodigy_tui.tui.screens.palette import PaletteScreen
from tests.tui.runs import AT_WORK, signal
from tests.tui.scene import live


async def test_the_palette_asks_for_the_number_of_agents() -> None:
    async with live(AT_WORK) as scene:
        await scene.press(":", *"at once", "enter", *"none", "enter")
        assert scene.control.sent == []

        await scene.press(*["backspace"] * 4, *"12", "enter")
        assert scene.control.sent == [signal("set-parallel", number=12)]
        assert not isinstance(scene.app.screen, PaletteScreen)


async def test_draining_is_found_by_its_words() -> None:
    async with live(AT_WORK) as scene:
        await scene.press("ctrl+p", *"nothing new", "enter")

        assert scene.control.sent == [signal("drain")]


async def test_help_lists_the_keys_of_this_place_and_runs_them() -> None:
    async with live(AT_WORK) as scene:
        await scene.press("?")
        assert "Keys of this place" in scene.text()
        await scene.press(*"pause", "enter")

        assert scene.control.sent == [signal("pause")]


async def test_what_cannot_be_done_says_why_in_the_palette() -> None:
    async with live(AT_WORK) as scene:
        await scene.press(":", *"merge")

        assert "merge or answer – nothing waits for your answer" in scene.text()


async def test_themes_change_through_the_palette() -> None:
    async with live(AT_WORK) as scene:
        await scene.press(":", *"theme", "enter", *"light", "enter")

        assert scene.app.theme == "light"
