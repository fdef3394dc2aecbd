"""Which variables a step sees: the tables of language 8.4 and 8.5, filled from a context."""

from collections.abc import Mapping
from typing import Any, Final

from msgspec import Struct

from prodigy_tui.engine.context import (
    Context,
    StepName,
    Work,
    kind_fields,
    result_fields,
    result_value,
    status_value,
    validation_value,
)
from prodigy_tui.engine.run_context import RunContext
from prodigy_tui.engine.variables.computing import ContextComputer
from prodigy_tui.engine.variables.git_values import add_git_roots
from prodigy_tui.engine.variables.step_environment import StepEnvironment
from prodigy_tui.workflow.model import Step
from prodigy_tui.workflow.rendering import compact_json
from prodigy_tui.workflow.variables import Scope, Value, agent_aliases, item_value, positional_values


class StepView(Struct, frozen=True, kw_only=True):
    """A step and where it stands."""

    step: Step
    path: str
    index: int


def make_scope(
    run: RunContext,
    view: StepView,
    context: Context,
    env: StepEnvironment,
    names_on_top: Mapping[str, Value] | None = None,
    secrets: frozenset[str] | None = None,
) -> Scope:
    """Returns the variables of one step at this moment.

    Args:
        run: The run.
        view: The step.
        context: Where it runs.
        env: Its variables.
        names_on_top: What one of its own variables is made of.
        secrets: Names that no text gets, where they are others than those of the step.
    """
    work = context.work
    own, left, of_run = env.layers()
    positional = positional_of(run, context)
    names: list[Mapping[str, Value]] = [
        context.loop.names if context.loop is not None else {},
        names_on_top or {},
        own,
        dict(reversed(context.captures.items())),
        {id_: result_value(result) for id_, result in context.results.items()},
        context.template,
        context.enclosing.names,
        left,
        context.parameters,
        *run.constants,
        of_run,
        positional,
    ]
    if work is not None and not context.called:
        names.append(agent_aliases(work.item.data, args_given=bool(positional)))
    return Scope(
        names=names,
        roots=_roots(run, view, context, env, names_on_top or {}),
        environment=run.readable_env,
        secrets=(env.secrets if secrets is None else secrets) | context.template_secrets,
        declared=run.declared[context.phase],
        private=context.private | context.enclosing.private,
        computer=ContextComputer(context.worktree, context.computed, run.clock.now, run.random),
    )


def variables_of_work(work: Work) -> dict[str, str]:
    """Returns the `PRODIGY_*` variables of what works on an item (language 12.5)."""
    return {
        **work.variables,
        "PRODIGY_WORK_ID": work.item.id,
        "PRODIGY_WORK_INDEX": str(work.index),
        "PRODIGY_WORK_TOTAL": str(work.total),
        "PRODIGY_WORK_FILE": str(work.file),
    }


def step_variables(run: RunContext, view: StepView, context: Context, marker: str, number: int) -> dict[str, str]:
    """Returns the `PRODIGY_*` variables of one execution (language 12.5)."""
    variables = {
        "PRODIGY_RUN_ID": run.run_id,
        "PRODIGY_AGENT_ID": marker,
        "PRODIGY_PHASE": context.phase,
        "PRODIGY_STEP": view.step.label,
        "PRODIGY_ATTEMPT": str(number),
        "PRODIGY_WORKTREE": str(context.worktree),
        "PRODIGY_OUTPUT": str(run.outputs_file(marker)),
        "PRODIGY_AUTOMATION": "true",
    }
    if any(frame.is_check for frame in context.frames):
        variables["PRODIGY_VALIDATION"] = "true"
    if (current := positional_of(run, context).get("ARG")) is not None:
        variables["PRODIGY_ARG"] = str(current.data)
    if context.work is not None:
        variables |= variables_of_work(context.work)
    if context.loop is not None and context.loop.variables:
        variables = {name: text for name, text in variables.items() if not name.startswith("PRODIGY_ITEM")}
        variables |= context.loop.variables
    return {name: text for name, text in variables.items() if "\0" not in text}


def _roots(
    run: RunContext, view: StepView, context: Context, env: StepEnvironment, on_top: Mapping[str, Value]
) -> dict[str, Value]:
    ids = {**context.enclosing.ids, **context.results}
    statuses = {**context.enclosing.statuses, **context.statuses}
    silent = {id_: status_value(status) for id_, status in statuses.items()}
    owner = context.frames[-1].owner if context.frames else None
    if owner is None:
        owner = StepName(label=view.step.label, id=view.step.id, index=view.index)
    roots: dict[str, Value] = {
        "step": Value({"name": owner.label, "id": owner.id, "index": owner.index}),
        "steps": Value({**silent, **{id_: result_value(result) for id_, result in ids.items()}}),
        "setup": Value({**context.enclosing.setup, **(context.captures if context.phase == "setup" else {})}),
        "env": _trusted({**env.variables(run.secret_variables), **on_top}),
        "param": run.parameter_root({**context.parameters, **context.template}),
        "vars": _trusted(run.workflow.vars),
        **run.roots(context.worktree, context.iteration),
        **context.roots,
    }
    if context.last is not None:
        roots["last"] = Value(result_fields(context.last))
    for kind, result in context.by_kind.items():
        if kind in _ROOTS_OF_KINDS:
            roots[kind] = Value(result_fields(result))
        elif kind in _ROOTS_OF_FIELDS:
            roots[kind] = Value(kind_fields(result))
    if context.frames:
        roots["handler"] = Value({"output": context.handler_output})
        if error := context.error:
            roots["error"] = Value(dict(error))
            roots["test"] = Value({name: error[name] for name in ("output", "exit_code", "attempt")})
    if context.loop is not None:
        loop = context.loop
        past = roots["foreach"].data if "foreach" in roots else {}
        roots["foreach"] = Value({**past, "item": item_value(loop.item), "index": loop.index, "total": loop.total})
    if context.validation is not None:
        roots["validation"] = validation_value(context.validation)
    if context.work is not None and not context.called:
        roots |= item_roots(context)
    add_git_roots(roots, context.ledger)
    return roots


def item_roots(context: Context) -> dict[str, Value]:
    """Returns the names of an agent's item."""
    assert context.work is not None
    return roots_of_work(context.work)


def roots_of_work(work: Work) -> dict[str, Value]:
    """Returns the names of an item."""
    data = work.item.data
    return {
        "item": item_value(data),
        "item_json": Value(compact_json(data)),
        "item_id": Value(work.item.id),
        "item_index": Value(work.index),
        "item_total": Value(work.total),
        "worker": Value({"id": work.slot, "attempt": work.attempt, "last_error": work.last_error}),
    }


_ROOTS_OF_KINDS: Final = frozenset({"shell", "agent", "claude"})
_ROOTS_OF_FIELDS: Final = frozenset({"foreach", "approve"})
"""Kinds whose roots have what only they say."""


def positional_of(run: RunContext, context: Context) -> Mapping[str, Value]:
    """Returns the positional values; a called workflow has none."""
    return {} if context.called else positional_values(run.state.settings.arguments, context.argument)


def _trusted(data: Mapping[str, Any]) -> Value:
    return Value(dict(data), trusted=True)
