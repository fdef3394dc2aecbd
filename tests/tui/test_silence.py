from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace

from prodigy_tui.events.evolve import fold
from prodigy_tui.events.item_state import ItemState
from prodigy_tui.events.state import RunState
from prodigy_tui.tui.model.glance import Glance
from prodigy_tui.tui.model.silence import Silence
from tests.support.make import START, make_run


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def heard(state: RunState, item_id: str, at: datetime, **changes: str) -> RunState:
    return replace(state, items=state.items.insert(item_id, replace(state.items[item_id], last_at=at, **changes)))


@pytest.fixture
def crowd() -> RunState:
    """Three agents that were last heard of at 0, 10 and 20 seconds."""
    events = make_run(items=3, max_parallel=3)
    started = next(place for place in range(len(events)) if len(fold(events[:place]).slots) == 3)
    state = fold(events[:started])
    for place, item_id in enumerate(state.order):
        state = heard(state, item_id, after(10 * place))
    return state


def at(state: RunState, seconds: float) -> Glance:
    return Glance(state=state, now=after(seconds), stalled_after_s=30)


def test_each_becomes_silent_when_it_is_time_though_nothing_happens(crowd: RunState) -> None:
    silence = Silence()
    silent = []
    for second in range(0, 60, 2):
        silence.look(at(crowd, second), ())
        silent.append(len(silence.stalled))

    assert silent == [sum(second > 30 + 10 * place for place in range(3)) for second in range(0, 60, 2)]


def test_who_speaks_is_silent_no_more_and_who_was_asked_to_wait_never_was(crowd: RunState) -> None:
    first, second, third = crowd.order
    silence = Silence()
    silence.look(at(crowd, 100))
    assert silence.stalled == {first, second, third}

    spoken = heard(heard(crowd, first, after(100)), second, after(20), waiting="a slot")

    assert silence.look(at(spoken, 101), ()) == {first, second}
    assert silence.stalled == {third}

    waits_no_more = heard(spoken, second, after(20), waiting="")

    assert silence.look(at(waits_no_more, 102), {second}) == {second}


def test_an_earlier_moment_and_another_patience_are_looked_at_anew(crowd: RunState) -> None:
    silence = Silence()
    silence.look(at(crowd, 100), ())
    silence.look(at(crowd, 35), ())
    assert len(silence.stalled) == 1

    silence.look(Glance(state=crowd, now=after(36), stalled_after_s=10), ())
    assert len(silence.stalled) == 3


def test_while_nobody_can_have_become_silent_nobody_is_looked_at(crowd: RunState) -> None:
    looked_at: list[str] = []

    class Counting(Glance):
        def may_stall(self, item: ItemState) -> bool:
            looked_at.append(item.item.id)
            return super().may_stall(item)

    silence = Silence()
    silence.look(Counting(state=crowd, now=after(21), stalled_after_s=30), ())
    assert len(looked_at) == 3

    silence.look(Counting(state=crowd, now=after(29), stalled_after_s=30), {crowd.order[2]})

    assert looked_at[3:] == [crowd.order[2]]
