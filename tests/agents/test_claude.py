"""The provider `claude`, against a stand-in that plays recorded streams."""

import asyncio
import json
import os
import shutil

import pytest

from prodigy_tui.agents import PROVIDERS
from prodigy_tui.agents.claude import find_program
from prodigy_tui.process import ProgramMissing
from tests.agents.test_claude_stream import STREAMS
from tests.contracts.provider_contract import ProviderContract
from tests.support.agents import SESSION, Heard, agent_call, call_provider, install_claude_stub
from tests.support.clock import FakeClock
from tests.support.rules import rule

CLAUDE = PROVIDERS["claude"]
INIT = {"type": "system", "subtype": "init", "session_id": "s-1", "model": "opus", "slash_commands": ["known"]}
ANSWER = {
    "type": "result",
    "subtype": "success",
    "is_error": False,
    "result": "done",
    "num_turns": 1,
    "session_id": "s-1",
}


def stub_call(tmp_path, *lines, prompt="do it", stays=False, exit_code=0, stderr="", env=None, **fields):
    """A call of the stand-in that prints these lines."""
    stream = "".join(json.dumps(line) + "\n" for line in lines)
    plan = {"stream": stream, "stays": stays, "exit": exit_code, "stderr": stderr, "log": str(tmp_path / "call.json")}
    variables = {"PATH": install_claude_stub(tmp_path), "STUB": json.dumps(plan), **(env or {})}
    return agent_call(tmp_path, prompt, env=variables, **fields)


def seen_by_stub(tmp_path):
    return json.loads((tmp_path / "call.json").read_text())


class TestClaude(ProviderContract):
    provider = CLAUDE

    def call(self, scenario, tmp_path, **fields):
        said = {"type": "assistant", "message": {"content": [{"type": "text", "text": "hello token hunter2-long"}]}}
        usage = {"input_tokens": 7, "cache_read_input_tokens": 3, "output_tokens": 5}
        lines = {
            "says": [said, {**ANSWER, "result": "hello token hunter2-long"}],
            "fails": [{**ANSWER, "is_error": True, "result": "Not logged in\nplease"}],
            "waits": [],
            "limited": [{**ANSWER, "is_error": True, "api_error_status": 429}],
            "uses": [{**ANSWER, "usage": usage, "total_cost_usd": 0.5}],
        }
        return stub_call(tmp_path, INIT, *lines[scenario], stays=scenario == "waits", **fields)

    async def until_waiting(self, heard, clock):
        await heard.raw.until("init")


@rule("5.5 runs: claude options")
async def test_the_command_line_says_what_the_options_say(tmp_path):
    options = {
        "permission_mode": "acceptEdits",
        "allowed_tools": ["Bash(git *)", "Write"],
        "disallowed_tools": ["Bash(git push:*)"],
        "max_turns": 7,
        "append_system_prompt": "- be brief",
    }

    result = await call_provider(CLAUDE, stub_call(tmp_path, INIT, ANSWER, model="sonnet", options=options))

    assert result.ok
    assert seen_by_stub(tmp_path)["argv"] == [
        "-p", "--output-format", "stream-json", "--verbose", "--session-id", SESSION,
        "--permission-mode", "acceptEdits", "--allowedTools", "Bash(git *),Write",
        "--disallowedTools", "Bash(git push:*)", "--model", "sonnet", "--max-turns", "7",
        "--append-system-prompt", "- be brief",
    ]  # fmt: skip


@rule("5.5 runs: claude options")
async def test_by_default_only_listed_tools_are_permitted(tmp_path):
    await call_provider(CLAUDE, stub_call(tmp_path, INIT, ANSWER))

    argv = seen_by_stub(tmp_path)["argv"]
    assert argv[argv.index("--permission-mode") :] == [
        "--permission-mode", "dontAsk", "--allowedTools", "Read,Write,Edit,Glob,Grep,Bash",
    ]  # fmt: skip


@rule("5.5 prompt")
async def test_the_prompt_is_on_standard_input_whatever_it_looks_like(tmp_path):
    prompt = "--help $(rm -rf /) `x`\n" + "long " * 50_000

    await call_provider(CLAUDE, stub_call(tmp_path, INIT, ANSWER, prompt=prompt))

    assert seen_by_stub(tmp_path)["prompt"] == prompt


async def test_the_environment_is_the_calls_with_few_settings(tmp_path):
    await call_provider(CLAUDE, stub_call(tmp_path, INIT, ANSWER, env={"CLAUDE_CODE_MAX_RETRIES": "9"}))

    env = seen_by_stub(tmp_path)["env"]
    assert env["CLAUDE_CODE_DISABLE_BACKGROUND_TASKS"] == "1"
    assert env["CLAUDE_CODE_MAX_RETRIES"] == "9"
    assert env["PRODIGY_AGENT_ID"] == f"test-{tmp_path.name}"
    assert "IS_SANDBOX" not in env
    assert "HOME" not in env


@pytest.mark.parametrize("name", ["write-commit", "denied-by-rule", "fail-529", "max-turns"])
async def test_a_recorded_conversation_comes_through_whole(tmp_path, name):
    lines = [json.loads(line) for line in (STREAMS / f"{name}.jsonl").read_text().splitlines()]
    heard = Heard()

    result = await call_provider(CLAUDE, stub_call(tmp_path, *lines), heard)

    assert result.kind == {"w": "ok", "d": "denied", "f": "limit", "m": "agent"}[name[0]]
    assert result.exit_code == (0 if result.ok else 1)
    assert len(heard.raw.stdout.splitlines()) == len(lines)


async def test_an_empty_answer_is_flagged(tmp_path):
    result = await call_provider(CLAUDE, stub_call(tmp_path, INIT, {**ANSWER, "result": ""}))

    assert (result.ok, result.empty) == (True, True)


@rule("C 5.5 slash commands")
async def test_an_unknown_slash_command_is_stopped_at_once(tmp_path):
    result = await call_provider(CLAUDE, stub_call(tmp_path, INIT, prompt="/nope x", stays=True))

    assert (result.kind, result.reason) == ("agent", "unknown slash command '/nope'")


async def test_a_known_slash_command_runs(tmp_path):
    assert (await call_provider(CLAUDE, stub_call(tmp_path, INIT, ANSWER, prompt="/known x"))).ok


@rule("6.7 runs: taken up")
async def test_a_conversation_is_gone_on_with_and_its_past_is_not_paid_for_again(tmp_path):
    heard = Heard()
    call = stub_call(tmp_path, INIT, {**ANSWER, "total_cost_usd": 0.75}, prompt="go on", resume="s-1", resumed_usd=0.5)

    result = await call_provider(CLAUDE, call, heard)

    argv = seen_by_stub(tmp_path)["argv"]
    assert argv[argv.index("--resume") + 1] == "s-1"
    assert "--session-id" not in argv
    assert (result.ok, result.lost, result.usage.usd) == (True, False, 0.25)


async def test_a_conversation_that_does_not_exist_is_told_from_other_errors(tmp_path):
    lines = (STREAMS / "resume-missing.jsonl").read_text().splitlines()
    call = stub_call(tmp_path, *map(json.loads, lines), exit_code=1, resume="gone")

    assert (await call_provider(CLAUDE, call)).lost
    error = {**ANSWER, "is_error": True, "result": "API Error: 400 no"}
    assert not (await call_provider(CLAUDE, stub_call(tmp_path, INIT, error, exit_code=1, resume="s-1"))).lost


async def test_in_a_conversation_that_goes_on_a_slash_is_only_text(tmp_path):
    assert (await call_provider(CLAUDE, stub_call(tmp_path, INIT, ANSWER, prompt="/nope x", resume="s-1"))).ok


async def test_what_was_denied_before_the_conversation_went_on_counts(tmp_path):
    denied = {"resume": "s-1", "denied": ("Bash",)}

    result = await call_provider(CLAUDE, stub_call(tmp_path, INIT, ANSWER, **denied))
    assert (result.kind, result.reason) == ("denied", "not permitted: Bash; add to options.allowed_tools")
    allowed = stub_call(tmp_path, INIT, ANSWER, options={"allow_denied": True}, **denied)
    assert (await call_provider(CLAUDE, allowed)).ok


@rule("cli 8.7 tell")
async def test_whoever_calls_can_end_an_agent_gently(tmp_path):
    heard = Heard()
    aborted = {**ANSWER, "subtype": "error_during_execution", "is_error": True, "terminal_reason": "aborted_tools"}
    call = stub_call(tmp_path, INIT, aborted, stays=True)
    running = asyncio.ensure_future(call_provider(CLAUDE, call, heard))
    await heard.raw.until("aborted")
    call.stop.ask()

    result = await running
    assert (result.kind, result.session_id) == ("cancelled", "s-1")


async def test_a_program_that_stays_after_its_result_is_sent_away(tmp_path):
    clock, heard = FakeClock(), Heard()

    async with asyncio.TaskGroup() as tasks:
        call = stub_call(tmp_path, INIT, ANSWER, stays=True)
        running = tasks.create_task(call_provider(CLAUDE, call, heard, clock=clock))
        await heard.raw.until('"done"')
        await clock.advance(29)
        assert not running.done()
        await clock.advance(1)

    assert (running.result().ok, running.result().text, running.result().duration_s) == (True, "done", 30)


async def test_a_turn_after_the_result_is_waited_for(tmp_path):
    clock, heard = FakeClock(), Heard()

    async with asyncio.TaskGroup() as tasks:
        call = stub_call(tmp_path, INIT, ANSWER, INIT, stays=True, timeout_s=600)
        running = tasks.create_task(call_provider(CLAUDE, call, heard, clock=clock))
        await heard.raw.until('"done"')
        await clock.advance(599)
        assert not running.done()
        await clock.advance(1)

    assert running.result().kind == "timeout"


async def test_without_a_result_the_error_output_is_the_reason(tmp_path):
    result = await call_provider(CLAUDE, stub_call(tmp_path, exit_code=1, stderr="error: unknown option\n"))

    assert (result.kind, result.exit_code) == ("agent", 1)
    assert result.reason == "claude exited with 1 without a result: error: unknown option"
    assert result.session_id is None
    assert result.usage is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root is refused")
@pytest.mark.parametrize("options", [{"skip_permissions": True}, {"permission_mode": "bypassPermissions"}])
async def test_root_is_told_why_permissions_cannot_be_skipped(tmp_path, options):
    result = await call_provider(CLAUDE, stub_call(tmp_path, INIT, ANSWER, options=options))

    assert (result.kind, result.exit_code) == ("agent", 1)
    assert "for root" in result.reason
    assert not (tmp_path / "call.json").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"permission_mode": "yolo"}, "options.permission_mode: input should be 'dontAsk'"),
        ({"allowed_tools": ["--dangerous"]}, "options.allowed_tools[0]: "),
        ({"max_turns": 0}, "options.max_turns: "),
        ({"max_turn": 3}, "options.max_turn is unknown (did you mean 'max_turns'?)"),
        ({"skip_permissions": "maybe"}, "options.skip_permissions: "),
    ],
)
def test_wrong_options_are_named(options, message):
    [found] = CLAUDE.check_options(options)

    assert found.startswith(message)


def test_good_options_pass_in_their_usual_spellings():
    assert CLAUDE.check_options({"max_turns": "5", "skip_permissions": "no", "allowed_tools": ["Bash(git *)"]}) == ()


def test_the_program_on_the_path_goes_before_the_bundled_one(tmp_path):
    path = install_claude_stub(tmp_path)

    assert find_program({"PATH": path}) == str(tmp_path / "bin" / "claude")


async def test_a_missing_program_is_explained(tmp_path, monkeypatch):
    monkeypatch.setattr("prodigy_tui.agents.claude.find_spec", lambda name: None)
    env = {"PATH": str(tmp_path)}

    assert "install Claude Code" in CLAUDE.missing(env)
    with pytest.raises(ProgramMissing):
        await call_provider(CLAUDE, agent_call(tmp_path, env=env))
    assert shutil.which("claude", path=str(tmp_path)) is None
