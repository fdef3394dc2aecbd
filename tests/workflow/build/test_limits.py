"""`budget` and `notify` (language 17)."""

from typing import Any

import pytest
import yaml

from prodigy_tui.workflow.model import Budget, Notification, Spent
from tests.support.rules import rule
from tests.workflow.build.built import built, codes, late

EVENTS = ["run_started", "run_finished", "run_failed", "needs_input", "canary_ready", "item_failed", "quota", "budget"]


def text(**fields: Any) -> str:
    return yaml.safe_dump({"steps": ["a"], **fields})


def mapped(**fields: Any) -> str:
    return yaml.safe_dump({"map": {"input": [1], "agent_template": ["a"]}, **fields})


def notification(**fields: Any) -> Notification:
    (found,) = built(text(notify=[fields])).notify
    return found


@rule("17 budget")
def test_a_budget_is_kept():
    amounts = {"usd": 20, "tokens": 1000000, "time": "2h", "per_item": {"usd": 1.5}, "estimate": {"tokens": 5000}}

    assert built(mapped(budget=amounts)).budget == Budget(
        usd=20,
        tokens=1_000_000,
        time=7200.0,
        per_item=Spent(usd=1.5),
        estimate=Spent(tokens=5000),
        on_exceed="stop",
    )
    assert built(text()).budget is None
    assert built(text(budget={"usd": 1, "on_exceed": "Pause"})).budget == Budget(usd=1, on_exceed="pause")


@rule("17 budget")
def test_a_budget_may_be_a_reference():
    budget = built(mapped(budget={"usd": "${ARG_1}", "per_item": {"tokens": "$ARG_2"}})).budget

    assert budget is not None
    assert (late(budget), late(budget.per_item)) == ({"usd": "${ARG_1}"}, {"tokens": "$ARG_2"})


@rule("17 notify", "17 one way")
def test_a_notification_has_events_and_a_way():
    shell = notification(on=["run_finished"], shell="say ${workflow.name}", when="map.failed > 0", timeout="5s")

    assert shell == Notification(on=("run_finished",), shell="say ${workflow.name}", when="map.failed > 0", timeout=5.0)
    assert notification(on="merged", desktop=True) == Notification(on=("merged",), desktop=True, timeout=10.0)
    assert notification(on="merged", bell="yes", desktop=False).bell
    assert notification(on="merged", webhook="https://x/${run.id}").webhook == "https://x/${run.id}"


@pytest.mark.parametrize("event", [*EVENTS, "merged"])
@rule("17 events")
def test_the_events_are_these(event):
    assert notification(on=event, bell=True).on == (event,)
    assert notification(on=[event.title().replace("_", ""), "quota"], bell=True).on == (event, "quota")


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        pytest.param({"budget": 20}, ["PT105"], marks=rule("17 budget"), id="a number"),
        pytest.param({"budget": {"usd": -1}}, ["PT113"], marks=rule("17 budget"), id="less than nothing"),
        pytest.param({"budget": {"tokens": 1.5}}, ["PT105"], marks=rule("17 budget"), id="half a token"),
        pytest.param({"budget": {"usd": "all"}}, ["PT105"], marks=rule("17 budget"), id="no number"),
        pytest.param({"budget": {"time": "x"}}, ["PT111"], marks=rule("17 budget"), id="no time"),
        pytest.param({"budget": {"per_item": 1}}, ["PT105", "PT602"], marks=rule("17 budget"), id="per_item"),
        pytest.param({"budget": {"usd": 1, "on_exceed": "ask"}}, ["PT109"], marks=rule("17 budget"), id="on_exceed"),
        pytest.param({"budget": {"on_exceed": "stop"}}, ["PT602"], marks=rule("17 empty budget"), id="no limit"),
        pytest.param(
            {"budget": {"usd": 1, "per_item": {"usd": 1}}}, ["PT602"], marks=rule("17 no items"), id="no items"
        ),
        pytest.param({"budget": {"uds": 1}}, ["PT110"], marks=rule("17 budget"), id="a misspelt limit"),
        pytest.param({"notify": {"on": "merged"}}, ["PT105"], marks=rule("17 notify"), id="no list"),
        pytest.param({"notify": ["merged"]}, ["PT105"], marks=rule("17 notify"), id="a text"),
        pytest.param({"notify": [{"bell": True}]}, ["PT108"], marks=rule("17 events"), id="no event"),
        pytest.param({"notify": [{"on": [], "bell": True}]}, ["PT105"], marks=rule("17 events"), id="an empty list"),
        pytest.param({"notify": [{"on": "run_done", "bell": True}]}, ["PT109"], marks=rule("17 events"), id="event"),
        pytest.param({"notify": [{"on": "merged"}]}, ["PT108"], marks=rule("17 one way"), id="no way"),
        pytest.param({"notify": [{"on": "merged", "bell": False}]}, ["PT108"], marks=rule("17 one way"), id="none"),
        pytest.param(
            {"notify": [{"on": "merged", "bell": True, "shell": "a", "desktop": "${ARG_1}"}]},
            ["PT103", "PT103"],
            marks=rule("17 one way"),
            id="three ways",
        ),
        pytest.param(
            {"notify": [{"on": "merged", "shell": "echo ${run.nope}", "when": "a =="}]},
            ["PT301", "PT401"],
            marks=rule("17 texts"),
            id="texts",
        ),
        pytest.param(
            {"notify": [{"on": "merged", "webhook": "${nope.x}"}]}, ["PT301"], marks=rule("17 texts"), id="an address"
        ),
        pytest.param(
            {"notify": [{"on": "merged", "bell": True, "timeout": 0}]}, ["PT113"], marks=rule("17 notify"), id="0"
        ),
    ],
)
def test_what_does_not_fit_is_reported(fields, found):
    assert sorted(codes(text(**fields))) == sorted(found)
