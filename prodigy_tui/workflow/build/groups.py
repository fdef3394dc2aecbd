"""Steps that other parts of a step hold: one, a list, or a mapping of steps and options (language 6.1)."""

from collections.abc import Callable
from typing import TypeAlias

from msgspec.structs import replace

from prodigy_tui.workflow.build.context import MAX_HANDLER_DEPTH, Context, ExpressionUse, Notes
from prodigy_tui.workflow.keys import Keys, steps
from prodigy_tui.workflow.model import Condition, Step
from prodigy_tui.workflow.nodes import Entry, ListNode, MapNode, Node, ScalarNode, is_null
from prodigy_tui.workflow.reading import read_scalar, wrong_type

StepMaker: TypeAlias = Callable[[Node, Context, Notes, Keys], tuple[Step, ...]]
"""Makes the steps of one node; `steps.build_step`, which those that it calls cannot import."""


def make_steps(node: Node, context: Context, notes: Notes, make: StepMaker) -> tuple[Step, ...]:
    """Returns the steps that are written as a list or as one step."""
    if isinstance(node, ListNode):
        return make_list(node, context, notes, make)
    return make(node, context, notes, steps.STEP)


def make_list(node: Node, context: Context, notes: Notes, make: StepMaker) -> tuple[Step, ...]:
    """Returns the steps of a list; an empty one is PT204."""
    if not isinstance(node, ListNode):
        wrong_type(node, "a list of steps", notes.report)
        return ()
    if not node.items:
        notes.report.add("PT204", node, "the list of steps is empty")
    return tuple(step for item in node.items for step in make(item, context, notes, steps.STEP))


def is_group(node: Node) -> bool:
    """Tells whether a mapping has a list of steps instead of being a step."""
    return isinstance(node, MapNode) and any(not is_null(node.get(key)) for key in ("steps", "commands"))


def split(node: MapNode, options: Keys) -> tuple[MapNode, MapNode]:
    """Returns the options of a mapping, and the step that the rest of it is."""
    chosen = tuple(entry for entry in node.entries if _is_option(entry, options))
    rest = tuple(entry for entry in node.entries if not _is_option(entry, options))
    return replace(node, entries=chosen), replace(node, entries=rest)


def _is_option(entry: Entry, options: Keys) -> bool:
    """Tells whether a key is an option; a `capture` that is no mapping belongs to the step."""
    key = options.find(entry.key)
    return key is not None and (key.name != "capture" or isinstance(entry.value, MapNode))


def is_empty(node: MapNode) -> bool:
    """Tells whether nothing but extensions stands in a mapping."""
    return all(entry.key.startswith("x-") for entry in node.entries)


def handler_context(node: Node, context: Context, notes: Notes) -> Context | None:
    """Returns the context of a handler, or None when it would be nested too deep (PT209)."""
    if context.depth >= MAX_HANDLER_DEPTH:
        notes.report.add("PT209", node, f"handlers are nested deeper than {MAX_HANDLER_DEPTH} levels")
        return None
    return context.inside_handler()


def read_condition(node: Node | None, context: Context, notes: Notes) -> Condition | None:
    """Returns an expression that the checks will parse, or a boolean."""
    if node is None:
        return None
    if isinstance(node, ScalarNode) and isinstance(node.value, bool):
        return node.value
    scalar = read_scalar(node, "an expression or a boolean", notes.report)
    if scalar is None:
        return None
    notes.expressions.append(ExpressionUse(node=scalar, kind="condition", context=context))
    return scalar.text
