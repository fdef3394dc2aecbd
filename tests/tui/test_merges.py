"""Screen 3: the order of the merges, why they wait, who has changed the same files, and what opens."""

import pytest
from msgspec.structs import replace

from prodigy_tui.events.evolve import fold
from prodigy_tui.events.schema import AgentFinished, MergeFinished, VerifyStarted
from prodigy_tui.events.state import RunState
from prodigy_tui.tui.model.line import cells, plain
from prodigy_tui.tui.model.merge_lines import merge_facts, merge_line, why_waiting
from prodigy_tui.tui.model.merges import MergeRow, Merges
from prodigy_tui.tui.screens.merge import MergeScreen
from prodigy_tui.tui.screens.merges import MergesScreen
from prodigy_tui.tui.screens.review import ReviewScreen
from tests.support.make import START, make_run
from tests.support.queued import four_finished, started, then
from tests.tui.scene import Scene, live, replay, until_gate
from tests.tui.test_questions import at_work, suspected, with_more

DEAD = make_run(items=5, conflicting={2})


def shown(state: RunState) -> Merges:
    merges = Merges()
    merges.rebuild(state)
    return merges


def rows_of(merges: Merges) -> list[MergeRow]:
    found = [merges.row(index) for index in range(len(merges))]
    assert None not in found
    return [row for row in found if row is not None]


def with_files(**files: tuple[str, ...]) -> RunState:
    """Returns four items, of which some have changed these files."""
    state = four_finished()
    items = state.items
    for item_id, paths in files.items():
        items = items.insert(item_id, replace(items[item_id], files=paths, output=f"{item_id} made it faster\nbye"))
    return replace(state, items=items)


def test_who_is_merged_stands_above_who_waits() -> None:
    state = then(four_finished(), *started("a", "b"))

    assert rows_of(shown(state)) == [
        MergeRow("head", "now"), MergeRow("merging", "a"), MergeRow("merging", "b"),
        MergeRow("head", "queue"), MergeRow("queued", "c"), MergeRow("queued", "d"),
    ]  # fmt: skip


def test_the_queue_says_why_it_waits() -> None:
    waiting = then(
        four_finished(), *started("a", "b", "c"), VerifyStarted(item_ids=("a", "b", "c"), commit="0123456789")
    )

    assert why_waiting(four_finished()) == "next"
    assert why_waiting(waiting) == "behind a000 and 2 more"
    merges = shown(waiting)
    assert merges.position("d") == 1
    now = plain(merge_line(MergeRow("head", "now"), merges, waiting, START, 90))
    assert "the candidate is verified at 0123456 for 0s" in now


def test_what_is_merged_is_kept_as_it_comes_the_newest_first() -> None:
    events = make_run(items=6)
    merges, last = Merges(), fold(events)
    order = [envelope.event.item_id for envelope in events if isinstance(envelope.event, MergeFinished)]
    for item_id in order:
        merges.touch(last, {item_id})

    rows = [row.id for row in rows_of(merges) if row.kind == "merged"]
    assert rows == [row.id for row in rows_of(shown(last)) if row.kind == "merged"]
    assert rows == order[::-1]
    assert [merges.row(merges.place(MergeRow("merged", one)) or 0) for one in order] == [
        MergeRow("merged", one) for one in order
    ]


def test_a_row_follows_its_item_from_the_queue_to_the_merged() -> None:
    events = make_run(items=3)
    at = next(n for n, envelope in enumerate(events) if isinstance(envelope.event, MergeFinished))
    before, after = fold(events[:at]), fold(events[: at + 1])
    item_id = next(iter(before.merges))

    place = shown(after).place(MergeRow("merging", item_id))
    assert place is not None
    assert shown(after).row(place) == MergeRow("merged", item_id)


def test_items_that_changed_the_same_files_know_of_each_other() -> None:
    state = with_files(a=("x", "y"), b=("y", "z"), c=("z",))
    merges = shown(state)

    assert merges.meeting("b").files == 2
    assert merges.meeting("b").items == ("a", "c")
    assert merges.meeting("d").files == 0
    told = "\n".join(plain(line) for line in merge_facts(MergeRow("queued", "b"), merges, state, START, None))
    assert "y  a000" in told
    assert "a made it faster" in told, "what the other meant to do"
    merges.touch(then(state, *started("a")), {"a"})
    assert merges.meeting("b").files == 2


def test_an_attempt_that_changes_other_files_meets_others() -> None:
    merges = shown(with_files(a=("x",), b=("x",)))
    merges.touch(with_files(a=("w",), b=("x",)), {"a", "b"})

    assert merges.meeting("b").files == 0
    assert merges.owners("x") == ["b"]


def test_a_conflict_needs_a_person_until_it_is_tried_again() -> None:
    state = fold(DEAD)
    merges = shown(state)

    assert (merges.needing, merges.conflicts) == (0, 1), "it is one of the dead letters"
    assert rows_of(merges)[1] == MergeRow("conflict", "item-2")
    line = plain(merge_line(MergeRow("conflict", "item-2"), merges, state, START, 90))
    assert "merge conflict in src/shared.py" in line


@pytest.mark.parametrize("width", [20, 40, 58, 76, 120])
def test_every_line_is_as_wide_as_the_list(width: int) -> None:
    state = fold(DEAD)
    merges = shown(state)

    for row in rows_of(merges):
        assert cells(merge_line(row, merges, state, START, width)) <= width


# ---------------------------------------------------------------------------------------------------------- the screen


async def opened(scene: Scene) -> MergesScreen:
    await scene.press("3")
    screen = scene.app.screen
    assert isinstance(screen, MergesScreen)
    return screen


async def test_the_tab_counts_what_needs_a_person_and_enter_opens_the_landing() -> None:
    async with live(until_gate()) as scene:
        assert "3 Merges !1" in scene.text()
        await opened(scene)
        assert "✓ merged 4" in scene.text()
        await scene.press("enter")
        assert isinstance(scene.app.screen, MergeScreen)


async def test_a_suspect_opens_for_review() -> None:
    async with live(with_more(*suspected(at_work()))) as scene:
        await opened(scene)
        assert "changed setup.py" in scene.text()
        await scene.press("enter")
        assert isinstance(scene.app.screen, ReviewScreen)


async def test_an_item_opens_its_changes_and_d_does_so_too() -> None:
    async with live(until_gate()) as scene:
        await opened(scene)
        await scene.press("G", "enter")
        assert isinstance(scene.app.screen, ReviewScreen)
        await scene.press("escape", "d")
        assert isinstance(scene.app.screen, ReviewScreen)


async def test_a_heading_opens_nothing_and_says_what_it_is() -> None:
    async with live(until_gate()) as scene:
        await opened(scene)
        await scene.press("g")
        assert "What a person decides" in scene.text()
        await scene.press("enter")
        assert isinstance(scene.app.screen, MergesScreen)


async def test_what_has_landed_names_the_way_back() -> None:
    events = make_run(items=3)
    async with live(events) as scene:
        await opened(scene)
        await scene.press("g")
        assert "git reset --keep" in scene.text()


async def test_the_past_shows_the_queue_as_it_was() -> None:
    events = make_run(items=6)
    at = next(n for n, envelope in enumerate(events) if isinstance(envelope.event, MergeFinished))
    async with replay(events, at=at) as scene:
        await opened(scene)
        assert "under way 1" in scene.text()
        assert "merged" not in scene.text().split("Timeline")[0].replace("merged onto", "")


async def test_the_list_draws_only_what_is_in_view() -> None:
    events = make_run(items=120, max_parallel=16)
    async with live(events, size=(80, 24)) as scene:
        screen = await opened(scene)
        before = screen.queue.lines_drawn
        await scene.press("down")
        assert screen.queue.lines_drawn - before <= 24


async def test_the_cursor_goes_with_the_item() -> None:
    events = make_run(items=4)
    at = next(n for n, envelope in enumerate(events) if isinstance(envelope.event, MergeFinished))
    async with live(events[:at]) as scene:
        screen = await opened(scene)
        merging = next(iter(scene.app.model.state.merges))
        screen.queue.select(MergeRow("merging", merging))
        await scene.publish(events[at])
        assert screen.queue.selected == MergeRow("merged", merging)


def test_an_agent_that_finishes_is_known_by_its_files() -> None:
    events = make_run(items=2)
    finished = [envelope.event for envelope in events if isinstance(envelope.event, AgentFinished)]
    merges = shown(fold(events))

    assert merges.owners(finished[0].files[0]) == [finished[0].item_id]
