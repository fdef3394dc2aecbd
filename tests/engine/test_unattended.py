"""When a run ends because nobody is there to answer, as a table (language 5.8, 13.9)."""

from datetime import timedelta

import pytest

from prodigy_tui.engine.decisions.actions import LoadItems, MergeItems, RunPhase, StartAgent
from prodigy_tui.engine.decisions.unattended import nobody_answers
from prodigy_tui.events.item_state import ItemState
from prodigy_tui.events.pace import Stop
from prodigy_tui.events.schema import GateOpened
from prodigy_tui.events.state import RunState
from prodigy_tui.events.values import Item
from tests.support.make import START
from tests.support.rules import rule

AGENT = StartAgent("i", 1, 1)


def gate(name: str = "g", kind: str = "approve", **fields: object) -> GateOpened:
    return GateOpened(gate=name, kind=kind, question="Deploy?", options=("approve", "deny"), **fields)


def a_state(*gates: GateOpened, status: str = "waiting", answered: bool = False, **fields: object) -> RunState:
    waits = () if answered else ("g",)
    entry = ItemState(item=Item(id="i", safe_id="i", data=1), position=0, status=status, gates=waits)
    empty = RunState()
    opened = empty.gates
    for one in gates:
        opened = opened.insert(one.gate, one)
    return RunState(gates=opened, items=empty.items.insert("i", entry), **fields)


OF_ITEM = gate(item_id="i", phase="map")
OF_PHASE = gate(phase="setup", path="1")


@rule("5.8 runs: nobody", "13.9 runs: nobody")
@pytest.mark.parametrize(
    ("state", "busy", "ends"),
    [
        (a_state(), (), False),
        (a_state(gate(kind="suspect")), (), True),
        (a_state(gate(kind="canary")), (), True),
        (a_state(gate(kind="suspect"), attended=True), (), False),
        (a_state(gate(kind="suspect"), paused=True), (), False),
        (a_state(gate(kind="suspect"), stop=Stop(kind="policy")), (), True),
        (a_state(gate(kind="suspect"), stop=Stop(kind="policy", running="all")), (), False),
        (a_state(gate(kind="suspect"), gate("t", due=START + timedelta(seconds=5))), (), False),
        (a_state(gate(kind="suspect")), (MergeItems(("i",)),), False),
        (a_state(gate(phase="map", path="verify/0")), (MergeItems(("i",)),), True),
        (a_state(gate(kind="canary", phase="map")), (MergeItems(("i",)),), False),
        (a_state(gate(kind="suspect")), (LoadItems(),), False),
        (a_state(OF_ITEM), (AGENT,), True),
        (a_state(OF_ITEM, status="running"), (AGENT,), False),
        (a_state(gate("other", kind="suspect"), answered=True), (AGENT,), False),
        (a_state(OF_PHASE), (RunPhase("setup"),), True),
        (a_state(OF_PHASE), (RunPhase("reduce"),), False),
        (a_state(OF_ITEM), (AGENT, RunPhase("setup")), False),
    ],
)
def test_it_ends_when_nothing_else_can_go_on(state, busy, ends):
    stop = nobody_answers(state, set(busy))

    assert (stop is not None) == ends
    if stop is not None:
        assert (stop.exit_code, stop.running, stop.message) == (3, "all", "nobody is here to answer: Deploy?")


def test_several_questions_are_counted():
    stop = nobody_answers(a_state(gate("a", kind="suspect"), gate("b", kind="suspect")), set())

    assert stop is not None
    assert stop.message == "nobody is here to answer: Deploy? and 1 more"
