"""What a resume finds and changes: lost commits, forgotten results, an edited workflow."""

import pytest
from rpds import HashTrieMap

from prodigy_tui.events.evolve import InvalidTransition, evolve, fold
from prodigy_tui.events.schema import ResultsForgotten, RunResumed, WorkflowReplaced, WorkLost
from prodigy_tui.events.state import RunState
from prodigy_tui.events.values import PhaseOutline
from tests.support.invariants import check_invariants
from tests.support.make import make_envelope, make_run

OVER = fold(make_run(items=4, failing={4}, max_parallel=2))


def after(state: RunState, *events: object) -> RunState:
    for event in events:
        state = evolve(state, make_envelope(event, state.last_seq + 1))
    check_invariants(state)
    return state


def lost(**fields: object) -> WorkLost:
    return WorkLost(**{"message": "gone", "tip": "t0", **fields})


def test_lost_work_goes_back_to_where_its_commits_still_are() -> None:
    state = after(OVER, lost(to_merge=("item-2",), to_redo=("item-1",), phases=("reduce",)), RunResumed(version="1"))

    one, two, three = (state.items[f"item-{n}"] for n in (1, 2, 3))
    assert (one.status, two.status, three.status) == ("pending", "merging", "success")
    assert (one.history[-1].outcome, one.head, one.merged) == ("lost", "", False)
    assert (list(state.merge_queue), list(state.requeued)) == (["item-2"], ["item-1"])
    assert (state.merged, state.tip, state.landing) == (1, "t0", None)
    assert [state.phases[name].status for name in ("setup", "map", "reduce")] == ["ok", "waiting", "waiting"]
    assert not len(state.phases["reduce"].steps)
    assert next(iter(state.warnings)).message == "gone"


@pytest.mark.parametrize("fields", [{"to_merge": ("item-4",)}, {"to_redo": ("item-4",)}, {"to_redo": ("item-9",)}])
def test_only_what_was_finished_can_be_lost(fields) -> None:
    with pytest.raises(InvalidTransition, match="has nothing to lose"):
        after(OVER, lost(**fields))


def test_forgotten_results_reopen_their_phase_and_nothing_else() -> None:
    path = next(iter(OVER.phases["setup"].steps))

    state = after(OVER, ResultsForgotten(steps={"setup": (path,)}))

    assert state.phases["setup"].status == "waiting"
    assert path not in state.phases["setup"].steps
    assert state.phases["reduce"] == OVER.phases["reduce"]


def edited(**fields: object) -> WorkflowReplaced:
    words = {"workflow": "w", "file": "w.yml", "text": "t", "digest": "d", "target": "main"}
    return WorkflowReplaced(**{**words, "outline": (PhaseOutline(phase="map"),), **fields})


def test_an_edited_workflow_takes_the_place_of_the_recorded_one() -> None:
    state = after(OVER, edited(kept={"reduce": 0}, parameters={"a": 1}, max_parallel=7), RunResumed(version="1"))

    assert (state.file, state.text, state.digest) == ("w.yml", "t", "d")
    assert (state.settings.parameters, state.max_parallel) == ({"a": 1}, 7)
    assert state.phases["reduce"].status == "waiting"
    assert state.phases["reduce"].steps == HashTrieMap()
    assert state.landing is None, "what it will bring has to land"
    assert (state.phases["setup"], state.items) == (OVER.phases["setup"], OVER.items)


def test_an_edit_that_leaves_all_steps_done_changes_no_phase() -> None:
    state = after(OVER, edited())

    assert (state.phases, state.landing) == (OVER.phases, OVER.landing)
