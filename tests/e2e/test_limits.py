"""Limits of the service and the words of a person, with the real Claude Code program: conversations are resumed."""

import time
from collections import Counter

import pytest

from prodigy_tui.events.schema import AgentFinished, AgentMessage, ProviderLimited, UsageReported
from tests.support import mock_anthropic
from tests.support.clock import HurriedClock
from tests.support.engine import Lab
from tests.support.rules import rule

ONCE = {"status": 429, "error": "rate_limit_error", "headers": {"x-should-retry": "false"}, "times": 1}
SCRIPTS = {
    "cut-off": [
        {"tool": "Bash", "input": {"command": "echo first >> done.txt"}},
        {**ONCE, "then": {"tool": "Bash", "input": {"command": "echo second >> done.txt"}}},
        {"text": "Both are done."},
    ],
    "refused-first": [{**ONCE, "then": {"text": "Here I am."}}],
    "long": [
        {"tool": "Bash", "input": {"command": "echo ready > {gate}; python3 -c 'import time; time.sleep(1000)'"}},
        {"text": "Never said."},
    ],
    "half": [
        {"tool": "Bash", "input": {"command": "echo x > {file} && git add {file} && git commit -qm {file}"}},
        {"text": "Committed {file}."},
    ],
    "told": [{"text": "As you wish."}],
}

pytestmark = pytest.mark.e2e


@pytest.fixture
def lab(tmp_path, env):
    (tmp_path / "lab").mkdir()
    lab = Lab(tmp_path / "lab")
    lab.environ = {**env, "CLAUDE_CODE_MAX_RETRIES": "0", "OUTSIDE": str(lab.outside)}
    return lab


@rule("6.7 runs: taken up")
async def test_a_conversation_that_a_limit_has_cut_off_is_gone_on_with(lab):
    ran = await lab.run(
        """
    - claude: "Go. [[mock:cut-off]]"
      timeout: 300s
    - shell: "cat done.txt; echo ${agent.output}"
    """,
        clock=HurriedClock(20),
    )

    assert ran.state.exit_code == 0, ran.state.message
    assert ran.said()["1"] == "first\nsecond\nBoth are done."
    assert len(ran.of(ProviderLimited)) == 1
    sessions = [event.text for event in ran.of(AgentMessage) if event.kind == "session"]
    assert len(sessions) == 2
    assert len(set(sessions)) == 1, "one conversation"
    spent = [event.usage.usd for event in ran.of(UsageReported)]
    assert ran.state.usage.usd == pytest.approx(sum(spent))
    # Three answers of the same size: what was spent before the limit is not counted again after it.
    assert spent[0] * 3 == pytest.approx(sum(spent))


async def test_a_refusal_before_the_first_answer_begins_anew(lab):
    ran = await lab.run('- claude: "Go. [[mock:refused-first]]"\n', clock=HurriedClock(20))

    assert ran.said() == {"0": "Here I am."}
    sessions = [event.text for event in ran.of(AgentMessage) if event.kind == "session"]
    assert len(set(sessions)) == 2


@rule("cli 8.7 tell")
async def test_a_running_agent_is_told_something_and_goes_on_with_it(lab):
    gate = lab.outside / "gate"
    workflow = f"""
    map:
      input: [{{id: a}}]
      agent_template:
        - claude: "Go. [[mock:long gate={gate}]]"
        - shell: "echo ${{agent.output}} > said; git add said; git commit -qm said"
    """
    async with lab.live(workflow) as live:
        await live.until_file(gate)
        live.send("tell", "a", note="Stop that. [[mock:told]]")
    ran = lab.ran(live)

    assert ran.statuses() == {"a": "success"}, ran.item("a").failure
    assert ran.files()["said"] == "As you wish."
    messages = ran.of(AgentMessage)
    assert [event.text for event in messages if event.kind == "told"] == ["Stop that. [[mock:told]]"]
    assert len({event.text for event in messages if event.kind == "session"}) == 1
    assert ran.item("a").attempt == 1
    assert ran.warnings() == ""


class HalfOfThem(mock_anthropic.Handler):
    """Refuses every second request, whoever asks."""

    number = 0
    at_once = 0
    most: list[int] = []  # noqa: RUF012 - one server a test

    def do_POST(self):  # noqa: N802 - the base class names it so
        kind = type(self)
        with self.lock:
            kind.number += 1
            refuses = kind.number % 2 == 0
            kind.at_once += 1
            kind.most.append(kind.at_once)
        try:
            time.sleep(0.02)
            if refuses:
                self.rfile.read(int(self.headers.get("content-length") or 0))
                error = {"type": "rate_limit_error", "message": "every second one"}
                self.send_json(429, {"type": "error", "error": error}, {"x-should-retry": "false"})
            else:
                super().do_POST()
        finally:
            with self.lock:
                kind.at_once -= 1


@pytest.fixture
def half(service):
    """The stand-in, unwilling."""
    kind = service.RequestHandlerClass
    service.RequestHandlerClass = type("Half", (HalfOfThem,), {**vars(kind), "number": 0, "at_once": 0, "most": []})
    return service.RequestHandlerClass


@rule("6.7 runs: fan-out")
@pytest.mark.parametrize(
    "agents",
    [
        pytest.param(2, marks=[pytest.mark.slow, pytest.mark.timeout(120)]),
        pytest.param(50, marks=[pytest.mark.soak, pytest.mark.timeout(900)]),
    ],
)
async def test_agents_into_a_service_that_refuses_half_of_what_is_asked_all_succeed(lab, half, agents):
    items = ", ".join(f"{{id: i{n}}}" for n in range(agents))
    workflow = f"""
    map:
      input: [{items}]
      max_parallel: {agents}
      agent_template:
        - claude: "Go. [[mock:half file=${{item.id}}.txt]]"
          commit_required: true
          idle_timeout: none
    """
    async with lab.live(workflow, clock=HurriedClock(100)) as live:
        await live.driving
    ran = lab.ran(live)

    assert Counter(ran.statuses().values()) == {"success": agents}
    assert sum(name.startswith("i") for name in ran.files()) == agents
    assert len(ran.of(AgentFinished)) == agents, "no attempt was used up"
    assert all(item.attempt == 1 for item in ran.state.items.values())
    limits = ran.of(ProviderLimited)
    assert limits
    assert not ran.state.held
