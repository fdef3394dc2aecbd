"""Attempts at items in whole runs: repeated, limited in time, handled after the last one (language 6.5, 13.6)."""

import pytest

from prodigy_tui.events.schema import AgentFinished, AgentStarted, RetryScheduled, StepStarted
from tests.support.clock import HurriedClock
from tests.support.engine import Lab
from tests.support.rules import rule

COMMIT = "git add --all && git commit -qm 'item ${item}'"


def a_map(steps: str, *, items: str = "[a]", more: str = "", policy: str = "") -> str:
    return f"map:\n  input: {items}\n  max_parallel: 1\n{more}  agent_template:\n{steps}\n{policy}"


@pytest.fixture
def clock() -> HurriedClock:
    return HurriedClock(20.0)


@rule("6.5 runs: fresh worktree")
async def test_every_attempt_begins_in_a_fresh_worktree_at_the_present_tip(lab: Lab, clock: HurriedClock):
    ran = await lab.run(
        a_map(
            f'''    - "ls >> $OUTSIDE/seen.${{item}}; touch mine-${{item}}"
    - "test -e $OUTSIDE/1 || {{ touch $OUTSIDE/1; exit 1; }}"
    - "echo ${{item}} > ${{item}}.txt; {COMMIT}"''',
            items="[a, b]",
            more="  retry: {attempts: 2, initial_delay: 4s}\n",
        ),
        clock=clock,
    )

    assert set(ran.statuses().values()) == {"success"}
    first, other, second = (event for event in ran.of(AgentStarted))
    assert [first.item_id, second.item_id] == [ran.state.order[0]] * 2
    assert second.base != first.base
    assert other.base == first.base
    assert (lab.outside / "seen.a").read_text().split() == ["readme.txt", "b.txt", "mine-b", "readme.txt"]


@rule("6.5 runs: attempts", "13.7 runs: retry")
@pytest.mark.parametrize(
    ("retry", "attempts"),
    [
        ("map.retry", 2),
        ("retry_config", 2),
        ("on_item_failure", 3),
        ("none", 1),
    ],
)
async def test_failed_attempts_are_repeated_as_often_as_the_map_says(lab, clock, retry, attempts):
    more = {"map.retry": "  retry: {attempts: 2, backoff: fixed}\n"}.get(retry, "")
    policy = {
        "retry_config": "error_policy: {retry_config: {attempts: 2}}\n",
        "on_item_failure": "error_policy: {on_item_failure: retry}\n",
    }.get(retry, "")
    ran = await lab.run(a_map("    - exit 3", more=more, policy=policy), clock=clock)

    (entry,) = ran.state.items.values()
    assert (entry.attempt, entry.status, ran.state.exit_code) == (attempts, "dead", 1)
    assert len(entry.history) == attempts
    assert len(ran.of(RetryScheduled)) == attempts - 1


@rule("6.5 runs: matchers")
async def test_what_the_whole_output_says_decides_whether_it_is_repeated(lab, clock):
    noise = "for n in $(seq 200); do echo more >&2; done"
    ran = await lab.run(
        a_map(
            f'    - "echo connection reset >&2; {noise}; test ${{item}} = a && exit 1; exit 2"',
            items="[a]",
            more="  retry: {attempts: 2, retry_on: [network]}\n",
        ),
        clock=clock,
    )
    other = await lab.run(a_map("    - exit 1", more="  retry: {attempts: 2, retry_on: [network]}\n"), clock=clock)

    assert next(iter(ran.state.items.values())).attempt == 2
    assert next(iter(other.state.items.values())).attempt == 1


@rule("13.7 runs: handler")
async def test_the_handler_of_failed_items_runs_once_in_the_worktree_of_the_last_attempt(lab, clock):
    ran = await lab.run(
        a_map(
            '    - "echo $PRODIGY_WORKTREE > half; exit 4"',
            more="  retry: {attempts: 2, backoff: fixed}\n",
            policy='on_item_failure: {shell: "cat half; echo ${error.exit_code} ${error.attempt} > $OUTSIDE/said"}\n',
        ),
        clock=clock,
    )

    (entry,) = ran.state.items.values()
    assert (entry.status, entry.attempt) == ("dead", 2)
    assert (lab.outside / "said").read_text() == "4 2\n"


@rule("6.5 runs: fallback")
async def test_a_fallback_after_the_last_attempt_makes_the_item_a_success(lab, clock):
    ran = await lab.run(
        a_map(
            '    - "echo half > half; exit 1"',
            more=f'  retry: {{attempts: 1, on_failure: {{fallback: {{shell: "mv half whole; {COMMIT}"}}}}}}\n',
        ),
        clock=clock,
    )

    (entry,) = ran.state.items.values()
    assert (entry.status, entry.merged) == ("success", True)
    assert "whole" in ran.files()


@rule("6.5 runs: continue")
async def test_an_item_whose_failure_is_tolerated_is_skipped_with_a_warning(lab):
    ran = await lab.run(a_map("    - exit 1", more="  retry: {attempts: 1, on_failure: continue}\n"))

    (entry,) = ran.state.items.values()
    assert (entry.status, ran.state.status, ran.state.exit_code) == ("skipped", "succeeded", 0)
    assert ran.state.message == "with warnings: 1 item skipped"


@rule("6.5 runs: late")
async def test_late_values_of_a_retry_are_settled_when_the_map_starts(lab, clock):
    text = a_map("    - exit 1", more="  retry: {attempts: '${setup.n}', backoff: fixed}\n")
    ran = await lab.run("setup: {steps: [echo 2], capture_outputs: {n: 0}}\n" + text, clock=clock)

    assert ran.state.settled["map.retry.attempts"] == 2
    assert next(iter(ran.state.items.values())).attempt == 2


# ------------------------------------------------------------------------------------------------------------ timeouts


@rule("13.6 runs: attempt", "6.8 runs: attempt")
async def test_an_attempt_that_takes_too_long_fails_as_a_timeout(lab):
    ran = await lab.run(a_map("    - echo here; sleep 60", more="  agent_timeout: 1s\n"))

    (entry,) = ran.state.items.values()
    assert entry.status == "dead"
    assert (entry.failure.kind, entry.failure.exit_code) == ("timeout", 124)
    assert entry.failure.message == "the agent timed out after 1 s"
    assert "here" in ran.log(f"items/{entry.item.safe_id}/1")


@rule("13.6 runs: commands")
async def test_the_limit_of_a_kind_of_step_ends_the_step(lab):
    ran = await lab.run(
        a_map(
            "    - echo quick\n    - sleep 60",
            more="  timeout_config: {command_timeouts: {shell: 50s, shell_1: 1s}}\n",
        )
    )

    (entry,) = ran.state.items.values()
    assert (entry.failure.kind, entry.failure.step) == ("timeout", "sleep 60")
    assert ran.steps(entry.item.id) == {"0": "ok", "1": "failed"}


@rule("13.6 runs: action")
@pytest.mark.parametrize(
    ("action", "statuses", "status"),
    [
        ("retry", ["dead", "dead"], "failed"),
        ("dlq", ["dead", "dead"], "failed"),
        ("skip", ["skipped", "skipped"], "succeeded"),
        ("fail", ["dead", "pending"], "stopped"),
    ],
)
async def test_what_a_timeout_means(lab, clock, action, statuses, status):
    ran = await lab.run(
        a_map(
            "    - sleep 600",
            items="[a, b]",
            more=f"  retry: {{attempts: 2, retry_on: [network]}}\n"
            f"  timeout_config: {{agent_timeout: 5s, timeout_action: {action}, cleanup_grace_period_secs: 1}}\n",
        ),
        clock=clock,
    )

    assert list(ran.statuses().values()) == statuses
    assert ran.state.status == status
    assert len(ran.of(AgentFinished)) == {"retry": 4, "dlq": 2, "skip": 2, "fail": 1}[action]


@rule("6.8 runs: map")
async def test_a_map_that_takes_too_long_fails_and_goes_on_when_it_is_resumed(lab):
    text = a_map('    - "test -e $OUTSIDE/now || sleep 60"', items="[a, b]", more="  timeout: 4s\n")
    ran = await lab.run(text)

    assert (ran.state.status, ran.state.exit_code) == ("failed", 1)
    assert ran.state.phases["map"].failure.kind == "timeout"
    assert ran.state.message == "map timed out after 4 s, 2 items are not done"
    (lab.outside / "now").touch()
    again = await lab.reopen(ran)
    assert set(again.statuses().values()) == {"success"}


@rule("6.8 runs: run")
@pytest.mark.parametrize("kind", ["plain", "mapreduce"])
async def test_a_run_that_takes_too_long_stops_and_can_be_resumed(lab, kind):
    step = "test -e $OUTSIDE/now || sleep 60"
    text = f'timeout: 4s\nsteps: [touch first, "{step}"]\n'
    if kind == "mapreduce":
        text = "timeout: 4s\n" + a_map(f'    - "{step}"', items="[a, b]")
    ran = await lab.run(text)

    assert (ran.state.status, ran.state.exit_code) == ("stopped", 4)
    assert ran.state.message == "the run's timeout of 4 s has passed"
    (lab.outside / "now").touch()
    again = await lab.reopen(ran)
    assert (again.state.status, again.state.exit_code) == ("succeeded", 0)
    if kind == "plain":
        assert [event.label for event in again.of(StepStarted)].count("touch first") == 1
