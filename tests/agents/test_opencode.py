"""The provider `opencode`."""

import json

import pytest

from prodigy_tui.agents import Denied, ToolAnswered, ToolCalled
from prodigy_tui.agents.opencode import OpencodeProvider
from tests.contracts.program_contract import PRICED, PRICES, ProgramContract, as_stream
from tests.support.agents import AGENT_STREAMS, Heard, call_provider, seen_by_stub

OPENCODE = OpencodeProvider(PRICES)


def event(kind, **part):
    return {"type": kind, "sessionID": "ses_1", "part": part}


def finish(reason="stop", cost=0, **tokens):
    counted = {"input": 6, "output": 3, "reasoning": 2, "cache": {"read": 3, "write": 1}, **tokens}
    return event("step_finish", reason=reason, tokens=counted, cost=cost)


def failed(**data):
    return {"type": "error", "sessionID": "ses_1", "error": {"name": "APIError", "data": data}}


class TestOpencode(ProgramContract):
    provider = OPENCODE
    program = "opencode"
    lost = "\x1b[91m\x1b[1mError: \x1b[0mSession not found\n"

    def lines(self, scenario):
        start, said = event("step_start"), event("text", text="hello token hunter2-long")
        rejected = {"status": "error", "error": "The user rejected permission to use this specific tool call."}
        return [
            start,
            *{
                "says": [said, finish()],
                "fails": [failed(message="mock\nerror", statusCode=401)],
                "limited": [failed(message="slow down", statusCode=429)],
                "uses": [said, finish()],
                "denied": [event("tool_use", tool="bash", state=rejected), finish("tool-calls"), start, said, finish()],
                "empty": [finish()],
                "waits": [],
            }[scenario],
        ]

    async def test_the_command_line_says_what_the_options_say(self, tmp_path):
        options = {
            "agent": "build", "variant": "high", "skip_permissions": True,
            "permission": {"webfetch": "deny", "bash": {"git push*": "deny"}},
        }  # fmt: skip

        await call_provider(OPENCODE, self.call("says", tmp_path, options=options, resume="ses_9"))

        seen = seen_by_stub(tmp_path)
        assert seen["argv"] == [
            "run", "--format=json", "--auto", f"--model={PRICED}", "--agent=build", "--variant=high", "--session=ses_9",
        ]  # fmt: skip
        assert json.loads(seen["env"]["OPENCODE_PERMISSION"]) == options["permission"]

    async def test_by_default_what_would_be_asked_is_denied(self, tmp_path):
        await call_provider(OPENCODE, self.call("says", tmp_path, model=None))

        seen = seen_by_stub(tmp_path)
        assert seen["argv"] == ["run", "--format=json"]
        assert "OPENCODE_PERMISSION" not in seen["env"]
        assert seen["env"]["OPENCODE_DISABLE_AUTOUPDATE"] == "1"

    async def test_the_costs_that_it_tells_are_added_up(self, tmp_path):
        stream = as_stream([event("step_start"), finish("tool-calls", 0.25), event("step_start"), finish(cost=0.5)])

        answer = await call_provider(OPENCODE, self.call("says", tmp_path, stream=stream))

        assert (answer.usage.input_tokens, answer.usage.output_tokens, answer.usage.usd) == (20, 10, 0.75)

    async def test_its_zero_for_a_model_that_it_does_not_know_is_no_price(self, tmp_path):
        answer = await call_provider(OPENCODE, self.call("uses", tmp_path, model="local/x"))

        assert answer.usage.usd is None


@pytest.mark.parametrize(
    ("name", "kind", "text", "exit_code"),
    [
        ("opencode-text", "ok", "Hello from the mock.", 0),
        ("opencode-tool", "ok", "done", 0),
        ("opencode-rejected", "denied", "", 0),
        ("opencode-denied", "denied", "done", 0),
        ("opencode-401", "agent", "", 1),
        ("opencode-429", "limit", "", 1),
    ],
)
async def test_recorded_streams(tmp_path, name, kind, text, exit_code):
    stream, heard = AGENT_STREAMS / f"{name}.jsonl", Heard()

    answer = await call_provider(
        OPENCODE, TestOpencode().call("says", tmp_path, stream=stream, exit_code=exit_code), heard
    )

    assert (answer.kind, answer.text) == (kind, text)
    assert answer.session_id == "ses_01"
    assert answer.limit_s == (90 if kind == "limit" else None)
    assert len(heard.of(ToolCalled)) == len(heard.of(ToolAnswered)) + len(heard.of(Denied))
