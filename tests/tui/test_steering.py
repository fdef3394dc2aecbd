"""Keys that steer the run: one signal each, and none where nobody may."""

from tests.support.make import make_envelope
from tests.tui.runs import AT_WORK, DEAD, signal
from tests.tui.scene import live


async def test_pause_and_go_on_are_one_signal_each() -> None:
    async with live(AT_WORK) as scene:
        await scene.press("p")
        assert scene.control.sent == [signal("pause")]

        await scene.publish(make_envelope(signal("pause"), len(AT_WORK) + 1))
        assert "‖ PAUSED" in scene.text()
        await scene.press("p")
        assert scene.control.sent[1:] == [signal("resume")]


async def test_x_stops_the_agent_under_the_cursor() -> None:
    async with live(AT_WORK) as scene:
        scene.fleet.show_item("item-2")
        await scene.press("x")

        assert scene.control.sent == [signal("stop-item", item_id="item-2")]


async def test_r_retries_the_dead_letter_under_the_cursor_and_nothing_else() -> None:
    async with live(DEAD) as scene:
        scene.fleet.show_item("item-1")
        await scene.press("r")
        assert scene.control.sent == []

        scene.fleet.show_item("item-4")
        await scene.press("r")
        assert scene.control.sent == [signal("retry", item_id="item-4")]


async def test_without_control_nothing_is_sent_and_q_leaves_at_once() -> None:
    async with live(AT_WORK, steer=False) as scene:
        await scene.press("p", "x", "q")

        assert scene.control.sent == []
    assert scene.app.return_value == "left"
