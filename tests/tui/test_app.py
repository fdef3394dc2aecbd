"""What keys do, with a quiet run and a clock that stands still."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from msgspec.structs import replace

from prodigy_tui.events.schema import (
    AgentStarted,
    GateAnswered,
    GateOpened,
    ItemDeadLettered,
    LandingFinished,
    RunFinished,
    SignalReceived,
)
from prodigy_tui.tui.model.rows import Row
from prodigy_tui.tui.screens.diff import DiffScreen
from prodigy_tui.tui.screens.leave import LeaveScreen
from prodigy_tui.tui.screens.merge import MergeScreen
from prodigy_tui.tui.screens.palette import PaletteScreen
from tests.support.make import make_envelope, make_run
from tests.tui.scene import Scene, check_one_frame, index_of, live, replay, settle, until_gate, write_output

RUN = make_run(items=9, failing={2}, retried={7})
AT_WORK = RUN[: index_of(RUN, AgentStarted) + 20]
DEAD = make_run(items=6, failing={2, 4})
AT_WORK_WITH_DEAD = DEAD[: index_of(DEAD, ItemDeadLettered)]


def signal(name: str, **fields: object) -> SignalReceived:
    return SignalReceived(signal=name, source="interface", **fields)


# ------------------------------------------------------------------------------------------------------------ signals


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


async def test_marked_dead_letters_are_retried_together_and_unmarked() -> None:
    async with live(DEAD) as scene:
        await scene.press("4", "*", "r")

        assert scene.control.sent == [signal("retry", item_id="item-4"), signal("retry", item_id="item-2")]
        assert scene.app.steering.dlq.letters.marked == set()


async def test_space_marks_and_goes_on() -> None:
    async with live(DEAD) as scene:
        await scene.press("4", "space")
        letters = scene.app.steering.dlq.letters

        assert letters.marked == {"item-4"}
        assert letters.selected == "item-2"
        assert "[x] a003" in scene.text()


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


async def test_without_control_nothing_is_sent_and_q_leaves_at_once() -> None:
    async with live(AT_WORK, steer=False) as scene:
        await scene.press("p", "x", "q")

        assert scene.control.sent == []
    assert scene.app.return_value == "left"


# -------------------------------------------------------------------------------------------------------------- merge


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
        await scene.press("enter")
        assert isinstance(scene.app.screen, MergeScreen)

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
        assert scene.text().split() == ["needs", "60×16", "cells", "this", "has", "59×15", "4/4", "done"]

        await scene.pilot.resize_terminal(60, 16)
        assert "a lands it on main" in scene.text()
        await scene.pilot.resize_terminal(59, 15)
        await scene.press("escape")
        assert not isinstance(scene.app.screen, MergeScreen)


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

        assert isinstance(scene.app.screen, DiffScreen)
        assert "diff --git a/x b/x" in scene.text()
        await scene.press("escape")
        assert isinstance(scene.app.screen, MergeScreen)


async def test_m_asks_an_unmerged_run_to_land_after_all() -> None:
    async with live(make_run(items=2, answer="later")) as scene:
        assert "prodigy-tui merge" in scene.text()
        await scene.press("m")

        assert scene.control.sent == [signal("merge")]


async def test_d_shows_the_changes_of_the_agent_under_the_cursor() -> None:
    async with live(DEAD) as scene:
        scene.fleet.show_item("item-1")
        await scene.press("d")
        await scene.app.workers.wait_for_complete()
        await scene.press("down")

        assert "a000 item-1" in scene.text()


# ------------------------------------------------------------------------------------------------------------ leaving


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
        assert "silence is no yes" in scene.text()


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


async def test_a_late_second_ctrl_c_is_a_first_one() -> None:
    async with live(AT_WORK) as scene:
        await scene.press("ctrl+c")
        scene.clock.advance_now(2.1)
        await scene.press("ctrl+c")

        assert scene.control.sent == []
        assert isinstance(scene.app.screen, LeaveScreen)


async def test_escape_never_quits() -> None:
    async with live(AT_WORK) as scene:
        await scene.press("escape", "escape", "escape")

        assert scene.app.is_running


async def test_the_interface_stays_after_the_end_with_a_summary() -> None:
    async with live(make_run(items=2)) as scene:
        assert "SUCCEEDED" in scene.text()
        assert "landed on main  undo: git reset" in scene.text()
        await scene.press("q")
    assert scene.app.return_value == "over"


# ------------------------------------------------------------------------------------------------------------- replay


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
        await scene.pilot.press("+", "space")
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


# --------------------------------------------------------------------------------------------------- lists and panels


async def test_live_and_replay_draw_one_frame() -> None:
    await check_one_frame(RUN, len(RUN) // 2, Row("item", "item-2"))


async def test_the_filter_narrows_and_escape_gives_everything_back() -> None:
    async with live(RUN) as scene:
        await scene.press("/", *"item-3")
        assert len(scene.app.model.rows) == 1 + 3  # setup, reduce and merge stay

        await scene.press("enter")
        assert "filter: item-3" in scene.text()
        await scene.press("escape")
        assert "filter: item-3" not in scene.text()


async def test_a_filter_that_is_not_shown_takes_no_keys() -> None:
    async with live(RUN) as scene:
        assert not scene.fleet.filter_input.focusable
        await scene.press("slash")
        assert scene.fleet.filter_input.has_focus
        await scene.press("escape")
        assert not scene.fleet.filter_input.focusable


async def test_letters_typed_into_the_filter_are_no_commands() -> None:
    async with live(AT_WORK) as scene:
        await scene.press("/", *"pxq4:")

        assert scene.control.sent == []
        assert scene.app.current_mode == "fleet"
        assert scene.fleet.filter_input.value == "pxq4:"


async def test_enter_unfolds_and_opens() -> None:
    async with live(RUN) as scene:
        scene.fleet.rows.select(Row("fold", "done"))
        await scene.press("enter")
        assert "a000   item-1" in scene.text()

        await scene.press("down", "enter")
        assert scene.app.current_mode == "log"
        assert "a000 item-1 · log" in scene.text()
        await scene.press("escape")
        assert scene.app.current_mode == "fleet"


async def test_the_cursor_stays_on_its_agent_when_lines_move() -> None:
    async with live(AT_WORK) as scene:
        scene.fleet.show_item("item-3")
        await scene.publish(*RUN[len(AT_WORK) :])

        assert scene.fleet.rows.selected == Row("item", "item-3")
        assert scene.fleet.shown_row == Row("item", "item-3")


async def test_before_the_cursor_is_moved_it_goes_where_a_look_is_worth_most() -> None:
    begun = DEAD[: index_of(DEAD, AgentStarted) + 2]
    async with live(begun) as scene:
        first = scene.fleet.rows.selected
        await scene.publish(*DEAD[len(begun) :])

        assert first == Row("item", "item-1")
        assert scene.fleet.rows.selected == Row("item", "item-4")  # the newest that failed


async def test_dots_go_round_what_failed() -> None:
    async with live(DEAD) as scene:
        visited = []
        for _ in range(3):
            await scene.press(".")
            visited.append(scene.app.steering.current_item)

        assert set(visited) == {"item-2", "item-4"}


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
        await scene.press("f")
        assert "late" in scene.text()


async def test_help_lists_the_keys_of_this_place_and_runs_them() -> None:
    async with live(AT_WORK) as scene:
        await scene.press("?")
        assert "Keys of this place" in scene.text()
        await scene.press(*"pause", "enter")

        assert scene.control.sent == [signal("pause")]


async def test_what_cannot_be_done_says_why_in_the_palette() -> None:
    async with live(AT_WORK) as scene:
        await scene.press(":", *"merge")

        assert "Decide: merge or answer – nothing waits for your answer" in scene.text()


async def test_themes_change_through_the_palette() -> None:
    async with live(AT_WORK) as scene:
        await scene.press(":", *"theme", "enter")

        assert scene.app.theme == "light"


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


# --------------------------------------------------------------------------------------------------------------- cost


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


async def test_the_age_of_a_dead_letter_goes_on_in_list_and_detail() -> None:
    async with live(AT_WORK_WITH_DEAD) as scene:
        await scene.press("4")
        dlq = scene.app.steering.dlq
        dlq.tick()
        await scene.pilot.pause(0)
        assert "1 attempt · 0s ago" in scene.text()

        scene.clock.advance_now(125)
        dlq.tick()
        await scene.pilot.pause(0)

        assert "1 attempt · 2m05 ago" in scene.text()
        assert "2m05" in next(line for line in scene.text().splitlines() if "[ ]" in line)


async def test_the_page_of_a_terminal_that_is_too_small_fits_it() -> None:
    async with live(AT_WORK, size=(20, 5)) as scene:
        lines = [line.strip() for line in scene.text().splitlines()]

        assert [line for line in lines if line] == ["needs 60×16 cells", "this has 20×5", "0/9 done"]


async def test_at_rest_no_frame_is_due() -> None:
    async with live(RUN) as scene:
        assert not scene.app.frames.armed
        assert scene.app.settled


async def test_a_gate_row_opens_the_question() -> None:
    events = until_gate()
    assert isinstance(events[-1].event, GateOpened)
    async with live(events) as scene:
        scene.fleet.rows.select(Row("gate", "landing"))
        await scene.press("enter")

        assert isinstance(scene.app.screen, MergeScreen)
