"""Budgets in whole runs (language 17): who may start, who waits, and how a run ends that has used what it may."""

import pytest

from prodigy_tui.engine.decisions.budget import Amount, caps_of, shortage
from prodigy_tui.engine.signals import record_at_rest
from prodigy_tui.events.evolve import evolve
from prodigy_tui.events.schema import (
    AgentStarted,
    BudgetAwaited,
    BudgetRaised,
    BudgetReserved,
    GateOpened,
    SignalReceived,
    StepStarted,
    StopDecided,
)
from prodigy_tui.events.state import RunState
from tests.support.clock import FakeClock, HurriedClock
from tests.support.engine import Ran, retry
from tests.support.rules import rule

SPEND = "{usage: {input_tokens: 10, output_tokens: 5, usd: %s}}, {say: ok}"


def mapped(budget: str, deeds: str, *, items: str = "[a, b, c, d]", parallel: int = 4, more: str = "") -> str:
    return f"""
    budget: {budget}
    map:
      input: {items}
      max_parallel: {parallel}
      agent_template:
        - agent: {{prompt: "do ${{item}}", provider: scripted, options: {{script: [{{match: "", do: [{deeds}]}}]}}}}
{more}
    """


def plain(budget: str, *deeds: str) -> str:
    agents = "\n".join(
        f'    - agent: {{prompt: go, provider: scripted, options: {{script: [{{match: "", do: [{deed}]}}]}}}}'
        for deed in deeds
    )
    return f"\n    budget: {budget}\n    steps:\n{agents}\n"


def states(ran: Ran) -> list[tuple[RunState, object]]:
    """The state in front of every event."""
    found, state = [], RunState()
    for envelope in ran.envelopes:
        found.append((state, envelope.event))
        state = evolve(state, envelope)
    return found


def _known(state: RunState) -> int:
    """How many executions of the agent have come to their end."""
    return len(state.spending.samples.get("map 0", ()))


def check_law(ran: Ran, budget: object) -> None:
    """What is spent and set aside never exceeds the limit when an agent starts."""
    for state, event in states(ran):
        if isinstance(event, BudgetReserved):
            wanted = Amount(usd=event.usd, tokens=event.tokens)
            assert shortage(caps_of(budget, state), state, wanted) == ""  # type: ignore[arg-type]


@rule("17 runs: stop")
async def test_a_run_stops_when_nothing_fits_into_the_budget_any_more(lab):
    ran = await lab.run(mapped("{usd: 1.0, estimate: {usd: 0.5}}", SPEND % 0.4, parallel=2))

    assert sorted(ran.statuses().values()) == ["pending", "pending", "success", "success"]
    (stop,) = ran.of(StopDecided)
    assert (stop.code, stop.exit_code) == ("PT630", 4)
    assert stop.message == "budget: 0.80 of 1.00 USD reserved, the next step needs about 0.50 USD"
    assert (ran.state.status, ran.state.exit_code, ran.state.code) == ("stopped", 4, "PT630")
    assert ran.state.phases.get("reduce") is None


@rule("17 runs: waiting", "17 runs: reservation")
async def test_an_agent_waits_until_others_have_cost_less_than_was_set_aside(lab):
    text = mapped("{usd: 1.0, estimate: {usd: 0.6}}", "{wait: 10s}, " + SPEND % 0.1)
    clock = FakeClock()
    async with lab.live(text, clock=clock) as live:
        await live.until(lambda state: len(state.spending.waiting) == 3)
        for done in range(4):
            await live.until(lambda state, done=done: _known(state) == done and len(state.spending.held) == 1)
            await clock.until_sleeping()
            await clock.advance(10)
    ran = lab.ran(live)

    assert set(ran.statuses().values()) == {"success"}
    waited = ran.of(BudgetAwaited)
    assert len(waited) == 3
    assert waited[0].message == "budget: 0.60 of 1.00 USD reserved"
    reserved = [(state, event.item_id) for state, event in states(ran) if isinstance(event, BudgetReserved)]
    told = [state.items[item_id].waiting for state, item_id in reserved]
    assert told[0] == ""
    assert all(text.startswith("budget: 0.") and text.endswith(" of 1.00 USD reserved") for text in told[1:])
    assert all(not item.waiting for item in ran.state.items.values())
    check_law(ran, lab.workflow(text).budget)


@rule("17 runs: share", "17 runs: percentile")
async def test_a_tenth_of_the_limit_is_set_aside_until_five_executions_are_known(lab):
    budget = "{usd: 2.0, tokens: 1000}"
    ran = await lab.run(mapped(budget, SPEND % 0.05, items="[a, b, c, d, e, f, g]", parallel=1))

    assert [(event.usd, event.tokens) for event in ran.of(BudgetReserved)] == [(0.2, 100)] * 5 + [(0.05, 15)] * 2
    check_law(ran, lab.workflow(mapped(budget, "{say: ok}")).budget)


@rule("17 runs: tokens")
async def test_options_replace_the_budget_of_the_workflow_and_are_recorded(lab):
    ran = await lab.run(mapped("{usd: 0.01, estimate: {tokens: 15}}", SPEND % 1.0), budget_usd=100.0, budget_tokens=30)

    assert (ran.state.settings.budget_usd, ran.state.settings.budget_tokens) == (100.0, 30)
    assert sorted(ran.statuses().values()) == ["pending", "pending", "success", "success"]
    assert ran.state.message == "budget: 30 of 30 tokens reserved, the next step needs about 15 tokens"


@rule("17 runs: survives")
async def test_what_is_spent_survives_and_a_larger_budget_lets_the_run_go_on(lab):
    ran = await lab.run(mapped("{usd: 1.0, estimate: {usd: 0.5}}", SPEND % 0.4, parallel=2))
    again = await lab.reopen(ran)
    larger = await lab.reopen(again, raised=BudgetRaised(usd=1.7))

    assert (again.state.status, again.state.exit_code) == ("stopped", 4)
    assert len(again.of(AgentStarted)) > len(ran.of(AgentStarted)), "a resumed run tries once more"
    assert again.state.usage == ran.state.usage
    assert set(larger.statuses().values()) == {"success"}
    assert larger.state.usage.usd == pytest.approx(1.6)
    assert all(item.attempt <= 3 for item in larger.state.items.values())


@rule("17 runs: stop")
async def test_a_plain_workflow_is_left_at_the_step_that_does_not_fit(lab):
    ran = await lab.run(plain("{usd: 1.0, estimate: {usd: 0.6}}", SPEND % 0.5, SPEND % 0.5))
    larger = await lab.reopen(ran, raised=BudgetRaised(usd=2.0))

    assert (ran.state.status, ran.state.exit_code) == ("stopped", 4)
    assert ran.state.phases["steps"].status == "interrupted"
    assert {path: step.status for path, step in ran.state.phases["steps"].steps.items()} == {
        "0": "ok",
        "1": "interrupted",
    }
    assert larger.state.status == "succeeded"
    assert [event.path for event in larger.of(StepStarted)] == ["0", "1", "1"]


PAUSE = "{usd: 1.0, estimate: {usd: 0.6}, on_exceed: pause}"


@rule("17 runs: pause")
async def test_a_person_raises_the_budget_of_a_run_that_pauses(lab):
    async with lab.live(mapped(PAUSE, SPEND % 0.5, items="[a, b, c]"), interactive=True) as live:
        await live.until(lambda state: len(state.gates) > 0)
        (gate,) = live.state.gates.values()
        assert live.state.status == "waiting"
        live.send("answer", gate=gate.gate, answer="raise")
    ran = lab.ran(live)

    question = "budget: 0.50 of 1.00 USD reserved, the next step needs about 0.60 USD. Raise the limit?"
    assert (gate.kind, gate.question, gate.options) == ("budget", question, ("raise", "stop"))
    assert [(event.usd, event.tokens) for event in ran.of(BudgetRaised)] == [(2.0, None)]
    assert set(ran.statuses().values()) == {"success"}


@rule("17 runs: pause")
async def test_a_note_says_how_far(lab):
    async with lab.live(mapped(PAUSE, SPEND % 0.5, items="[a, b]"), interactive=True) as live:
        for note in ("a lot", "1.1"):
            await live.until(lambda state: len(state.gates) > 0)
            live.send("answer", gate=next(iter(live.state.gates)), answer="raise", note=note)
            await live.until(lambda state: not len(state.gates))
    ran = lab.ran(live)

    assert [event.usd for event in ran.of(BudgetRaised)] == [None, 1.1]
    assert len(ran.of(GateOpened)) == 2
    assert set(ran.statuses().values()) == {"success"}


@rule("17 runs: pause")
async def test_a_person_may_stop_the_run_instead(lab):
    async with lab.live(mapped(PAUSE, SPEND % 0.5), interactive=True) as live:
        await live.until(lambda state: len(state.gates) > 0)
        live.send("answer", gate=next(iter(live.state.gates)), answer="stop")
    ran = lab.ran(live)

    assert (ran.state.status, ran.state.exit_code) == ("stopped", 4)
    assert sorted(ran.statuses().values()) == ["pending", "pending", "pending", "success"]


@rule("17 runs: pause unattended")
async def test_where_nobody_is_a_pause_ends_the_process_and_an_answer_given_later_counts(lab):
    ran = await lab.run(mapped(PAUSE, SPEND % 0.5), yes=True)
    answer = SignalReceived(
        signal="answer", gate=next(iter(ran.state.gates)), answer="raise", note="usd 3", source="signal"
    )
    await record_at_rest(ran.folder, lambda _: answer, clock=HurriedClock(1))
    again = await lab.reopen(ran)

    assert (ran.state.status, ran.state.exit_code) == ("waiting", 3)
    assert (again.state.status, again.state.exit_code) == ("succeeded", 0)
    assert [event.usd for event in again.of(BudgetRaised)] == [3.0]


@rule("17 runs: per_item")
async def test_an_attempt_ends_when_its_item_has_used_what_it_may(lab):
    ran = await lab.run(
        mapped(
            "{per_item: {tokens: 20}}",
            "{append: {path: x, content: y}}, {usage: {input_tokens: 30}}, {wait: 9h}, {say: never}",
            items="[a, b]",
            more="    error_policy: {on_item_failure: retry}",
        )
    )

    assert set(ran.statuses().values()) == {"dead"}
    failure = ran.item(ran.state.order[0]).failure
    assert (failure.kind, failure.code, failure.message) == ("budget", "PT630", "the item has used 30 of 20 tokens")
    assert [item.attempt for item in ran.state.items.values()] == [1, 1]


@rule("17 runs: per_item")
async def test_an_item_that_has_used_all_starts_no_other_agent_and_a_new_attempt_begins_at_nothing(lab):
    text = mapped(
        "{per_item: {usd: 0.5}}",
        SPEND % 0.5,
        items="[a]",
        more="        - {agent: {prompt: b, provider: scripted, options: {script: [{match: '', do: [{say: no}]}]}}}",
    )
    ran = await lab.run(text)
    again = await lab.reopen(ran, *retry(*ran.state.order))

    failure = ran.item(ran.state.order[0]).failure
    assert (failure.kind, failure.message) == ("budget", "the item has used 0.50 of 0.50 USD")
    assert (ran.steps(ran.state.order[0]), ran.state.usage.usd) == ({"0": "ok", "1": "failed"}, 0.5)
    assert again.state.usage.usd == 1.0


@rule("17 runs: time")
async def test_no_agent_starts_after_the_time_and_those_at_work_end_well(lab):
    clock = FakeClock()
    text = mapped("{time: 9h}", "{wait: 20m}, {say: ok}", parallel=2)
    async with lab.live(text, time_limit_s=600.0, clock=clock) as live:
        await live.until(lambda state: len(state.slots) == 2)
        await clock.until_sleeping(3)
        await clock.advance(601)
        await live.until(lambda state: state.stop is not None)
        await clock.advance(600)
    ran = lab.ran(live)

    assert sorted(ran.statuses().values()) == ["pending", "pending", "success", "success"]
    assert (ran.state.status, ran.state.exit_code, ran.state.code) == ("stopped", 4, "PT630")
    assert ran.state.message == "the time limit of 10m has passed"


@rule("17 runs: time")
async def test_no_step_of_a_phase_starts_after_the_time_and_a_resumed_run_has_none_left(lab):
    clock = FakeClock()
    async with lab.live(plain("{time: 10m}", "{wait: 20m}, {say: one}", "{say: two}"), clock=clock) as live:
        await clock.until_sleeping(2)
        await clock.advance(1201)
    ran = lab.ran(live)
    again = await lab.reopen(ran, clock=clock)
    longer = await lab.reopen(again, clock=clock, raised=BudgetRaised(time_s=90_000.0))

    assert ran.said() == {"0": "one"}
    assert (again.state.status, again.state.exit_code) == ("stopped", 4)
    assert [event.path for event in again.of(StepStarted)] == ["0"]
    assert (longer.state.status, longer.said()) == ("succeeded", {"0": "one", "1": "two"})


@rule("17 runs: stop")
async def test_a_round_that_does_something_else_is_not_cut_off_by_one_that_waits(lab):
    ran = await lab.run(
        f"""
    budget: {{usd: 1.0, estimate: {{usd: 2.0}}}}
    steps:
      - foreach:
          items: [a, b]
          parallel: 2
          do:
            - {{agent: {{prompt: go, provider: scripted, options: {{script: [{{match: "", do: [{SPEND % 0.5}]}}]}}}},
               when: foreach.item == 'a'}}
            - {{shell: "sleep 0.3; touch $OUTSIDE/done", when: foreach.item == 'b'}}
    """
    )

    assert (ran.state.status, ran.state.exit_code) == ("stopped", 4)
    assert (lab.outside / "done").exists()


@rule("17 runs: stop")
async def test_a_merge_step_that_does_not_fit_lands_nothing(lab):
    agent = f'{{agent: {{prompt: go, provider: scripted, options: {{script: [{{match: "", do: [{SPEND % 0.5}]}}]}}}}}}'
    ran = await lab.run(
        f"""
    budget: {{usd: 1.0, estimate: {{usd: 0.6}}}}
    steps: [{{shell: git commit -q --allow-empty -m x}}, {agent}]
    merge: [{agent}, "git -C ${{merge.target_path}} merge -q ${{merge.source_branch}}"]
    """,
        merge="yes",
    )
    larger = await lab.reopen(ran, raised=BudgetRaised(usd=2.0), merge="yes")

    assert (ran.state.status, ran.state.exit_code, ran.state.code) == ("stopped", 4, "PT630")
    assert ran.state.landing is not None
    assert ran.state.landing.status == "unmerged"
    assert larger.state.status == "succeeded"
    assert [event.path for event in larger.of(BudgetReserved)] == ["1", "0"]


@rule("17 runs: late")
async def test_limits_may_be_known_only_at_the_start(lab):
    ran = await lab.run(mapped('{usd: "${ARG_1}", estimate: {usd: "$ARG_2"}}', SPEND % 0.4), arguments=("1", "0.5"))

    assert ran.state.message.startswith("budget: 0.80 of 1.00 USD reserved")
