"""Every key of the fleet, pressed: filter, order, columns, marks, heat map, panes, and what is done to agents."""

from collections.abc import Callable, Mapping

from msgspec.structs import force_setattr

from prodigy_tui.errors import ProdigyError
from prodigy_tui.tui.model.line import plain
from prodigy_tui.tui.model.ordering import Order
from prodigy_tui.tui.model.rows import Row
from prodigy_tui.tui.screens.chooser import ChooserScreen
from prodigy_tui.tui.screens.confirm import DEAF_S, ConfirmScreen
from prodigy_tui.tui.screens.fleet import FleetScreen
from prodigy_tui.tui.widgets.heatmap import HeatMap
from tests.support.make import make_run
from tests.tui.changes import Diffs
from tests.tui.runs import AT_WORK, DEAD, RUN, signal
from tests.tui.scene import Scene, live, replay, settle

MANY = make_run(items=120, failing=range(7, 120, 23), retried=range(5, 120, 17), max_parallel=16)
HALFWAY = MANY[: len(MANY) // 2]
RUNNING = ("item-1", "item-2", "item-3")


def listed(scene: Scene) -> list[str]:
    """Returns the items of the list as they stand, folded ones too."""
    return list(scene.app.model.rows.item_ids())


async def say_yes(scene: Scene) -> None:
    scene.clock.advance_now(DEAF_S)
    await scene.press("y")


async def do(scene: Scene, name: str) -> None:
    """Runs an action as the palette does."""
    scene.app.steering.do(name)
    await scene.pilot.pause(0)
    await settle(scene.pilot)


class Memory:
    """Keeps filters."""

    def __init__(self) -> None:
        self.saved: dict[str, str] = {}

    def all(self) -> Mapping[str, str]:
        return self.saved

    def save(self, name: str, text: str) -> str:
        self.saved[name] = text
        return ""

    def forget(self, name: str) -> str:
        return "" if self.saved.pop(name, None) is not None else "there is none"


class Words:
    """An expression language that knows one expression."""

    def compile(self, text: str) -> Callable[[Mapping[str, object]], bool]:
        if text != "priority == 2":
            raise ProdigyError("no such expression")
        return lambda document: document.get("priority") == 2


def equip(scene: Scene, **fields: object) -> None:
    """Hands the world of the scene something more."""
    for name, value in fields.items():
        force_setattr(scene.app.viewing.world, name, value)


# ------------------------------------------------------------------------------------------------------------- filter


async def test_what_is_wrong_with_a_filter_is_said_beside_it_and_the_list_stays() -> None:
    async with live(RUN) as scene:
        equip(scene, expressions=Words())
        await scene.press("/", *"priority:2")
        assert listed(scene) == ["item-2", "item-7"]
        await scene.press(*" ~(")
        assert "a pattern ends with ~" in scene.text()
        assert listed(scene) == ["item-2", "item-7"]
        await scene.press("enter")
        assert scene.fleet.filter_input.has_focus

        await scene.press(*["backspace"] * 20, *"=priority == 2")
        assert listed(scene) == ["item-2", "item-7"]
        await scene.press("enter", "escape")
        assert len(listed(scene)) == 9


async def test_failures_only_and_back() -> None:
    async with live(HALFWAY) as scene:
        await scene.press("F")
        assert {scene.app.model.state.items[item].status for item in listed(scene)} == {"retrying", "dead"}
        assert "failures only" in scene.text()
        await scene.press("F")
        assert len(listed(scene)) == 120


async def test_a_filter_is_saved_loaded_and_forgotten_through_the_palette() -> None:
    memory = Memory()
    async with live(HALFWAY) as scene:
        equip(scene, filters=memory)
        await scene.press("/", *"state:dead", "enter")
        await do(scene, "filter.save")
        await scene.press(*"lost", "enter")
        assert memory.saved == {"lost": "state:dead"}
        await do(scene, "filter.clear")
        assert len(listed(scene)) == 120
        await do(scene, "filter.load")
        await scene.press("l", "enter")
        assert scene.fleet.filter_input.value == "state:dead"
        assert 0 < len(listed(scene)) < 10
        await scene.press("enter")
        await do(scene, "filter.forget")
        await scene.press("enter")
        assert memory.saved == {}


# -------------------------------------------------------------------------------------------------- order and columns


async def test_the_menu_sorts_turns_round_and_groups() -> None:
    async with live(RUN) as scene:
        await scene.press("o")
        assert isinstance(scene.app.screen, ChooserScreen)
        await scene.press(*"name", "enter")
        await scene.press("o", *"none", "enter")
        assert listed(scene) == sorted(listed(scene))
        assert "sort name, one list" in scene.text()
        await scene.press("o", *"revers", "enter")
        assert listed(scene) == sorted(listed(scene), reverse=True)
        await scene.press("o", *"atten", "enter", "o", *"state", "enter")
        assert scene.app.model.rows.order == Order()


async def test_those_at_work_are_grouped_by_their_step() -> None:
    async with live(HALFWAY, size=(120, 40)) as scene:
        await scene.press("o", *"gr step", "enter")

        assert "1 make the change  ▾ enter folds" in scene.text()


async def test_columns_are_chosen_and_a_column_that_is_sorted_by_shows() -> None:
    async with live(RUN, size=(200, 50)) as scene:
        await scene.press("C", *"tries", "enter", "escape")
        assert "tries" in scene.text().splitlines()[3]
        await scene.press("C", *"tries", "enter", "escape")
        assert "tries" not in scene.text().splitlines()[3]
        await scene.press("o", *"cost", "enter")
        assert "cost" in scene.text().splitlines()[3]


async def test_changed_lines_are_counted_of_what_is_in_view_and_once() -> None:
    diffs = Diffs(patches={"x": "@@ -1 +1,2 @@\n-a\n+b\n+c\n", "y.png": "binary"})
    async with live(RUN, size=(200, 50), diffs=diffs) as scene:
        await scene.press("C", *"lines", "enter", "escape")
        scene.fleet.show_item("item-3")
        await settle(scene.pilot)
        await scene.app.workers.wait_for_complete()
        await settle(scene.pilot)
        assert "+2 −1" in scene.text()
        asked = len(diffs.asked)
        await scene.press("down", "up")
        await scene.app.workers.wait_for_complete()
        assert len(diffs.asked) == asked


# --------------------------------------------------------------------------------------------------- marks and agents


async def test_marks_gather_items_and_escape_drops_them() -> None:
    async with live(AT_WORK) as scene:
        scene.fleet.show_item("item-1")
        await scene.press("space", "space")
        assert scene.app.steering.chosen_items == ("item-1", "item-2")
        assert "2 marked" in scene.text()
        await scene.press("*")
        assert len(scene.app.steering.chosen_items) == 9
        await scene.press("*")
        assert len(scene.app.model.marks) == 0
        await scene.press("space", "escape")
        assert len(scene.app.model.marks) == 0


async def test_x_stops_one_at_once_and_several_after_a_yes() -> None:
    async with live(AT_WORK) as scene:
        scene.fleet.show_item("item-1")
        await scene.press("x")
        assert scene.control.sent == [signal("stop-item", item_id="item-1")]
        await scene.shows("stopping a000 item-1; r tries it again, once stopped")
        scene.control.sent.clear()

        await scene.press("space", "space", "space", "x")
        assert isinstance(scene.app.screen, ConfirmScreen)
        assert "3 agents" in scene.text()
        await scene.press("y", "enter")
        assert scene.control.sent == [], "typed before the question could be read"
        await say_yes(scene)
        assert scene.control.sent == [signal("stop-item", item_id=item) for item in RUNNING]
        assert len(scene.app.model.marks) == 0


async def test_kill_asks_even_for_one() -> None:
    async with live(AT_WORK) as scene:
        scene.fleet.show_item("item-2")
        await scene.press("X")
        assert "item-2" in scene.text()
        await scene.press("escape")
        assert scene.control.sent == []
        await scene.press("X")
        await say_yes(scene)
        assert scene.control.sent == [signal("stop-item", item_id="item-2", at_once=True)]


async def test_retry_of_one_and_of_all_that_is_listed() -> None:
    async with live(DEAD) as scene:
        scene.fleet.show_item("item-4")
        await scene.press("r")
        assert scene.control.sent == [signal("retry", item_id="item-4")]
        scene.control.sent.clear()
        await scene.press("R")
        await say_yes(scene)
        assert {sent.item_id for sent in scene.control.sent} == {"item-2", "item-4"}


async def test_tell_hands_the_note_to_every_marked_agent_at_work() -> None:
    async with live(AT_WORK) as scene:
        scene.fleet.show_item("item-1")
        await scene.press("space", "space", "t", *"use [b]the clock[/]", "enter")

        told = [signal("tell", item_id=item, note="use [b]the clock[/]") for item in ("item-1", "item-2")]
        assert scene.control.sent == told


async def test_nothing_is_done_in_the_past() -> None:
    async with replay(DEAD, at=len(DEAD) // 2) as scene:
        scene.fleet.show_item("item-1")
        await scene.press("x", "X", "r", "R", "t")

        assert scene.control.sent == []
        assert isinstance(scene.app.screen, FleetScreen)


# ---------------------------------------------------------------------------------------------------------- heat map


async def test_the_heat_map_moves_in_two_dimensions_and_keeps_the_agent() -> None:
    async with live(HALFWAY, size=(200, 50)) as scene:
        scene.fleet.show_item("item-40")
        await scene.press("v")
        heat = scene.app.screen.query_one(HeatMap)
        assert heat.has_focus
        assert heat.selected == "item-40"
        await scene.press("down", "right", "right", "left")
        assert heat.index == 39 + heat.across + 1
        assert scene.fleet.shown_row == Row("item", f"item-{40 + heat.across + 1}")
        await scene.press("up", "ctrl+left", "ctrl+right", "space")
        assert scene.app.steering.chosen_items == ("item-41",)
        await scene.press("G")
        assert heat.selected == "item-120"
        await scene.press("g", "v")
        assert scene.fleet.rows.selected == Row("item", "item-1")
        await scene.press("v", "enter")
        assert scene.app.current_mode == "log"


async def test_a_thousand_agents_stand_in_28_lines_of_36() -> None:
    thousand = make_run(items=1000, max_parallel=8)
    async with live(thousand[:400], size=(80, 44)) as scene:
        await scene.press("v")
        labels = [line[2:6] for line in scene.text().splitlines() if line[2:6].isdigit()]

        assert labels == [f"{36 * line:04d}" for line in range(28)]


async def test_the_heat_map_shows_what_the_filter_leaves() -> None:
    async with live(HALFWAY, size=(200, 50)) as scene:
        await scene.press("v", "/", *"state:dead", "enter")
        dead = scene.app.model.state.counts.dead

        assert f"{dead} of 120 pass the filter" in scene.text()
        line = next(line for line in scene.text().splitlines() if line.startswith("┃ 0000"))
        assert line[7:79].count("†") <= dead
        assert "●" not in line[7:79]


async def test_an_event_draws_one_line_of_the_heat_map() -> None:
    message = next(e for e in MANY[len(HALFWAY) :] if type(e.event).__name__ == "AgentMessage")
    async with live(MANY[: message.seq - 1], size=(200, 50)) as scene:
        await scene.press("v")
        before = scene.fleet.heat.lines_drawn
        await scene.publish(message)

        assert scene.fleet.heat.lines_drawn - before <= 2


# ------------------------------------------------------------------------------------------------------------- panes


async def test_facts_take_the_place_of_the_log_and_give_it_back() -> None:
    async with live(RUN) as scene:
        scene.fleet.show_item("item-7")
        await scene.press("i")
        assert "Steps of this attempt" in scene.text()
        assert "item-7 · try 2" not in scene.text()
        await scene.press("tab")
        assert scene.fleet.story.has_focus
        await scene.press("pagedown", "G")
        assert "Story  newest first" in scene.text()
        await scene.press("i")
        assert "item-7 · try 2 · log" in scene.text()


async def test_facts_of_the_past_are_those_of_then() -> None:
    async with replay(RUN, at=len(RUN) // 2, size=(200, 50)) as scene:
        scene.fleet.show_item("item-4")
        await settle(scene.pilot)
        early = [plain(line) for line in scene.fleet.story.page_lines]
        assert scene.app.viewing.replay is not None
        scene.app.viewing.replay.seek(len(RUN))
        await settle(scene.pilot)
        late = [plain(line) for line in scene.fleet.story.page_lines]

        story = early[early.index("Story  newest first") + 1 :]
        assert any("begins" in line for line in story)
        assert [line for line in late if line in story] == story
        assert len(late) > len(early)


async def test_d_shows_the_changes_beside_the_list_and_the_review_where_there_is_no_room() -> None:
    async with live(DEAD) as scene:
        scene.fleet.show_item("item-1")
        await scene.press("d")
        await scene.app.workers.wait_for_complete()
        await scene.press("tab", "down")
        assert "Changes" in scene.text()
        assert "@@ -1 +1 @@" in scene.text()
        await scene.press("escape")
        assert "item-1 · log" in scene.text()


# ----------------------------------------------------------------------------------------------------------- problems


async def test_brackets_go_round_what_needs_a_look_and_the_silent_too() -> None:
    async with live(AT_WORK) as scene:
        await scene.press("]")
        assert scene.app.model.rows.problems() == []
        scene.clock.advance_now(600)
        scene.app.screen.tick()
        visited = []
        for _ in range(3):
            await scene.press("]")
            visited.append(scene.app.steering.current_item)
        assert sorted(visited) == sorted(RUNNING)
        await scene.press("[")
        assert scene.app.steering.current_item == visited[1]
        assert "silent for" in scene.text()
