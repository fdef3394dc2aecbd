"""What can be said about one variable before the run: does it exist, can it ever have a value where it stands?"""

from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from prodigy_tui.workflow.build.context import Context
from prodigy_tui.workflow.model import Phase
from prodigy_tui.workflow.paths import Each, ParsedPath
from prodigy_tui.workflow.roots import AGENT_ALIASES, BUILT_IN, FIELDS, RESERVED, SOFT, unknown_field
from prodigy_tui.workflow.suggest import did_you_mean
from prodigy_tui.workflow.visible import Visible

_AGENT: Final[frozenset[Phase]] = frozenset({"map"})
_AFTER_MAP: Final[frozenset[Phase]] = frozenset({"reduce", "merge"})
_AFTER_SETUP: Final[frozenset[Phase]] = frozenset({"setup", "map", "reduce", "merge"})
_HANDLER_ROOTS: Final = frozenset({"error", "handler", "test"})
_STEP_ROOTS: Final = frozenset({"last", "shell", "claude", "agent", "step", "steps", "setup", "CAPTURED_OUTPUT"})
_OF_ITEM: Final = ("item", "item_json", "item_id", "item_index", "item_total", "worker")
_WHERE: Final[Mapping[str, tuple[frozenset[Phase], str]]] = {
    **dict.fromkeys(_OF_ITEM, (_AGENT, "the agents of a map")),
    "map": (_AFTER_MAP, "reduce and merge"),
    "setup": (_AFTER_SETUP, "a workflow with 'map'"),
    "merge": (frozenset({"merge"}), "merge"),
}


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One problem of a path; whoever knows its place reports it."""

    code: str
    message: str
    hint: str = ""


def near_names(name: str, visible: Visible) -> str:
    """Returns the near misses of a name that nobody declares."""
    return did_you_mean(name, sorted(visible.names | RESERVED | SOFT | BUILT_IN))


def alias_of(path: ParsedPath, context: Context, visible: Visible) -> str | None:
    """Returns what to write for a legacy name of an agent, or None when it is none."""
    if context.phase != "map" or path.root in visible.names:
        return None
    return AGENT_ALIASES.get(str(path))


def judge_path(path: ParsedPath, context: Context, visible: Visible, *, optional: bool) -> Finding | None:
    """Returns what is wrong with a path whose root is one of the language or declared.

    Args:
        path: What the author wrote.
        context: Where it stands.
        visible: The declared names there.
        optional: Whether a value that is missing does no harm.
    """
    root, names = path.root, visible.names
    if fault := unknown_field(path, names):
        message, _, hint = fault.partition("; ")
        return Finding(code="PT301", message=message, hint=hint)
    if context.run_wide and not optional and _comes_from_step(root, visible):
        hint = "what holds for the whole run is settled before any step"
        return Finding(code="PT301", message=f"'{path}' has no value here", hint=hint)
    if root in names and root != "item":
        return _judge_declared(path, visible)
    judge = _JUDGES.get(root)
    if judge is not None and path.parts and (finding := judge(path, visible)):
        return finding
    return None if optional else _judge_place(path, context)


def _comes_from_step(root: str, visible: Visible) -> bool:
    if root not in visible.names:
        return root in _STEP_ROOTS
    of_run = visible.suspect | visible.parameters | visible.variables | visible.secrets
    return root in visible.captures | visible.ids | visible.outputs and root not in of_run


def _judge_place(path: ParsedPath, context: Context) -> Finding | None:
    if path.root in context.loops:
        return None
    if path.root in _HANDLER_ROOTS and not context.handler:
        return Finding(code="PT301", message=f"'{path}' has a value in handlers only")
    if context.of_item and path.root in _OF_ITEM:
        return None
    phases, where = _WHERE.get(path.root, (frozenset[Phase](), ""))
    if where and context.phase not in phases:
        return Finding(code="PT301", message=f"'{path}' has no value here", hint=f"it has one in {where}")
    return None


def _judge_declared(path: ParsedPath, visible: Visible) -> Finding | None:
    """An id has the fields of a step's result; a capture may be JSON and have any."""
    if path.root not in visible.ids or path.root in visible.captures or not path.parts:
        return None
    return _judge_result(path, 0, visible)


def _judge_steps(path: ParsedPath, visible: Visible) -> Finding | None:
    name = str(path.parts[0])
    if name not in visible.ids:
        hint = did_you_mean(f"steps.{name}", [f"steps.{known}" for known in sorted(visible.ids)])
        return Finding(code="PT301", message=f"no step here has the id '{name}'", hint=hint)
    return _judge_result(path, 1, visible)


def _judge_result(path: ParsedPath, position: int, visible: Visible) -> Finding | None:
    fields = FIELDS["agent"] | visible.outputs
    field = str(path.parts[position]) if len(path.parts) > position else "output"
    if field in fields:
        return None
    hint = did_you_mean(field, sorted(fields)) or "it has " + ", ".join(sorted(fields))
    return Finding(code="PT301", message=f"the result of a step has no field '{field}'", hint=hint)


def _judge_setup(path: ParsedPath, visible: Visible) -> Finding | None:
    name = str(path.parts[0])
    if name in visible.setup:
        return None
    hint = did_you_mean(f"setup.{name}", [f"setup.{known}" for known in sorted(visible.setup)])
    return Finding(code="PT301", message=f"setup captures nothing under the name '{name}'", hint=hint)


def _judge_parameter(path: ParsedPath, visible: Visible) -> Finding | None:
    return _judge_named(path, visible.parameters, "no parameter has the name")


def _judge_variable(path: ParsedPath, visible: Visible) -> Finding | None:
    return _judge_named(path, visible.variables, "'vars' has nothing under the name")


def _judge_named(path: ParsedPath, names: frozenset[str], lead: str) -> Finding | None:
    name = str(path.parts[0])
    if name in names or isinstance(path.parts[0], Each):
        return None
    hint = did_you_mean(f"{path.root}.{name}", [f"{path.root}.{known}" for known in sorted(names)])
    return Finding(code="PT301", message=f"{lead} '{name}'", hint=hint)


_JUDGES: Final[Mapping[str, Callable[[ParsedPath, Visible], Finding | None]]] = {
    "steps": _judge_steps,
    "setup": _judge_setup,
    "param": _judge_parameter,
    "vars": _judge_variable,
}
