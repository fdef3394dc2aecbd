"""The program dies while a budget is at work; taken up again, the run knows what was spent and goes on within it."""

import pytest

from prodigy_tui.engine.decisions.budget import Amount, caps_of, shortage
from prodigy_tui.events.evolve import evolve
from prodigy_tui.events.schema import BudgetReserved
from prodigy_tui.events.source import read_events
from prodigy_tui.events.state import RunState
from prodigy_tui.workflow.load import load_text
from tests.support.crash import MODES, Crash
from tests.support.drive import Driver

WORKFLOW = """
name: thrifty
budget: {usd: 1.6, estimate: {usd: 0.6}}
map:
  input: [a, b, c, d]
  max_parallel: 3
  agent_template:
    - agent: {prompt: "do ${item}", provider: scripted, options: {script: [{match: "", do: [
        {usage: {input_tokens: 9, usd: 0.05}}, {wait: 1s}, {usage: {input_tokens: 1, usd: 0.05}}, {say: ok}]}]}}
"""
EVENTS = 45
SAMPLE = 2


@pytest.mark.parametrize("case", range(SAMPLE))
def test_a_run_that_died_goes_on_within_its_budget(case, tmp_path, monkeypatch):
    driver = Driver(tmp_path, WORKFLOW)

    Crash(4 + case * EVENTS // SAMPLE, MODES[case % len(MODES)]).drive(driver, monkeypatch)
    ended = driver.resume()

    assert (ended.status, ended.counts.success) == ("succeeded", 4)
    budget = load_text(WORKFLOW, "w.yml").require().budget
    state, spent = RunState(), 0.0
    for envelope in read_events(driver.folder.events):
        if isinstance(envelope.event, BudgetReserved):
            wanted = Amount(usd=envelope.event.usd)
            assert shortage(caps_of(budget, state), state, wanted) == ""
        state = evolve(state, envelope)
        assert (state.usage.usd or 0.0) >= spent, "what is spent is never forgotten"
        spent = state.usage.usd or 0.0
    assert spent >= 0.4 - 1e-9
    assert (len(state.spending.held), len(state.spending.waiting)) == (0, 0)
