"""The provider `gemini`."""

import asyncio

import pytest

from prodigy_tui.agents import Denied, Retrying, Said, ToolAnswered, ToolCalled
from prodigy_tui.agents.gemini import GeminiProvider
from prodigy_tui.process import Masker
from tests.contracts.program_contract import PRICED, PRICES, ProgramContract, as_stream
from tests.support.agents import AGENT_STREAMS, SESSION, Heard, call_provider, seen_by_stub
from tests.support.clock import FakeClock

GEMINI = GeminiProvider(PRICES)
INIT = {"type": "init", "session_id": "s-1", "model": PRICED}


def said(text):
    return {"type": "message", "role": "assistant", "content": text, "delta": True}


def result(model=PRICED, status="success", **fields):
    stats = {"input_tokens": 10, "cached": 4, "output_tokens": 3, "total_tokens": 15}
    return {"type": "result", "status": status, "stats": {**stats, "models": {model: stats}}, **fields}


class TestGemini(ProgramContract):
    provider = GEMINI
    program = "gemini"
    lost = 'Error resuming session: Invalid session identifier "gone".\n  Searched for sessions in /x.\n'

    def call(self, scenario, tmp_path, **fields):
        self.model = fields.get("model") or PRICED
        return super().call(scenario, tmp_path, **fields)

    def lines(self, scenario):
        hello, done = [said("hello token "), said("hunter2-long")], result(getattr(self, "model", PRICED))
        refused = {"message": 'Tool "x" not found.', "type": "tool_not_registered"}
        return [
            INIT,
            *{
                "says": [*hello, done],
                "fails": [result(status="error", error={"type": "unknown", "message": "[API Error: nope\nno]"})],
                "limited": [result(status="error", error={"message": "You exceeded your current quota."})],
                "uses": [*hello, done],
                "denied": [
                    {"type": "tool_use", "tool_name": "shell", "tool_id": "1", "parameters": {"command": "rm"}},
                    {"type": "tool_result", "tool_id": "1", "status": "error", "error": refused},
                    *hello,
                    done,
                ],
                "empty": [done],
                "waits": [],
            }[scenario],
        ]

    async def test_the_command_line_says_what_the_options_say(self, tmp_path):
        options = {
            "approval_mode": "yolo", "allowed_tools": ["run_shell_command(git)", "web_fetch"], "sandbox": True,
            "trust_workspace": False, "include_directories": ["../lib"],
        }  # fmt: skip

        await call_provider(GEMINI, self.call("says", tmp_path, options=options))

        assert seen_by_stub(tmp_path)["argv"] == [
            "--output-format=stream-json", "--approval-mode=yolo", "--allowed-tools=run_shell_command(git)",
            "--allowed-tools=web_fetch", "--include-directories=../lib", "--sandbox", f"--model={PRICED}",
            f"--session-id={SESSION}",
        ]  # fmt: skip

    async def test_by_default_it_edits_and_uses_the_shell(self, tmp_path):
        await call_provider(GEMINI, self.call("says", tmp_path, resume="s-9"))

        assert seen_by_stub(tmp_path)["argv"] == [
            "--output-format=stream-json", "--approval-mode=auto_edit", "--allowed-tools=run_shell_command",
            "--skip-trust", f"--model={PRICED}", "--resume=s-9",
        ]  # fmt: skip

    async def test_a_secret_that_comes_in_two_pieces_is_hidden(self, tmp_path):
        heard = Heard()
        stream = as_stream([INIT, said("the key is hunt"), said("er2-long."), result()])

        answer = await call_provider(
            GEMINI, self.call("says", tmp_path, stream=stream), heard, masker=Masker(["hunter2-long"])
        )

        assert answer.text == "the key is ***."
        assert [m.text for m in heard.of(Said)] == ["the key is ***."]

    async def test_the_waits_of_its_client_are_told(self, tmp_path):
        heard = Heard()
        stderr = (
            "Attempt 1 failed: You exceeded your current quota. Please retry in 34.07s.\n"
            "Suggested retry after 34s.. Retrying after 38702ms...\n"
        )

        await call_provider(GEMINI, self.call("says", tmp_path, stderr=stderr), heard)

        assert [(m.delay_s, m.status, m.attempt) for m in heard.of(Retrying)] == [(38.702, 429, 1)]

    async def test_a_wait_for_the_service_that_is_cut_off_is_a_limit(self, tmp_path):
        stderr = "Attempt 1 failed: You exceeded your current quota.\nRetrying after 900000ms...\n"
        clock, heard = FakeClock(), Heard()

        async with asyncio.TaskGroup() as tasks:
            call = self.call("waits", tmp_path, stderr=stderr, idle_timeout_s=60)
            running = tasks.create_task(call_provider(GEMINI, call, heard, clock=clock))
            await heard.raw.until("init")
            while not heard.of(Retrying):  # noqa: ASYNC110 - the other side is a program
                await asyncio.sleep(0)
            await clock.advance(60)

        answer = running.result()
        assert (answer.kind, answer.reason) == (
            "limit",
            "gemini was silent for too long and was stopped while it waited for its service",
        )

    async def test_what_it_said_before_a_tool_is_not_its_answer(self, tmp_path):
        tool = {"type": "tool_use", "tool_name": "x", "tool_id": "1", "parameters": {}}
        stream = as_stream([INIT, said("I begin."), tool, result()])

        answer = await call_provider(GEMINI, self.call("says", tmp_path, stream=stream))

        assert (answer.ok, answer.empty) == (True, True)


@pytest.mark.parametrize(
    ("name", "kind", "text", "exit_code"),
    [
        ("gemini-text", "ok", "Hello from the mock.", 0),
        ("gemini-tool", "ok", "Hello from the mock.", 0),
        ("gemini-denied", "denied", "Hello from the mock.", 0),
        ("gemini-401", "agent", "", 145),
        ("gemini-400", "agent", "", 144),
    ],
)
async def test_recorded_streams(tmp_path, name, kind, text, exit_code):
    stream, heard = AGENT_STREAMS / f"{name}.jsonl", Heard()

    answer = await call_provider(GEMINI, TestGemini().call("says", tmp_path, stream=stream, exit_code=exit_code), heard)

    assert (answer.kind, answer.text) == (kind, text)
    assert answer.session_id == "00000000-0000-4000-8000-000000000001"
    assert answer.usage.usd is None or kind == "agent"
    assert len(heard.of(ToolCalled)) == (name in ("gemini-tool", "gemini-denied"))
    assert len(heard.of(ToolAnswered)) == (name == "gemini-tool")
    assert len(heard.of(Denied)) == (name == "gemini-denied")
