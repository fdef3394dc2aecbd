"""Providers that people describe: their definitions, their arguments, and how output is read."""

import json
import signal
import sys

import pytest

from prodigy_tui.agents import CommandDefinition, Prices, Said, ToolCalled
from prodigy_tui.agents.command import CommandProvider
from prodigy_tui.agents.options import problems_of, read_options
from tests.contracts.program_contract import PRICED, PRICES, ProgramContract
from tests.support.agents import AGENT_STREAMS, SESSION, Heard, agent_call, call_provider, seen_by_stub
from tests.support.children import ENV
from tests.support.rules import rule

PLACES = {
    "text": "answer.text", "session": "id", "model": "model", "error": "problem.message",
    "input_tokens": "usage.in", "cached_tokens": "usage.cached", "output_tokens": "usage.out", "usd": "usage.usd",
}  # fmt: skip


def provider(prices=PRICES, **fields):
    definition = read_options(CommandDefinition, {"command": ["my-agent", "--model={model}"], **fields})
    return CommandProvider("mine", definition, prices)


class _Described(ProgramContract):
    program = "my-agent"

    def call(self, scenario, tmp_path, **fields):
        self.model = fields.get("model") or PRICED
        return super().call(scenario, tmp_path, **fields)

    async def test_a_crash_is_told_with_its_error_output(self, tmp_path):
        call = self.call("waits", tmp_path, stays=False, signal=signal.SIGSEGV, stderr="Error: out of luck\n  at x\n")

        result = await call_provider(self.provider, call)

        assert (result.kind, result.exit_code) == ("agent", 139)
        assert result.reason == "mine was ended by signal 11 without a result: Error: out of luck"


class TestText(_Described):
    """Its output is its answer; what it means is shown by exit codes and patterns."""

    provider = provider(
        resume=["my-agent", "--continue", "{session}", "--model={model}"],
        denied_if="^DENIED",
        limited_if="quota",
        fails_if="^cannot",
    )
    stays_after_its_answer = False

    def lines(self, scenario):
        return {
            "says": ["hello token hunter2-long"],
            "fails": ["cannot log in"],
            "limited": ["out of quota"],
            "denied": ["DENIED shell", "done"],
            "empty": [],
            "waits": ["thinking about it"],
        }[scenario]

    async def test_what_was_used_is_told_and_summed(self, tmp_path):
        result = await call_provider(self.provider, self.call("says", tmp_path))

        assert result.usage is None

    async def test_a_model_without_a_price_has_an_unknown_cost(self, tmp_path):
        assert (await call_provider(self.provider, self.call("says", tmp_path))).usage is None

    @pytest.mark.parametrize("garbage", ["\x00\x1b[2J\xff\n" * 9, "\n" * 1000])
    async def test_garbage_is_survived(self, tmp_path, garbage):
        result = await call_provider(self.provider, self.call("says", tmp_path, stream=garbage))

        assert result.ok

    async def test_the_end_of_an_endless_output_is_kept(self, tmp_path):
        stream = tmp_path / "endless.txt"
        stream.write_text("".join(f"{number:07}{'x' * 992}\n" for number in range(10_000)))

        result = await call_provider(self.provider, self.call("says", tmp_path, stream=stream))

        assert len(result.text) < 9_000_000
        assert result.text.splitlines()[-1].startswith("0009999")


class TestJsonLines(_Described):
    provider = provider(
        command=["my-agent", "--json", ["--model", "{model}"], "--", "{prompt}"],
        resume=["my-agent", "--again={session}", ["--model", "{model}"], "--", "{prompt}"],
        output="jsonl",
        result=PLACES,
        denied_if="not allowed",
    )
    stays_after_its_answer = False

    def lines(self, scenario):
        model = getattr(self, "model", PRICED)
        begin = {"id": "c-1", "model": model}
        said = {"answer": {"text": "hello token hunter2-long"}, "usage": {"in": 10, "cached": 0, "out": 5}}
        return {
            "says": ["starting", begin, said],
            "fails": [begin, {"problem": {"message": "no key\nat all"}}],
            "limited": [begin, {"problem": {"message": "rate limit"}}],
            "uses": [begin, said],
            "denied": [begin, {"note": "not allowed: shell"}, said],
            "empty": [begin],
            "waits": [begin],
        }[scenario]

    async def test_a_prompt_of_any_length_fits(self, tmp_path):
        """It does not: an argument has a limit, which is told."""
        result_or_error = call_provider(self.provider, self.call("says", tmp_path, prompt="x" * 500_000))

        with pytest.raises(Exception, match="cannot start"):
            await result_or_error

    async def test_the_prompt_reaches_the_program_as_it_is(self, tmp_path):
        prompt = "--help $(rm -rf /) `x` \"'{prompt}{model}\n\x1b[2J"

        await call_provider(self.provider, self.call("says", tmp_path, prompt=prompt))

        seen = seen_by_stub(tmp_path)
        assert seen["argv"] == ["--json", "--model", PRICED, "--", f" {prompt}"]
        assert seen["prompt"] == ""

    async def test_arguments_without_their_value_are_left_out(self, tmp_path):
        await call_provider(self.provider, self.call("says", tmp_path, model=None))

        assert seen_by_stub(tmp_path)["argv"] == ["--json", "--", "do it"]


async def test_numbers_may_add_up_and_a_told_cost_wins(tmp_path):
    mine = provider(output="jsonl", result={**PLACES, "count": "sum"})
    lines = [json.dumps({"usage": {"in": 10, "cached": 4, "out": 5, "usd": usd}}) for usd in (0.25, 0.5)]
    described = TestText()
    described.provider = mine

    result = await call_provider(mine, described.call("says", tmp_path, stream="\n".join(lines)))

    assert (result.usage.input_tokens, result.usage.output_tokens, result.usage.usd) == (20, 10, 0.75)


async def test_one_document_of_json_may_have_many_lines(tmp_path):
    mine = provider(output="json", result=PLACES)
    described = TestText()
    described.provider = mine
    stream = json.dumps({"id": "c-7", "answer": {"text": "well"}}, indent=2)

    heard = Heard()
    result = await call_provider(mine, described.call("says", tmp_path, stream=stream), heard)

    assert (result.ok, result.text, result.session_id) == (True, "well", "c-7")
    assert [m.text for m in heard.of(Said)] == ["well"]


@pytest.mark.parametrize("output", ["json", "jsonl"])
async def test_what_should_be_json_and_is_none_is_a_failure(tmp_path, output):
    mine = provider(output=output, result=PLACES)
    described = TestText()
    described.provider = mine

    result = await call_provider(mine, described.call("says", tmp_path, stream="well, hello\n"))

    assert (result.kind, result.reason) == ("agent", "its output is not JSON")


@pytest.mark.parametrize(
    ("output", "stream", "text", "tools"),
    [
        ("codex", "codex-tool", "Hello from the mock.", 1),
        ("gemini", "gemini-tool", "Hello from the mock.", 1),
        ("qwen", "qwen-tool", "done", 1),
        ("opencode", "opencode-tool", "done", 1),
        ("claude", "../claude-streams/write-commit", "Committed a.txt.", 2),
    ],
)
async def test_the_streams_of_known_programs_can_be_read(tmp_path, output, stream, text, tools):
    mine = provider(command=["my-agent"], output=output)
    described, heard = TestText(), Heard()
    described.provider = mine

    result = await call_provider(
        mine, described.call("says", tmp_path, stream=AGENT_STREAMS / f"{stream}.jsonl"), heard
    )

    assert (result.ok, result.text) == (True, text)
    assert len(heard.of(ToolCalled)) == tools
    assert result.usage.output_tokens > 0


async def test_other_exit_codes_can_be_a_success(tmp_path):
    mine = provider(success_codes=[0, 3])
    described = TestText()
    described.provider = mine

    assert (await call_provider(mine, described.call("says", tmp_path, exit_code=3))).ok
    assert not (await call_provider(mine, described.call("says", tmp_path, exit_code=4))).ok


async def test_options_and_environment_reach_the_program(tmp_path):
    mine = provider(
        command=[
            "my-agent",
            "--effort={options.effort}",
            ["--max", "{options.max}"],
            "--in={cwd}",
            "{session}",
            "{{x}}",
        ],
        options={"effort": "low", "max": None, "fast": False},
        env={"MY_MODE": "batch"},
    )
    described = TestText()
    described.provider = mine

    await call_provider(mine, described.call("says", tmp_path, options={"max": 3}))

    seen = seen_by_stub(tmp_path)
    assert seen["argv"] == ["--effort=low", "--max", "3", f"--in={tmp_path}", SESSION, "{x}"]
    assert seen["env"]["MY_MODE"] == "batch"
    assert mine.check_options({"max": [1], "mox": 2}) == (
        "options.max: must be a text, a number or a boolean",
        "options.mox is unknown to the provider 'mine' (there are effort, max, fast, allow_denied)",
    )


async def test_a_value_that_is_needed_and_missing_starts_nothing(tmp_path):
    described = TestText()

    result = await call_provider(described.provider, described.call("says", tmp_path, model=None))

    assert (result.kind, result.reason) == ("agent", "mine: there is no model; the provider needs one")
    assert not (tmp_path / "call.json").exists()


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"command": "my-agent --json"}, "options.command: must be a list of arguments"),
        ({"command": []}, "options.command: "),
        ({"command": ["{model}"]}, "options: command[0] must be a program"),
        ({"command": ["a", "{promt}"]}, "options: command[1]: {promt} is unknown; use {prompt}, "),
        ({"command": ["a", "{options.x}"]}, "options: command[1]: {options.x} is unknown"),
        ({"command": ["a", "do: {prompt}"]}, "options: command[1]: {prompt} must be an argument of its own"),
        ({"command": ["sh", "-c", "{prompt}"]}, "options: command[2]: {prompt} would become code; "),
        ({"command": ["/bin/bash", "-lc", "agent -m {model}"]}, "options: command[2]: {model} would become code; "),
        ({"command": ["python3", "-c", "print({model})"]}, "options: command[2]: {model} would become code; "),
        ({"command": ["a"], "resume": ["a", "-r"]}, "options: resume: {session} is missing"),
        ({"command": ["a"], "result": {"text": "x"}}, "options: result has no effect with output 'text'"),
        ({"command": ["a"], "output": "xml"}, "options.output: input should be 'text', "),
        ({"command": ["a"], "fails_if": "("}, "options.fails_if: no regular expression: "),
        ({"command": ["a"], "comand": ["b"]}, "options.comand is unknown (did you mean 'command'?)"),
        ({}, "options.command is missing"),
    ],
)
def test_definitions_that_cannot_work_are_refused(fields, message):
    found = problems_of(CommandDefinition, fields)

    assert found[0].startswith(message), found


@rule("5.5 prompt")
async def test_code_of_a_shell_gets_the_prompt_as_an_argument(tmp_path):
    """The way that the message about code recommends."""
    mine = provider(command=["sh", "-c", 'printf "%s|" "$@"', "sh", "{prompt}"])
    prompt = "$(touch hacked) `touch hacked`; touch hacked"

    result = await call_provider(mine, agent_call(tmp_path, prompt, env=ENV))

    assert result.text == f"{prompt}|"
    assert not (tmp_path / "hacked").exists()


async def test_any_program_is_an_agent(tmp_path):
    """The prompt is on standard input where no argument takes it."""
    mine = CommandProvider(
        "upper",
        CommandDefinition(command=(sys.executable, "-c", "print(input().upper())")),
        Prices(),
    )

    result = await call_provider(mine, agent_call(tmp_path, "make it loud", env=ENV))

    assert (result.ok, result.text) == (True, "MAKE IT LOUD")
