"""Laws of the fold: it may be cut anywhere, and it leaves its input as it was."""

from hypothesis import given
from hypothesis import strategies as st

from prodigy_tui.events.evolve import evolve, fold
from prodigy_tui.events.schema import Envelope
from prodigy_tui.events.state import RunState
from tests.support.make import make_run

NUMBERS = st.sets(st.integers(1, 8), max_size=3)
RUNS = st.builds(
    make_run,
    items=st.integers(0, 8),
    failing=NUMBERS,
    conflicting=NUMBERS,
    retried=NUMBERS,
    max_parallel=st.integers(1, 5),
    answer=st.sampled_from(["approve", "later"]),
)


@given(run=RUNS, data=st.data())
def test_fold_may_be_cut_anywhere(run: tuple[Envelope, ...], data: st.DataObject):
    cut = data.draw(st.integers(0, len(run)))

    assert fold(run[cut:], start=fold(run[:cut])) == fold(run)


@given(run=RUNS)
def test_evolve_leaves_the_state_it_was_given_alone(run: tuple[Envelope, ...]):
    state = RunState()
    for envelope in run:
        before = repr(state)
        following = evolve(state, envelope)
        assert repr(state) == before
        state = following


@given(run=RUNS)
def test_counts_and_slots_agree_with_the_items_after_every_event(run: tuple[Envelope, ...]):
    state = RunState()
    for envelope in run:
        state = evolve(state, envelope)
        statuses = [entry.status for entry in state.items.values()]
        assert {name: getattr(state.counts, name) for name in state.counts.__struct_fields__} == {
            name: statuses.count(name) for name in state.counts.__struct_fields__
        }
        assert len(state.slots) == state.counts.running <= state.max_parallel
        assert len(state.undecided) == state.counts.failed
