"""What the state tells of steps that wait for their provider, and that it forgets them when they go on or end."""

from datetime import timedelta

from prodigy_tui.events.evolve import evolve, fold
from prodigy_tui.events.schema import (
    AgentFinished,
    AgentInterrupted,
    AgentStarted,
    Envelope,
    ItemsLoaded,
    PhaseStarted,
    ProviderLimited,
    RunResumed,
    RunStarted,
    StepHeld,
    StepInterrupted,
    StepLetIn,
    StepStarted,
)
from prodigy_tui.events.state import RunState
from prodigy_tui.events.values import Item
from tests.support.make import START

UNTIL = START + timedelta(hours=1)


def after(*events, state=None):
    state = state or RunState()
    return fold(
        [Envelope(seq=state.last_seq + n, at=START, event=event) for n, event in enumerate(events, 1)], start=state
    )


def running() -> RunState:
    items = tuple(Item(id=name, safe_id=name, data=name) for name in "ab")
    started = RunStarted(
        run_id="r", workflow="w", kind="mapreduce", file="w.yml", text="", digest="", repository="/r", target="main",
        base="b", run_branch="x", version="1", outline=(),
    )  # fmt: skip
    agents = [
        AgentStarted(item_id=name, attempt=1, slot=slot, branch=name, base="b", worktree=name)
        for slot, name in enumerate("ab", 1)
    ]
    return after(started, PhaseStarted(phase="map"), ItemsLoaded(items=items), *agents)


def held(item_id="a", path="0", until=UNTIL, by="quota"):
    return StepHeld(by=by, provider="claude", phase="map", path=path, until=until, item_id=item_id, attempt=1)


def let_in(item_id="a", path="0"):
    return StepLetIn(provider="claude", phase="map", path=path, item_id=item_id, attempt=1)


def test_a_held_step_is_told_with_its_item_and_the_provider_with_its_time():
    state = after(held(), state=running())

    assert (state.items["a"].waiting, state.items["a"].due, state.items["a"].status) == ("quota", UNTIL, "running")
    assert state.limited["claude"] == UNTIL
    assert [(entry.item_id, entry.by, entry.paths) for entry in state.held.values()] == [("a", "quota", ("0",))]
    assert (state.items["b"].waiting, state.items["b"].due) == ("", None)


def test_when_it_goes_on_nothing_is_left_of_it():
    before = running()
    state = after(held(), let_in(), state=before)

    assert (state.items, state.held, state.limited) == (before.items, before.held, before.limited)


def test_one_item_may_wait_in_several_places():
    state = after(held(path="0/1.0"), held(path="0/2.0"), let_in(path="0/1.0"), state=running())

    assert [entry.paths for entry in state.held.values()] == [("0/2.0",)]
    assert state.items["a"].waiting == "quota"
    assert not after(let_in(path="0/2.0"), state=state).held


def test_the_turn_is_another_reason_and_says_no_time():
    state = after(held(), held(by="turn", until=None), state=running())

    assert (state.items["a"].waiting, state.items["a"].due) == ("turn", None)


def test_the_end_of_the_step_or_the_attempt_ends_the_waiting():
    waiting = after(held(), held("b"), state=running())
    for event in (
        StepInterrupted(phase="map", path="0", item_id="a", attempt=1),
        AgentFinished(item_id="a", attempt=1, outcome="interrupted"),
        AgentInterrupted(item_id="a", attempt=1),
    ):
        state = after(event, state=waiting)
        assert [entry.item_id for entry in state.held.values()] == ["b"]
        assert (state.items["a"].waiting, state.items["a"].due) == ("", None)


def test_steps_of_the_run_wait_without_an_item():
    state = after(
        PhaseStarted(phase="reduce"),
        StepStarted(phase="reduce", path="0", label="x", kind="agent"),
        StepHeld(by="quota", provider="claude", phase="reduce", path="0", until=UNTIL),
        state=running(),
    )

    assert [(entry.phase, entry.item_id) for entry in state.held.values()] == [("reduce", None)]
    assert not after(StepInterrupted(phase="reduce", path="0"), state=state).held


def test_a_new_process_waits_for_nothing():
    state = after(held(), AgentInterrupted(item_id="a", attempt=1), RunResumed(version="1"), state=running())

    assert not state.held
    assert not state.limited


def test_a_limit_is_noted_for_all_at_once():
    state = after(ProviderLimited(provider="claude", until=UNTIL, message="429", item_id="a"), state=running())

    assert state.limited["claude"] == UNTIL
    assert state.items == running().items, "nothing is touched per item"


def test_an_unknown_item_that_waits_is_no_trouble():
    state = running()

    assert evolve(state, Envelope(seq=state.last_seq + 1, at=START, event=held("nobody"))).items == state.items


def test_time_stands_still_while_all_who_are_at_work_wait():
    some = after(held(), state=running())
    assert not some.waits_for_provider

    everybody = after(held("b"), state=some)
    assert everybody.waits_for_provider
    hour = Envelope(seq=everybody.last_seq + 1, at=START + timedelta(hours=1), event=let_in("b"))
    state = evolve(everybody, hour)
    assert (state.idle_s, state.waits_for_provider) == (3600, False)


def test_a_burst_counts_once_for_the_number_at_once():
    state = after(ProviderLimited(provider="claude", until=UNTIL), state=running())
    again = after(let_in(), ProviderLimited(provider="claude", until=UNTIL, again=True), state=state)

    assert (state.window.limits, again.window.limits) == (1, 1)
