"""What a person has chosen stays while the terminal changes its size, and every layout is one."""

from prodigy_tui.tui.model.rows import Row
from tests.support.make import make_run
from tests.tui.album import resize
from tests.tui.scene import live, replay, settle

SIZES = ((200, 60), (160, 36), (116, 30), (80, 24), (60, 16))
TOO_SMALL = ((59, 24), (80, 15), (20, 5), (1, 1))


async def test_cursor_filter_and_place_outlive_any_size() -> None:
    async with live(make_run(items=60), size=(116, 30)) as scene:
        fleet = scene.fleet
        await scene.press("/", *"item", "enter")
        fleet.rows.select(Row("item", "item-40"))
        await scene.press("down")
        chosen, left = fleet.rows.selected, fleet.model.rows.admitted

        for columns, lines in (*SIZES, *TOO_SMALL, (116, 30)):
            await scene.pilot.resize_terminal(columns, lines)
            await settle(scene.pilot)
            if (columns, lines) in TOO_SMALL and columns > 20:
                assert "needs 60×16" in scene.text()
            elif (columns, lines) in SIZES:
                assert all(part in scene.text() for part in ("Fleet", "item-4"))

        assert chosen == fleet.rows.selected
        assert chosen != Row("item", "item-40")
        assert fleet.rows.index in fleet.rows.view
        assert fleet.model.rows.admitted == left
        assert "item" in fleet.model.rows.filter.text


async def test_the_focus_is_where_it_was_when_there_is_room_again() -> None:
    async with live(make_run(items=6), size=(80, 24)) as scene:
        await scene.press("tab")
        focused = scene.app.focused
        assert focused is not None
        for columns, lines in (*TOO_SMALL, (200, 50)):
            await scene.pilot.resize_terminal(columns, lines)
            await settle(scene.pilot)

        assert scene.app.focused is focused


async def test_facts_are_told_where_a_larger_terminal_has_room_for_them() -> None:
    async with replay(make_run(items=6, failing={2}), size=(80, 24)) as scene:
        assert "Facts" not in scene.text()
        await resize(scene.pilot, (160, 48))
        assert "Steps of this attempt" in scene.text()
        await resize(scene.pilot, (120, 32))
        assert "Facts" not in scene.text()


async def test_a_list_without_the_focus_shows_its_cursor_faintly() -> None:
    async with live(make_run(items=6, failing={2})) as scene:
        rows = scene.fleet.rows

        def ground() -> object:
            style = next(iter(rows.render_line(rows.index - rows.scroll_offset.y + 1))).style
            return style and style.bgcolor

        strong = ground()
        assert strong == rows.paint.cursor.bgcolor
        await scene.press("i", "tab")
        assert not rows.has_focus
        assert ground() == rows.paint.resting_cursor.bgcolor != strong
