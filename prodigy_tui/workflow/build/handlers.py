"""`on_failure` in every form of language 6.1, brought to the normal form with the defaults of 6.2."""

from collections.abc import Callable
from dataclasses import replace
from typing import Literal, TypeAlias, cast

from prodigy_tui.workflow import keys
from prodigy_tui.workflow.build.context import MAX_HANDLER_DEPTH, Context, ExpressionUse, Notes
from prodigy_tui.workflow.fields import Fields
from prodigy_tui.workflow.keys import Keys
from prodigy_tui.workflow.model import AgentCommand, Command, Condition, Handler, ShellCommand, Step
from prodigy_tui.workflow.nodes import Entry, ListNode, MapNode, Node, ScalarNode, is_null
from prodigy_tui.workflow.problems import NOT_AVAILABLE
from prodigy_tui.workflow.reading import NOT_YET, read_boolean, read_scalar, wrong_type

Strategy: TypeAlias = Literal["recovery", "fallback", "cleanup", "custom"]
StepMaker: TypeAlias = Callable[[Node, Context, Notes, Keys], tuple[Step, ...]]
"""Makes the steps of one node; `steps.build_step`, which cannot be imported here."""

_STRATEGIES = ("recovery", "fallback", "cleanup", "custom")
_DEFAULT_ROUNDS = 3


def build_handler(
    node: Node, failing: Command | None, context: Context, notes: Notes, make: StepMaker
) -> Handler | None:
    """Returns the handler of a step, or None when its failure stands."""
    if isinstance(node, ScalarNode) and isinstance(node.value, bool):
        return Handler(tolerate=True) if node.value else None
    if context.depth >= MAX_HANDLER_DEPTH:
        notes.report.add("PT209", node, f"handlers are nested deeper than {MAX_HANDLER_DEPTH} levels")
        return None
    inner = context.inside_handler()
    if not isinstance(node, MapNode):
        steps = make_steps(node, inner, notes, make)
        return _normal_form(None, steps, failing, inner, notes) if steps else None
    if any(not is_null(node.get(key)) for key in ("steps", "commands")):
        fields = Fields(node, keys.HANDLER_GROUP, notes.report)
        group = fields.node_of("steps")
        steps = () if group is None else _group(group, inner, notes, make)
        return _normal_form(fields, steps, failing, inner, notes)
    options = _part(node, [entry for entry in node.entries if _is_option(entry)])
    rest = [entry for entry in node.entries if not _is_option(entry)]
    fields = Fields(options, keys.HANDLER_OPTIONS, notes.report)
    if all(entry.key.startswith("x-") for entry in rest):
        return _without_steps(fields, inner, notes)
    steps = make(_part(node, rest), inner, notes, keys.HANDLER_STEP)
    return _normal_form(fields, steps, failing, inner, notes)


def make_steps(node: Node, context: Context, notes: Notes, make: StepMaker) -> tuple[Step, ...]:
    """Returns the steps of a handler that is written as a list or as one step."""
    if isinstance(node, ListNode):
        return _group(node, context, notes, make)
    return make(node, context, notes, keys.STEP)


def read_condition(node: Node | None, context: Context, notes: Notes) -> Condition | None:
    """Returns `when`: a boolean, or an expression that the checks will parse."""
    if node is None:
        return None
    if isinstance(node, ScalarNode) and isinstance(node.value, bool):
        return node.value
    scalar = read_scalar(node, "an expression or a boolean", notes.report)
    if scalar is None:
        return None
    notes.expressions.append(ExpressionUse(node=scalar, kind="condition", context=context))
    return scalar.text


def _group(node: Node, context: Context, notes: Notes, make: StepMaker) -> tuple[Step, ...]:
    if not isinstance(node, ListNode):
        wrong_type(node, "a list of steps", notes.report)
        return ()
    if not node.items:
        notes.report.add("PT204", node, "the list of steps is empty")
    return tuple(step for item in node.items for step in make(item, context, notes, keys.STEP))


def _is_option(entry: Entry) -> bool:
    if entry.key == "capture":
        return isinstance(entry.value, MapNode)
    return entry.key in keys.HANDLER_OPTIONS.ready or entry.key in keys.HANDLER_OPTIONS.legacy


def _part(node: MapNode, entries: list[Entry]) -> MapNode:
    return replace(node, entries=tuple(entries))


def _normal_form(
    fields: Fields | None, steps: tuple[Step, ...], failing: Command | None, context: Context, notes: Notes
) -> Handler:
    repairs = isinstance(failing, ShellCommand) and any(isinstance(step.command, AgentCommand) for step in steps)
    if fields is None:
        strategy: Strategy = "recovery" if repairs else "fallback"
        return Handler(steps=steps, strategy=strategy, rounds=_DEFAULT_ROUNDS if repairs else 1)
    attempts = fields.integer("max_attempts", minimum=1)
    strategy = _strategy(fields, attempts, repairs=repairs)
    _refuse_capture(fields)
    if "fail_workflow" not in fields:
        _warn_of_original(fields, strategy)
    return Handler(
        steps=steps,
        strategy=strategy,
        rounds=attempts or (_DEFAULT_ROUNDS if strategy == "recovery" else 1),
        fail_workflow=fields.flag("fail_workflow") if "fail_workflow" in fields else None,
        fatal=fields.flag("handler_failure_fatal"),
        timeout=fields.timeout(),
        when=read_condition(fields.node_of("when"), context, notes),
    )


def _strategy(fields: Fields, attempts: int | None, *, repairs: bool) -> Strategy:
    several = attempts is not None and attempts > 1
    given = cast(Strategy | None, fields.word("strategy", _STRATEGIES))
    entry = fields.entry("retry_original")
    if entry is not None and not is_null(entry.value):
        if given is not None:
            fields.report.add("PT116", entry, "'retry_original' and 'strategy' are the same; one must go")
            return given
        fields.report.add("PT901", entry, "'retry_original' is a legacy spelling", "write 'strategy: recovery'")
        if read_boolean(entry.value, fields.report):
            given = "recovery"
    if given is None:
        return "recovery" if several or repairs else "fallback"
    if several and given != "recovery" and (at := fields.node_of("strategy")):
        message = f"'max_attempts' above 1 means 'strategy: recovery', not '{given}'"
        fields.report.add("PT207", at, message, severity="warning")
        return "recovery"
    return given


def _refuse_capture(fields: Fields) -> None:
    entry = fields.entry("capture")
    if entry is not None and isinstance(entry.value, MapNode):
        fields.report.add(NOT_AVAILABLE, entry, f"a mapping as the value of 'capture' {NOT_YET}")


def _warn_of_original(fields: Fields, strategy: Strategy) -> None:
    """Reports where the same words meant something else in the original (PT903)."""
    if attempts := fields.entry("max_attempts"):
        message = "when the repairs did not help, the step fails; in the original the run went on"
        fields.report.add("PT903", attempts, message, "write 'fail_workflow: true' or 'fail_workflow: false'")
    elif strategy == "cleanup" and (entry := fields.entry("strategy")):
        message = "after a cleanup the step has failed; in the original the run went on"
        fields.report.add("PT903", entry, message, "write 'fail_workflow: true' or 'fail_workflow: false'")


def _without_steps(fields: Fields, context: Context, notes: Notes) -> Handler | None:
    """Returns a handler that only has options; they must have an effect (PT206)."""
    handler = _normal_form(fields, (), None, context, notes)
    if handler.rounds > 1 and "max_attempts" in fields:
        return handler
    if handler.fail_workflow is False:
        return handler.model_copy(update={"tolerate": True, "strategy": "fallback", "rounds": 1})
    misread = "max_attempts" in fields and fields.integer("max_attempts", minimum=1) is None
    if not misread:
        hint = "add steps, 'max_attempts' above 1 or 'fail_workflow: false'"
        fields.report.add("PT206", fields.node, "the handler has no effect", hint)
    return None
