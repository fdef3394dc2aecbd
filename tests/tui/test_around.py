"""Getting about: panes, labels, the way back, copying, undoing, what was missed, settings, presets, the first hint."""

from datetime import timedelta

import pytest

from prodigy_tui.tui.preferences import Kept, Personal
from prodigy_tui.tui.screens.jump import JumpScreen
from prodigy_tui.tui.screens.notices import NoticesScreen
from prodigy_tui.tui.screens.palette import PaletteScreen
from prodigy_tui.tui.screens.settings import SettingsScreen
from tests.tui.runs import AT_WORK, AT_WORK_WITH_DEAD, signal
from tests.tui.scene import live, until_gate
from tests.tui.test_notices import Store


async def test_tab_goes_from_pane_to_pane_and_z_shows_one_alone() -> None:
    async with live(AT_WORK) as scene:
        assert scene.fleet.focused is scene.fleet.rows
        await scene.press("tab")
        assert scene.fleet.focused is scene.fleet.log_view

        await scene.press("z")
        assert "Fleet ━" not in scene.text()
        assert scene.fleet.log_view.size.width > 100
        assert "● LIVE" in scene.text()

        await scene.press("shift+tab")
        assert scene.fleet.rows.size.width > 100
        assert not scene.fleet.log_view.is_on_screen

        await scene.press("escape")
        assert scene.fleet.rows.size.width < 100
        assert scene.fleet.log_view.is_on_screen


async def test_backspace_goes_to_the_view_before() -> None:
    async with live(AT_WORK) as scene:
        await scene.press("4", "3", "backspace")
        assert scene.app.current_mode == "dlq"
        await scene.press("backspace")
        assert scene.app.current_mode == "fleet"
        await scene.press("backspace")
        assert scene.app.current_mode == "fleet"
        assert scene.app.steering.notices.newest_first()[0].text == "there was no other view before"


async def test_a_label_leads_to_a_line_and_another_to_a_pane() -> None:
    async with live(AT_WORK) as scene:
        await scene.press(";")
        assert isinstance(scene.app.screen, JumpScreen)
        await scene.press("d")
        assert scene.fleet.rows.index == 2

        panes = len(scene.app.steering.panes.targets()) - len(scene.fleet.rows.view)
        await scene.press(";", "asdfghjklqwertyuiopzxcvbnm"[len(scene.fleet.rows.view) + 1])
        assert panes >= 2
        assert scene.fleet.focused is scene.fleet.log_view

        await scene.press(";", "1")
        assert scene.app.screen is scene.fleet


async def test_copying_says_what_was_copied() -> None:
    async with live(AT_WORK_WITH_DEAD) as scene:
        await scene.press("g", "y")
        assert scene.app.clipboard == "a001 item-2 · dead-lettered · step pytest -q · pytest -q failed with exit code 1"
        assert "copied: a001 item-2" in scene.text()

        await scene.press("Y")
        assert scene.app.clipboard == scene.app.model.state.items["item-2"].worktree or "item-2"


async def test_u_takes_back_what_was_offered() -> None:
    async with live(AT_WORK) as scene:
        done: list[int] = []
        desk = scene.app.steering
        desk.offer_undo("threw \x1b[31ma001 away", lambda: done.append(1), scene.clock.now() + timedelta(seconds=10))
        await scene.press("u", "u")

        assert done == [1]
        said = [notice.text for notice in desk.notices.newest_first()]
        assert said[:2] == ["nothing to undo", "undone: threw a001 away"]


async def test_what_was_missed_is_listed_and_leads_there() -> None:
    async with live(AT_WORK_WITH_DEAD) as scene:
        await scene.press("G", "!")
        assert isinstance(scene.app.screen, NoticesScreen)
        assert "a001 pytest -q failed" in scene.text()
        assert "1 new" in scene.text()

        await scene.press("enter")
        assert scene.fleet.current_item == "item-2"
        assert scene.app.steering.notices.unread == 0


async def test_settings_are_tried_live_kept_by_enter_and_taken_back_by_escape() -> None:
    store = Store()
    async with live(AT_WORK, personal=Personal(store)) as scene:
        first = scene.app.theme
        await scene.press("comma", "left")
        assert isinstance(scene.app.screen, SettingsScreen)
        assert scene.app.theme != first
        await scene.press("escape")
        assert scene.app.theme == first

        await scene.press("comma", "left", *["down"] * 5, "right", "enter")
        assert scene.app.theme == store.kept.preferences.theme != ""
        assert scene.app.model.stalled_after_s == store.kept.preferences.stalled_after_s == 300.0


async def test_a_theme_is_previewed_in_the_palette() -> None:
    store = Store()
    async with live(AT_WORK, personal=Personal(store)) as scene:
        await scene.press(":", *"theme", "enter", *"light")
        assert scene.app.theme == "light"
        await scene.press("escape")
        assert scene.app.theme == "dark"
        assert isinstance(scene.app.screen, PaletteScreen)

        await scene.press(*"theme", "enter", *"light", "enter")
        assert scene.app.theme == store.kept.preferences.theme == "light"


async def test_the_line_for_whoever_is_new_goes_for_good_with_the_first_look_at_the_keys() -> None:
    store = Store()
    async with live(AT_WORK, personal=Personal(store)) as scene:
        assert "New here?" in scene.text()
        await scene.press("?", "escape")
        assert "New here?" not in scene.text()

    async with live(AT_WORK, personal=Personal(store)) as scene:
        assert "New here?" not in scene.text()


async def test_an_agent_is_chosen_and_told_in_one_box() -> None:
    async with live(AT_WORK) as scene:
        await scene.press(":", *"tell one", "enter")
        assert "tell one" in scene.text()
        await scene.press("enter", *"mind the tests")
        assert scene.app.screen.query_one("Input").value == "mind the tests"

        await scene.press("escape", "escape")
        assert isinstance(scene.app.screen, PaletteScreen)
        await scene.press(*"tell one", "enter", "enter", "enter")
        assert scene.control.sent == []
        assert isinstance(scene.app.screen, PaletteScreen)
        await scene.press(*"mind the tests", "enter")

        (sent,) = scene.control.sent
        assert (sent.signal, sent.note) == ("tell", "mind the tests")
        assert scene.app.screen is scene.fleet


async def test_the_palette_goes_to_an_agent_by_its_name() -> None:
    async with live(AT_WORK) as scene:
        await scene.press("4", ":", *"a004", "enter")

        assert scene.app.current_mode == "fleet"
        assert scene.fleet.current_item == "item-5"


async def test_nothing_found_says_what_to_do() -> None:
    async with live(AT_WORK) as scene:
        await scene.press(":", *"xylophone")
        assert "nothing by that name: try other words, a017 or a name" in scene.text()
        await scene.press("enter", "escape", "?", *"xylophone")
        assert "no key of this place does that; : searches everything" in scene.text()


async def test_what_was_used_lately_is_offered_first() -> None:
    async with live(AT_WORK, personal=Personal(Store())) as scene:
        await scene.press(":", *"nothing new", "enter", ":")

        lines = scene.text().splitlines()
        assert any("lately    Run: start nothing new" in line for line in lines)
        await scene.press("enter")
        assert scene.control.sent == [signal("drain")] * 2


async def test_a_layout_is_saved_under_a_digit_and_comes_back() -> None:
    store = Store()
    async with live(AT_WORK, personal=Personal(store)) as scene:
        await scene.press("v", ":", *"save this layout", "enter", *"preset 3", "enter", *"heat", "enter")
        assert store.kept.presets["3"].panes == ("heat",)
        await scene.press("v", "/", *"item-3", "enter")
        assert not scene.fleet.heat_shown

        await scene.press("4", "alt+3")
        assert scene.app.current_mode == "fleet"
        assert scene.fleet.heat_shown
        assert not scene.app.model.rows.narrowed

        await scene.press("v", "£")
        assert scene.fleet.heat_shown

        await scene.press("alt+4")
        assert scene.app.steering.notices.newest_first()[0].text == "nothing is saved there"


@pytest.mark.parametrize("size", [(60, 16), (200, 50)], ids=str)
async def test_everything_opens_and_closes_in_small_and_large_terminals(size: tuple[int, int]) -> None:
    async with live(until_gate(), size=size, personal=Personal(Store())) as scene:
        for key in ("z", "!", ";", "comma", "?", ":"):
            await scene.press(key)
            assert len(scene.text().splitlines()) == size[1]
            await scene.press("escape")
            assert scene.app.screen is scene.fleet, key


def test_what_is_kept_begins_empty() -> None:
    assert not Kept().help_used
