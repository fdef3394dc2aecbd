"""What is said of a run whose result lacks something although nothing has failed, or that failed and landed."""

from datetime import UTC

from prodigy_tui.events.endings import landed_all_the_same, left_out, shortfalls
from prodigy_tui.events.schema import (
    AgentFinished,
    AgentStarted,
    GateOpened,
    ItemDeadLettered,
    ItemRequeued,
    KnownEvent,
    LandingFinished,
    MergeFinished,
    PhaseFinished,
    PhaseStarted,
    ReduceRequested,
    RunFinished,
    RunResumed,
)
from prodigy_tui.events.state import RunState
from prodigy_tui.events.values import Failure
from prodigy_tui.tui.model.cells import item_cells, row_cells
from prodigy_tui.tui.model.facts import item_facts
from prodigy_tui.tui.model.glance import Glance
from prodigy_tui.tui.model.landing import landing_facts
from prodigy_tui.tui.model.line import plain
from prodigy_tui.tui.model.overview import badge, ending
from prodigy_tui.tui.model.rows import Row, Section
from tests.support.make import START
from tests.support.queued import four_finished, started, then

QUESTION = GateOpened(gate="g", kind="landing", question="land?", options=("approve", "later"), target="main")
BROKEN = Failure(kind="exit", message="broken", exit_code=1)


def merged(state: RunState, *names: str) -> RunState:
    for name in names:
        state = then(state, *started(name), MergeFinished(item_id=name, attempt=1, status="merged", tip=f"t{name}"))
    return state


def again(name: str, attempt: int, **ended: object) -> tuple[KnownEvent, ...]:
    return (
        AgentStarted(item_id=name, attempt=attempt, slot=1, branch=name, base="base", worktree="s1"),
        AgentFinished(item_id=name, attempt=attempt, **ended),  # type: ignore[arg-type]  # test keywords
    )


def given_up() -> RunState:
    """Three items are merged, the fourth conflicts and is given up, reduce has run."""
    state = merged(four_finished(), "a", "b", "c")
    return then(
        state,
        *started("d"),
        MergeFinished(item_id="d", attempt=1, status="conflict", tip="tc", conflicts=("f",), failure=BROKEN),
        ItemDeadLettered(item_id="d", failure=BROKEN),
        PhaseFinished(phase="map", status="ok"),
        PhaseStarted(phase="reduce"),
        PhaseFinished(phase="reduce", status="ok"),
    )


def landed(state: RunState, status: str = "failed") -> RunState:
    return then(
        state,
        LandingFinished(status="landed", target="main", commit="c" * 40, undo="git revert " + "c" * 40),
        RunFinished(status=status, exit_code=1, message="1 item is in the dead letter queue"),  # type: ignore[arg-type]
    )


def retried(state: RunState, **ended: object) -> RunState:
    return then(
        state, RunResumed(version="1"), ItemRequeued(item_id="d"), PhaseStarted(phase="map"),
        *again("d", 2, **ended),
    )  # fmt: skip


def test_a_run_that_failed_for_nothing_but_what_it_left_out_has_landed() -> None:
    state = landed(given_up())

    assert (landed_all_the_same(state), left_out(state)) == (True, 1)
    assert badge(state, past=False) == ("LANDED · 1 left out", "warning")
    assert plain(ending(state)).endswith("undo: git revert " + "c" * 40)
    assert shortfalls(state) == []
    broken = landed(then(given_up(), PhaseStarted(phase="merge"), PhaseFinished(phase="merge", status="failed")))
    assert not landed_all_the_same(broken)
    assert badge(broken, past=False)[0] == "FAILED"


def test_what_is_done_after_reduce_is_missing_in_what_it_made_until_it_runs_again() -> None:
    state = retried(landed(given_up()), outcome="success", head="hd", commits=0)

    assert shortfalls(state) == ["reduce ran before 1 item was done"]
    assert shortfalls(then(state, PhaseFinished(phase="map", status="ok"), ReduceRequested(by="cli"))) == []
    state = then(state, PhaseFinished(phase="map", status="ok"), ReduceRequested(by="cli"))
    assert shortfalls(then(state, PhaseStarted(phase="reduce"), PhaseFinished(phase="reduce", status="ok"))) == []


def test_what_nobody_committed_is_told_by_run_row_and_facts() -> None:
    patch = "items/d/2/leftover.patch"
    whole = retried(landed(given_up()), outcome="success", head="hd", commits=0, files=(), leftover=patch)
    part = merged(four_finished(), "a")

    assert shortfalls(whole)[0] == "1 item changed files and committed nothing"
    glance = Glance(state=whole, now=START)
    row = item_cells(whole.items["d"], glance)
    assert (row.detail, row.detail_role) == ("! changed files, committed nothing", "warning")
    assert f"  {patch}" in [plain(line) for line in item_facts("d", glance, (), UTC)]
    assert item_cells(part.items["a"], Glance(state=part, now=START)).detail == "1 commit, 0 files"
    fold = Section("done", 0, headed=False, reverse=True, opened=False)
    fold.keys = [(0, 0, name) for name in "abcd"]  # type: ignore[assignment]  # only their number counts
    done = row_cells(Row("fold", "done"), glance, fold)
    assert done.item == "done, 1 with changes that nobody committed"
    failed = retried(landed(given_up()), outcome="failed", head="hd", failure=BROKEN, leftover=patch)
    assert shortfalls(failed) == []
    asked = then(whole, PhaseFinished(phase="map", status="ok"), QUESTION)
    assert "! 1 item changed files and committed nothing" in [plain(line) for line in landing_facts(asked)]
