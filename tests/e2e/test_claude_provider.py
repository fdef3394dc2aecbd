"""The provider `claude` with the real Claude Code program, against a scripted service on the loopback interface.

Nothing leaves the machine: the program is told to talk to the stand-in only, with a dummy key and a home of its own.
"""

import asyncio
import os

import pytest

from prodigy_tui.agents import PROVIDERS, Denied, Retrying, Said, Started, ToolAnswered, ToolCalled, Used
from prodigy_tui.process.strays import find_strays
from tests.support.agents import SESSION, Heard, agent_call, call_provider
from tests.support.children import is_alive
from tests.support.clock import FakeClock

CLAUDE = PROVIDERS["claude"]
SCRIPTS = {
    "limited-twice": [
        {
            "status": 429,
            "error": "rate_limit_error",
            "headers": {"retry-after": "0"},
            "times": 2,
            "then": {"text": "Recovered."},
        }
    ],
    "stray": [
        {
            "tool": "Bash",
            "input": {
                "command": "mkfifo gate; setsid -f sh -c 'echo $$ > gate; exec sleep 1000' > /dev/null 2>&1;"
                " read -r pid < gate; echo $pid > stray.pid"
            },
        },
        {"text": "Started."},
    ],
    "long-command": [
        {"tool": "Bash", "input": {"command": "echo ready > gate; python3 -c 'import time; time.sleep(1000)'"}},
        {"text": "Never said."},
    ],
    "hello": [{"text": "Hello."}],
    "says-nothing": [{"text": " "}],
    "never-ends": [{"tool": "Bash", "input": {"command": f"echo {number}"}} for number in range(9)],
}

pytestmark = pytest.mark.e2e


def call(repo, env, prompt, **fields):
    return agent_call(repo, prompt, env=env, marker=f"e2e-{repo.parent.name}", **fields)


async def test_a_slash_command_of_the_project_runs_and_its_agent_writes_and_commits(repo, env, git):
    heard = Heard()

    result = await call_provider(CLAUDE, call(repo, env, "/make-file a.txt"), heard)

    assert (result.ok, result.text, result.session_id) == (True, "Committed a.txt.", SESSION)
    assert [m.name for m in heard.of(ToolCalled)] == ["Write", "Bash"]
    assert heard.of(ToolCalled)[0].summary == "a.txt"
    assert [m.ok for m in heard.of(ToolAnswered)] == [True, True]
    assert heard.of(Said)[-1].text == "Committed a.txt."
    assert (repo / "a.txt").read_text() == "made by the mock\n"
    assert git("log", "-1", "--format=%s") == "mock: add a.txt\n"
    assert result.usage.output_tokens == 150
    assert result.usage.usd == pytest.approx(sum(m.usd for m in heard.of(Used)))


async def test_an_unknown_slash_command_fails_at_once(repo, env):
    result = await call_provider(CLAUDE, call(repo, env, "/nope out.txt"))

    assert (result.kind, result.reason) == ("agent", "unknown slash command '/nope'")


async def test_refusals_without_end_are_a_limit(repo, env):
    result = await call_provider(
        CLAUDE, call(repo, {**env, "CLAUDE_CODE_MAX_RETRIES": "0"}, "[[mock:ratelimit-forever]]")
    )

    assert (result.ok, result.kind) == (False, "limit")
    assert "429" in result.reason


async def test_a_failing_service_fails_the_agent(repo, env):
    result = await call_provider(CLAUDE, call(repo, env, "[[mock:badrequest]]"))

    assert (result.kind, result.exit_code) == ("agent", 1)
    assert "400" in result.reason


async def test_tools_that_are_not_listed_are_denied(repo, env):
    heard = Heard()
    options = {"allowed_tools": ["Read"]}

    result = await call_provider(CLAUDE, call(repo, env, "[[mock:write-commit file=a.txt]]", options=options), heard)

    assert result.kind == "denied"
    assert [m.tool for m in heard.of(Denied)] == ["Write", "Bash"]
    assert not (repo / "a.txt").exists()


@pytest.mark.soak  # `tests/engine/test_fake_done.py` shows it in every run of the tests
async def test_a_denied_tool_is_fine_where_that_is_said(repo, env):
    options = {"allowed_tools": ["Read"], "allow_denied": True}

    result = await call_provider(CLAUDE, call(repo, env, "[[mock:write-commit file=a.txt]]", options=options))

    assert (result.ok, result.kind) == (True, "ok")
    assert not (repo / "a.txt").exists()


async def test_rules_for_single_commands_hold(repo, env):
    options = {"disallowed_tools": ["Bash(git commit:*)"]}

    result = await call_provider(CLAUDE, call(repo, env, "[[mock:write-commit file=a.txt]]", options=options))

    assert result.kind == "denied"
    assert (repo / "a.txt").exists()


async def test_a_model_and_words_for_the_system_reach_it_and_two_refusals_are_waited_out(repo, env):
    heard = Heard()
    options = {"append_system_prompt": "--help is no option here"}

    result = await call_provider(
        CLAUDE, call(repo, env, "--version [[mock:limited-twice]]", model="some-model", options=options), heard
    )

    assert (result.ok, result.text) == (True, "Recovered.")
    assert [(m.status, m.attempt) for m in heard.of(Retrying)] == [(429, 1), (429, 2)]
    assert heard.of(Started)[0].model == "some-model"


async def test_turns_are_limited(repo, env):
    result = await call_provider(CLAUDE, call(repo, env, "[[mock:never-ends]]", options={"max_turns": 2}))

    assert (result.ok, result.kind) == (False, "agent")
    assert result.reason.startswith("it used up its turns")


async def test_an_empty_answer_is_flagged(repo, env):
    result = await call_provider(CLAUDE, call(repo, env, "[[mock:says-nothing]]"))

    assert (result.ok, result.empty, result.text.strip()) == (True, True, "")


async def test_a_conversation_is_gone_on_with_and_its_past_not_paid_again(repo, env):
    first = await call_provider(CLAUDE, call(repo, env, "[[mock:hello]]"))

    again = await call_provider(
        CLAUDE, call(repo, env, "[[mock:hello]]", resume=first.session_id, resumed_usd=first.usage.usd)
    )

    assert (again.ok, again.session_id) == (True, first.session_id)
    assert again.usage.usd == pytest.approx(first.usage.usd, rel=0.5)


async def test_a_conversation_that_is_not_there_is_lost(repo, env):
    result = await call_provider(CLAUDE, call(repo, env, "hello", resume="99999999-2222-4333-8444-555555555555"))

    assert (result.ok, result.lost) == (False, True)


async def test_wrong_words_on_the_command_line_are_told(repo, env):
    result = await call_provider(CLAUDE, call(repo, env, "hello", session_id="no-uuid"))

    assert (result.kind, result.exit_code) == ("agent", 1)
    assert "Invalid session ID" in result.reason


async def test_what_the_agent_leaves_running_is_swept(repo, env):
    result = await call_provider(CLAUDE, call(repo, env, "[[mock:stray]]"))

    assert (result.ok, result.text) == (True, "Started.")
    assert not is_alive(int((repo / "stray.pid").read_text()))
    assert find_strays(f"e2e-{repo.parent.name}", None) == ()


@pytest.mark.parametrize("cause", ["timeout", "cancel"])
async def test_a_running_command_is_interrupted_with_its_agent(repo, env, cause):
    os.mkfifo(repo / "gate")
    clock, heard = FakeClock(), Heard()
    running = asyncio.ensure_future(
        call_provider(CLAUDE, call(repo, env, "[[mock:long-command]]", timeout_s=600), heard, clock=clock)
    )
    assert await asyncio.to_thread((repo / "gate").read_text) == "ready\n"

    if cause == "timeout":
        await clock.advance(600)
        result = await running
        assert (result.kind, result.exit_code) == ("timeout", 124)
        assert result.usage.usd > 0
    else:
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    assert find_strays(f"e2e-{repo.parent.name}", None) == ()
