"""Canaries and suspects in whole runs: what runs first, who is asked, what an answer or nobody means (13.8, 13.9)."""

import pytest

from prodigy_tui.events.schema import (
    AgentMessage,
    AgentStarted,
    CanaryJudged,
    GateAnswered,
    GateOpened,
    SignalReceived,
    StopDecided,
)
from tests.support.engine import Lab
from tests.support.rules import rule

COMMIT = "git add --all && git commit -qm 'item ${item}'"
WRITE = f'    - "echo ${{item}} > ${{item}}.txt; {COMMIT}"\n'


def a_map(canary: str, *, steps: str = WRITE, items: str = "[a, b, c, d]", more: str = "") -> str:
    return f"map:\n  input: {items}\n  max_parallel: 4\n{canary}  agent_template:\n{steps}\n{more}"


def answer(gate: str, said: str, note: str = "") -> SignalReceived:
    return SignalReceived(signal="answer", gate=gate, answer=said, note=note)


@rule("13.8 runs: first", "13.8 runs: auto gate")
async def test_the_canary_runs_and_merges_first(lab: Lab):
    ran = await lab.run(a_map("  canary: {count: 2, gate: auto}\n"))

    assert set(ran.statuses().values()) == {"success"}
    judged = next(n for n, one in enumerate(ran.envelopes) if isinstance(one.event, CanaryJudged))
    before = [one.event.item_id for one in ran.envelopes[:judged] if isinstance(one.event, AgentStarted)]
    assert before == ran.state.order[:2] or before == list(ran.state.order[:2])
    later = [one.event.base for one in ran.envelopes[judged:] if isinstance(one.event, AgentStarted)]
    assert all(ran.files(base).keys() >= {"a.txt", "b.txt"} for base in later)


@rule("13.8 runs: approve")
async def test_a_person_lets_the_rest_start(lab):
    async with lab.live(a_map("  canary: 1\n"), interactive=True) as live:
        await live.until(lambda state: "canary" in state.gates)
        gate = live.state.gates["canary"]
        assert gate.question == "1 of 1 canary items succeeded. Start the other 3?"
        assert (gate.options, gate.commits, gate.files, gate.insertions) == (("approve", "deny"), 2, 1, 1)
        assert live.state.status == "waiting"
        live.send("answer", gate="canary", answer="approve")
    ran = lab.ran(live)

    assert set(ran.statuses().values()) == {"success"}
    assert ran.state.canary.message == "cli answered approve"


@rule("13.8 runs: denied")
async def test_a_denied_canary_stops_the_run_and_a_resumed_one_asks_again(lab):
    async with lab.live(a_map("  canary: 1\n"), interactive=True) as live:
        await live.until(lambda state: "canary" in state.gates)
        live.send("answer", gate="canary", answer="deny", note="not yet")
    ran = lab.ran(live)

    assert (ran.state.status, ran.state.exit_code, ran.state.code) == ("stopped", 1, "PT650")
    assert list(ran.statuses().values()) == ["success", "pending", "pending", "pending"]
    assert "reduce" not in ran.state.phases
    again = await lab.reopen(ran, answer("canary", "approve"))
    assert again.state.exit_code == 3, "the answer came before the question"
    last = await lab.reopen(again, answer("canary", "approve"))
    assert set(last.statuses().values()) == {"success"}


@rule("13.8 runs: yes")
@pytest.mark.parametrize(("least", "exit_code"), [("50%", 0), ("100%", 1)])
async def test_yes_agrees_only_when_enough_items_succeeded(lab, least, exit_code):
    steps = '    - "test ${item} != b"'
    text = a_map(f"  canary: {{count: 2, min_success: {least}}}\n", steps=steps, items="[a, b, c]")
    ran = await lab.run(text + "on_item_failure: skip\n", yes=True)

    assert ran.state.exit_code == exit_code
    assert [event.by for event in ran.of(GateAnswered)] == (["option"] if exit_code == 0 else [])
    if exit_code:
        assert (ran.state.status, ran.state.code) == ("stopped", "PT620")
        assert ran.state.message == "stopped by the canary: 1 of 2 canary items succeeded, 100% of them are needed"


@rule("13.8 runs: below")
async def test_a_person_decides_even_where_too_few_succeeded(lab):
    text = a_map("  canary: 1\n", steps='    - "test ${item} != a"', items="[a, b]")
    async with lab.live(text, interactive=True) as live:
        await live.until(lambda state: "canary" in state.gates)
        assert "a: exit code 1" in live.state.gates["canary"].detail
        live.send("answer", gate="canary", answer="approve")
    ran = lab.ran(live)

    assert list(ran.statuses().values()) == ["dead", "success"]


@rule("13.8 runs: steps")
@pytest.mark.parametrize(("check", "status"), [("test -e a.txt", "succeeded"), ("test -e nothing", "stopped")])
async def test_steps_of_the_gate_look_at_what_the_canary_made(lab, check, status):
    ran = await lab.run(a_map(f"  canary: {{count: 1, gate: {{steps: ['{check}']}}}}\n"))

    assert ran.state.status == status
    if status == "stopped":
        assert "step 'test -e nothing' failed" in ran.state.message
        assert list(ran.statuses().values()) == ["success", "pending", "pending", "pending"]


@rule("13.8 runs: all")
@pytest.mark.parametrize("canary", ["canary: 4", "canary: 9", "canary: {percent: 100%}"])
async def test_a_canary_of_all_items_has_no_gate(lab, canary):
    ran = await lab.run(a_map(f"  {canary}\n"))

    assert ran.state.status == "succeeded"
    assert ran.of(CanaryJudged) == []


@rule("13.8 runs: option")
async def test_the_option_replaces_the_number_of_the_workflow(lab):
    ran = await lab.run(a_map("  canary: {count: 3, gate: auto}\n"), canary=1)
    other = await lab.run(a_map(""), canary=2)

    assert ran.state.canary.count == 1
    assert (other.state.status, other.state.exit_code) == ("waiting", 3)


@rule("13.8 runs: question")
async def test_the_question_is_a_text_with_references(lab):
    ran = await lab.run(a_map("  canary: {count: 1, question: 'Go on after ${map.successful}?'}\n"))

    (gate,) = ran.of(GateOpened)
    assert gate.question == "Go on after 1?"


@rule("13.9 runs: nobody", "5.8 runs: nobody")
async def test_without_anybody_the_run_ends_waiting_and_an_answer_at_rest_counts(lab):
    ran = await lab.run(a_map("  canary: 1\n"))

    assert (ran.state.status, ran.state.exit_code) == ("waiting", 3)
    assert [event.exit_code for event in ran.of(StopDecided)] == [3]
    assert list(ran.state.gates) == ["canary"]
    again = await lab.reopen(ran, answer("canary", "approve"))
    assert again.state.status == "succeeded"
    assert set(again.statuses().values()) == {"success"}


SUSPECT = a_map("  paths: ['ok/**']\n", steps=f'    - "mkdir ok; echo 1 > ${{item}}; {COMMIT}"\n', items="[ok/a, bad]")


@rule("13.9 runs: decision")
async def test_a_suspect_waits_for_a_decision_and_the_rest_goes_on(lab):
    ran = await lab.run(SUSPECT, yes=True)

    assert list(ran.statuses().values()) == ["success", "suspect"]
    assert (ran.state.status, ran.state.exit_code) == ("waiting", 3)
    (gate,) = ran.state.gates.values()
    assert (gate.kind, gate.options) == ("suspect", ("accept", "reject", "again"))
    again = await lab.reopen(ran)
    assert again.state.exit_code == 3, "it is still asked"


@rule("13.9 runs: accept")
async def test_an_accepted_suspect_is_merged(lab):
    ran = await lab.run(SUSPECT)
    (gate,) = ran.state.gates
    again = await lab.reopen(ran, answer(gate, "accept"))

    assert set(again.statuses().values()) == {"success"}
    assert again.files().keys() >= {"ok/a", "bad"}
    assert (again.state.status, again.state.exit_code) == ("succeeded", 0)


@rule("13.9 runs: reject")
async def test_commits_that_change_nothing_are_suspect_and_may_be_rejected(lab):
    empty = "    - \"git commit -q --allow-empty -m 'nothing for ${item}'\"\n"
    ran = await lab.run(a_map("", steps=empty, items="[a]"))
    (gate,) = ran.state.gates
    again = await lab.reopen(ran, answer(gate, "reject"))

    (entry,) = again.state.items.values()
    assert (entry.status, entry.failure.code, entry.eligible) == ("dead", "PT650", False)


@rule("13.9 runs: reject")
async def test_a_rejected_suspect_is_a_failed_item_that_needs_a_look(lab):
    ran = await lab.run(SUSPECT + "error_policy: {on_item_failure: retry}\n")
    (gate,) = ran.state.gates
    again = await lab.reopen(ran, answer(gate, "reject", "no such files"))

    bad = again.state.items[again.state.order[1]]
    assert (bad.status, bad.eligible, bad.attempt) == ("dead", False, 1)
    assert (bad.failure.kind, bad.failure.code) == ("denied", "PT613")
    assert bad.failure.message == "rejected by cli: no such files"
    assert "bad" not in again.files()
    assert (again.state.status, again.state.exit_code) == ("failed", 1)


OUTSIDE = """
    - agent:
        prompt: write
        provider: scripted
        options: {script: [
          {match: "only below ok", do: [{write: {path: ok/more, content: "2"}}, {commit: more}, {say: more}]},
          {match: "", do: [{write: {path: bad, content: "1"}}, {commit: bad}, {say: done}]}]}
"""


@rule("13.9 runs: again")
async def test_a_suspect_that_is_sent_back_goes_on_from_its_files_and_is_told_the_note(lab):
    ran = await lab.run(a_map("  paths: ['ok/**']\n", steps=OUTSIDE, items="[bad]"))
    (gate,) = ran.state.gates
    again = await lab.reopen(ran, answer(gate, "again", "only below ok, please"))

    (item,) = again.state.items.values()
    assert (item.status, item.attempt, item.failures) == ("suspect", 2, 0), "it is asked about anew"
    assert item.files == ("bad", "ok/more")
    told = [event for event in again.of(AgentMessage) if event.kind == "told"]
    assert [(event.attempt, event.text) for event in told] == [(2, "only below ok, please")]
