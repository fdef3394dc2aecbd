"""Many events folded at once amount to what they amount to one by one, and leave what was there before as it was."""

from functools import reduce
from pathlib import Path

import pytest
from rpds import HashTrieMap

from prodigy_tui.events.evolve import InvalidTransition, evolve, fold
from prodigy_tui.events.schema import Envelope, StepStarted
from prodigy_tui.events.source import read_events
from prodigy_tui.events.state import RunState
from tests.support.make import make_envelope, make_run

GOLDEN = sorted((Path(__file__).parents[1] / "golden").glob("**/*.jsonl"))
LOGS = {
    "made": make_run(items=9, failing=[2, 5]),
    **{str(file.relative_to(file.parents[2])): tuple(read_events(file)) for file in GOLDEN},
}


def one_by_one(envelopes: tuple[Envelope, ...], start: RunState) -> RunState:
    return reduce(evolve, envelopes, start)


@pytest.mark.parametrize("name", LOGS)
def test_at_once_is_as_good_as_one_by_one(name: str):
    log = LOGS[name]
    middle = len(log) // 2

    state = one_by_one(log[:middle], RunState())
    items = dict(state.items)

    assert fold(log[:middle]) == state
    assert fold(log[middle:], start=state) == one_by_one(log[middle:], state)
    assert dict(state.items) == items
    assert type(fold(log).items) is HashTrieMap


def test_an_event_that_cannot_follow_leaves_the_state_as_it_was():
    log = LOGS["made"]
    cut = next(place for place, envelope in enumerate(log) if isinstance(envelope.event, StepStarted))
    state = one_by_one(log[:cut], RunState())
    items = dict(state.items)

    with pytest.raises(InvalidTransition):
        fold((log[cut], make_envelope(log[-2].event, 1)), start=state)

    assert dict(state.items) == items
