"""The error policy of whole runs: stops, the breaker, reports, `auto` (language 13.7, 13.8)."""

import pytest

from prodigy_tui.events.schema import (
    AgentFinished,
    AgentStarted,
    BreakerClosed,
    BreakerOpened,
    FailuresReported,
    ParallelChanged,
    StopDecided,
)
from tests.support.clock import HurriedClock
from tests.support.engine import Lab
from tests.support.rules import rule


def a_map(step: str, *, items: str, parallel: object = 1, policy: str = "") -> str:
    return f"map:\n  input: {items}\n  max_parallel: {parallel}\n  agent_template:\n    - {step!r}\n{policy}"


@rule("13.7 runs: breaker open", "13.7 runs: breaker half-open", "13.7 runs: breaker closed")
async def test_an_open_breaker_lets_nothing_start_and_nothing_fail(lab: Lab):
    clock = HurriedClock(20.0)
    policy = "circuit_breaker: {failure_threshold: 2, success_threshold: 1, timeout: 20s, half_open_requests: 1}\n"
    ran = await lab.run(a_map("test ${item} -gt 2", items="[1, 2, 3, 4]", parallel=2, policy=policy), clock=clock)

    (opened,) = ran.of(BreakerOpened)
    assert len(ran.of(BreakerClosed)) == 1
    since = next(n for n, one in enumerate(ran.envelopes) if isinstance(one.event, BreakerOpened))
    starts = [one.at for one in ran.envelopes[since:] if isinstance(one.event, AgentStarted)]
    assert starts
    assert min(starts) >= opened.until
    assert list(ran.statuses().values()) == ["dead", "dead", "success", "success"]
    assert ran.state.exit_code == 1


@rule("13.7 runs: max_opens")
async def test_a_breaker_that_opens_too_often_stops_the_run(lab):
    policy = "circuit_breaker: {failure_threshold: 1, timeout: 1s, max_opens: 1}\n"
    ran = await lab.run(a_map("exit 1", items="[1, 2, 3, 4]", policy=policy), clock=HurriedClock(20.0))

    assert (ran.state.status, ran.state.exit_code, ran.state.code) == ("stopped", 1, "PT621")
    assert list(ran.statuses().values()) == ["dead", "dead", "pending", "pending"]


@rule("13.7 runs: on_stop", "13.7 runs: lifted")
@pytest.mark.parametrize(("on_stop", "other"), [("drain", "success"), ("cancel", "pending")])
async def test_what_a_stop_does_to_agents_at_work(lab, on_stop, other):
    wait = "sleep 60" if on_stop == "cancel" else "until test -e $OUTSIDE/failed; do sleep 0.05; done"
    step = f"test ${{item}} = 1 && {{ touch $OUTSIDE/failed; exit 1; }}; test -e $OUTSIDE/go || {wait}"
    text = a_map(step, items="[1, 2, 3]", parallel=2, policy=f"max_failures: 1\non_stop: {on_stop}\n")
    ran = await lab.run(text)

    assert list(ran.statuses().values()) == ["dead", other, "pending"]
    assert ran.state.message == "stopped by max_failures: 1, 1 of 3 items failed"
    (lab.outside / "go").touch()
    again = await lab.reopen(ran)
    assert list(again.statuses().values()) == ["dead", "success", "success"]
    assert (again.state.status, again.state.exit_code) == ("failed", 1)


@rule("13.7 runs: threshold")
async def test_too_large_a_part_of_failures_stops_the_run_when_all_are_done(lab):
    ran = await lab.run(
        a_map(
            "test ${item} = 3", items="[1, 2, 3]", policy="failure_threshold: 50%\nreduce: [touch $OUTSIDE/reduced]\n"
        )
    )

    assert (ran.state.status, ran.state.code) == ("stopped", "PT620")
    assert not (lab.outside / "reduced").exists()
    again = await lab.reopen(ran)
    assert (lab.outside / "reduced").exists(), "the map has ended without a new stop"
    assert again.state.exit_code == 1


@rule("13.7 runs: collection")
@pytest.mark.parametrize(
    ("collection", "reports"), [("aggregate", [4]), ("immediate", [1, 1, 1, 1]), ("batched:3", [3, 1])]
)
async def test_failures_are_told_together_or_as_they_come(lab, collection, reports):
    ran = await lab.run(a_map("test ${item} = 3", items="[1, 2, 3, 4, 5]", policy=f"error_collection: {collection}\n"))

    assert [event.total for event in ran.of(FailuresReported)] == reports
    told = [item_id for event in ran.of(FailuresReported) for item_id in event.item_ids]
    assert told == [item_id for item_id, status in ran.statuses().items() if status == "dead"]


@rule("13.7 runs: late")
async def test_late_numbers_of_the_policy_hold_after_a_resume_too(lab):
    text = "setup: {steps: [echo 2], capture_outputs: {n: 0}}\n" + a_map(
        "exit 1", items="[1, 2, 3, 4]", policy='max_failures: "${setup.n}"\n'
    )
    ran = await lab.run(text)
    again = await lab.reopen(ran)

    assert [event.message.split(",")[0] for event in again.of(StopDecided)] == ["stopped by max_failures: 2"] * 2
    assert list(again.statuses().values()) == ["dead", "dead", "dead", "pending"]


@rule("13.8 runs: auto up", "13.8 runs: auto bounds")
async def test_auto_grows_window_by_window_up_to_the_number_of_items(lab):
    ran = await lab.run(a_map("true", items="[1, 2, 3, 4, 5, 6]", parallel="{auto: {start: 1, max: 2}}"))
    small = await lab.run(a_map("true", items="[1, 2]", parallel="auto"))

    assert [event.number for event in ran.of(ParallelChanged)] in ([2], [])  # none on a strained machine
    assert small.state.max_parallel <= 2
    assert len(ran.of(AgentFinished)) == 6


@rule("4.3 runs: warnings", "4.3 runs: listed")
async def test_a_run_that_goes_on_after_a_failed_step_says_so(lab):
    ran = await lab.run("steps: [{shell: exit 3, name: lint, on_failure: true}, 'true']\n")

    assert (ran.state.status, ran.state.exit_code) == ("succeeded", 0)
    assert ran.state.message == "with warnings: 1 failed step tolerated"
    assert ran.warnings() == "step 'lint' failed and was tolerated: exit code 3"
