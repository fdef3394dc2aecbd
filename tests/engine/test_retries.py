"""Language 6.5 in whole runs: executions, the waits between them, and what comes after the last."""

import asyncio
from datetime import timedelta

import pytest

from prodigy_tui.events.schema import SignalReceived, StepFinished, StepRetryScheduled, StepStarted
from tests.support.clock import FakeClock, HurriedClock
from tests.support.rules import rule

FAST = 200.0


async def run(lab, text, **settings):
    """Drives a run whose delays pass quickly."""
    return await lab.run(text, clock=HurriedClock(FAST), **settings)


def waits(state):
    """A step of the run waits for its next execution."""
    return "steps" in state.phases and any(record.due for record in state.phases["steps"].steps.values())


@rule("6.5 at work", "6.5 shown")
async def test_a_step_is_executed_until_it_works_from_the_files_as_the_last_one_left_them(lab):
    ran = await run(
        lab,
        """
    - shell: 'echo x >> tries; echo "try $PRODIGY_ATTEMPT" >&2; test $(wc -l < tries) -ge 3'
      name: flaky
      retry: {attempts: 5, backoff: fixed, initial_delay: 20s}
    """,
    )

    assert ran.steps() == {"0": "ok"}
    assert [event.execution for event in ran.of(StepStarted)] == [1, 2, 3]
    waits = ran.of(StepRetryScheduled)
    assert [(wait.path, wait.execution, wait.message) for wait in waits] == [("0", 2, "try 1"), ("0", 3, "try 2")]
    for envelope in ran.envelopes:
        if isinstance(envelope.event, StepRetryScheduled):
            assert abs(envelope.event.due - envelope.at - timedelta(seconds=20)) < timedelta(seconds=10)
    assert "retry 2 in 20 s" in ran.log("phases/steps")
    assert ran.state.phases["steps"].steps["0"].execution == 3


@rule("6.5 at work")
async def test_the_last_execution_is_the_last(lab):
    ran = await run(lab, "- {shell: 'echo x >> $OUTSIDE/tries; exit 4', retry: 3}\n")

    assert (ran.state.status, ran.steps()) == ("failed", {"0": "failed"})
    assert (lab.outside / "tries").read_text() == "x\n" * 3
    assert ran.state.phases["steps"].steps["0"].failure.exit_code == 4


@rule("6.5 shown")
async def test_everybody_sees_that_an_agent_waits_and_it_keeps_its_slot(lab):
    clock = FakeClock()
    text = """
    map:
      input: [a]
      agent_template:
        - {shell: "test -e ok || { touch ok; echo no luck; false; }", retry: {initial_delay: 25s}}
    """
    async with lab.live(text, clock=clock) as live:
        await live.until(lambda state: any(entry.due for entry in state.items.values()))
        (entry,) = live.state.items.values()
        assert (entry.status, entry.waiting) == ("running", "try 2 after: no luck")
        assert entry.due - clock.now() == timedelta(seconds=25)
        assert list(live.state.slots.values()) == [entry.item.id]
        await clock.advance(25)
        await live.until(lambda state: state.items[entry.item.id].due is None)
        assert live.state.items[entry.item.id].waiting == ""

    assert list(lab.ran(live).statuses().values()) == ["success"]


@rule("6.5 shown")
async def test_steps_of_the_run_say_that_they_wait_too(lab):
    clock = FakeClock()
    async with lab.live("- {shell: 'test -e ok || { touch ok; exit 3; }', retry: 2}\n", clock=clock) as live:
        await live.until(waits)
        record = live.state.phases["steps"].steps["0"]
        assert (record.status, record.waiting) == ("running", "try 2 after: exit code 3")
        await clock.advance(1)

    record = lab.ran(live).state.phases["steps"].steps["0"]
    assert (record.status, record.waiting, record.due, record.execution) == ("ok", "", None, 2)


@rule("6.5 stop", "6.2 not for stops")
async def test_a_stop_ends_the_wait_at_once_and_a_resume_begins_anew(lab):
    text = """
    - shell: "echo x >> $OUTSIDE/tries; test -e $OUTSIDE/ok"
      retry: {attempts: 2, initial_delay: 1h, max_delay: none}
      on_failure: "touch $OUTSIDE/handled"
    """
    async with lab.live(text, clock=FakeClock()) as live:
        await live.until(waits)
        live.send("stop")
        await live.until(lambda state: state.ended_at is not None)
    ran = lab.ran(live)
    assert (ran.state.status, ran.state.phases["steps"].steps["0"].status) == ("interrupted", "interrupted")
    assert not (lab.outside / "handled").exists()

    (lab.outside / "ok").touch()
    again = await lab.reopen(ran, merge="yes")

    assert again.state.status == "succeeded", again.state.message
    assert (lab.outside / "tries").read_text() == "x\n" * 2
    assert again.of(StepStarted)[-1].execution == 1


@rule("6.5 budget")
async def test_the_budget_of_time_ends_the_executions(lab):
    clock = FakeClock()
    text = """
    - {shell: "echo x >> $OUTSIDE/tries; false",
       retry: {attempts: 9, backoff: fixed, initial_delay: 4s, retry_budget: 10s}}
    """
    async with lab.live(text, clock=clock) as live:
        for _ in range(2):
            await clock.until_sleeping()
            await clock.advance(4)
    ran = lab.ran(live)

    assert (lab.outside / "tries").read_text() == "x\n" * 3
    assert ran.steps() == {"0": "failed"}


@rule("6.5 end")
@pytest.mark.parametrize(
    ("end", "status", "said"),
    [
        ("stop", "failed", None),
        ("continue", "tolerated", "mine"),
        ("{fallback: 'echo theirs'}", "recovered", "theirs"),
        ("{fallback: {command: 'echo theirs'}}", "recovered", "theirs"),
        ("{fallback: {shell: 'false'}}", "failed", None),
    ],
)
async def test_what_comes_after_the_last_execution(lab, end, status, said):
    ran = await run(
        lab, f"- {{shell: 'echo x >> $OUTSIDE/tries; echo mine; exit 4', retry: {{attempts: 2, on_failure: {end}}}}}\n"
    )

    assert ran.steps()["0"] == status
    assert ran.said().get("0") == said
    assert (lab.outside / "tries").read_text() == "x\n" * 2


@rule("6.5 searched", "6.5 exit_code", "6.5 pattern")
@pytest.mark.parametrize(
    ("command", "matcher", "tries"),
    [
        ("echo network >&2; false", "network", 2),
        ("echo network; false", "network", 1),
        ("exit 3", "3", 2),
        ("exit 3", "{exit_code: [4, 5]}", 1),
        ("echo Locked >&2; false", "{pattern: Lock}", 2),
        ("echo Locked >&2; false", "{pattern: lock}", 1),
        ("false", "exit", 2),
        ("kill -9 $$", "exit", 1),
        ("kill -9 $$", "any", 2),
    ],
)
async def test_only_what_is_listed_is_repeated(lab, command, matcher, tries):
    ran = await run(lab, f"- {{shell: {command!r}, retry: {{attempts: 2, retry_on: [{matcher}]}}}}\n")

    assert len(ran.of(StepStarted)) == tries


@rule("6.5 searched")
@pytest.mark.parametrize(("matcher", "tries"), [("network", 2), ("agent", 2), ("server_error", 1)])
async def test_the_reason_of_an_agent_is_searched(lab, matcher, tries):
    ran = await run(
        lab,
        f"""
    - agent: {{prompt: p, provider: scripted, options: {{script: [{{do: [{{fail: the network is down}}]}}]}}}}
      retry: {{attempts: 2, retry_on: [{matcher}]}}
    """,
    )

    assert len(ran.of(StepStarted)) == tries


@rule("6.5 searched", "6.5 every kind")
@pytest.mark.parametrize(("matcher", "tries"), [("network", 2), ("server_error", 1)])
async def test_a_step_that_holds_steps_knows_what_the_failed_one_said(lab, matcher, tries):
    ran = await run(
        lab,
        f"""
    templates: {{fetch: {{steps: ["echo the network is down >&2; echo bye >&2; false"]}}}}
    steps: [{{use: fetch, retry: {{attempts: 2, retry_on: [{matcher}]}}}}]
    """,
    )

    assert len([event for event in ran.of(StepStarted) if event.path == "0"]) == tries


@rule("6.5 kinds", "6.5 never", "6.5 every kind")
@pytest.mark.parametrize(
    ("step", "tries"),
    [
        ("shell: 'true', commit_required: true", 2),
        ("shell: 'true', outputs: [name]", 2),
        ("shell: echo no, capture: n, capture_format: number", 2),
        ("shell: sleep 60, timeout: 0.1", 2),
        ("write_file: {path: missing/file, content: x}", 2),
        ("shell: pwd, working_dir: missing", 2),
        ("shell: 'echo ${gone.output}'", 1),
        ("shell: 'true', validate: 'false'", 1),
        ("shell: 'true', on_success: 'false'", 1),
    ],
)
async def test_failures_of_every_kind_are_repeated_unless_they_cannot_change(lab, step, tries):
    clock = HurriedClock(5)
    ran = await lab.run(
        f"- {{shell: 'true', id: gone, when: false}}\n- {{{step}, retry: {{attempts: 2, initial_delay: 0}}}}\n",
        clock=clock,
    )

    assert ran.steps()["1"] == "failed"
    assert len([event for event in ran.of(StepStarted) if event.path == "1"]) == tries


@rule("6.5 never")
async def test_a_failed_check_is_repeated_where_that_is_listed(lab):
    ran = await run(
        lab,
        """
    - shell: "echo x >> tries"
      validate: "test $(wc -l < tries) -ge 2"
      retry: {retry_on: [validation]}
    """,
    )

    assert ran.steps()["0"] == "ok"
    assert [event.execution for event in ran.of(StepStarted) if event.path == "0"] == [1, 2]


@rule("6.2 round includes retry", "6.4 fields")
async def test_a_round_is_a_body_with_its_own_retry(lab):
    ran = await run(
        lab,
        """
    - shell: 'echo "$PRODIGY_ATTEMPT" >> $OUTSIDE/tries; test -e repaired'
      retry: 2
      on_failure: {shell: "echo ${error.attempt}/${error.max_attempts} >> $OUTSIDE/handled; touch repaired",
                   max_attempts: 3, fail_workflow: true}
    """,
    )

    assert ran.steps()["0"] == "recovered"
    assert (lab.outside / "tries").read_text() == "1\n2\n3\n"
    assert (lab.outside / "handled").read_text() == "1/3\n"


@rule("6.5 defaults")
async def test_retry_defaults_fill_a_retry_that_is_there_and_switch_nothing_on(lab):
    ran = await run(
        lab,
        """
    retry_defaults: {attempts: 4, initial_delay: 0, on_failure: continue}
    steps:
      - {shell: "false", retry: true}
      - {shell: "false", retry: {attempts: 2}}
      - {shell: "false", retry: false, continue_on_error: true}
    """,
    )

    tries = [event.path for event in ran.of(StepStarted)]
    assert [tries.count(path) for path in ("0", "1", "2")] == [4, 2, 1]
    assert set(ran.steps().values()) == {"tolerated"}


@rule("6.5 late")
async def test_numbers_of_a_retry_may_be_references(lab):
    ran = await run(
        lab,
        """
    vars: {tries: 3, pause: 10ms}
    steps: [{shell: "false", retry: {attempts: "${tries}", initial_delay: "${pause}", on_failure: continue}}]
    """,
    )

    assert len(ran.of(StepStarted)) == 3


@rule("6.6 jitter")
async def test_jitter_varies_the_delays_of_a_run(lab):
    ran = await lab.run(
        "- {shell: 'false', retry: {attempts: 6, backoff: fixed, delay: 100s, max_delay: none, jitter: true}}\n",
        clock=HurriedClock(20_000),
    )

    said = [line for line in ran.log("phases/steps").splitlines() if line.startswith("retry ")]
    delays = [float(line.split()[3]) for line in said]
    assert len(set(delays)) == 5
    assert all(70 <= delay <= 130 for delay in delays)


@rule("4.4 points")
async def test_captures_are_set_by_every_execution_and_the_last_one_counts(lab):
    ran = await run(
        lab,
        """
    - {shell: 'echo "try $PRODIGY_ATTEMPT"; test "$PRODIGY_ATTEMPT" = 3', capture: text, output_file: out.txt, retry: 3}
    - cat out.txt; echo ${text} ${last.output} ${text.success}
    """,
    )

    assert ran.said()["1"] == "try 3\ntry 3 try 3 true"


async def test_retries_of_parallel_agents_do_not_wait_for_each_other(lab):
    clock = FakeClock()
    text = """
    map:
      input: [a, b]
      max_parallel: 2
      agent_template: [{shell: "test -e ok || { touch ok; false; }", retry: {initial_delay: 30s}}]
    """
    async with lab.live(text, clock=clock) as live:
        await live.until(lambda state: sum(entry.due is not None for entry in state.items.values()) == 2)
        await clock.advance(30)
        await asyncio.sleep(0)

    assert set(lab.ran(live).statuses().values()) == {"success"}


async def test_a_killed_wait_leaves_nothing_behind(lab):
    async with lab.live("- {shell: 'false', retry: {initial_delay: 1h, max_delay: none}}\n", clock=FakeClock()) as live:
        await live.until(waits)
        live.session.send(SignalReceived(signal="kill"))
        await live.until(lambda state: state.ended_at is not None)

    assert [event for event in lab.ran(live).of(StepFinished) if event.path == "0"] == []
