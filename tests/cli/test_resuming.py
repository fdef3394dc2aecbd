"""What is kept, done again and new when a run is taken up again."""

from collections.abc import Callable, Sequence
from itertools import accumulate

import pytest
from msgspec.structs import replace

from prodigy_tui.cli.output import Painted
from prodigy_tui.cli.resuming import LINES, Share, nothing_left, share_lines, shares_of
from prodigy_tui.events.evolve import evolve, fold
from prodigy_tui.events.phase_state import StepRecord
from prodigy_tui.events.schema import (
    AgentInterrupted,
    Envelope,
    ItemRequeued,
    MergeFinished,
    MergeInterrupted,
    RunResumed,
)
from prodigy_tui.events.state import RunState
from tests.support.make import make_envelope, make_run

ENVELOPES = make_run(items=6, failing={2}, max_parallel=2)


def recovered(before: RunState, *settled: object) -> RunState:
    """The state after recovery, which writes `settled`, and the taking up."""
    after = before
    for item_id in before.slots.values():
        event = AgentInterrupted(item_id=item_id, attempt=before.items[item_id].attempt)
        after = evolve(after, make_envelope(event, after.last_seq + 1))
    for event in (*settled, RunResumed(version="1")):
        after = evolve(after, make_envelope(event, after.last_seq + 1))
    return after


def first(holds: Callable[[RunState], object], envelopes: Sequence[Envelope] = ENVELOPES) -> RunState:
    """The first state of a run for which something holds."""
    return next(state for state in accumulate(envelopes, evolve, initial=RunState()) if holds(state))


def told(before: RunState, after: RunState) -> dict[str, tuple[str, str]]:
    return {share.what: (share.verdict, share.why) for share in shares_of(before, after)}


def test_what_was_at_work_is_redone_what_is_merged_is_kept_and_the_rest_is_new() -> None:
    before = first(lambda state: state.merged and state.slots and state.counts.pending)
    after = recovered(before)

    said = told(before, after)

    at_work = [before.items[item_id].item.label or item_id for item_id in before.slots.values()]
    assert at_work
    assert said["setup"] == ("reuse", "finished")
    assert said["reduce"] == ("new", "")
    assert said["landing"] == ("new", "")
    assert [said[what] for what in at_work] == [("redo", "was interrupted")] * len(at_work)
    assert ("reuse", "merged, the run branch has its commits") in said.values()
    assert ("new", "") in said.values()


def test_a_merge_in_doubt_is_redone_or_kept_as_git_says() -> None:
    before = first(lambda state: state.merges)
    (merge,) = before.merges.values()
    what = before.items[merge.item_id].item.label or merge.item_id
    done = MergeFinished(item_id=merge.item_id, attempt=merge.attempt, status="merged", tip="t")
    undone = MergeInterrupted(item_id=merge.item_id, attempt=merge.attempt)

    assert told(before, recovered(before, done))[what] == ("reuse", "its merge had happened")
    assert told(before, recovered(before, undone))[what] == ("redo", "its merge was cut short")


def test_a_phase_under_way_says_how_many_of_its_steps_are_kept() -> None:
    def setup_steps(state: RunState) -> list[StepRecord]:
        return list(state.phases["setup"].steps.values()) if "setup" in state.phases else []

    before = first(setup_steps)
    done = first(lambda state: any(step.status == "ok" for step in setup_steps(state)))

    assert told(before, recovered(before))["setup"] == ("redo", "was under way")
    assert told(done, recovered(done))["setup"] == ("redo", "was under way, 1 step kept")
    assert told(done, recovered(done))["map"] == ("new", "")


def test_dead_letters_stay_unless_they_were_given_back() -> None:
    before = fold(ENVELOPES)
    what = before.items["item-2"].item.label or "item-2"
    back = evolve(before, make_envelope(ItemRequeued(item_id="item-2"), before.last_seq + 1))

    assert told(before, recovered(before))[what] == ("blocked", "in the dead letter queue")
    assert told(back, recovered(back))[what] == ("redo", "given back to work")


def test_a_landing_in_doubt_is_said() -> None:
    envelopes = make_run(items=2)
    before = first(lambda state: state.landing_started, envelopes)
    landed = fold(envelopes)

    assert told(before, recovered(before))["landing"] == ("redo", "was under way")
    assert told(landed, landed)["landing"] == ("reuse", "landed on main")


def test_many_items_share_lines() -> None:
    few = [Share(kind="phase", what="setup", verdict="reuse", why="finished")]
    few += [Share(kind="item", what=f"i{n}", verdict="new") for n in range(LINES - 1)]
    many = [*few, Share(kind="item", what="x", verdict="redo", why="was interrupted")]

    head, *lines = map(text, share_lines("run", many))

    assert len(share_lines("run", few)) == 1 + LINES
    assert len(share_lines("run", many, all_of_them=True)) == 2 + LINES
    assert head == f"continues run: 1 reused, 1 redone, {LINES - 1} new"
    assert lines == [
        "  reuse   setup     finished",
        f"  new     {LINES - 1} items",
        "  redo    1 item    was interrupted",
    ]


def text(parts: tuple[object, ...]) -> str:
    return "".join(part.text if isinstance(part, Painted) else str(part) for part in parts).rstrip()


@pytest.mark.parametrize(
    ("state", "left"),
    [
        (fold(ENVELOPES[:20]), True),
        (fold(ENVELOPES), False),
        (fold(make_run(items=2)), False),
        (replace(fold(ENVELOPES), status="stopped"), True),
    ],
)
def test_whether_anything_is_left(state: RunState, left: bool) -> None:
    assert (nothing_left(state) is None) is left


def test_a_requeued_item_is_something_left_even_of_a_run_that_is_over() -> None:
    over = fold(ENVELOPES)

    assert nothing_left(evolve(over, make_envelope(ItemRequeued(item_id="item-2"), over.last_seq + 1))) is None
