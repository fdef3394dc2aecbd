"""`wait` and `approve` at work (language 5.8)."""

# ruff: noqa: E501 - the workflows are the tests

import pytest

from prodigy_tui.events.schema import GateAnswered, GateOpened, SignalReceived
from tests.support.clock import FakeClock
from tests.support.rules import rule


@rule("5.8 runs wait")
async def test_waiting_for_a_time(lab):
    clock = FakeClock(autojump=True)
    ran = await lab.run("""- wait: 1h\n- wait: {secs: 1}\n""", clock=clock)

    assert ran.state.status == "succeeded"
    assert clock.monotonic() >= 3601
    assert [event.duration_s for event in ran.of(type(ran.envelopes[0].event)) if hasattr(event, "duration_s")] == []
    assert ran.state.phases["steps"].steps["0"].result.duration_s == 3600


@rule("5.8 runs wait shell")
async def test_waiting_until_a_command_succeeds(lab):
    ran = await lab.run("""
    - {shell: "echo 3", capture: n}
    - wait: {shell: 'echo x >> $OUTSIDE/tries; test "$(wc -l < $OUTSIDE/tries)" -ge ${n}; echo "try $?"; test "$(wc -l < $OUTSIDE/tries)" -ge ${n}', every: 0.05s, timeout: 20s}
      capture: said
    - echo ${said}
    """)

    assert ran.said()["2"] == "try 0"
    assert (lab.outside / "tries").read_text() == "x\nx\nx\n"


@rule("5.8 runs wait shell")
async def test_waiting_too_long_is_a_timeout(lab):
    ran = await lab.run("""
    - wait: {shell: "sleep 0.1; echo not yet; exit 1", every: 0.1s, timeout: 0.6s}
      on_failure: {shell: "echo ${error.kind} ${error.exit_code}", fail_workflow: true}
    - {wait: 60s, timeout: 0.2s}
    """)

    assert ran.said()["0"] == "timeout 124"
    assert ran.state.phases["steps"].steps["1"].failure.kind == "timeout"


@rule("5.8 runs wait shell")
async def test_the_command_of_a_wait_may_be_silent(lab):
    ran = await lab.run("- {wait: {shell: sleep 0.6}, idle_timeout: 0.2s}\n")

    assert ran.state.status == "succeeded", ran.state.message


@rule("5.8 runs answer", "5.8 runs variables")
async def test_a_persons_answer(lab):
    async with lab.live(
        """
        - {shell: "echo v2", capture: version}
        - approve: {question: "Deploy ${version}?", options: [now, later, deny], show: files}
          id: gate
        - echo ${approve.answer} ${approve.note} ${gate.output} ${last.output}
        """,
        interactive=True,
    ) as live:
        await live.until(lambda state: len(state.gates) == 1)
        (gate,) = live.state.gates.values()
        assert (gate.question, gate.options, gate.show) == ("Deploy v2?", ("now", "later", "deny"), "files")
        live.send("answer", gate=gate.gate, answer="later", note="it's night; $(touch PWNED)")
    ran = lab.ran(live)

    assert ran.said()["2"] == "later it's night; $(touch PWNED) later later", ran.state.message


@rule("5.8 runs deny")
async def test_deny_fails_and_is_not_repeated(lab):
    async with lab.live(
        """
        - {approve: "Go on?", retry: {attempts: 3, initial_delay: 0s}, on_failure: {shell: "echo ${error.kind}", fail_workflow: true, strategy: cleanup}}
        """,
        interactive=True,
    ) as live:
        await live.until(lambda state: len(state.gates) == 1)
        live.send("answer", gate=next(iter(live.state.gates)), answer="deny", note="no")
    ran = lab.ran(live)

    failure = ran.state.phases["steps"].steps["0"].failure
    assert (failure.kind, failure.code) == ("denied", "PT650")
    assert failure.message.endswith(": no")
    assert len(ran.of(GateOpened)) == 1


@rule("5.8 runs yes")
@pytest.mark.parametrize(
    ("options", "answer"), [("", "approve"), (", options: [b, a]", "b"), (", options: [b, a], default: a", "a")]
)
async def test_under_yes_the_default_is_the_answer(lab, options, answer):
    ran = await lab.run(
        f"""
    - approve: {{question: "Go on?"{options}}}
    - echo ${{approve.answer}}
    """,
        yes=True,
    )

    assert ran.said()["1"] == answer


@rule("5.8 runs timeout")
@pytest.mark.parametrize(("on_timeout", "status"), [("deny", "failed"), ("approve", "ok")])
async def test_nobody_answers_in_time(lab, on_timeout, status):
    clock = FakeClock(autojump=True)
    ran = await lab.run(
        f"""
    - {{approve: {{question: "Go on?", timeout: 2h, on_timeout: {on_timeout}}}, timeout: 1s}}
    """,
        clock=clock,
    )

    assert ran.steps()["0"] == status, ran.state.message
    assert clock.monotonic() >= 7200, "the limit of the step does not count what a person takes"


@rule("5.8 runs headless")
async def test_nobody_there_stops_the_run_and_a_resume_asks_again(lab):
    ran = await lab.run("""
    - echo x >> $OUTSIDE/ran
    - approve: "Go on?"
    - echo ${approve.answer}
    """)
    assert ran.state.exit_code == 3, ran.state.message

    (gate,) = {event.gate for event in ran.of(GateOpened)}
    again = await lab.reopen(ran, SignalReceived(signal="answer", gate=gate, answer="approve"))

    assert again.state.exit_code == 3 or again.said()["2"] == "approve"
    assert (lab.outside / "ran").read_text() == "x\n"


@rule("5.8 runs agents")
async def test_agents_give_their_place_back_while_they_wait(lab):
    async with lab.live(
        """
        map:
          input: [a, b]
          max_parallel: 1
          agent_template:
            - {approve: "Go on with ${item}?", when: "item == 'a'"}
            - touch $OUTSIDE/${item}
        """,
        interactive=True,
    ) as live:
        await live.until(lambda state: state.counts.success == 1)
        assert (lab.outside / "b").exists() and not (lab.outside / "a").exists()
        live.send("answer", gate=next(iter(live.state.gates)), answer="approve")
    ran = lab.ran(live)

    assert ran.state.counts.success == 2
    assert len(ran.of(GateAnswered)) >= 1
