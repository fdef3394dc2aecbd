"""Leaving: what is asked, what goes on, what happens at the end."""

from textual import events
from textual.keys import _character_to_key

from prodigy_tui.tui.screens.leave import LeaveScreen
from tests.support.make import make_envelope, make_run
from tests.tui.runs import AT_WORK, RUN, signal
from tests.tui.scene import live, until_gate


async def test_q_asks_while_the_run_is_at_work() -> None:
    async with live(AT_WORK) as scene:
        await scene.press("q")
        assert isinstance(scene.app.screen, LeaveScreen)
        await scene.press("w")
        assert not isinstance(scene.app.screen, LeaveScreen)

        await scene.press("q", "l")
    assert scene.app.return_value == "left"
    assert scene.control.sent == []


async def test_the_question_says_what_is_the_case_and_follows_it() -> None:
    async with live(AT_WORK) as scene:
        await scene.press("q")
        assert "3 agents at work" in scene.text()
        await scene.publish(*RUN[len(AT_WORK) :])
        assert "The run is over" in scene.text()

        await scene.press("l")
    assert scene.app.return_value == "over"


async def test_an_open_question_is_what_is_left_behind() -> None:
    async with live(until_gate()) as scene:
        await scene.press("q")

        assert "The question is open: " in scene.text()
        assert "agents at work" not in scene.text()
        assert "end without landing" in scene.text()
        assert "decide later: the run stops, and asks again" in scene.text()
        await scene.press("enter")
        assert scene.app.screen is scene.fleet, "enter does what is highlighted: it stays"


async def test_stopping_gently_stays_to_watch() -> None:
    async with live(AT_WORK) as scene:
        await scene.press("q", "s")

        assert scene.control.sent == [signal("stop")]
        assert scene.app.return_value is None


async def test_ctrl_c_asks_and_a_second_one_stops_gently() -> None:
    async with live(AT_WORK) as scene:
        await scene.press("ctrl+c")
        assert isinstance(scene.app.screen, LeaveScreen)
        scene.clock.advance_now(1.9)
        await scene.press("ctrl+c")

        assert scene.control.sent == [signal("stop")]
        assert not isinstance(scene.app.screen, LeaveScreen)


async def test_the_second_ctrl_c_counts_as_long_as_the_question_is_up_and_else_for_two_seconds() -> None:
    async with live(AT_WORK) as scene:
        await scene.press("ctrl+c", "escape")
        scene.clock.advance_now(2.1)
        await scene.press("ctrl+c")
        assert scene.control.sent == []
        assert isinstance(scene.app.screen, LeaveScreen)

        scene.clock.advance_now(60)
        await scene.press("ctrl+c")
        assert scene.control.sent == [signal("stop")]
        assert not isinstance(scene.app.screen, LeaveScreen)


async def test_a_paused_run_says_everywhere_how_it_goes_on() -> None:
    paused = make_envelope(signal("pause"), len(AT_WORK) + 1)
    async with live(AT_WORK, size=(80, 24)) as scene:
        assert "p go on" not in scene.text()
        await scene.publish(paused)
        scene.fleet.show_item("item-2")
        await scene.press("up", "down")
        *_, reason, status = scene.text().splitlines()
        assert "paused: 3 agents finish, nothing new starts  p lets it go on" in reason
        assert "1–5 screens  p go on" in status
        await scene.pilot.resize_terminal(160, 40)
        await scene.press("2")
        assert "p go on" in scene.text().splitlines()[-1]
        assert "ETA" not in scene.text()

        await scene.press("q")
        assert "l leave: it stays paused in this terminal without the interface;" in scene.text()
        assert "go on: prodigy-tui signal modernise-260314-092653-q7xk resume" in scene.text()
        await scene.press("escape", "p")
        assert scene.control.sent == [signal("resume")]


async def test_escape_never_quits() -> None:
    async with live(AT_WORK) as scene:
        await scene.press("escape", "escape", "escape")

        assert scene.app.is_running


async def test_the_interface_stays_after_the_end_with_a_summary() -> None:
    async with live(make_run(items=2)) as scene:
        assert "SUCCEEDED" in scene.text()
        assert "landed on main  undo: git reset" in scene.text()
        await scene.press("G", "y")
        assert scene.app.clipboard.startswith("git reset --keep 00000")
        await scene.press("q")
    assert scene.app.return_value == "over"


async def test_what_is_typed_on_after_leaving_harms_nobody() -> None:
    async with live(AT_WORK) as scene:
        await scene.press("q")
        for key in "l; prodigy-tui gates; dlq":
            scene.app.post_message(events.Key(_character_to_key(key), key))
        await scene.pilot.pause(0)
    assert scene.app.crash is None
    assert scene.app.return_value == "left"
    assert scene.control.sent == []
