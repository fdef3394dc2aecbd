"""Work on a merge in the fold: its conflict, or files that are made anew."""

import pytest

from prodigy_tui.events.evolve import InvalidTransition, evolve
from prodigy_tui.events.schema import (
    AgentFinished,
    AgentStarted,
    Envelope,
    ItemsLoaded,
    KnownEvent,
    MergeStarted,
    PhaseStarted,
    ResolutionFinished,
    ResolutionStarted,
    RunStarted,
    StepFinished,
    StepStarted,
)
from prodigy_tui.events.state import RunState
from prodigy_tui.events.values import Item, StepResult
from prodigy_tui.tui.model.output import stem_of
from prodigy_tui.tui.model.rows import Row
from tests.support.invariants import check_invariants
from tests.support.make import START

BEGUN = ResolutionStarted(item_id="a", purpose="conflict", paths=("x",), attempt=2)
ENDED = ResolutionFinished(item_id="a", purpose="conflict", status="ok")
STEP = StepStarted(phase="map", path="resolve/0", label="solve", kind="agent")
STEP_ENDED = StepFinished(phase="map", path="resolve/0", status="ok", result=StepResult(output="long"))


def then(state: RunState, *events: KnownEvent) -> RunState:
    for event in events:
        state = evolve(state, Envelope(seq=state.last_seq + 1, at=START, event=event))
        check_invariants(state)
    return state


@pytest.fixture
def merging() -> RunState:
    """An item whose branch is being merged."""
    return then(
        RunState(),
        RunStarted(
            run_id="r", workflow="w", kind="mapreduce", file="w.yml", text="", digest="", repository="/r",
            target="main", base="base", run_branch="b", version="1", outline=(), max_parallel=4,
        ),
        PhaseStarted(phase="map"),
        ItemsLoaded(items=(Item(id="a", safe_id="a", data="a"),)),
        AgentStarted(item_id="a", attempt=1, slot=1, branch="a", base="base", worktree="s1"),
        AgentFinished(item_id="a", attempt=1, outcome="success", head="ha", commits=1),
        MergeStarted(item_id="a", attempt=1, head="ha", onto="base"),
    )  # fmt: skip


def test_an_item_says_that_its_conflict_is_being_solved_and_shows_the_log_of_that(merging):
    state = then(merging, BEGUN)

    assert state.resolution.paths == ("x",)
    assert state.items["a"].waiting == "its conflict to be solved"
    assert stem_of(Row("item", "a"), state) == "phases/resolve"
    over = then(state, ENDED)
    assert (over.resolution, over.items["a"].waiting) == (None, "merge")
    assert stem_of(Row("item", "a"), over) == "items/a/1"


def test_its_steps_belong_to_no_phase_and_leave_nothing_behind(merging):
    state = then(merging, BEGUN, STEP, STEP_ENDED)

    assert [record.status for record in state.resolution.steps.values()] == ["ok"]
    assert state.resolution.steps["resolve/0"].result is None
    assert list(state.phases["map"].steps) == []
    assert then(state, ENDED).resolution is None


def test_the_landing_needs_no_item_and_no_phase(merging):
    begun = ResolutionStarted(item_id=None, purpose="regenerate", paths=("x",))
    step = StepStarted(phase="merge", path="resolve/0", label="make", kind="shell")

    state = then(merging, begun, step, ResolutionFinished(item_id=None, purpose="regenerate", status="failed"))

    assert state.resolution is None
    assert "merge" not in state.phases


@pytest.mark.parametrize(
    "events",
    [
        [BEGUN, BEGUN],
        [ENDED],
        [STEP],
        [BEGUN, ResolutionFinished(item_id="b", purpose="conflict", status="ok")],
    ],
)
def test_what_cannot_follow_is_refused(merging, events):
    with pytest.raises(InvalidTransition):
        then(merging, *events)
