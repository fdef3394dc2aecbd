"""Laws of the scheduler under any order of completions and any signals; invariants are checked after every event."""

from hypothesis import given
from hypothesis import strategies as st

from tests.engine.test_scheduler import make_workflow
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
