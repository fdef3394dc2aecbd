"""What rows of the fleet say, and in how many cells: looks, reasons, columns, facts."""

from datetime import UTC, timedelta
from types import MappingProxyType

import pytest
from msgspec.structs import replace
from rpds import HashTrieMap

from prodigy_tui.events.evolve import fold
from prodigy_tui.events.item_state import ItemState
from prodigy_tui.events.pace import Breaker, Canary, Stop
from prodigy_tui.events.schema import AgentStarted, RetryScheduled
from prodigy_tui.events.spending import Awaiting, Spending
from prodigy_tui.events.state import RunState
from prodigy_tui.events.values import PhaseOutline, StepOutline
from prodigy_tui.tui.model.cells import item_cells, row_cells
from prodigy_tui.tui.model.columns import COLUMNS, DEFAULT_COLUMNS, lay_out
from prodigy_tui.tui.model.facts import film, frames, item_facts
from prodigy_tui.tui.model.glance import Glance
from prodigy_tui.tui.model.line import cells, plain
from prodigy_tui.tui.model.row_cells import draw, heading
from prodigy_tui.tui.model.rows import Row, Rows
from prodigy_tui.tui.model.stories import Chronicle, Stories
from tests.support.make import START, make_run
from tests.tui.scene import index_of

RUN = make_run(items=9, failing={2}, conflicting={5}, retried={7})
NOW = START + timedelta(minutes=1)


def running() -> RunState:
    return fold(RUN[: index_of(RUN, AgentStarted) + 20])


def at_work(state: RunState) -> ItemState:
    return next(item for item in state.items.values() if item.status == "running")


def detail(state: RunState, item_id: str, **more: object) -> str:
    return item_cells(state.items[item_id], Glance(state=state, now=more.pop("now", NOW), **more)).detail


@pytest.mark.parametrize("width", [20, 30, 44, 56, 62, 74, 120, 200])
@pytest.mark.parametrize("chosen", [DEFAULT_COLUMNS, tuple(COLUMNS), ()])
def test_a_row_is_exactly_as_wide_as_the_list(width: int, chosen: tuple[str, ...]) -> None:
    state, layout = running(), lay_out(chosen, width, 40)
    folds = Rows()
    folds.rebuild(Glance(state=state, now=NOW))
    rows = [folds.at(line) for line in range(len(folds))]
    glance = Glance(state=state, now=NOW)
    said = [row_cells(row, glance, folds.section(row.id) if row.kind == "fold" else None) for row in rows]

    for one in said:
        assert cells(draw(one, layout)) == width
        assert cells(draw(one, layout, marked=True)) == width
    assert cells(heading(layout)) == width
    assert layout["item"] >= 4


def test_short_names_leave_the_room_to_what_agents_do() -> None:
    short, long = lay_out(DEFAULT_COLUMNS, 74, 10), lay_out(DEFAULT_COLUMNS, 74, 60)

    assert short["item"] < long["item"]
    assert short["item"] + short["doing"] == long["item"] + long["doing"]


def test_what_is_there_unasked_gives_way_to_what_was_chosen_and_sorted_by() -> None:
    usual = lay_out(DEFAULT_COLUMNS, 62, 10)
    assert usual["tokens"]
    assert not usual["cost"]
    chosen = lay_out((*DEFAULT_COLUMNS, "cost"), 62, 10)
    assert chosen["cost"]
    assert not chosen["tokens"]
    assert lay_out(DEFAULT_COLUMNS, 56, 10, kept="cost")["cost"]


def test_a_silent_agent_is_shown_as_stalled_unless_its_output_grows_or_it_waits() -> None:
    state = running()
    item = at_work(state)
    later = (item.last_at or START) + timedelta(minutes=5)
    glance = Glance(state=state, now=later)

    assert item_cells(item, glance).look.letter == "Z"
    assert "silent for 5m00" in item_cells(item, glance).detail
    heard = {f"items/{item.item.safe_id}/{item.attempt}": later}
    assert item_cells(item, Glance(state=state, now=later, heard_at=heard)).look.letter == "R"
    assert item_cells(item, Glance(state=state, now=later, stalled_after_s=600)).look.letter == "R"
    assert item_cells(replace(item, waiting="quota"), glance).look.letter == "R"


def test_few_steps_are_a_bar_and_many_are_numbers() -> None:
    state = running()
    item = replace(at_work(state), step_index=2)

    def shown(steps: int) -> str:
        outline = (PhaseOutline(phase="map", steps=(StepOutline(label="s", kind="shell"),) * steps),)
        return item_cells(item, Glance(state=replace(state, outline=outline), now=NOW)).values["step"]

    assert shown(4) == "▇▇▅▁"
    assert shown(9) == "2/9"
    assert shown(2) == "▇▇"


def test_a_retry_says_which_of_how_many_and_when() -> None:
    state = fold(RUN[: index_of(RUN, RetryScheduled)])
    due = state.items["item-7"].due or START

    assert detail(state, "item-7", now=due - timedelta(seconds=2), attempts=3).startswith("retry 2/3 in 2s · pytest")
    assert detail(state, "item-7", now=due - timedelta(seconds=2)).startswith("retry 2 in 2s · ")
    assert detail(state, "item-7", now=due + timedelta(seconds=2), attempts=3).startswith("retry 2/3 due · ")


def test_every_queued_item_says_why() -> None:
    state = running()
    queued = state.order[-1]
    soon = NOW + timedelta(seconds=90)
    free = replace(state, max_parallel=99)
    limited = replace(free, limited=HashTrieMap({"claude": soon}))
    waits = Awaiting(step="map 0", phase="map", item_id="a", message="budget")
    short = replace(free, spending=Spending(waiting=HashTrieMap({"map 0 a": waits})))
    canary = replace(free, canary=Canary(count=3))
    said = {
        detail(state, queued),
        detail(replace(state, paused=True), queued),
        detail(replace(state, stop=Stop(kind="stop")), queued),
        detail(replace(state, breaker=Breaker(until=soon, trials=2)), queued),
        detail(replace(free, counts=replace(free.counts, merging=999)), queued),
        detail(limited, queued),
        detail(short, queued),
        detail(canary, queued),
        detail(free, queued),
    }

    assert said == {
        "waits for a slot",
        "waits: the run is paused",
        "does not start: the run stops",
        f"waits for the circuit breaker until {soon.astimezone():%H:%M:%S} (1m30)",
        "waits for the merge queue to get shorter",
        f"waits for the quota of claude until {soon.astimezone():%H:%M:%S} (1m30)",
        "waits for the budget",
        "waits for the canary of 3 items",
        "starts next",
    }


def test_the_line_of_the_queued_says_why_for_all() -> None:
    state = running()
    rows = Rows()
    rows.rebuild(Glance(state=state, now=NOW))

    said = row_cells(Row("fold", "queued"), Glance(state=state, now=NOW), rows.section("queued"))

    assert plain(draw(said, lay_out(DEFAULT_COLUMNS, 74, 40))).split("  ")[-3:-1] != []
    assert "(all 3 slots are busy)" in said.detail


def test_a_finished_item_says_its_place_in_the_merge_queue() -> None:
    state = running()
    item = replace(at_work(state), status="merging", commits=2)

    assert item_cells(item, Glance(state=state, now=NOW, places={item.item.id: 2})).detail == "queue 2 · 2 commits"


# -------------------------------------------------------------------------------------------------- facts and stories


def page(item_id: str, upto: int, **more: object) -> str:
    stories = Stories()
    stories.take(RUN[:upto])
    state = fold(RUN[:upto])
    glance = Glance(state=state, now=state.last_at or START, **more)
    return "\n".join(plain(line) for line in item_facts(item_id, glance, stories.of(item_id), UTC))


def test_facts_hold_steps_attempts_data_and_the_story() -> None:
    said = page("item-7", len(RUN), attempts=3, lines=MappingProxyType({"item-7": (41, 7)}))

    for words in (
        "✓ done", "attempt  2/3", "Steps of this attempt", "make the change  agent", "try 2", "try 1",
        "lines    +41 −7", "path: src/part_7.py", "Story  newest first", "attempt 2 begins", "will be tried again",
    ):  # fmt: skip
        assert words in said, words
    assert page("nobody", len(RUN)) == "no such item at this moment"


def test_a_film_strip_gives_every_step_its_share() -> None:
    stories = Stories()
    stories.take(RUN)
    state = fold(RUN)
    present = [e for e in stories.of("item-1") if getattr(e.event, "attempt", 1) == 1]

    steps = frames(present, state.last_at or START)

    assert [step.label for step in steps] == ["make the change", "pytest -q"]
    assert all(step.seconds > 0 for step in steps)
    assert 39 <= cells(film(steps, 40)) <= 41
    assert len(film(frames(present[:2], START + timedelta(hours=1)))) == 1


def test_a_chronicle_tells_what_a_live_story_has_told() -> None:
    chronicle = Chronicle(RUN)
    for upto in (30, 60, len(RUN), 45, len(RUN)):
        for item_id in ("item-1", "item-7"):
            stories = Stories()
            stories.take(RUN[:upto])
            assert chronicle.of(item_id, 1, upto) == stories.of(item_id)


def test_a_story_hears_nothing_twice() -> None:
    stories = Stories()
    stories.take(RUN[:60])
    stories.take(RUN[40:80])
    whole = Stories()
    whole.take(RUN[:80])

    assert stories.of("item-1") == whole.of("item-1")
