"""The machine sleeps for hours amid a run: steps have the time that they worked, times of day have come."""

from datetime import timedelta

from prodigy_tui.events.schema import RetryScheduled
from tests.support.clock import HurriedClock
from tests.support.engine import Lab
from tests.support.rules import rule


class SleepyClock(HurriedClock):
    """Time of day goes on by itself; what children and their limits have of it does not."""

    slept = timedelta(0)

    def now(self):
        return super().now() + self.slept


WORKFLOW = """
name: sleepy
{top}
error_policy:
  on_item_failure: retry
  retry_config: {{attempts: 2, backoff: fixed, initial_delay: 6h, max_delay: 6h}}
map:
  input: [a]
  agent_template:
    - shell: |
        test -e "$OUTSIDE/failed" || {{ touch "$OUTSIDE/failed"; exit 1; }}
        touch "$OUTSIDE/begun"; until test -e "$OUTSIDE/go"; do sleep 0.02; done
      timeout: 600s
      idle_timeout: 600s
"""


async def test_sleep_costs_no_step_its_time_and_ends_what_waits_for_a_time(lab: Lab) -> None:
    clock = SleepyClock(60)
    async with lab.live(WORKFLOW.format(top=""), clock=clock) as live:
        await live.until(lambda state: state.counts.retrying == 1)
        clock.slept = timedelta(hours=8)
        await live.until_file(lab.outside / "begun")  # within a minute of its time, which is a second here
        clock.slept = timedelta(hours=16)
        (lab.outside / "go").touch()

    ran = lab.ran(live)
    assert ran.state.status == "succeeded", ran.state.message
    (retry,) = ran.of(RetryScheduled)
    assert retry.due - ran.state.started_at > timedelta(hours=5)
    assert [envelope.at for envelope in ran.envelopes] == sorted(envelope.at for envelope in ran.envelopes)


@rule("6.8 runs: run")
async def test_sleep_counts_for_the_timeout_of_the_run(lab: Lab) -> None:
    clock = SleepyClock(60)
    async with lab.live(WORKFLOW.format(top="timeout: 7h"), clock=clock) as live:
        (lab.outside / "failed").touch()
        await live.until_file(lab.outside / "begun")
        clock.slept = timedelta(hours=8)

    ran = lab.ran(live)
    assert (ran.state.status, ran.state.exit_code) == ("stopped", 4), ran.state.message
