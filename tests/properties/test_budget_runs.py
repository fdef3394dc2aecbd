"""Budgets under chance: whatever is spent, in whatever order agents end, no start exceeds the limit, and runs end."""

import pytest
from msgspec.structs import replace

from prodigy_tui.engine.decisions.actions import Effect, StartAgent
from prodigy_tui.engine.decisions.budget import ROUNDING, caps_of, committed, expected, shortage, step_name
from prodigy_tui.events.schema import BudgetAwaited, BudgetReserved, BudgetSettled, GateAnswered, UsageReported
from prodigy_tui.events.values import Usage
from prodigy_tui.workflow.load import load_text
from prodigy_tui.workflow.model import Workflow
from tests.support.rules import rule
from tests.support.simulate import Simulation

STEP = step_name("map", "0")


def workflow(budget: str, parallel: int) -> Workflow:
    return load_text(
        f"budget: {budget}\nmap: {{input: [1], max_parallel: {parallel}, agent_template: [{{claude: x}}]}}\n", "w.yml"
    ).require()


class Thrifty(Simulation):
    """A run in which every agent is one agent step."""

    def admitted(self, item_id: str) -> bool:
        """Lets an agent's step start if it fits; else it waits."""
        caps = caps_of(self.workflow.budget, self.state)
        wanted = expected(caps, self.state.spending, STEP)
        if reason := shortage(caps, self.state, wanted):
            if not self.waits(item_id):
                self.record(BudgetAwaited(step=STEP, message=reason, phase="map", path="0", item_id=item_id))
            return False
        self.record(
            BudgetReserved(step=STEP, usd=wanted.usd, tokens=wanted.tokens, phase="map", path="0", item_id=item_id)
        )
        now = committed(self.state)
        assert caps.usd is None or now.usd <= caps.usd + ROUNDING
        assert caps.tokens is None or now.tokens <= caps.tokens
        return True

    def waits(self, item_id: str) -> bool:
        return any(one.item_id == item_id for one in self.state.spending.waiting.values())

    def holds(self, item_id: str) -> bool:
        return f"map 0 {item_id}" in self.state.spending.held

    def step(self) -> None:
        asked = self.state.spending.asked
        if asked in self.state.gates and self.state.attended:
            self.record(GateAnswered(gate=asked, answer=self.chance.choice(["raise", "raise", "stop"])))
        super().step()

    def begin(self, effect: Effect) -> None:
        super().begin(effect)
        if isinstance(effect, StartAgent):
            self.admitted(effect.item_id)

    def complete(self, effect: Effect) -> None:
        if isinstance(effect, StartAgent):
            item_id = effect.item_id
            if not self.holds(item_id) and not self.admitted(item_id):
                return
            usage = Usage(input_tokens=self.chance.randrange(40), usd=self.chance.random())
            self.record(UsageReported(usage=usage, provider="claude", phase="map", path="0", item_id=item_id))
            self.record(BudgetSettled(finished=True, phase="map", path="0", item_id=item_id))
        super().complete(effect)

    def cancel(self, effect: Effect) -> None:
        if isinstance(effect, StartAgent) and (self.holds(effect.item_id) or self.waits(effect.item_id)):
            self.record(BudgetSettled(finished=False, phase="map", path="0", item_id=effect.item_id))
        super().cancel(effect)


@pytest.mark.parametrize("seed", range(40))
@rule("17 runs: reservation", "17 runs: stop")
def test_every_run_ends_and_no_start_exceeds_the_limit(seed: int) -> None:
    budget = ("{usd: 3}", "{tokens: 150}", "{usd: 4, tokens: 200, on_exceed: pause}", "{usd: 100}")[seed % 4]
    attended = "pause" not in budget or seed % 8 < 4
    run = Thrifty(workflow(budget, 1 + seed % 5), seed, items=12, attended=attended)

    ended = run.run()

    ends = (0, 1, *(() if budget == "{usd: 100}" else (4,)), *(() if attended else (3,)))
    assert ended.exit_code in ends
    assert (len(ended.spending.held), len(ended.spending.waiting)) == (0, 0)
    if ended.code == "PT630":
        assert ended.counts.pending > 0, "there was more to do"


@pytest.mark.parametrize("seed", range(6))
@rule("17 runs: survives")
def test_a_larger_budget_lets_a_stopped_run_go_on_to_its_end(seed: int) -> None:
    run = Thrifty(workflow("{usd: 2}", 3), seed, items=10, failing=0.0, conflicting=0.0)
    stopped = run.run()
    run.workflow = replace(run.workflow, budget=replace(run.workflow.budget, usd=50.0))

    run.resume()
    ended = run.run()

    assert (stopped.exit_code, ended.exit_code) == (4, 0)
    assert ended.counts.success == 10
    assert (ended.usage.usd or 0.0) > (stopped.usage.usd or 0.0)
