"""A limit in money needs prices: whatever nobody knows the price of does not start under one (language 17, PT630)."""

from collections.abc import Iterator, Mapping

from prodigy_tui.agents import Provider
from prodigy_tui.engine.decisions.budget import CODE, first_caps
from prodigy_tui.errors import ProdigyError
from prodigy_tui.events.values import RunSettings
from prodigy_tui.workflow.declared import SEEN_PHASES, every_step, steps_of, steps_of_merges
from prodigy_tui.workflow.model import AgentCommand, Workflow


class PriceUnknown(ProdigyError):
    """A model's price is not known, and the budget is one of money."""

    def __init__(self, provider: str, model: str | None) -> None:
        what = f"'{model}' of {provider}" if model is not None else f"the default model of {provider}"
        hint = "name a model with a price, put its price into 'prices:' of the settings, or limit tokens instead"
        super().__init__(f"{CODE}: the price of {what} is not known, and the budget is in US dollars", hint=hint)


def require_prices(workflow: Workflow, settings: RunSettings, providers: Mapping[str, Provider]) -> None:
    """Returns when every agent step has a price, or no limit needs one.

    Raises:
        PriceUnknown: one has none.
    """
    if not _counts_money(workflow, settings):
        return
    for command in dict.fromkeys(_agents(workflow)):
        name = settings.provider or command[0]
        model = command[1] if name == command[0] else None
        provider = providers.get(name)
        if provider is not None and not provider.knows_price(model):
            raise PriceUnknown(name, model)


def _counts_money(workflow: Workflow, settings: RunSettings) -> bool:
    budget, caps = workflow.budget, first_caps(workflow.budget, settings)
    late = budget is not None and ("usd" in budget.late or "usd" in budget.per_item.late)
    return late or caps.usd is not None or caps.per_item.usd is not None


def _agents(workflow: Workflow) -> Iterator[tuple[str, str | None]]:
    for phase in SEEN_PHASES:
        outside = steps_of_merges(workflow) if phase == "merge" else ()
        for step in every_step((*steps_of(workflow, phase), *outside)):
            if isinstance(step.command, AgentCommand):
                yield step.command.provider, step.command.model
