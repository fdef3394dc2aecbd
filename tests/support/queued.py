"""A state in which four items have finished and wait to be merged, and what may follow."""

from prodigy_tui.events.evolve import evolve
from prodigy_tui.events.schema import (
    AgentFinished,
    AgentStarted,
    Envelope,
    ItemsLoaded,
    KnownEvent,
    MergeInterrupted,
    MergeStarted,
    PhaseStarted,
    RunStarted,
)
from prodigy_tui.events.state import RunState
from prodigy_tui.events.values import Item
from tests.support.invariants import check_invariants
from tests.support.make import START

IDS = ("a", "b", "c", "d")
"""In the order of finishing."""


def then(state: RunState, *events: KnownEvent) -> RunState:
    """The state after more events; its laws hold after each."""
    for event in events:
        state = evolve(state, Envelope(seq=state.last_seq + 1, at=START, event=event))
        check_invariants(state)
    return state


def started(*item_ids: str) -> list[MergeStarted]:
    return [MergeStarted(item_id=one, attempt=1, head=f"h{one}", onto="base") for one in item_ids]


def interrupted(*item_ids: str) -> list[MergeInterrupted]:
    return [MergeInterrupted(item_id=one, attempt=1) for one in item_ids]


def four_finished() -> RunState:
    state = then(
        RunState(),
        RunStarted(
            run_id="r", workflow="w", kind="mapreduce", file="w.yml", text="", digest="", repository="/r",
            target="main", base="base", run_branch="b", version="1", outline=(), max_parallel=4,
        ),
        PhaseStarted(phase="map"),
        ItemsLoaded(items=tuple(Item(id=one, safe_id=one, data=one, label=f"src/{one}.py") for one in IDS)),
    )  # fmt: skip
    for slot, one in enumerate(IDS, 1):
        state = then(
            state,
            AgentStarted(item_id=one, attempt=1, slot=slot, branch=one, base="base", worktree=f"s{slot}"),
            AgentFinished(item_id=one, attempt=1, outcome="success", head=f"h{one}", commits=1),
        )
    return state
