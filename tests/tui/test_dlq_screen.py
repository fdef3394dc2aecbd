"""The dead letter queue on the screen: panes, marks, the plan of a retry, discards with undo, filter, copies."""

from collections.abc import Mapping

import pytest
from msgspec.structs import replace

from prodigy_tui.events.schema import (
    AgentFinished,
    AgentStarted,
    Envelope,
    ItemDeadLettered,
    ItemRequeued,
    PhaseStarted,
    RunFinished,
    RunResumed,
)
from prodigy_tui.tui.screens.prompt import PromptScreen
from prodigy_tui.tui.screens.retry import RetryScreen
from tests.support.make import make_envelopes, make_run
from tests.tui.runs import AT_WORK_WITH_DEAD, DEAD, signal
from tests.tui.scene import Scene, live, replay, settle

MANY = make_run(items=40, failing=range(3, 40, 4), conflicting={10, 12}, max_parallel=8)
MIXED = make_run(items=12, failing=(2, 4, 7), conflicting={5, 9})


class Decided:
    """Keeps what was decided."""

    def __init__(self, refusal: str = "") -> None:
        self.refusal = refusal
        self.parameters: list[Mapping[str, str]] = []
        self.reduced = 0
        self.discarded: list[tuple[tuple[str, ...], str]] = []

    async def change_parameters(self, given: Mapping[str, str]) -> str:
        if not self.refusal:
            self.parameters.append(given)
        return self.refusal

    def reduce_again(self) -> None:
        self.reduced += 1

    def discard(self, item_ids: tuple[str, ...], reason: str) -> None:
        self.discarded.append((item_ids, reason))


async def planned(scene: Scene, *keys: str) -> RetryScreen:
    await scene.press("4", *keys)
    screen = scene.app.screen
    assert isinstance(screen, RetryScreen)
    scene.clock.advance_now(1)
    return screen


def retried(*items: str, **fields: object) -> list[object]:
    return [signal("retry", item_id=item_id, **fields) for item_id in items]


async def test_a_retry_shows_a_plan_and_enter_sends_one_item() -> None:
    async with live(DEAD) as scene:
        await planned(scene, "*", "r")
        assert "one item first: a003 item-4" in scene.text()
        assert "y all 2 at once" in scene.text()
        assert scene.control.sent == []

        await scene.press("enter")

        assert scene.control.sent == retried("item-4")
        assert scene.app.steering.dlq.letters.marked == {"item-2"}
        assert not isinstance(scene.app.screen, RetryScreen)


async def test_all_go_back_to_work_together_after_a_yes() -> None:
    async with live(DEAD) as scene:
        await planned(scene, "*", "r")
        await scene.press("y")
        assert scene.control.sent == retried("item-4", "item-2")
        assert scene.app.steering.dlq.letters.marked == set()


async def test_on_a_pattern_all_of_it_is_meant_and_the_cursor_is_somewhere_when_letters_come_again() -> None:
    async with live(MIXED) as scene:
        screen = await planned(scene, "G", "r")
        assert len(screen.plan.items) == 5, "the cursor stands on all of them"
        await scene.press("escape")
        dlq, everything = scene.app.steering.dlq, scene.app.model.patterns
        everything.narrow(lambda item: False)
        dlq.redraw()
        assert dlq.patterns.selected is None
        everything.narrow(None)
        dlq.redraw()
        await settle(scene.pilot)
        assert dlq.patterns.selected is not None
        assert dlq.letters.count()
        assert "no dead letter is as the filter says" not in scene.text()


async def test_in_the_past_the_command_is_said_that_tries_again() -> None:
    async with replay(DEAD, size=(160, 40)) as scene:
        await scene.press("4", "enter", "r")
        assert "in the past; it is done with: prodigy-tui dlq retry modernise-260314-092653-q7xk a003" in scene.text()
        assert "r tries it again" not in scene.text()


async def test_type_ahead_sends_nothing_and_escape_leaves_everything() -> None:
    async with live(DEAD) as scene:
        await scene.press("4", "r", "enter", "y")
        assert isinstance(scene.app.screen, RetryScreen)
        scene.clock.advance_now(1)
        await scene.press("escape")
        assert not isinstance(scene.app.screen, RetryScreen)
        assert scene.control.sent == []


async def test_a_pattern_is_retried_with_other_parallelism_files_parameters_and_reduce() -> None:
    decided = Decided()
    async with live(MIXED, decisions=decided) as scene:
        screen = await planned(scene, "R")
        assert len(screen.plan.items) == 3
        await scene.press("plus", "plus", "minus", "k", "e", "p", *"depth=9", "enter")
        assert "4, now 3" in scene.text()
        assert "the failed attempt's files" in scene.text()
        assert "depth=9" in scene.text()
        await scene.press("y")

        assert decided.parameters == [{"depth": "9"}]
        assert decided.reduced == 1
        assert scene.control.sent[0] == signal("set-parallel", number=4)
        assert scene.control.sent[1:] == retried("item-7", "item-4", "item-2", keep_files=True)


async def test_a_parameter_that_is_refused_sends_nothing() -> None:
    async with live(DEAD, decisions=Decided("there is no parameter 'depht'")) as scene:
        await planned(scene, "r")
        await scene.press("p", *"depht=9", "enter", "y")
        assert "there is no parameter 'depht'" in scene.text()
        assert scene.control.sent == []


async def test_what_needs_a_look_goes_only_when_it_is_forced() -> None:
    def hard(envelope: Envelope) -> Envelope:
        event = envelope.event
        return (
            replace(envelope, event=replace(event, eligible=False)) if isinstance(event, ItemDeadLettered) else envelope
        )

    async with live(tuple(map(hard, DEAD))) as scene:
        await planned(scene, "R")
        assert "none of them is eligible" in scene.text()
        await scene.press("y")
        assert scene.control.sent == []
        await scene.press("f", "y")
        assert len(scene.control.sent) == 2


async def test_a_discard_is_told_after_ten_seconds_with_its_reason() -> None:
    decided = Decided()
    async with live(DEAD, decisions=decided) as scene:
        await scene.press("4", "enter", "D")
        assert isinstance(scene.app.screen, PromptScreen)
        await scene.press(*"old", "enter")
        dlq = scene.app.steering.dlq
        assert "out 10s" in scene.text()
        scene.clock.advance_now(9)
        dlq.deeds.tell()
        assert decided.discarded == []
        scene.clock.advance_now(1)
        dlq.deeds.tell()
        assert decided.discarded == [(("item-4",), "old")]


async def test_a_discard_can_be_taken_back_and_is_told_when_the_interface_closes() -> None:
    decided = Decided()
    async with live(DEAD, decisions=decided) as scene:
        await scene.press("4", "*", "D", "enter")
        assert len(scene.app.steering.dlq.partings) == 2
        await scene.press("u")
        assert len(scene.app.steering.dlq.partings) == 0
        assert decided.discarded == []
        await scene.press("D", "enter")
    assert decided.discarded == [(("item-4",), "")]


async def test_space_marks_and_goes_on() -> None:
    async with live(DEAD, size=(160, 40)) as scene:
        await scene.press("4", "enter", "space")
        letters = scene.app.steering.dlq.letters

        assert letters.marked == {"item-4"}
        assert letters.selected == "item-2"
        assert "[x] a003" in scene.text()
        await scene.press("escape", "space")
        assert letters.marked == {"item-4", "item-2"}, "on a pattern it marks all of it"


async def test_panes_come_one_by_one_where_there_is_no_room() -> None:
    async with live(MIXED, size=(70, 20)) as scene:
        await scene.press("4")
        assert "Patterns" in scene.text()
        assert "tries" not in scene.text()
        await scene.press("enter")
        assert "tries" in scene.text()
        assert "Patterns" not in scene.text()
        await scene.press("enter")
        assert "Detail" in scene.text()
        await scene.press("tab")
        assert "Patterns" in scene.text()
        await scene.press("shift+tab", "escape", "escape", "escape")
        assert scene.app.current_mode == "fleet"


async def test_the_selected_pattern_says_whose_items_show() -> None:
    async with live(MIXED, size=(120, 40)) as scene:
        await scene.press("4")
        dlq = scene.app.steering.dlq
        assert list(dlq.letters.item_ids()) == ["item-7", "item-4", "item-2"]
        await scene.press("down")
        assert list(dlq.letters.item_ids()) == ["item-9", "item-5"]
        assert "hint: conflict in src/shared.py" in scene.text()
        await scene.press("down")
        assert len(list(dlq.letters.item_ids())) == 5


async def test_a_filter_narrows_patterns_and_items_and_escape_clears_it() -> None:
    async with live(MIXED) as scene:
        await scene.press("4", "slash", *"kind:merge", "enter")
        dlq = scene.app.steering.dlq
        assert list(dlq.letters.item_ids()) == ["item-9", "item-5"]
        assert "filter: kind:merge" in scene.text()
        await scene.press("slash", *" nofield:x")
        assert "no field" in scene.text()
        await scene.press("escape")
        assert len(scene.app.model.patterns.everything) == 5


@pytest.mark.parametrize(
    ("text", "found"),
    [("tries>=2", 0), ("exit=1", 3), ("~shared\\.py$~", 2), ("!conflict", 3), ("age<1s", 0), ("eligible:yes", 5)],
)
async def test_filters_of_the_queue(text: str, found: int) -> None:
    async with live(MIXED) as scene:
        dlq = scene.app.steering.dlq
        await scene.press("4")
        scene.clock.advance_now(60)
        dlq.set_filter(text)
        assert len(scene.app.model.patterns.everything) == found, text


async def test_the_log_of_the_failing_try_and_where_its_files_are() -> None:
    async with live(DEAD) as scene:
        await scene.press("4", "w")
        copied = scene.app.clipboard
        assert copied.startswith("/home/ada/")
        await scene.press("y")
        assert scene.app.clipboard.startswith("# pytest -q exit 1\n\n2 items of run")
        await scene.press("enter", "y")
        assert scene.app.clipboard.startswith("## item-4 (a003)")
        await scene.press("l")
        assert scene.app.current_mode == "log"
        assert scene.app.steering.log.current_item == "item-4"
        await scene.press("escape")
        assert scene.app.current_mode == "dlq"


async def test_the_past_is_only_looked_at() -> None:
    async with replay(DEAD) as scene:
        await scene.press("4", "R", "D", "r")
        assert not isinstance(scene.app.screen, RetryScreen | PromptScreen)
        assert scene.control.sent == []


async def test_the_age_of_a_dead_letter_goes_on_in_list_and_detail() -> None:
    async with live(AT_WORK_WITH_DEAD, size=(170, 40)) as scene:
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


async def test_a_letter_that_went_back_to_work_leaves_the_list() -> None:
    async with live(DEAD) as scene:
        await scene.press("4", "enter")
        dlq = scene.app.steering.dlq
        assert dlq.current_item == "item-4"
        state = scene.app.model.state
        gone = replace(state, dead_letters=state.dead_letters.remove("item-4"))
        scene.app.model.state = gone
        # As after an event that concerns it: its item is another by then.
        changed = replace(gone, items=gone.items.insert("item-4", replace(gone.items["item-4"], status="pending")))
        scene.app.model.state = changed
        scene.app.model.patterns.touch(changed, {"item-4"})
        dlq.redraw()
        assert dlq.current_item == "item-2"


async def done(scene: Scene, name: str) -> None:
    """Does what only the palette offers."""
    scene.app.steering.do(name)
    for _ in range(3):
        await scene.pilot.pause(0)
    await settle(scene.pilot)


class Kept:
    """Keeps texts by name."""

    def __init__(self) -> None:
        self.saved: dict[str, str] = {}

    def all(self) -> Mapping[str, str]:
        return dict(self.saved)

    def save(self, name: str, text: str) -> str:
        self.saved[name] = text
        return ""

    def forget(self, name: str) -> str:
        del self.saved[name]
        return ""


async def test_patterns_are_split_joined_and_grouped_as_before() -> None:
    kept = Kept()
    async with live(MIXED, groups=kept) as scene:
        await scene.press("4")
        dlq = scene.app.steering.dlq
        await done(scene, "dlq.split")
        await scene.press(*"part_7", "enter")
        assert list(kept.saved.values()) == ["part_7"]
        assert len(dlq.patterns._patterns) == 4
        assert "~part_7~" in scene.text()
        await done(scene, "dlq.ungroup")
        assert kept.saved == {}
        await done(scene, "dlq.join")
        await scene.press("enter")
        assert len(scene.app.model.patterns) == 1
        assert len(scene.app.model.patterns.everything) == 5


async def test_reduce_runs_again_from_any_screen_where_it_lacks_items() -> None:
    decided, mended = Decided(), "item-2"
    later = make_envelopes(
        RunResumed(version="1"),
        ItemRequeued(item_id=mended),
        PhaseStarted(phase="map"),
        AgentStarted(item_id=mended, attempt=2, slot=1, branch="b", base="0" * 40, worktree="/w"),
        AgentFinished(item_id=mended, attempt=2, outcome="success", head="1" * 40, commits=0),
        RunFinished(status="failed", exit_code=1),
        first_seq=DEAD[-1].seq + 1,
    )
    lacking = (*DEAD, *later)
    async with live(lacking, decisions=decided) as scene:
        await done(scene, "dlq.reduce")
        assert decided.reduced == 1
    async with live(DEAD, decisions=decided) as scene:
        await done(scene, "dlq.reduce")
        assert decided.reduced == 1
        assert "reduce lacks no item that was done" in scene.text()
