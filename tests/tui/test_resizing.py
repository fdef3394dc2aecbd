"""What a person has chosen stays while the terminal changes its size, and every layout is one."""

from prodigy_tui.tui.model.rows import Row
from tests.support.make import make_run
from tests.tui.scene import live, settle

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
