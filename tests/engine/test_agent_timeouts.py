"""Which limit holds for which step of the template, as a table (language 13.6)."""

import pytest

from prodigy_tui.engine.decisions.agent_timeouts import attempt_timeout, with_timeouts
from prodigy_tui.workflow.model import AgentCommand, AgentTimeouts, CommandTimeout, ShellCommand, Step
from tests.support.rules import rule


def shell(timeout: float | None = None) -> Step:
    return Step(command=ShellCommand(text="true"), label="true", timeout=timeout)


def claude(timeout: float | None = None) -> Step:
    return Step(command=AgentCommand(prompt="x", provider="claude", spelling="claude"), label="x", timeout=timeout)


def agent(provider: str) -> Step:
    return Step(command=AgentCommand(prompt="x", provider=provider, spelling="agent"), label="x")


def limits(**commands: float) -> tuple[CommandTimeout, ...]:
    found = []
    for name, seconds in commands.items():
        kind, _, number = name.rpartition("_")
        numbered = number.isdigit()
        found.append(
            CommandTimeout(kind=kind if numbered else name, number=int(number) if numbered else None, timeout=seconds)
        )
    return tuple(found)


@rule("13.6 runs: policies")
@pytest.mark.parametrize(("policy", "seconds"), [("per_agent", 60.0), ("hybrid", 60.0), ("per_command", None)])
def test_the_whole_attempt_is_limited_but_for_per_command(policy, seconds):
    assert attempt_timeout(AgentTimeouts(agent_timeout=60.0, policy=policy)) == seconds


@rule("13.6 runs: commands", "13.6 runs: policies")
@pytest.mark.parametrize(
    ("policy", "commands", "template", "expected"),
    [
        ("per_agent", {"shell": 5.0}, [shell(), claude()], [None, None]),
        ("hybrid", {"shell": 5.0}, [shell(), claude(), shell()], [5.0, None, 5.0]),
        ("hybrid", {}, [shell()], [None]),
        ("per_command", {}, [shell(), claude(), shell(7.0)], [60.0, 60.0, 7.0]),
        ("per_command", {"claude": 5.0}, [shell(), claude(), claude(9.0)], [60.0, 5.0, 9.0]),
        ("hybrid", {"shell": 5.0, "shell_1": 6.0}, [shell(), claude(), shell(), shell()], [5.0, None, 6.0, 5.0]),
        ("hybrid", {"shell_0": 6.0}, [claude(), shell(), shell()], [None, 6.0, None]),
        ("hybrid", {"shell_0": 6.0}, [shell(1.0), shell()], [1.0, None]),
        ("hybrid", {"claude": 5.0, "agent": 6.0}, [claude(), agent("codex"), agent("claude")], [5.0, 6.0, 5.0]),
        ("hybrid", {"agent": 6.0}, [claude(), agent("codex")], [6.0, 6.0]),
        ("hybrid", {"agent_1": 6.0}, [claude(), agent("codex"), claude()], [None, 6.0, None]),
    ],
)
def test_each_step_gets_the_narrowest_limit_that_fits(policy, commands, template, expected):
    timeouts = AgentTimeouts(agent_timeout=60.0, policy=policy, commands=limits(**commands))

    assert [step.timeout for step in with_timeouts(tuple(template), timeouts)] == expected
