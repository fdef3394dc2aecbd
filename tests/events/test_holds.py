"""Why no agent starts, from the state alone (language 13.7, 13.8)."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from prodigy_tui.events.holds import Hold, hold, room
from prodigy_tui.events.item_state import Counts, ItemState
from prodigy_tui.events.pace import Breaker, Canary, Stop
from prodigy_tui.events.state import RunState
from prodigy_tui.events.values import Item
from tests.support.make import START
from tests.support.rules import rule


def a_state(pending: int = 3, **fields: object) -> RunState:
    items = {f"i{n}": ItemState(item=Item(id=f"i{n}", safe_id=f"i{n}", data=n), position=n) for n in range(pending)}
    state = RunState(order=tuple(items), counts=Counts(pending=pending), max_parallel=2)
    for name, entry in items.items():
        state = replace(state, items=state.items.insert(name, entry))
    return replace(state, **fields)


LATER = START + timedelta(seconds=5)
BUDGET = Hold(reason="budget")


@rule("13.8 runs: holds", "13.7 runs: breaker open", "13.7 runs: breaker half-open")
@pytest.mark.parametrize(
    ("state", "outside", "expected"),
    [
        (a_state(), (), None),
        (a_state(stop=Stop(kind="policy")), (), Hold(reason="stopped")),
        (a_state(paused=True), (), Hold(reason="paused")),
        (a_state(), (BUDGET,), BUDGET),
        (a_state(paused=True), (BUDGET,), Hold(reason="paused")),
        (a_state(0), (), None),
        (a_state(breaker=Breaker(until=LATER, trials=1)), (), Hold(reason="breaker", until=LATER)),
        (a_state(breaker=Breaker(until=START, trials=1)), (), None),
        (
            a_state(breaker=Breaker(until=START, trials=1), counts=Counts(pending=3, running=1)),
            (),
            Hold(reason="breaker"),
        ),
        (a_state(counts=Counts(pending=3, running=2)), (), Hold(reason="slots")),
        (a_state(counts=Counts(pending=3, running=1, waiting=5)), (), None),
        (a_state(counts=Counts(pending=3, merging=4)), (), None),
        (a_state(counts=Counts(pending=3, merging=5)), (), Hold(reason="merge queue")),
        (a_state(counts=Counts(pending=3, merging=1), max_parallel=1), (), Hold(reason="merge queue")),
        (a_state(canary=Canary(count=1)), (), None),
        (a_state(canary=Canary(count=1), next_position=1), (), Hold(reason="canary")),
        (a_state(canary=Canary(count=1, status="passed"), next_position=1), (), None),
    ],
)
def test_the_reason_is_told(state, outside, expected):
    assert hold(state, START, outside) == expected


@rule("13.8 runs: slots")
def test_there_is_room_for_as_many_as_may_work_less_those_at_work():
    state = a_state(max_parallel=5, counts=Counts(pending=3, running=2, waiting=9))

    assert room(state, START) == 3
    assert room(state, START, starting=2) == 1
    assert room(replace(state, max_parallel=1), START) == 0
    assert room(replace(state, breaker=Breaker(until=START, trials=3)), START) == 1
