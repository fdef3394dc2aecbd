"""What every provider of an agent program owes its caller besides the contract of all providers.

A subclass gives the provider, the name of its program, and what the program prints in each scenario: those of
`ProviderContract`, `denied` (a tool is not permitted, and it goes on to say something) and `empty` (it says nothing).
The program is a stand-in that plays them; it is a real process with real arguments, input, output and exit code.
"""

import asyncio
import json
import signal
from types import MappingProxyType

import pytest

from prodigy_tui.agents import Denied, Price, Prices, Said
from prodigy_tui.process import ProgramMissing
from tests.contracts.provider_contract import ProviderContract
from tests.support.agents import Heard, agent_call, call_provider, seen_by_stub, stub_environment
from tests.support.clock import FakeClock

PRICED = "priced-model"
PRICES = Prices({PRICED: Price(input=20_000, output=60_000)})
"""10 tokens in and 5 out are half a dollar."""


def as_stream(lines):
    return "".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines)


class ProgramContract(ProviderContract):
    program = ""
    exit_codes = MappingProxyType({"fails": 1, "limited": 1})
    stays_after_its_answer = True
    """Whether its answer is complete before it exits."""
    options = MappingProxyType({})

    def lines(self, scenario):
        raise NotImplementedError

    def call(self, scenario, tmp_path, *, prompt="do it", options=None, **plan):
        fields = {
            key: plan.pop(key) for key in list(plan) if key not in ("stream", "stderr", "signal", "exit_code", "stays")
        }
        played = {"exit_code": self.exit_codes.get(scenario, 0), "stays": scenario == "waits", **plan}
        if "stream" not in played:
            played["stream"] = as_stream(self.lines(scenario))
        env = {**stub_environment(tmp_path, self.program, **played), **fields.pop("env", {})}
        given = {"model": PRICED, **fields}
        return agent_call(tmp_path, prompt, env=env, options={**self.options, **(options or {})}, **given)

    async def until_waiting(self, heard, clock):
        await heard.raw.until(as_stream(self.lines("waits"))[:10])

    async def test_the_prompt_reaches_the_program_as_it_is(self, tmp_path):
        prompt = "--help $(rm -rf /) `x` \"'{prompt}{model}\n\x1b[2J" + "long " * 20_000

        result = await call_provider(self.provider, self.call("says", tmp_path, prompt=prompt))

        assert result.ok
        seen = seen_by_stub(tmp_path)
        assert prompt in (seen["prompt"], *(argument.removeprefix(" ") for argument in seen["argv"]))

    @pytest.mark.parametrize("model", ["--yolo", "-y", "a b; rm"])
    async def test_a_model_never_becomes_an_option(self, tmp_path, model):
        result = await call_provider(self.provider, self.call("says", tmp_path, model=model))

        if result.ok:
            assert model not in [part for part in seen_by_stub(tmp_path)["argv"] if part.startswith("-")]
        else:
            assert "would be read as an option" in result.reason

    async def test_a_denied_tool_is_no_success(self, tmp_path):
        result = await call_provider(self.provider, self.call("denied", tmp_path))

        assert (result.ok, result.kind, result.exit_code) == (False, "denied", 1)
        assert result.reason.startswith("not permitted: ")

    async def test_a_denied_tool_is_fine_where_that_is_said(self, tmp_path):
        result = await call_provider(self.provider, self.call("denied", tmp_path, options={"allow_denied": True}))

        assert (result.ok, result.kind, result.exit_code) == (True, "ok", 0)

    async def test_a_tool_that_was_denied_before_the_conversation_went_on_counts(self, tmp_path):
        heard = Heard()
        await call_provider(self.provider, self.call("denied", tmp_path), heard)
        assert [message.tool for message in heard.of(Denied)] != []

        result = await call_provider(self.provider, self.call("says", tmp_path, denied=("Bash",)))

        assert (result.kind, result.reason.split(";")[0]) == ("denied", "not permitted: Bash")

    async def test_an_empty_answer_is_flagged(self, tmp_path):
        result = await call_provider(self.provider, self.call("empty", tmp_path))

        assert (result.ok, result.empty, result.text) == (True, True, "")

    async def test_a_crash_is_told_with_its_error_output(self, tmp_path):
        call = self.call("waits", tmp_path, stays=False, signal=signal.SIGSEGV, stderr="Error: out of luck\n  at x\n")

        result = await call_provider(self.provider, call)

        assert (result.ok, result.kind, result.exit_code) == (False, "agent", 139)
        assert result.reason == f"{self.provider.name} was ended by signal 11 without a result: Error: out of luck"

    async def test_an_exit_code_that_is_no_success_fails_also_after_an_answer(self, tmp_path):
        result = await call_provider(self.provider, self.call("says", tmp_path, exit_code=9))

        assert (result.ok, result.kind, result.exit_code) == (False, "agent", 9)
        assert "exited with 9" in result.reason

    async def test_a_limit_told_on_the_error_output_is_one(self, tmp_path):
        call = self.call(
            "waits", tmp_path, stays=False, exit_code=1, stderr="429 Too Many Requests, try again in 2m5s\n"
        )

        result = await call_provider(self.provider, call)

        assert (result.kind, result.limit_s) == ("limit", 125.0)

    @pytest.mark.parametrize(
        "garbage", ["", "\n\n", "{", '[1, 2]\n"x"\n', '{"type": 1}\n{"type": "result"}', "\x00\x1b[2J\xff\n" * 9]
    )
    async def test_garbage_is_survived(self, tmp_path, garbage):
        result = await call_provider(self.provider, self.call("says", tmp_path, stream=garbage, exit_code=1))

        assert result.ok is False
        assert "\n" not in result.reason
        assert "\x1b" not in result.reason

    async def test_a_program_that_stays_after_its_answer_is_sent_away(self, tmp_path):
        if not self.stays_after_its_answer:
            pytest.skip("it has no last word but its exit")
        clock, heard = FakeClock(), Heard()

        async with asyncio.TaskGroup() as tasks:
            call = self.call("says", tmp_path, stays=True)
            running = tasks.create_task(call_provider(self.provider, call, heard, clock=clock))
            await heard.raw.until(as_stream(self.lines("says"))[-12:])
            await clock.advance(29)
            assert not running.done()
            await clock.advance(1)

        assert (running.result().ok, running.result().duration_s) == (True, 30)

    async def test_a_gentle_end_is_no_failure_of_the_agent(self, tmp_path):
        heard, clock = Heard(), FakeClock()
        call = self.call("waits", tmp_path)

        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(call_provider(self.provider, call, heard, clock=clock))
            await self.until_waiting(heard, clock)
            call.stop.ask()

        assert running.result().kind == "cancelled"

    async def test_a_model_without_a_price_has_an_unknown_cost(self, tmp_path):
        result = await call_provider(self.provider, self.call("uses", tmp_path, model="nobody-knows-it"))

        assert (result.usage.input_tokens, result.usage.output_tokens, result.usage.usd) == (10, 5, None)

    async def test_a_missing_program_is_told_with_what_to_do(self, tmp_path):
        env = {"PATH": str(tmp_path / "nothing")}

        assert f"cannot find the program '{self.program}' on PATH; " in self.provider.missing(env)
        with pytest.raises(ProgramMissing):
            await call_provider(self.provider, agent_call(tmp_path, env=env, options=self.options, model=PRICED))

    async def test_hostile_text_comes_out_as_text(self, tmp_path):
        heard = Heard()
        stream = as_stream(self.lines("says")).replace("hello token", "[bold]hi[/bold] $(x)")

        result = await call_provider(self.provider, self.call("says", tmp_path, stream=stream), heard)

        assert result.text.startswith("[bold]hi[/bold] $(x)")
        assert [m.text for m in heard.of(Said)] == [result.text]

    async def test_a_conversation_is_gone_on_with(self, tmp_path):
        if not self.provider.resumes:
            pytest.skip("it cannot")
        session = "99999999-2222-4333-8444-555555555555"

        result = await call_provider(self.provider, self.call("says", tmp_path, resume=session))

        assert result.ok
        assert [part for part in seen_by_stub(tmp_path)["argv"] if session in part] != []

    async def test_a_lost_conversation_is_told(self, tmp_path):
        if not self.provider.resumes:
            pytest.skip("it cannot")
        call = self.call("waits", tmp_path, resume="gone", stream="", stays=False, exit_code=1, stderr=self.lost)

        result = await call_provider(self.provider, call)

        assert (result.kind, result.lost) == ("agent", True)

    lost = "Error: Session not found\n"
