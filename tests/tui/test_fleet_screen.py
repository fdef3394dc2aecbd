"""The list of agents: filter, cursor, unfolding, and the changes of one of them."""

from prodigy_tui.events.schema import AgentStarted
from prodigy_tui.tui.model.rows import Row
from tests.tui.runs import AT_WORK, DEAD, RUN
from tests.tui.scene import index_of, live, settle


async def test_d_shows_the_changes_of_the_agent_under_the_cursor() -> None:
    async with live(DEAD) as scene:
        scene.fleet.show_item("item-1")
        await scene.press("d")
        await scene.app.workers.wait_for_complete()

        assert "a000 item-1" in scene.text()


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
        await settle(scene.pilot)
        assert "group · 8 done" in scene.text()
        assert "enter unfolds 8 agents" in scene.text()
        await scene.press("i")
        assert "group · 8 done: no single agent" in scene.text()
        await scene.press("i", "enter")
        assert "enter folds 8 agents" in scene.text()
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
