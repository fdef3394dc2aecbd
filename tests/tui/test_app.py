"""The interface as a whole: its layouts, one frame for live and replay, and what drawing costs."""

import pytest

from prodigy_tui.tui.model.rows import Row
from tests.support.make import make_run
from tests.tui.runs import AT_WORK, RUN
from tests.tui.scene import check_one_frame, live


async def test_live_and_replay_draw_one_frame() -> None:
    await check_one_frame(RUN, len(RUN) // 2, Row("item", "item-2"))


@pytest.mark.parametrize(
    ("size", "shown", "hidden"),
    [
        ((120, 32), "Activity", "needs 60×16"),
        ((200, 50), "Story", "needs 60×16"),
        ((80, 24), "log", "Activity"),
        ((64, 18), "Fleet", "log"),
        ((50, 12), "needs 60×16", "Fleet"),
    ],
)
async def test_five_layouts(size: tuple[int, int], shown: str, hidden: str) -> None:
    async with live(AT_WORK, size=size) as scene:
        body = "\n".join(scene.text().splitlines()[:-1])

        assert shown in body
        assert hidden not in body


async def test_an_event_draws_only_the_lines_that_it_touches() -> None:
    events = make_run(items=300, max_parallel=24)
    half = events[: len(events) // 2]
    message = next(e for e in events[len(half) :] if type(e.event).__name__ == "AgentMessage")
    upto = events[: message.seq - 1]
    async with live(upto) as scene:
        before = scene.fleet.rows.lines_drawn
        await scene.publish(message)

        assert scene.fleet.rows.lines_drawn - before <= 2


async def test_ages_go_on_and_draw_only_their_lines() -> None:
    async with live(AT_WORK) as scene:
        scene.clock.advance_now(60)
        before = scene.fleet.rows.lines_drawn
        scene.app.screen.tick()
        await scene.pilot.pause(0)

        assert "1m0" in scene.text()
        assert scene.fleet.rows.lines_drawn - before == 3  # the agents at work


async def test_the_page_of_a_terminal_that_is_too_small_fits_it() -> None:
    async with live(AT_WORK, size=(20, 5)) as scene:
        lines = [line.strip() for line in scene.text().splitlines()]

        assert [line for line in lines if line] == ["needs 60×16 cells", "this has 20×5", "0/9 done  ●3 ·6"]


async def test_at_rest_no_frame_is_due() -> None:
    async with live(RUN) as scene:
        assert not scene.app.frames.armed
        assert scene.app.settled
