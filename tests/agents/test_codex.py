"""The provider `codex`."""

import pytest

from prodigy_tui.agents import Denied, Retrying, Thought, ToolAnswered, ToolCalled
from prodigy_tui.agents.codex import CodexProvider
from tests.contracts.program_contract import PRICED, PRICES, ProgramContract
from tests.support.agents import AGENT_STREAMS, Heard, call_provider, seen_by_stub

CODEX = CodexProvider(PRICES)
STARTED = {"type": "thread.started", "thread_id": "0199-7a"}
DONE = {"type": "turn.completed", "usage": {"input_tokens": 10, "cached_input_tokens": 4, "output_tokens": 5}}


def item(kind, **fields):
    return {"type": "item.completed", "item": {"id": "item_1", "type": kind, **fields}}


class TestCodex(ProgramContract):
    provider = CODEX
    program = "codex"
    lost = (
        "Error: thread/resume: thread/resume failed: no rollout found for thread id gone (code -32600)\n\n"
        "Stack backtrace:\n" + "   0: <unknown>\n" * 60
    )

    def lines(self, scenario):
        said = item("agent_message", text="hello token hunter2-long")
        declined = item("command_execution", command="rm", aggregated_output="no", exit_code=None, status="declined")
        return [
            STARTED,
            *{
                "says": [said, DONE],
                "fails": [{"type": "turn.failed", "error": {"message": "unexpected status 401\nUnauthorized"}}],
                "limited": [{"type": "turn.failed", "error": {"message": "last status: 429 Too Many Requests"}}],
                "uses": [said, DONE],
                "denied": [declined, said, DONE],
                "empty": [DONE],
                "waits": [],
            }[scenario],
        ]

    async def test_the_command_line_says_what_the_options_say(self, tmp_path):
        options = {
            "sandbox": "read-only", "network": True, "effort": "high", "profile": "work",
            "config": {"web_search": False, "a.b": 'quo"te'},
        }  # fmt: skip

        await call_provider(CODEX, self.call("says", tmp_path, options=options))

        assert seen_by_stub(tmp_path)["argv"] == [
            "exec", "--json", "--sandbox=read-only", f"--model={PRICED}", "--profile=work",
            "-c", "check_for_update_on_startup=false", "-c", "web_search=false", "-c", 'a.b="quo\\"te"',
            "-c", "sandbox_workspace_write.network_access=true", "-c", 'model_reasoning_effort="high"', "-",
        ]  # fmt: skip

    async def test_by_default_it_writes_in_its_folder_only(self, tmp_path):
        await call_provider(CODEX, self.call("says", tmp_path, model=None))

        assert seen_by_stub(tmp_path)["argv"] == [
            "exec", "--json", "--sandbox=workspace-write", "-c", "check_for_update_on_startup=false", "-",
        ]  # fmt: skip

    async def test_going_on_costs_what_is_new(self, tmp_path):
        """The program counts the whole conversation again."""
        call = self.call("uses", tmp_path, resume="0199-7a", resumed_tokens=(6, 4), resumed_usd=0.3)

        result = await call_provider(CODEX, call)

        assert seen_by_stub(tmp_path)["argv"][-3:] == ["resume", "0199-7a", "-"]
        assert (result.usage.input_tokens, result.usage.output_tokens, result.usage.usd) == (4, 1, pytest.approx(0.2))

    async def test_a_usage_limit_says_for_how_long(self, tmp_path):
        message = "You've hit your usage limit. Upgrade to Pro or try again in 3 days 4 hours 5 minutes."
        stream = f'{{"type":"turn.failed","error":{{"message":"{message}"}}}}\n'

        result = await call_provider(CODEX, self.call("limited", tmp_path, stream=stream))

        assert (result.kind, result.limit_s) == ("limit", 3 * 86400 + 4 * 3600 + 300)

    async def test_an_account_without_money_is_no_limit(self, tmp_path):
        stream = '{"type":"turn.failed","error":{"message":"status 429: check your plan and billing details"}}\n'

        assert (await call_provider(CODEX, self.call("limited", tmp_path, stream=stream))).kind == "agent"


@pytest.mark.parametrize(
    ("name", "kind", "text"),
    [
        ("codex-text", "ok", "Hello from the mock."),
        ("codex-tool", "ok", "Hello from the mock."),
        ("codex-commit-refused", "ok", "Hello from the mock."),
        ("codex-401", "agent", ""),
        ("codex-429", "limit", ""),
        ("codex-items", "denied", "I could not do it."),
    ],
)
async def test_recorded_streams(tmp_path, name, kind, text):
    stream = AGENT_STREAMS / f"{name}.jsonl"
    exit_code = 1 if kind in ("agent", "limit") else 0

    result = await call_provider(CODEX, TestCodex().call("says", tmp_path, stream=stream, exit_code=exit_code))

    assert (result.kind, result.text) == (kind, text)
    assert (result.usage is None) == (kind in ("agent", "limit"))


async def test_what_it_does_is_told(tmp_path):
    heard = Heard()

    await call_provider(CODEX, TestCodex().call("says", tmp_path, stream=AGENT_STREAMS / "codex-items.jsonl"), heard)

    assert [m.text for m in heard.of(Thought)] == ["**Looking at the file**"]
    assert [(m.name, m.summary) for m in heard.of(ToolCalled)] == [
        ("docs.search", '{"q": "birds"}'),
        ("apply_patch", "/repo/a.txt, /repo/b.txt"),
        ("web_search", "how tall is a tower"),
        ("shell", "rm -rf /"),
    ]
    assert [m.ok for m in heard.of(ToolAnswered)] == [False, True, True]
    assert [(m.tool, m.message) for m in heard.of(Denied)] == [("shell", "rejected by policy")]


async def test_a_command_that_fails_is_no_failure_of_the_agent(tmp_path):
    heard, stream = Heard(), AGENT_STREAMS / "codex-commit-refused.jsonl"

    result = await call_provider(CODEX, TestCodex().call("says", tmp_path, stream=stream), heard)

    assert result.ok
    assert [m.ok for m in heard.of(ToolAnswered)] == [False]


async def test_its_own_retries_are_told(tmp_path):
    heard, stream = Heard(), AGENT_STREAMS / "codex-401.jsonl"

    await call_provider(CODEX, TestCodex().call("fails", tmp_path, stream=stream), heard)

    assert [(m.attempt, m.status) for m in heard.of(Retrying)] == [(1, 401)]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sandbox": "none"}, "options.sandbox: input should be 'read-only'"),
        ({"config": {"a b": 1}}, "options.config"),
        ({"effort": "--x"}, "options.effort: "),
        ({"sandbx": "read-only"}, "options.sandbx is unknown (did you mean 'sandbox'?)"),
    ],
)
def test_wrong_options_are_named(options, message):
    [found] = CODEX.check_options(options)

    assert found.startswith(message)
