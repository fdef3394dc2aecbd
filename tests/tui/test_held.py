"""An item that waits for its provider says so, and until when, as far as that is known now."""

from datetime import timedelta

from prodigy_tui.events.evolve import evolve, fold
from prodigy_tui.events.schema import AgentStarted, Envelope, KnownEvent, ProviderLimited, StepHeld, StepLetIn
from prodigy_tui.events.state import RunState
from prodigy_tui.tui.model.cells import row_cells
from prodigy_tui.tui.model.glance import Glance
from prodigy_tui.tui.model.rows import Row
from prodigy_tui.tui.model.text import clock, span
from tests.support.make import START, make_run
from tests.support.rules import rule


def grown(state: RunState, event: KnownEvent) -> RunState:
    return evolve(state, Envelope(seq=state.last_seq + 1, at=state.last_at or START, event=event))


@rule("6.7 runs: shown")
def test_a_row_says_until_when_its_item_waits() -> None:
    events = make_run(items=4, max_parallel=2)
    at = next(n for n, envelope in enumerate(events) if isinstance(envelope.event, AgentStarted))
    state = fold(events[: at + 1])
    [item_id] = state.slots.values()
    now = state.last_at or START
    until, later = now + timedelta(minutes=5), now + timedelta(minutes=90)

    def says(state: RunState) -> str:
        return row_cells(Row("item", item_id), Glance(state=state, now=now), None).detail

    held = StepHeld(by="quota", provider="claude", phase="map", path="0", until=until, item_id=item_id, attempt=1)
    state = grown(state, held)
    assert says(state) == f"waits: quota until {clock(until, None)} ({span(300)})"

    # The probe of another item was refused: this one waits longer, though nobody has said so of it.
    state = grown(state, ProviderLimited(provider="claude", until=later))
    assert says(state) == f"waits: quota until {clock(later, None)} ({span(5400)})"

    turn = StepHeld(by="turn", provider="claude", phase="map", path="0", item_id=item_id, attempt=1)
    assert says(grown(state, turn)) == "waits: turn"

    state = grown(state, StepLetIn(provider="claude", phase="map", path="0", item_id=item_id, attempt=1))
    assert "waits" not in says(state)
