"""The values of a map, and of the merges of its agents, that are known only when it starts (language 3.1). Pure.

They are recorded once and used from then on: `values_of_map` and `values_of_merges` find what was settled and name it
by its path, such as `map.retry.attempts`; the log keeps it; `settled` puts it back into the workflow, in this process
and in every later one.
"""

from collections.abc import Collection, Mapping
from typing import Any, Final, TypeVar

from msgspec.structs import replace

from prodigy_tui.engine.decisions.narrowing import narrowed
from prodigy_tui.events.state import RunState
from prodigy_tui.workflow.model import ErrorPolicy, MapPhase, MergeRules, Workflow
from prodigy_tui.workflow.model.base import Model

LATER: Final = frozenset({"agent_template", "items", "handler", "steps", "step", "fix", "fallback", "worktree"})
"""What is settled when its own steps or items start, and what may be large and has no late values."""

_OF_LOADING: Final = LATER | {"input", "sort_by"}
"""What has done its work once the items are there."""

_M = TypeVar("_M", bound=Model)


def values_of_map(
    written: MapPhase, found: MapPhase, policy: ErrorPolicy, settled_policy: ErrorPolicy
) -> dict[str, Any]:
    """Returns the values of a map and its error policy that were not known before, by path."""
    return {
        **{f"map.{path}": value for path, value in _values(written, found, _OF_LOADING).items()},
        **{f"error_policy.{path}": value for path, value in _values(policy, settled_policy, LATER).items()},
    }


def values_of_merges(written: MergeRules, found: MergeRules) -> dict[str, Any]:
    """Returns the values of agent merges that were not known before the map, by path."""
    return {f"merge.agents.{path}": value for path, value in _values(written, found, LATER).items()}


def settled(workflow: Workflow, state: RunState) -> Workflow:
    """Returns the workflow as it holds for a run: with what the command line replaces, and what is known by now."""
    if workflow.map is None:
        return workflow
    phase = narrowed(workflow.map, state.settings)
    policy, merge = workflow.error_policy, workflow.merge
    if len(state.settled):
        known = dict(state.settled.items())
        phase = _with_values(phase, _below("map", known))
        policy = _with_values(policy, _below("error_policy", known))
        merge = _with_values(merge, _below("merge", known))
    if phase is workflow.map and policy is workflow.error_policy and merge is workflow.merge:
        return workflow
    return replace(workflow, map=phase, error_policy=policy, merge=merge)


class Settling:
    """Keeps the settled workflow of a run until more is known."""

    def __init__(self, workflow: Workflow) -> None:
        self._written = workflow
        self._known: tuple[object, object] = (None, None)
        self._settled = workflow

    def workflow(self, state: RunState) -> Workflow:
        """Returns the workflow as it holds in this state."""
        known = (state.settings, state.settled)
        if known[0] is not self._known[0] or known[1] is not self._known[1]:
            self._known, self._settled = known, settled(self._written, state)
        return self._settled


def _values(written: Any, found: Any, without: Collection[str]) -> dict[str, Any]:
    """Returns path → value of every late field of `written`, from `found`."""
    if isinstance(written, tuple):
        pairs = [(str(number), one, other) for number, (one, other) in enumerate(zip(written, found, strict=True))]
    elif isinstance(written, Model):
        names = [name for name in written.__struct_fields__ if name != "late" and name not in without]
        pairs = [(name, getattr(written, name), getattr(found, name)) for name in names]
    else:
        return {}
    late: Collection[str] = written.late if isinstance(written, Model) else ()
    values: dict[str, Any] = {}
    for name, one, other in pairs:
        if name in late:
            values[name] = other
        else:
            values |= {f"{name}.{path}": value for path, value in _values(one, other, without).items()}
    return values


def _with_values(model: _M, values: Mapping[str, Any]) -> _M:
    changes: dict[str, Any] = {}
    for name in {path.partition(".")[0] for path in values}:
        if name not in model.__struct_fields__:
            continue
        current = getattr(model, name)
        inner = _below(name, values)
        if isinstance(current, Model):
            changes[name] = _with_values(current, inner)
        elif isinstance(current, tuple) and inner:
            elements = [_with_values(element, _below(str(n), inner)) for n, element in enumerate(current)]
            changes[name] = tuple(elements)
        else:
            changes[name] = values[name]
    if not changes:
        return model
    late = {name: late for name, late in model.late.items() if name not in changes}
    return replace(model, **changes, late=late)


def _below(name: str, values: Mapping[str, Any]) -> dict[str, Any]:
    start = f"{name}."
    return {path[len(start) :]: value for path, value in values.items() if path.startswith(start)}
