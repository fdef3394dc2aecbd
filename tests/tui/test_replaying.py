"""A replay: going through time, and that nothing is done in the past."""

from pathlib import Path

import pytest

from prodigy_tui.tui.screens.palette import PaletteScreen
from tests.tui.runs import RUN
from tests.tui.scene import replay, until_gate, write_output


async def test_actions_are_refused_in_the_past() -> None:
    async with replay(until_gate()) as scene:
        scene.fleet.show_item("item-1")
        await scene.press("p", "x", "r", "m", "a", "n")

        assert scene.control.sent == []
        messages = [notification.message for notification in scene.app._notifications]
        assert messages.count("in the past") >= 3


async def test_arrows_step_and_brackets_go_to_marks() -> None:
    async with replay(RUN, at=20) as scene:
        feed = scene.app.steering.replay
        assert feed is not None
        await scene.press("right", "right", "left")
        assert feed.cursor == 21
        assert scene.app.model.state.last_seq == 21

        await scene.press("]")
        assert feed.cursor == next(mark.seq for mark in feed.timeline.marks if mark.seq > 21)
        before = feed.now()
        await scene.press("shift+right")
        assert (feed.now() - before).total_seconds() == 10


async def test_space_plays_by_the_clock_and_holds() -> None:
    async with replay(RUN, at=1) as scene:
        feed = scene.app.steering.replay
        assert feed is not None
        await scene.pilot.press("+", "+", "space")
        scene.clock.advance_now(1)
        await scene.pilot.pause(0.2)
        await scene.pilot.press("space")
        scene.clock.advance_now(100)
        await scene.press("?")

        assert (feed.now() - RUN[0].at).total_seconds() == pytest.approx(4)


@pytest.mark.parametrize(("typed", "seq"), [("@#33", 33), ("@+0s", 20)])
async def test_the_palette_goes_to_a_place_in_time(typed: str, seq: int) -> None:
    async with replay(RUN, at=20) as scene:
        await scene.press(":", *typed, "enter")

        assert scene.app.model.state.last_seq == seq
        assert not isinstance(scene.app.screen, PaletteScreen)


async def test_a_replayed_log_ends_at_the_moment_shown(tmp_path: Path) -> None:
    write_output(tmp_path, "items/item-1/1", RUN, [f"line {n}" for n in range(60)])
    async with replay(RUN, at=30, outputs=tmp_path) as scene:
        scene.fleet.show_item("item-1")
        await scene.press("i", "i")
        seconds = int((RUN[29].at - RUN[0].at).total_seconds())

        assert f"line {seconds}\n" in scene.text().replace("┃", "\n").replace("│", "\n").replace(" ", " ").replace(
            "  ", "\n"
        )
        assert f"line {seconds + 1}" not in scene.text()
