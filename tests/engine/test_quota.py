"""When a run waits for its provider and when it stops instead; what people see meanwhile; that it goes on."""

from datetime import timedelta

import pytest

from prodigy_tui.events.schema import AgentFinished, ProviderLimited, StepHeld, StepInterrupted, StepLetIn, StopDecided
from tests.support.clock import HurriedClock
from tests.support.rules import rule

MAP = """
map:
  input: [{id: a}, {id: b}, {id: c}]
  max_parallel: 3
  agent_template:
    - shell: "echo x >> $OUTSIDE/before-${item.id}"
    - agent: {prompt: "do ${item.id}", provider: scripted, options: {script: [
        {match: "do a", do: [{say: on it}, {wait: 2h}, {limit: LIMIT}, {say: done}]},
        {match: "", do: [{wait: 150m}, {say: done}]}]}}
      idle_timeout: none
"""
PLAIN = """
- shell: "echo x >> $OUTSIDE/before"
- agent: {prompt: go, provider: scripted, options: {script: [{match: "", do: [{limit: LIMIT}, {say: done}]}]}}
- shell: "echo ${agent.output}"
"""


@rule("6.7 runs: far end")
async def test_more_than_six_hours_away_a_map_stops_and_is_taken_up_again(lab):
    clock = HurriedClock(3000)
    ran = await lab.run(MAP.replace("LIMIT", "7h"), clock=clock)

    assert (ran.state.status, ran.state.exit_code) == ("stopped", 5)
    assert "the quota of scripted begins anew at" in ran.state.message
    assert ran.statuses() == {"a": "pending", "b": "success", "c": "success"}
    assert [event.outcome for event in ran.of(AgentFinished) if event.item_id == "a"] == ["interrupted"]
    assert ran.item("a").failures == 0
    assert not ran.state.held

    later = HurriedClock(3000)
    later._start += timedelta(hours=8)
    again = await lab.reopen(ran, clock=later)

    # The script begins from its start in the new process, and its provider refuses once more.
    assert again.state.exit_code in (0, 5)
    assert again.item("a").failures == 0


@rule("6.7 runs: far end")
async def test_more_than_six_hours_away_a_plain_run_stops_and_repeats_nothing_when_resumed(lab):
    ran = await lab.run(PLAIN.replace("LIMIT", "7h"), clock=HurriedClock(3000))

    assert (ran.state.status, ran.state.exit_code) == ("stopped", 5)
    assert ran.state.phases["steps"].status == "interrupted"
    assert len(ran.of(StepInterrupted)) == 1

    later = HurriedClock(3000)
    later._start += timedelta(hours=8)
    again = await lab.reopen(ran, clock=later)
    assert (lab.outside / "before").read_text() == "x\n"
    assert again.state.exit_code == 5, "its script refuses again"


async def test_a_limit_of_another_run_stops_this_one_as_well(lab):
    first = await lab.run(PLAIN.replace("LIMIT", "8h"), clock=HurriedClock(3000))
    second = await lab.run(PLAIN.replace("LIMIT", "1s"), clock=HurriedClock(3000))

    assert (first.state.exit_code, second.state.exit_code) == (5, 5)
    assert second.of(ProviderLimited) == []
    assert len(second.of(StepHeld)) == 1


async def test_less_than_six_hours_are_waited_out(lab):
    ran = await lab.run(PLAIN.replace("LIMIT", "5h"), clock=HurriedClock(20_000))

    assert ran.state.exit_code == 0
    assert ran.said()["2"] == "done"


async def test_somebody_who_watches_may_wait_as_long_as_it_takes(lab):
    async with lab.live(PLAIN.replace("LIMIT", "30h"), clock=HurriedClock(100_000), interactive=True) as live:
        pass

    assert lab.ran(live).state.exit_code == 0


@rule("6.7 runs: far end")
@pytest.mark.parametrize(("limit", "code"), [("1h", 0), ("11h", 5)])
async def test_an_end_after_the_timeout_of_the_run_stops_it_even_if_somebody_watches(lab, limit, code):
    workflow = "timeout: 10h\nsteps:\n" + PLAIN.replace("LIMIT", limit).replace("\n- ", "\n  - ")
    async with lab.live(workflow, clock=HurriedClock(6000), interactive=True) as live:
        pass

    assert lab.ran(live).state.exit_code == code


@rule("6.7 runs: far end")
async def test_the_end_of_a_merge_waits_no_longer_either(lab):
    ran = await lab.run(
        """
    steps: [{shell: "echo x > x && git add x && git commit -qm x"}]
    merge:
      steps:
        - agent: {prompt: go, provider: scripted, options: {script: [{match: "", do: [{limit: 9h}]}]}}
    """,
        merge="yes",
        clock=HurriedClock(3000),
    )

    assert ran.state.exit_code == 5
    assert ran.state.landing.status == "unmerged"


@rule("6.7 runs: shown")
async def test_items_show_that_they_wait_and_until_when_and_that_they_go_on(lab):
    seen = []
    async with lab.live(MAP.replace("LIMIT", "30m"), clock=HurriedClock(3000)) as live:
        await live.until(lambda state: bool(state.items) and state.items["a"].waiting == "quota")
        item = live.state.items["a"]
        seen.append((item.status, item.due, live.state.limited["scripted"]))
        assert [held.item_id for held in live.state.held.values()] == ["a"]
    ran = lab.ran(live)

    [(status, due, until)] = seen
    assert (status, due) == ("running", until)
    assert due == ran.of(ProviderLimited)[0].until
    entry = ran.item("a")
    assert (entry.status, entry.waiting, entry.due) == ("success", "", None)
    assert len(ran.of(StepHeld)) == len(ran.of(StepLetIn)) >= 1
    assert not ran.state.held
    assert not ran.state.limited


async def test_a_waiting_item_can_be_stopped_and_leaves_no_trace(lab):
    async with lab.live(MAP.replace("LIMIT", "5h"), clock=HurriedClock(3000)) as live:
        await live.until(lambda state: bool(state.items) and state.items["a"].waiting == "quota")
        live.send("stop-item", "a")
    ran = lab.ran(live)

    assert ran.statuses() == {"a": "cancelled", "b": "success", "c": "success"}
    assert (ran.item("a").waiting, ran.item("a").due) == ("", None)
    assert not ran.state.held


async def test_a_run_that_waits_can_be_stopped_and_goes_on(lab):
    async with lab.live(PLAIN.replace("LIMIT", "5h"), clock=HurriedClock(3000)) as live:
        await live.until(lambda state: bool(state.held))
        live.send("stop")
    ran = lab.ran(live)

    assert ran.state.status == "interrupted"
    assert not ran.state.held


@rule("6.7 runs: not counted")
async def test_a_limit_uses_nothing_up(lab):
    """No attempt, no repetition, no timeout of step, handler, agent or phase, no count of the breaker."""
    ran = await lab.run(
        """
    setup:
      timeout: 400s
      steps:
        - shell: "exit 1"
          on_failure:
            strategy: fallback
            timeout: 300s
            steps:
              - agent: {prompt: go, provider: scripted,
                        options: {script: [{match: "", do: [{limit: 10m}, {say: repaired}]}]}}
    map:
      input: [{id: a}]
      retry: {attempts: 1}
      timeout: 1000s
      timeout_config: {agent_timeout_secs: 420s}
      agent_template:
        - agent: {prompt: go, provider: scripted, options: {script: [
            {match: "", do: [{wait: 150s}, {limit: 5m}, {wait: 150s}, {limit: 5m}, {wait: 150s}, {say: done}]}]}}
          timeout: 400s
          retry: 1
    error_policy:
      circuit_breaker: {failure_threshold: 1}
    """,
        clock=HurriedClock(200),
    )

    assert ran.statuses() == {"a": "success"}, ran.state.message
    assert len(ran.of(ProviderLimited)) == 3
    assert len(ran.of(AgentFinished)) == 1
    assert not ran.of(StopDecided)
