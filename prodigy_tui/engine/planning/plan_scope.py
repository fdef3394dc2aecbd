"""The variables that are known before a run, for its plan (language 8.5, 18). Pure."""

import json
from collections.abc import Mapping
from typing import Any, Final

from msgspec import Struct, field

from prodigy_tui.engine.planning.plan_texts import Known
from prodigy_tui.events.values import Item, RunSettings
from prodigy_tui.workflow.declared import declared_names
from prodigy_tui.workflow.model import Phase, Workflow
from prodigy_tui.workflow.variables import Layers, Scope, Value, agent_aliases, item_value, positional_values

_ITEM_NAMES: Final = frozenset({"item", "item_id", "item_json", "item_index", "item_total"})
_SETTLED: Final = frozenset({"ARG", "param", "vars"})
_POSITIONS: Final = 100
"""Positional values that a text may ask for and that nobody gave."""


class Before(Struct, frozen=True, kw_only=True):
    """What is known of a run before it starts, whichever item is meant."""

    workflow: Workflow
    settings: RunSettings
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """Without secret ones."""
    env: Mapping[str, str] = field(default_factory=dict)
    """The variables of the workflow whose values are known."""
    process_env: Mapping[str, str] = field(default_factory=dict)
    secrets: frozenset[str] = frozenset()

    def known(
        self, phase: Phase, *, item: Item | None = None, index: int = 0, total: int = 0, argument: str | None = None
    ) -> Known:
        """Returns what a text of `phase` can be filled in with, for one item or one positional value."""
        workflow, settings = self.workflow, self.settings
        positional = positional_values(settings.arguments, argument)
        variables = _trusted(workflow.vars)
        parameters = _trusted(self.parameters)
        layers = Layers(
            parameters=parameters,
            variables=variables,
            environment=(_trusted(self.env),),
            positional=positional,
        ).in_order()
        names = [*layers]
        roots: dict[str, Value] = {
            "param": Value(dict(self.parameters), trusted=True),
            "vars": Value(dict(workflow.vars), trusted=True),
            "workflow": Value({"name": workflow.name}, trusted=True),
            "run": Value({"profile": settings.profile or "", "args": list(settings.arguments)}, trusted=True),
            "active_profile": Value(settings.profile or "", trusted=True),
        }
        settled = _SETTLED | set(parameters) | set(variables) | {f"ARG_{n}" for n in range(1, _POSITIONS)}
        if item is not None:
            names.append(agent_aliases(item.data, args_given=bool(settings.arguments)))
            roots |= _item_roots(item, index, total)
            settled |= _ITEM_NAMES
        declared = declared_names(workflow, phase)

        def with_env(own: Mapping[str, str]) -> Scope:
            env = Value({**self.process_env, **self.env, **own}, trusted=True)
            return Scope(
                names=[_trusted(own), *names],
                roots={**roots, "env": env},
                environment=self.process_env,
                declared=declared,
                secrets=self.secrets,
            )

        return Known(scope=with_env({}), settled=frozenset(settled), with_env=with_env)


def _item_roots(item: Item, index: int, total: int) -> dict[str, Value]:
    return {
        "item": item_value(item.data),
        "item_json": Value(json.dumps(item.data, ensure_ascii=False, separators=(",", ":"))),
        "item_id": Value(item.id),
        "item_index": Value(index),
        "item_total": Value(total),
    }


def _trusted(data: Mapping[str, Any]) -> dict[str, Value]:
    return {name: Value(value, trusted=True) for name, value in data.items()}
