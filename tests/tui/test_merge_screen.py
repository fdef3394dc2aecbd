"""The question whether to land: its badge, its sheet, its answers, and landing later."""

import pytest

from prodigy_tui.events.schema import GateAnswered, GateOpened, RunFinished
from prodigy_tui.tui.model.rows import Row
from prodigy_tui.tui.screens.merge import MergeScreen
from prodigy_tui.tui.screens.review import ReviewScreen
from tests.support.make import make_envelope, make_run
from tests.tui.runs import signal
from tests.tui.scene import index_of, live, until_gate


async def test_an_open_gate_raises_a_badge_and_never_a_dialog() -> None:
    async with live(until_gate()) as scene:
        assert not isinstance(scene.app.screen, MergeScreen)
        assert "! WAITS FOR YOU" in scene.text()
        assert "m decide" in scene.text()


@pytest.mark.parametrize(("key", "answer"), [("a", "approve"), ("n", "later")])
async def test_the_answer_is_one_signal_after_the_deaf_time(key: str, answer: str) -> None:
    async with live(until_gate()) as scene:
        await scene.press("m", key)
        assert scene.control.sent == []

        scene.clock.advance_now(0.31)
        await scene.press(key)
        assert scene.control.sent == [signal("answer", gate="landing", answer=answer)]
        assert not isinstance(scene.app.screen, MergeScreen)


async def test_enter_approves_nothing_and_escape_leaves_the_question_open() -> None:
    async with live(until_gate()) as scene:
        await scene.press("m")
        scene.clock.advance_now(1)
        await scene.press("d", "escape")
        assert "keys here" not in scene.text()
        await scene.press("enter")
        assert isinstance(scene.app.screen, MergeScreen)
        assert "keys here: a n d s e esc" in scene.text(), "it does not just keep silent"

        await scene.press("escape")
        assert scene.control.sent == []
        assert not isinstance(scene.app.screen, MergeScreen)
        assert scene.app.model.state.gate is not None


async def test_the_sheet_shows_the_facts_and_the_command_for_later() -> None:
    async with live(until_gate()) as scene:
        await scene.press("m")
        text = scene.text()

        assert "4 commits, 4 files" in text
        assert "prodigy/modernise-260314-092653-q7xk" in text
        assert "prodigy-tui merge" in text


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (200, 50)])
async def test_the_choices_stay_in_view_however_much_is_left_out(size: tuple[int, int]) -> None:
    failed = make_run(items=40, failing=range(1, 40, 2))
    failed = failed[: index_of(failed, RunFinished) - 1]
    asked = make_envelope(until_gate()[-1].event, len(failed) + 1)
    async with live((*failed, asked), size=size) as scene:
        await scene.press("m")
        for key in ["", *["down"] * 40]:
            if key:
                await scene.press(key)
            choices = [line for line in scene.text().splitlines() if "┃" in line]
            shown = "\n".join(choices)
            assert all(words in shown for words in ("a lands it on main", "n leaves", "d shows", "esc decides later"))

        assert "and 12 more" in scene.text()


async def test_a_sheet_that_has_no_room_is_hidden_and_answers_to_escape_alone() -> None:
    async with live(until_gate(), size=(80, 24)) as scene:
        await scene.press("m")
        scene.clock.advance_now(1)
        await scene.pilot.resize_terminal(59, 15)
        await scene.press("a", "n", "d")

        assert scene.control.sent == []
        assert isinstance(scene.app.screen, MergeScreen)
        asked = "waits for you: land this run on main? answered in a larger window"
        told = f"needs 60×16 cells, this has 59×15 4/4 done !1 ✓4 {asked}"
        assert " ".join(scene.text().split()) == told

        await scene.pilot.resize_terminal(60, 16)
        assert "a lands it on main" in scene.text()
        await scene.pilot.resize_terminal(59, 15)
        await scene.press("escape")
        assert not isinstance(scene.app.screen, MergeScreen)
        await scene.press("m")
        assert not isinstance(scene.app.screen, MergeScreen), "nothing unseen swallows keys"
        assert "a larger window, from 60×16" in scene.app.steering.notices.newest_first()[0].text


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (120, 32)])
async def test_a_toast_names_its_command_whole_and_hides_no_reason(size: tuple[int, int]) -> None:
    events = until_gate()
    async with live(events, size=size) as scene:
        await scene.press("m")
        scene.clock.advance_now(1)
        await scene.press("n")
        await scene.pilot.pause(0.1)

        lines = scene.text().splitlines()
        assert any("prodigy-tui merge modernise-260314-092653-q7xk" in line for line in lines[:-2])
        assert "waits for you" in lines[-2]


async def test_an_answer_from_elsewhere_closes_the_sheet() -> None:
    events = until_gate()
    async with live(events) as scene:
        await scene.press("m")
        await scene.publish(make_envelope(GateAnswered(gate="landing", answer="later"), len(events) + 1))

        assert not isinstance(scene.app.screen, MergeScreen)


async def test_d_shows_what_would_land() -> None:
    async with live(until_gate()) as scene:
        await scene.press("m", "d")
        await scene.app.workers.wait_for_complete()
        await scene.press("down")

        assert isinstance(scene.app.screen, ReviewScreen)
        assert "Review  the landing" in scene.text()
        await scene.press("escape")
        assert isinstance(scene.app.screen, MergeScreen)


async def test_m_asks_an_unmerged_run_to_land_after_all() -> None:
    async with live(make_run(items=2, answer="later")) as scene:
        assert "prodigy-tui merge" in scene.text()
        await scene.press("m")

        assert scene.control.sent == [signal("merge")]


async def test_a_gate_row_opens_the_question() -> None:
    events = until_gate()
    assert isinstance(events[-1].event, GateOpened)
    async with live(events) as scene:
        scene.fleet.rows.select(Row("gate", "landing"))
        await scene.press("enter")

        assert isinstance(scene.app.screen, MergeScreen)
