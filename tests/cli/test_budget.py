"""Budgets on the command line (cli 3, 4): limits of `run` and `resume`, exit code 4, and what may be done next."""

import sys
from io import StringIO

import pytest

from prodigy_tui.cli.bell import Bell
from tests.support.project import Project

SPENDING = """
    budget: {usd: 50, estimate: {usd: 0.5}}
    steps:
      - agent: {prompt: one, provider: scripted, options: {script: [{match: "", do: [
          {usage: {input_tokens: 10, output_tokens: 5, usd: 0.6}}, {say: ok}]}]}}
      - agent: {prompt: two, provider: scripted, options: {script: [{match: "", do: [
          {usage: {input_tokens: 10, output_tokens: 5, usd: 0.6}}, {say: ok}]}]}}
"""


def test_a_run_that_reaches_its_budget_exits_with_4_and_says_how_to_go_on(project: Project) -> None:
    stopped = project.call("run", project.workflow(SPENDING), "--budget-usd", "1", "--json")
    summary = stopped.json
    run_id = summary["run_id"]
    shown = project.call("runs", "show", run_id)
    (command,) = [command for command in summary["next"] if "resume" in command]
    again = project.call("resume", run_id, "--json")
    larger = project.call(*command.split()[1:], "--json")

    assert (stopped.code, summary["status"]) == (4, "stopped")
    assert summary["usage"] == {"input_tokens": 10, "output_tokens": 5, "usd": 0.6}
    assert summary["message"] == "budget: 0.60 of 1.00 USD reserved, the next step needs about 0.50 USD"
    assert command == f"prodigy-tui resume {run_id} --budget-usd 2"
    assert "10 tokens in, 5 out, 0.60 USD (budget 1.00 USD)" in shown.out
    assert again.code == 4
    assert (larger.code, larger.json["status"], larger.json["usage"]["usd"]) == (0, "succeeded", 1.2)


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--budget-usd", "nan", "needs an amount of money"),
        ("--budget-usd", "-1", "-1"),
        ("--budget-tokens", "1.5", "1.5"),
        ("--time-limit", "soon", "no length of time"),
        ("--time-limit", "0", "needs a time above 0"),
        ("--time-limit", "none", "needs a time above 0"),
    ],
)
def test_limits_that_cannot_be_used(project: Project, option: str, value: str, message: str) -> None:
    called = project.call("run", project.workflow(SPENDING), option, value)

    assert (called.code, project.runs()) == (2, [])
    assert message in called.err


def test_a_price_that_nobody_knows_prevents_the_start(project: Project) -> None:
    text = "- agent: {prompt: x, provider: scripted}\n- agent: {prompt: y, provider: codex}\n  when: 'false'\n"
    called = project.call("run", project.workflow(text), "--budget-usd", "1")

    assert called.code == 2
    assert "PT630: the price of the default model of codex is not known" in called.err
    assert project.runs() == []


class Screen(StringIO):
    def __init__(self, *, is_terminal: bool) -> None:
        super().__init__()
        self.is_terminal = is_terminal

    def isatty(self) -> bool:
        return self.is_terminal


@pytest.mark.parametrize(("is_terminal", "heard"), [(True, "\a"), (False, "")])
def test_the_bell_rings_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch, is_terminal: bool, heard: str) -> None:
    screen = Screen(is_terminal=is_terminal)
    monkeypatch.setattr(sys, "stderr", screen)

    Bell().ring()

    assert screen.getvalue() == heard


def test_the_interface_rings_while_it_is_there() -> None:
    rung: list[None] = []
    bell = Bell()
    bell.interface = lambda: rung.append(None)

    bell.ring()

    assert rung == [None]
