"""Notifications of whole runs (language 17): real commands, a real web server, and no effect on the run."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from prodigy_tui.events.schema import BudgetRaised, WarningRaised
from prodigy_tui.git.run import GitFailed
from tests.support.clock import HurriedClock
from tests.support.engine import retry
from tests.support.published import check_documents
from tests.support.rules import rule
from tests.support.web import web_server

STEPS = """
    steps:
      - shell: echo hi
"""


def noted(lab: Any) -> list[str]:
    """The events that the command of `TELL` has noted."""
    file: Path = lab.outside / "told"
    return file.read_text().splitlines() if file.exists() else []


def documents(lab: Any) -> list[dict[str, Any]]:
    """What it got on its standard input."""
    return check_documents([json.loads(line) for line in (lab.outside / "documents").read_text().splitlines()])


def telling(*events: str, more: str = "", command: str = "") -> str:
    text = command or "echo $PRODIGY_EVENT >> $OUTSIDE/told; cat >> $OUTSIDE/documents"
    return f"""
    notify:
      - on: [{", ".join(events)}]
        timeout: 1h
        shell: {text}
{more}"""


EVERYTHING = (
    *("run_started", "run_finished", "run_failed", "needs_input", "canary_ready", "item_failed", "quota"),
    *("budget", "merged"),
)


@rule("17 runs: shell")
async def test_a_command_gets_the_event_as_a_name_and_as_json(lab):
    ran = await lab.run(telling(*EVERYTHING) + STEPS)

    assert noted(lab) == ["run_started", "run_finished"]
    first, last = documents(lab)
    assert {name: first[name] for name in ("schema", "event", "run_id", "workflow", "item", "gate", "status")} == {
        "schema": "prodigy-tui/notification/1",
        "event": "run_started",
        "run_id": ran.state.run_id,
        "workflow": "work",
        "item": None,
        "gate": None,
        "status": "running",
    }
    assert (last["status"], last["exit_code"], last["message"]) == ("succeeded", 0, "work: finished")
    assert ran.state.warnings == type(ran.state.warnings)()


@rule("17 runs: once")
async def test_each_turn_is_told_once_and_a_resumed_run_tells_nothing_of_the_past(lab):
    text = (
        telling(*EVERYTHING)
        + """
    map:
      input: [a, b]
      max_parallel: 1
      agent_template:
        - shell: "test -e $OUTSIDE/well || test ${item} = a"
    """
    )
    ran = await lab.run(text)
    first = noted(lab)
    (lab.outside / "well").touch()
    again = await lab.reopen(ran, *retry(*(i for i, s in ran.statuses().items() if s == "dead")), merge="yes")

    assert first == ["run_started", "item_failed", "run_failed"]
    assert again.state.status == "succeeded"
    assert noted(lab)[3:] == ["run_finished"]
    failed = documents(lab)[1]
    assert (failed["item"]["label"], failed["item"]["status"]) == ("b", "dead")
    assert failed["item"]["error"] == "exit code 1"


@rule("17 runs: merged", "17 runs: needs_input")
async def test_a_question_that_an_option_answers_needs_nobody_and_a_landing_is_told(lab):
    landed = await lab.run(
        telling(*EVERYTHING) + "\n    steps: [{shell: 'git commit -q --allow-empty -m x'}]\n", merge="yes"
    )

    assert landed.state.status == "succeeded"
    assert noted(lab) == ["run_started", "merged", "run_finished"]


@rule("17 runs: needs_input")
async def test_a_question_is_told_to_whoever_can_answer_it(lab):
    text = telling("needs_input", "merged") + "\n    steps: [{shell: 'git commit -q --allow-empty -m x'}]\n"
    async with lab.live(text, merge="ask", interactive=True) as live:
        await live.until(lambda state: state.gate is not None)
        await live.until_file(lab.outside / "documents")
        live.send("answer", answer="approve")
    lab.ran(live)

    assert noted(lab) == ["needs_input", "merged"]
    assert documents(lab)[0]["gate"]["options"] == ["approve", "later"]


@rule("17 runs: quota")
async def test_a_limit_is_told_once_until_the_provider_has_worked_again(lab):
    text = (
        telling("quota")
        + """
    steps:
      - agent: {prompt: x, provider: scripted, options: {script: [{match: "", do: [
          {limit: 10s}, {limit: 10s}, {usage: {input_tokens: 1}}, {limit: 10s}, {say: ok}]}]}}
    """
    )
    ran = await lab.run(text, clock=HurriedClock(50))

    assert ran.state.status == "succeeded"
    assert noted(lab) == ["quota", "quota"]
    assert "scripted waits until" in documents(lab)[0]["message"]


@rule("17 runs: budget news")
async def test_a_budget_that_is_reached_is_told(lab):
    spend = "{usage: {input_tokens: 1, usd: 0.95}}, {say: ok}"
    agent = f'{{agent: {{prompt: x, provider: scripted, options: {{script: [{{match: "", do: [{spend}]}}]}}}}}}'
    text = telling("budget", "run_failed", "needs_input") + f"\n    budget: {{usd: 1}}\n    steps: [{agent}, {agent}]\n"
    ran = await lab.run(text)
    stopped = noted(lab)
    await lab.reopen(ran, raised=BudgetRaised(usd=5.0))

    assert stopped == ["budget", "run_failed"]
    assert noted(lab) == stopped
    assert documents(lab)[0]["message"].startswith("work: budget: 0.95 of 1.00 USD reserved")


@rule("17 runs: when", "17 runs: texts")
async def test_a_rule_speaks_of_the_run_and_may_have_a_condition(lab):
    text = """
    vars: {who: ops}
    notify:
      - on: item_failed
        when: "map.failed > 1"
        shell: "echo ${who} ${map.failed} of ${map.total} ${map.failures[0].item.name} >> $OUTSIDE/told"
      - {on: run_failed, when: false, shell: "echo no >> $OUTSIDE/told"}
    map:
      input: [{id: 1, name: "a; touch evil", grave: true}, {id: 2, name: b, grave: false}]
      max_parallel: 1
      agent_template: [{shell: "false"}]
    """
    await lab.run(text)

    assert noted(lab) == ["ops 2 of 2 a; touch evil"]


@rule("17 runs: webhook")
async def test_a_webhook_gets_the_document(lab):
    with web_server() as web:
        ran = await lab.run(f'''
    notify: [{{on: [run_finished, run_failed], webhook: "{web.url}/hook?run=${{run.id}}"}}]
{STEPS}''')

    assert [document["event"] for document in web.received] == ["run_finished"]
    assert web.requests == [("POST", f"/hook?run={ran.state.run_id}", "application/json")]
    assert ran.state.warning_count == 0


@pytest.mark.parametrize(
    ("prepare", "why"),
    [
        pytest.param({"status": 500}, "http://127.0.0.1 answered 500", id="refused"),
        pytest.param(
            {"status": 302, "location": "file:///etc/passwd"}, "http://127.0.0.1 answered 302", id="to a file"
        ),
        pytest.param({"status": 307, "location": "/elsewhere"}, "http://127.0.0.1 answered 307", id="redirected"),
    ],
)
@rule("17 runs: webhook", "17 runs: no effect")
async def test_a_webhook_that_is_not_taken_is_one_warning(lab, prepare, why):
    with web_server() as web:
        for name, value in prepare.items():
            setattr(web, name, value)
        ran = await lab.run(f"    notify: [{{on: [run_started, run_finished], webhook: '{web.url}/secret'}}]\n{STEPS}")

    assert [event.message for event in ran.of(WarningRaised)] == [f"notify[0]: {why}"]
    assert len(web.received) == 2
    assert [request[0] for request in web.requests] == ["POST", "POST"]
    assert (ran.state.status, ran.state.exit_code) == ("succeeded", 0)


@rule("17 runs: timeout", "17 runs: no effect")
async def test_a_silent_server_holds_the_end_up_for_its_time_only(lab):
    with web_server() as web:
        web.silent.clear()
        ran = await lab.run(
            f"    notify: [{{on: run_finished, webhook: '{web.url}', timeout: 20s}}]\n{STEPS}", clock=HurriedClock(50)
        )

    assert [event.message for event in ran.of(WarningRaised)] == [
        "notify[0]: http://127.0.0.1 did not answer within 20 s"
    ]
    assert ran.state.exit_code == 0


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("file:///etc/passwd", "the address begins with 'file:', not with http: or https:"),
        ("ftp://host/x", "the address begins with 'ftp:', not with http: or https:"),
        ("http:///x", "the address has no host"),
        ("http://127.0.0.1:1/x?token=abc", "http://127.0.0.1 was not reached: [Errno 111] Connection refused"),
    ],
)
@rule("17 runs: webhook")
async def test_only_web_addresses_are_used_and_no_more_than_the_host_is_said(lab, address, why):
    ran = await lab.run(f"    notify: [{{on: run_started, webhook: '{address}'}}]\n{STEPS}")

    assert [event.message for event in ran.of(WarningRaised)] == [f"notify[0]: {why}"]


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ("echo oh no >&2; exit 3", "oh no"),
        ("exit 3", "exit code 3"),
        ('echo "${ARG_7}"', "PT301: 'ARG_7' has no value"),
    ],
)
@rule("17 runs: no effect")
async def test_a_command_that_fails_is_one_warning(lab, command, why):
    text = f"""
    notify:
      - on: [run_started, run_finished]
        shell: {json.dumps(command)}
{STEPS}"""
    ran = await lab.run(text)

    (warned,) = ran.of(WarningRaised)
    assert warned.message.startswith("notify[0]: ")
    assert why in warned.message
    assert (ran.state.status, ran.state.exit_code) == ("succeeded", 0)


@rule("17 runs: timeout", "17 runs: no effect")
async def test_a_command_that_does_not_end_is_ended(lab):
    text = f"    notify: [{{on: run_started, shell: sleep 1000, timeout: 20s}}]\n{STEPS}"
    ran = await lab.run(text, clock=HurriedClock(50))

    assert [event.message for event in ran.of(WarningRaised)] == ["notify[0]: timed out after 20 s"]
    assert ran.state.exit_code == 0


@rule("17 runs: masked")
async def test_secrets_do_not_leave(lab):
    lab.environ["TOKEN_OF_OURS"] = "wonderful-secret-7"
    text = (
        telling("item_failed")
        + """
    secrets: {KEY: TOKEN_OF_OURS}
    map:
      input: [a]
      agent_template: [{shell: "echo it is $KEY >&2; exit 1"}]
    """
    )
    await lab.run(text)

    (document,) = documents(lab)
    assert document["item"]["error"] == "it is ***"
    assert "wonderful" not in json.dumps(document)


@rule("17 runs: bell")
async def test_the_bell_rings(lab):
    await lab.run(f"    notify: [{{on: [run_started, run_finished, merged], bell: true}}]\n{STEPS}")

    assert lab.rings == 2


@pytest.mark.parametrize("program", ["notify-send", "osascript"])
@rule("17 runs: desktop")
async def test_the_desktop_shows_it_where_there_is_a_program_for_it(lab, program):
    place = lab.folder / "programs"
    place.mkdir()
    for name in ("sh", "git", "printf", "env"):
        (place / name).symlink_to(shutil.which(name))
    tool = place / program
    tool.write_text('#!/bin/sh\nprintf "%s\\n" "$@" > "$OUTSIDE/shown"\n')
    tool.chmod(0o755)
    lab.environ["PATH"] = str(place)
    await lab.run("    name: a <b>\n    notify: [{on: run_finished, desktop: true}]\n    steps: [{shell: ':'}]\n")

    shown = (lab.outside / "shown").read_text().splitlines()
    escaped = "a &lt;b&gt;: finished" if program == "notify-send" else "a <b>: finished"
    assert shown[-2:] == ["prodigy-tui: a <b>", escaped]


@rule("17 runs: desktop")
async def test_without_such_a_program_nothing_happens(lab):
    lab.environ["PATH"] = ":".join(
        path for path in lab.environ["PATH"].split(":") if not (Path(path) / "notify-send").exists()
    )
    ran = await lab.run(f"    notify: [{{on: run_finished, desktop: true}}]\n{STEPS}")

    assert ran.state.warning_count == 0


async def test_a_failing_clean_up_at_the_end_of_a_session_keeps_no_message_back(lab, monkeypatch):
    async def fails(_run):
        (lab.outside / "failed").touch()
        raise GitFailed("no room for that")

    monkeypatch.setattr("prodigy_tui.engine.session.clean_up", fails)
    wait = "while ! test -e $OUTSIDE/failed; do sleep 0.02; done; echo it >> $OUTSIDE/told"
    with pytest.raises(GitFailed):
        async with lab.live(telling("run_finished", command=f"'{wait}'") + STEPS) as live:
            await live.until(lambda state: state.ended_at is not None)
            live.session._is_untidy = True  # somebody has discarded something since

    assert noted(lab) == ["it"]
