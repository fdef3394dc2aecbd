"""Laws of the scheduler under any order of completions and any signals; invariants are checked after every event."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from prodigy_tui.events.state import RunState
from prodigy_tui.events.values import RunSettings
from prodigy_tui.workflow.model import (
    AgentTimeouts,
    AutoParallel,
    Canary,
    CircuitBreaker,
    ErrorCollection,
    Retry,
    Workflow,
)
from tests.engine.test_scheduler import make_workflow
from tests.support.rules import rule
from tests.support.simulate import Simulation

POLICIES = st.fixed_dictionaries(
    {
        "on_item_failure": st.sampled_from(["dlq", "retry", "skip", "stop"]),
        "continue_on_failure": st.booleans(),
        "max_failures": st.none() | st.integers(1, 5),
    }
)


@given(seed=st.integers(0, 2**32), items=st.integers(0, 12), parallel=st.integers(1, 5), policy=POLICIES)
def test_every_order_of_completions_ends_the_run_within_bounds(seed, items, parallel, policy):
    run = Simulation(make_workflow(parallel=parallel, **policy), seed, items=items)
    state = run.run()

    assert run.most_at_once <= parallel
    assert state.counts.total == items
    assert len(run.merges) == len(set(run.merges)), "nothing is merged twice"
    if state.stop is None:
        assert state.counts.unfinished == 0


@given(seed=st.integers(0, 2**32), items=st.integers(1, 10), wishes=st.lists(st.integers(0, 60), max_size=12))
def test_signals_at_any_moment_leave_a_run_that_ends(seed, items, wishes):
    run = Simulation(make_workflow(), seed, items=items)
    for steps in wishes:
        for _ in range(steps):
            if run.state.ended_at is not None:
                return
            run.step()
        if run.state.ended_at is None:
            run.signal()
    run.run()


@given(seed=st.integers(0, 2**32), items=st.integers(1, 10), stops=st.lists(st.integers(1, 80), max_size=5))
def test_any_number_of_interruptions_lead_to_the_same_set_of_merged_items(seed, items, stops):
    from prodigy_tui.events.schema import SignalReceived

    run = Simulation(make_workflow(), seed, items=items, failing=0, conflicting=0)
    for steps in stops:
        for _ in range(steps):
            if run.state.ended_at is None:
                run.step()
        if run.state.ended_at is None:
            run.record(SignalReceived(signal="stop"))
        run.run()
        run.resume()
    state = run.run()

    assert state.counts.success == items
    assert len(run.merges) == len(set(run.merges))


NOTHING = RunSettings()
BREAKERS = st.builds(
    CircuitBreaker,
    failure_threshold=st.integers(1, 3),
    success_threshold=st.integers(1, 2),
    timeout=st.just(5.0),
    half_open_requests=st.integers(1, 2),
    max_opens=st.integers(1, 3),
)
COLLECTIONS = st.sampled_from(
    [ErrorCollection(), ErrorCollection(mode="immediate"), ErrorCollection(mode="batched", size=2)]
)
WHOLE_POLICIES = st.fixed_dictionaries(
    {
        "on_item_failure": st.sampled_from(["dlq", "retry", "skip", "stop"]),
        "continue_on_failure": st.sampled_from([True, True, False]),
        "max_failures": st.none() | st.integers(1, 5),
        "failure_threshold": st.none() | st.floats(0, 1),
        "on_stop": st.sampled_from(["drain", "cancel"]),
        "error_collection": COLLECTIONS,
        "circuit_breaker": st.none() | BREAKERS,
    }
)
RETRIES = st.builds(
    Retry,
    attempts=st.integers(1, 4),
    jitter=st.just(0.3),
    retry_budget=st.none() | st.floats(0, 20),
    on_failure=st.sampled_from(["stop", "continue"]),
)
CANARIES = st.builds(
    Canary,
    count=st.integers(1, 4),
    gate=st.sampled_from(["approve", "auto", "steps"]),
    min_success=st.sampled_from([0.5, 1.0]),
)
TIMEOUTS = st.builds(AgentTimeouts, action=st.sampled_from([None, "retry", "dlq", "skip", "fail"]))


@st.composite
def workflows(draw: st.DrawFn) -> Workflow:
    """Maps with everything that a policy can say."""
    made = make_workflow(parallel=draw(st.integers(1, 4)), **draw(WHOLE_POLICIES))
    phase = replace(
        made.map,
        auto_parallel=draw(st.none() | st.just(AutoParallel(min=1, start=2, max=4))),
        canary=draw(st.none() | CANARIES),
        retry=draw(st.none() | RETRIES),
        timeouts=draw(TIMEOUTS),
        timeout=draw(st.none() | st.just(8.0)),
    )
    return replace(made, map=phase, timeout=draw(st.none() | st.just(30.0)))


CHANCES = st.sampled_from([0.0, 0.2, 0.5])


@rule("13.7 runs: laws", "13.8 runs: laws", "13.9 runs: laws")
@given(
    workflow=workflows(),
    seed=st.integers(0, 2**32),
    items=st.integers(0, 12),
    failing=CHANCES,
    suspect=CHANCES,
    asking=CHANCES,
    limited=CHANCES,
    attended=st.booleans(),
    yes=st.booleans(),
    steps=st.lists(st.integers(0, 60), max_size=3),
)
def test_whatever_a_policy_says_the_run_ends_keeps_its_laws_and_can_be_taken_up_again(  # noqa: PLR0917 - one a chance
    workflow, seed, items, failing, suspect, asking, limited, attended, yes, steps
):
    run = Simulation(
        workflow,
        seed,
        items=items,
        failing=failing,
        suspect=suspect,
        asking=asking,
        limited=limited,
        attended=attended,
        settings=replace(NOTHING, yes=yes),
    )
    for number in steps:
        for _ in range(number):
            if run.state.ended_at is None:
                run.step()
        if run.state.ended_at is None:
            run.signal()
        check_end(run.run())
        run.resume()
    check_end(run.run())
    assert len(run.merges) == len(set(run.merges)), "nothing is merged twice"


def check_end(state: RunState) -> None:
    """What is true of every end: nobody is at work, and the exit code says why it is one."""
    counts = state.counts
    assert not counts.running and not counts.merging and not counts.failed
    expected = {"succeeded": {0}, "failed": {1}, "stopped": {1, 4}, "waiting": {3}, "interrupted": {130}}
    assert state.exit_code in expected[state.status]
    if state.status == "succeeded":
        assert counts.unfinished == counts.dead == 0
        assert state.untold_count == 0, "people were told of every failure"
    if counts.suspect and state.exit_code not in (4, 130):
        assert state.exit_code == 3, "somebody has to look at it"
