"""The log of an agent or a phase: following, holding, and what stands in it."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from msgspec.structs import replace

from prodigy_tui.events.schema import LandingFinished
from prodigy_tui.tui.frame import FPS, LOG_FPS
from prodigy_tui.tui.model.rows import Row
from tests.support.make import make_run
from tests.tui.runs import AT_WORK, RUN
from tests.tui.scene import Scene, index_of, live, replay, settle, write_output


async def test_a_log_follows_is_held_and_counts_what_is_new(tmp_path: Path) -> None:
    write_output(tmp_path, "items/item-1/1", RUN, [f"line {n}" for n in range(100)])
    async with live(AT_WORK, outputs=tmp_path) as scene:
        scene.fleet.show_item("item-1")
        await scene.press("i", "i")
        assert "line 99" in scene.text()

        await scene.press("f")
        write_output(tmp_path, "items/item-1/1", RUN, ["late"])
        scene.bus.output_grew("items/item-1/1", 1)
        await scene.press("tab")
        assert "held ○ · f follows · +1 new" in scene.text()
        assert "late" not in scene.text()
        assert cursor_of(scene) == scene.fleet.log_view.paint.cursor.bgcolor, "keys move it"
        await scene.press("shift+tab")
        assert cursor_of(scene) == scene.fleet.log_view.paint.resting_cursor.bgcolor, "they do not"
        await scene.press("f")
        assert "late" in scene.text()


def cursor_of(scene: Scene) -> object:
    """Returns the ground of the line that the cursor of the log stands on."""
    log = scene.fleet.log_view
    marked = next(y for y in range(log.size.height) if log._look(y).marked)
    style = next(iter(log.render_line(marked))).style
    return style.bgcolor if style is not None else None


@pytest.mark.parametrize("scene_of", [live, replay])
async def test_the_log_of_the_merge_shows_the_landing_and_its_undo_command_whole(
    scene_of: Callable[..., AbstractAsyncContextManager[Scene]],
) -> None:
    events = make_run(items=2)
    number = index_of(events, LandingFinished) - 1
    undo = "git -C /home/ada/a-rather-long-name/of-a-folder/shop reset --keep " + "1f" * 20
    landed = replace(events[number], event=replace(events[number].event, undo=undo))
    async with scene_of((*events[:number], landed, *events[number + 1 :]), size=(80, 24)) as scene:
        scene.fleet.rows.select(Row("phase", "merge"))
        await settle(scene.pilot)

        pane = [line.strip("│ ▆▄") for line in scene.text().splitlines()]
        assert "landed on main at 0000000000" in pane
        assert undo in " ".join(pane)


async def test_a_long_log_is_read_and_searched_to_its_end_although_nothing_happens(tmp_path: Path) -> None:
    events = make_run(items=2)
    write_output(tmp_path, "items/item-1/1", events, ["\n".join(f"\x1b[1mline\x1b[0m {n}" for n in range(15_000))])
    async with live(events, outputs=tmp_path) as scene:
        scene.fleet.show_item("item-1")
        await scene.press("l")
        log = scene.app.steering.log.log_view
        assert log.settled
        assert log.picture.count == 15_000

        await scene.press("f", "/", *"77")
        assert log.settled
        assert log.picture.count == sum("77" in str(n) for n in range(15_000))
        assert log.picture.text(log.picture.number_at(log.view.cursor)) == "line 14977"  # the cursor stood at the end
        await scene.press("escape", "c")
        assert log.picture.count == 15_000


async def test_the_log_with_the_focus_is_drawn_more_often_while_it_is_followed(tmp_path: Path) -> None:
    write_output(tmp_path, "items/item-1/1", RUN, ["line"])
    async with live(AT_WORK, outputs=tmp_path, size=(160, 40)) as scene:
        screen, drawn = scene.fleet, []
        follow, follow_log = screen.follow, screen.log_view.follow
        screen.follow = lambda dirty: drawn.append("all") or follow(dirty)  # type: ignore[method-assign]
        screen.log_view.follow = lambda dirty: drawn.append("log") or follow_log(dirty)  # type: ignore[method-assign]

        async def grow() -> str:
            drawn.clear()
            write_output(tmp_path, "items/item-1/1", RUN, ["more"])
            scene.bus.output_grew("items/item-1/1", len(drawn) + 1)
            await settle(scene.pilot)
            return " ".join(drawn)

        scene.fleet.show_item("item-1")
        assert await grow() == "all log"
        assert scene.app.frames.rate == FPS

        screen.log_view.focus()
        await settle(scene.pilot)
        await grow()
        assert scene.app.frames.rate == LOG_FPS
        assert await grow() == "log all log"  # lists every other frame

        await scene.press("f")
        assert await grow() == "all log"
        assert scene.app.frames.rate == FPS
