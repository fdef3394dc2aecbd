"""Whoever steers a run steers what it has called: questions, signals, limits, budget (language 15.5)."""

# ruff: noqa: E501 - the workflows are the tests

import pytest

from prodigy_tui.clock import SystemClock
from prodigy_tui.engine.session import RunSession
from prodigy_tui.engine.signals import record_at_rest
from prodigy_tui.errors import ProdigyError
from prodigy_tui.events.schema import BudgetRaised, GateOpened, SignalReceived
from tests.engine.called_runs import called, nothing_left_of
from tests.support.engine import processes_of
from tests.support.rules import rule


class LogUnwritable(ProdigyError):
    """What the log of a run may say."""


ASKING = """
workflows:
  fan:
    map:
      input: [a, b]
      agent_template:
        - {approve: {question: "Go on with ${item}?", options: [yes, no]}, when: "${item} == 'a'", capture: asked}
        - {shell: "echo ${asked:-none} > ${item}.txt; git add .; git commit -qm ${item}"}
steps: [{workflow: fan}, "cat a.txt b.txt"]
"""


@rule("15.5 map gates")
@pytest.mark.parametrize("directly", [False, True], ids=["in the caller", "in the called run"])
async def test_a_question_of_the_called_run_is_one_of_the_caller(lab, directly):
    async with lab.live(ASKING, interactive=True) as live:
        await live.until(lambda state: len(state.gates) > 0)
        (gate,) = live.state.gates.values()
        assert gate.question == "fan: Go on with a?"
        session = live.session.called(f"{live.state.run_id}.1")
        if directly:
            (inner,) = session.state.gates
            session.send(SignalReceived(signal="answer", gate=inner, answer="yes"))
        else:
            live.send("answer", gate=gate.gate, answer="yes")
    ran = lab.ran(live)

    assert ran.said()["1"] == "yes\nnone", ran.state.message
    assert not ran.state.gates and not ran.state.answers


@rule("15.5 map gates unattended")
async def test_where_nobody_answers_the_rest_is_done_and_the_run_waits_for_the_answer(lab):
    ran = await lab.run(ASKING)

    assert (ran.state.status, ran.state.exit_code) == ("waiting", 3)
    assert "fan: Go on with a?" in ran.state.message
    assert [entry.status for entry in called(ran).items.values()].count("success") == 1
    (name,) = (event.gate for event in ran.of(GateOpened))
    answer = SignalReceived(signal="answer", gate=name, answer="no")
    await record_at_rest(ran.folder, lambda _: answer, clock=SystemClock())
    again = await lab.reopen(ran)

    assert again.state.status == "succeeded", again.state.message
    assert again.said()["1"] == "no\nnone"


@rule("15.5 map yes")
async def test_minus_y_answers_in_the_called_run_too(lab):
    ran = await lab.run(ASKING, yes=True)

    assert ran.said()["1"] == "yes\nnone", ran.state.message


SLOW = """
workflows:
  fan:
    map:
      input: [a, b, c]
      max_parallel: 1
      agent_template:
        - 'echo x >> $OUTSIDE/began; touch $OUTSIDE/began-${item}; while ! test -e $OUTSIDE/go-${item}; do sleep 0.05; done; echo x > ${item}.txt; git add .; git commit -qm ${item}'
steps: [{workflow: fan}, "ls a.txt b.txt c.txt"]
"""


@rule("15.5 map signals")
@pytest.mark.parametrize("signal", ["stop", "kill", "drain"])
async def test_what_stops_the_caller_stops_the_called_run_and_both_go_on_together(lab, signal):
    async with lab.live(SLOW) as live:
        await live.until_file(lab.outside / "began-a")
        live.send(signal)
        if signal == "drain":
            (lab.outside / "go-a").touch()
    ran = lab.ran(live)
    expected = "stopped" if signal == "drain" else "interrupted"

    assert (ran.state.status, called(ran).status) == (expected if signal != "drain" else ran.state.status, expected)
    assert ran.state.status in ("interrupted", "stopped")
    assert processes_of(f"{ran.state.run_id}.1") == []
    for item in "abc":
        (lab.outside / f"go-{item}").touch()
    again = await lab.reopen(ran)

    assert again.state.status == "succeeded", again.state.message
    assert len(again.state.calls) == 1
    assert len((lab.outside / "began").read_text().split()) == (3 if signal == "drain" else 4)


@rule("15.5 map pause")
async def test_a_pause_holds_the_called_run_too(lab):
    async with lab.live(SLOW) as live:
        await live.until_file(lab.outside / "began-a")
        session = live.session.called(f"{live.state.run_id}.1")
        live.send("pause")
        await live.until(lambda state: state.paused)
        assert session.state.paused
        (lab.outside / "go-a").touch()
        live.send("resume")
        await live.until_file(lab.outside / "began-b")
        for item in "bc":
            (lab.outside / f"go-{item}").touch()
    assert lab.ran(live).state.status == "succeeded"


@rule("15.5 map stopped")
async def test_a_called_run_that_a_person_stops_stops_its_caller(lab):
    async with lab.live(SLOW) as live:
        await live.until_file(lab.outside / "began-a")
        live.session.called(f"{live.state.run_id}.1").send(SignalReceived(signal="stop"))
    ran = lab.ran(live)

    assert (ran.state.status, ran.state.exit_code) == ("stopped", 1)
    assert "was stopped: stop asked by cli" in ran.state.message


@rule("15.5 map limits")
@pytest.mark.parametrize("where", ["call", "step", "workflow"])
async def test_limits_end_the_called_run_and_all_its_processes(lab, where):
    call = {
        "call": "{workflow: {source: fan, timeout: 1}}",
        "step": "{workflow: fan, timeout: 1}",
        "workflow": "{workflow: fan}",
    }[where]
    limit = "timeout: 1" if where == "workflow" else "timeout: 1h"
    ran = await lab.run(f"""
    workflows: {{fan: {{{limit}, map: {{input: [a], agent_template: [sleep 30]}}}}}}
    steps: [{call}]
    """)

    assert ran.state.phases["steps"].steps["0"].failure.kind == "timeout"
    assert called(ran).status == "interrupted"
    assert processes_of(f"{ran.state.run_id}.1") == []


PAID = """
workflows:
  fan:
    agent_defaults:
      provider: scripted
      options: {script: [{do: [{usage: {input_tokens: 60, output_tokens: 40, usd: 0.4}}, {say: done}]}]}
    budget: {usd: 0.1}
    map:
      input: [a, b, c, d]
      max_parallel: 1
      agent_template: [{agent: "do ${item}"}]
steps: [{workflow: fan}]
"""


@rule("15.5 map budget")
async def test_what_the_called_run_spends_counts_for_its_caller_whose_budget_ends_both(lab):
    ran = await lab.run(PAID, budget_usd=1.0)

    assert (ran.state.status, ran.state.exit_code, ran.state.code) == ("stopped", 4, "PT630")
    assert ran.state.usage == called(ran).usage
    assert 0.7 < ran.state.usage.usd < 1.3
    again = await lab.reopen(ran, raised=BudgetRaised(usd=10.0))

    assert again.state.status == "succeeded", again.state.message
    assert again.state.usage == called(again).usage
    assert again.state.usage.usd == pytest.approx(1.6)


@rule("15.5 map sub resume")
async def test_neighbours_that_were_stopped_go_on_in_their_worktrees(lab):
    text = """
    workflows:
      fan:
        parameters: {name: {type: string}}
        setup: ["echo set > ${name}0.txt; git add .; git commit -qm setup; echo x >> $OUTSIDE/set-up"]
        map:
          input: ["1", "2"]
          max_parallel: 1
          agent_template: ["touch $OUTSIDE/began-${name}${item}; while ! test -e $OUTSIDE/go-${item}; do sleep 0.05; done; echo x > ${name}${item}.txt; git add .; git commit -qm ${item}"]
        reduce: [{shell: "ls ${name}?.txt | wc -l", capture: count}]
    sub_workflows:
      - {name: two, source: fan, with: {name: t}, outputs: [count], parallel: true}
      - {name: three, source: fan, with: {name: h}, outputs: [count], parallel: true}
    steps: ["echo ${two.count} ${three.count} $(ls *.txt | wc -l)"]
    """
    (lab.outside / "go-1").touch()
    async with lab.live(text) as live:
        for name in "th":
            await live.until_file(lab.outside / f"began-{name}2")
        live.send("stop")
    ran = lab.ran(live)
    (lab.outside / "go-2").touch()
    again = await lab.reopen(ran)

    assert again.state.status == "succeeded", (again.state.message, again.log("phases/steps"))
    assert again.said()["0"] == "3 3 7"
    assert (lab.outside / "set-up").read_text() == "x\nx\n"
    assert len(again.state.calls) == 2
    assert nothing_left_of(again, 1)
    assert nothing_left_of(again, 2)


@rule("15.5 map gates unattended")
async def test_when_the_person_leaves_what_is_at_work_in_the_called_run_still_ends(lab):
    text = ASKING.replace(
        "echo ${asked:-none}", "while ! test -e $OUTSIDE/go; do sleep 0.05; done; echo ${asked:-none}"
    )
    async with lab.live(text, interactive=True) as live:
        await live.until(lambda state: len(state.gates) > 0)
        live.send("leave")
        await live.until(lambda state: not state.attended)
        session = live.session.called(f"{live.state.run_id}.1")
        assert session.state.counts.running == 1
        (lab.outside / "go").touch()
    ran = lab.ran(live)

    assert (ran.state.status, ran.state.exit_code) == ("waiting", 3)
    assert called(ran).counts.success == 1


@rule("15.5 map stopped")
async def test_a_neighbour_of_a_called_run_that_is_stopped_ends_what_it_has_begun(lab):
    text = """
    workflows:
      fan:
        parameters: {name: {type: string}}
        map:
          input: [1, 2]
          max_parallel: 1
          agent_template: ["touch $OUTSIDE/began-${name}${item}; while ! test -e $OUTSIDE/go-${name}; do sleep 0.05; done"]
    sub_workflows:
      - {name: two, source: fan, with: {name: t}, parallel: true}
      - {name: three, source: fan, with: {name: h}, parallel: true}
    steps: ["true"]
    """
    async with lab.live(text) as live:
        for name in "th":
            await live.until_file(lab.outside / f"began-{name}1")
        live.session.called(f"{live.state.run_id}.1").send(SignalReceived(signal="stop"))
        await live.until(lambda state: state.stop is not None)
        for name in "th":
            (lab.outside / f"go-{name}").touch()
    ran = lab.ran(live)

    assert (ran.state.status, called(ran, 1).status, called(ran, 2).status) == ("stopped", "interrupted", "stopped")
    assert called(ran, 2).counts.success == 1
    again = await lab.reopen(ran)
    assert again.state.status == "succeeded", again.state.message


async def test_an_answer_that_cannot_be_handed_down_ends_the_waiting_with_its_error(lab, monkeypatch):
    take = RunSession.take

    def fails(self, asked):
        if isinstance(asked, SignalReceived) and asked.signal == "answer":
            raise LogUnwritable("no more")
        take(self, asked)

    monkeypatch.setattr(RunSession, "take", fails)
    with pytest.raises(LogUnwritable, match="no more"):
        async with lab.live(ASKING, interactive=True) as live:
            await live.until(lambda state: len(state.gates) > 0)
            live.send("answer", gate=next(iter(live.state.gates)), answer="yes")

    assert processes_of(f"{live.state.run_id}.1") == []
