"""Laws of the fold: it may be cut anywhere, and it leaves its input as it was."""

from functools import reduce

from hypothesis import given
from hypothesis import strategies as st

from prodigy_tui.events.evolve import evolve, fold
from prodigy_tui.events.schema import AgentMessage, Envelope, KnownEvent, SignalReceived
from prodigy_tui.events.state import RunState
from prodigy_tui.events.transition import InvalidTransition
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


SIGNS = st.builds(
    AgentMessage,
    kind=st.just("text"),
    text=st.text(max_size=3),
    phase=st.just("map"),
    path=st.just("0"),
    item_id=st.none() | st.integers(1, 9).map("item-{}".format),
)
STIRS = st.lists(
    st.tuples(
        st.integers(0, 60), st.lists(SIGNS, max_size=5) | st.just([SignalReceived(signal="pause", source="cli")])
    ),
    max_size=8,
)
"""Where in a run agents give signs of life, legal or not, or somebody pauses it."""


def _stirred(run: tuple[Envelope, ...], stirs: list[tuple[int, list[KnownEvent]]]) -> list[Envelope]:
    between = dict(stirs)
    told = [
        (envelope.at, event)
        for place, envelope in enumerate(run)
        for event in (envelope.event, *between.get(place, ()))
    ]
    return [Envelope(seq=seq, at=at, event=event) for seq, (at, event) in enumerate(told, start=1)]


@given(run=RUNS, stirs=STIRS)
def test_fold_of_many_is_evolve_one_by_one(run: tuple[Envelope, ...], stirs: list[tuple[int, list[KnownEvent]]]):
    envelopes = _stirred(run, stirs)
    try:
        wanted: RunState | str = reduce(evolve, envelopes, RunState())
    except InvalidTransition as wrong:
        wanted = str(wrong)

    try:
        assert fold(envelopes) == wanted
    except InvalidTransition as wrong:
        assert str(wrong) == wanted


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
