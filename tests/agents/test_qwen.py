"""The provider `qwen`."""

from types import MappingProxyType

import pytest

from prodigy_tui.agents.qwen import QwenProvider
from tests.contracts.program_contract import PRICED, PRICES, ProgramContract
from tests.support.agents import AGENT_STREAMS, SESSION, call_provider, seen_by_stub
from tests.support.rules import rule

QWEN = QwenProvider(PRICES)


def turn(text="hello token hunter2-long", number=1, usage=None):
    content = [{"type": "text", "text": text}]
    return {"type": "assistant", "message": {"id": f"m{number}", "content": content, "usage": usage or {}}}


def result(text="hello token hunter2-long", **fields):
    usage = {"input_tokens": 10, "cache_read_input_tokens": 4, "output_tokens": 5}
    return {
        "type": "result", "subtype": "success", "is_error": False, "result": text, "num_turns": 1, "session_id": "s-1",
        "usage": usage, "permission_denials": [], **fields,
    }  # fmt: skip


class TestQwen(ProgramContract):
    provider = QWEN
    program = "qwen"
    exit_codes = MappingProxyType({})
    lost = "No saved session found with ID gone. Run `qwen --resume` without an ID to choose from existing sessions.\n"

    def call(self, scenario, tmp_path, **fields):
        self.model = fields.get("model") or PRICED
        return super().call(scenario, tmp_path, **fields)

    def lines(self, scenario):
        init = {"type": "system", "subtype": "init", "session_id": "s-1", "model": getattr(self, "model", PRICED)}
        if hasattr(self, "slash_commands"):
            init["slash_commands"] = self.slash_commands
        return [
            init,
            *{
                "says": [turn(), result()],
                "fails": [turn("[API Error: 401 {}]"), result("[API Error: 401\n{}]")],
                "limited": [turn("[API Error: 429 {}]"), result("[API Error: 429 slow down]")],
                "uses": [turn(), result()],
                "denied": [turn(), result(permission_denials=[{"tool_name": "run_shell_command"}])],
                "empty": [result("")],
                "waits": [],
            }[scenario],
        ]

    async def test_the_command_line_says_what_the_options_say(self, tmp_path):
        options = {
            "approval_mode": "plan", "allowed_tools": [], "exclude_tools": ["web_fetch"], "auth_type": "openai",
            "max_turns": 4, "append_system_prompt": "- be brief",
        }  # fmt: skip

        await call_provider(QWEN, self.call("says", tmp_path, options=options))

        assert seen_by_stub(tmp_path)["argv"] == [
            "--output-format=stream-json", "--approval-mode=plan", "--exclude-tools=web_fetch", "--auth-type=openai",
            "--max-session-turns=4", "--append-system-prompt=- be brief", f"--model={PRICED}",
            f"--session-id={SESSION}",
        ]  # fmt: skip

    async def test_by_default_it_edits_and_uses_the_shell(self, tmp_path):
        await call_provider(QWEN, self.call("says", tmp_path, resume="s-9"))

        assert seen_by_stub(tmp_path)["argv"] == [
            "--output-format=stream-json", "--approval-mode=auto-edit", "--allowed-tools=run_shell_command",
            f"--model={PRICED}", "--resume=s-9",
        ]  # fmt: skip

    @rule("C 5.5 slash commands")
    @pytest.mark.parametrize(("prompt", "kind"), [("/nope x", "agent"), ("/known x", "ok"), ("/etc/hosts", "ok")])
    async def test_an_unknown_slash_command_is_stopped_at_once(self, tmp_path, prompt, kind):
        self.slash_commands = ["known"]

        answer = await call_provider(QWEN, self.call("says", tmp_path, prompt=prompt, stays=kind == "agent"))

        assert answer.kind == kind
        assert answer.reason == ("unknown slash command '/nope'" if kind == "agent" else "")

    async def test_going_on_costs_what_is_new(self, tmp_path):
        """Its last word counts the whole conversation again; its turns do not."""
        init = {"type": "system", "subtype": "init", "session_id": "s-1", "model": PRICED}
        again = [turn(number=number, usage={"input_tokens": 2, "output_tokens": 1}) for number in (1, 2)]
        self.lines = lambda scenario: [init, *again, result()]

        answer = await call_provider(QWEN, self.call("says", tmp_path, resume="s-1"))

        assert (answer.usage.input_tokens, answer.usage.output_tokens) == (4, 2)


@pytest.mark.parametrize(("name", "kind", "text"), [("tool", "ok", "done"), ("denied", "denied", "done")])
async def test_recorded_streams(tmp_path, name, kind, text):
    stream = AGENT_STREAMS / f"qwen-{name}.jsonl"

    answer = await call_provider(QWEN, TestQwen().call("says", tmp_path, stream=stream))

    assert (answer.kind, answer.text) == (kind, text)
    # 8000 tokens in, 6000 of them cached: they are counted once.
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (8000, 100)
    assert answer.usage.usd == pytest.approx((2000 * 3 + 6000 * 0.3 + 100 * 15) / 1e6)


async def test_an_error_that_calls_itself_a_success_is_none(tmp_path):
    answer = await call_provider(QWEN, TestQwen().call("says", tmp_path, stream=AGENT_STREAMS / "qwen-401.jsonl"))

    assert (answer.kind, answer.exit_code) == ("agent", 1)
    assert answer.reason.startswith("[API Error: 401 ")
