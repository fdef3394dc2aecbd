"""A budget of money needs prices (language 17)."""

import pytest

from prodigy_tui.engine.providers.budget_prices import PriceUnknown, require_prices
from prodigy_tui.errors import ExitCode
from prodigy_tui.events.values import RunSettings
from tests.support.rules import rule

UNKNOWN = "- agent: {prompt: x, provider: codex, model: gpt-unheard-of}"
KNOWN = "- agent: {prompt: x, provider: codex, model: gpt-5}"


@pytest.mark.parametrize(
    ("text", "settings", "message"),
    [
        ("budget: {usd: 1}", {}, "PT630: the price of 'gpt-unheard-of' of codex is not known, and the budget is in"),
        ("budget: {per_item: {usd: 1}}", {}, "PT630: the price of 'gpt-unheard-of' of codex"),
        ('budget: {usd: "${ARG_1}"}', {}, "PT630: the price of 'gpt-unheard-of' of codex"),
        ("x-a: 1", {"budget_usd": 3.0}, "PT630: the price of 'gpt-unheard-of' of codex"),
        ("budget: {tokens: 1000, time: 2h}", {}, None),
        ("budget: {usd: 1}", {"provider": "scripted"}, None),
        ("budget: {usd: 1}", {"provider": "claude"}, None),
        ("x-a: 1", {}, None),
    ],
)
@rule("17 runs: price")
def test_prices_are_needed_for_limits_in_money_only(lab, text, settings, message):
    workflow = lab.workflow(f"{text}\nsteps:\n  {KNOWN}\n  {UNKNOWN}\n")
    providers = lab.services(None).providers  # type: ignore[arg-type]

    if message is None:
        require_prices(workflow, RunSettings(**settings), providers)
        return
    with pytest.raises(PriceUnknown) as refused:
        require_prices(workflow, RunSettings(**settings), providers)
    assert str(refused.value).startswith(message)
    assert refused.value.exit_code == ExitCode.USAGE


@rule("17 runs: price")
async def test_nothing_is_started_or_recorded(lab):
    with pytest.raises(PriceUnknown, match="the default model of codex"):
        await lab.run("budget: {usd: 1}\nsteps:\n  - agent: {prompt: x, provider: codex}\n")

    assert not list(lab.folder.rglob("events.jsonl"))
