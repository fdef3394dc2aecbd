"""What every agent provider owes its caller; each implementation inherits this suite.

A subclass gives the provider and a call for each scenario: `says` (answers "hello token hunter2-long"), `fails`
(for a reason of its own), `waits` (does not end by itself), `limited` and `uses` (10 tokens in, 5 out, 0.5 USD).
"""

import asyncio

import pytest
from msgspec.structs import replace

from prodigy_tui.agents import Said, Started, Used
from prodigy_tui.process import Masker
from tests.support.agents import Heard, call_provider
from tests.support.clock import FakeClock


class ProviderContract:
    provider = None

    def call(self, scenario, tmp_path, **fields):
        raise NotImplementedError

    async def test_an_answer_is_well_and_told(self, tmp_path):
        heard = Heard()

        result = await call_provider(self.provider, self.call("says", tmp_path), heard)

        assert (result.ok, result.kind, result.exit_code, result.reason) == (True, "ok", 0, "")
        assert result.text == "hello token hunter2-long"
        assert [m.text for m in heard.of(Said)] == ["hello token hunter2-long"]
        assert isinstance(heard.messages[0], Started)
        assert result.session_id == heard.messages[0].session_id

    async def test_secrets_are_hidden_in_all_it_tells(self, tmp_path):
        heard = Heard()

        result = await call_provider(self.provider, self.call("says", tmp_path), heard, masker=Masker(["hunter2-long"]))

        assert result.text == "hello token ***"
        assert "hunter2" not in repr(heard.messages) + heard.raw.stdout + repr(result)

    async def test_a_failure_has_a_reason_of_one_line(self, tmp_path):
        result = await call_provider(self.provider, self.call("fails", tmp_path))

        assert (result.ok, result.kind) == (False, "agent")
        assert result.exit_code != 0
        assert result.reason
        assert "\n" not in result.reason

    async def test_a_limit_is_no_failure_of_the_agent(self, tmp_path):
        result = await call_provider(self.provider, self.call("limited", tmp_path))

        assert (result.ok, result.kind) == (False, "limit")

    async def test_what_was_used_is_told_and_summed(self, tmp_path):
        heard = Heard()

        result = await call_provider(self.provider, self.call("uses", tmp_path), heard)

        assert (result.usage.input_tokens, result.usage.output_tokens, result.usage.usd) == (10, 5, 0.5)
        assert sum(m.input_tokens for m in heard.of(Used)) == 10

    @pytest.mark.parametrize(
        "limits", [{"timeout_s": 60}, {"idle_timeout_s": 60}, {"timeout_s": 60, "idle_timeout_s": 90}]
    )
    async def test_time_runs_out(self, tmp_path, limits):
        clock = FakeClock()

        async with asyncio.TaskGroup() as tasks:
            heard = Heard()
            running = tasks.create_task(
                call_provider(self.provider, self.call("waits", tmp_path, **limits), heard, clock=clock)
            )
            await self.until_waiting(heard, clock)
            await clock.advance(60)

        result = running.result()
        assert (result.ok, result.kind, result.exit_code, result.duration_s) == (False, "timeout", 124, 60)

    async def test_cancelling_goes_on_as_cancelled(self, tmp_path):
        heard, clock = Heard(), FakeClock()
        running = asyncio.ensure_future(call_provider(self.provider, self.call("waits", tmp_path), heard, clock=clock))
        await self.until_waiting(heard, clock)

        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    async def until_waiting(self, heard, clock):
        await clock.until_sleeping()

    async def test_an_unknown_option_is_named_and_starts_nothing(self, tmp_path):
        [message] = self.provider.check_options({"no_such_option": 1})
        call = replace(self.call("waits", tmp_path), options={"no_such_option": 1})

        result = await call_provider(self.provider, call)

        assert "no_such_option" in message
        assert (result.kind, result.reason) == ("agent", message)

    def test_it_knows_whether_it_can_run(self, tmp_path):
        assert self.provider.missing(self.call("says", tmp_path).env) is None
