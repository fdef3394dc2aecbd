"""`on_failure`, `on_success` and `on_exit_code` in every form of language 6.1 and 6.3, brought to their normal form."""

import re
from typing import cast

from msgspec.structs import replace

from prodigy_tui.workflow.build.context import Context, Notes
from prodigy_tui.workflow.build.groups import (
    StepMaker,
    handler_context,
    is_empty,
    is_group,
    make_list,
    make_steps,
    read_condition,
    split,
)
from prodigy_tui.workflow.build.names import read_capture_name
from prodigy_tui.workflow.fields import Fields
from prodigy_tui.workflow.keys import failure, steps
from prodigy_tui.workflow.model import AgentCommand, Command, ExitCodeHandler, Handler, ShellCommand, Step, StepGroup
from prodigy_tui.workflow.model.steps import Strategy
from prodigy_tui.workflow.nodes import Entry, MapNode, Node, ScalarNode, is_null
from prodigy_tui.workflow.problems import quoted
from prodigy_tui.workflow.reading import read_boolean, wrong_type

_DEFAULT_ROUNDS = 3
_OPTION_NAMES = tuple(key.name for key in failure.HANDLER_OPTIONS if key.name != "capture")
HANDLER_STEP = steps.STEP.without(*_OPTION_NAMES, name="handler_step")
"""A step whose mapping holds the options of its handler too; these have been taken out."""
_CODES = re.compile(r"\s*([0-9]{1,6})\s*(?:-\s*([0-9]{1,6})\s*)?")
_ANY_FAILURE = ("nonzero", "default")
_MOST = 255


def build_handler(
    node: Node, failing: Command | None, context: Context, notes: Notes, make: StepMaker
) -> Handler | None:
    """Returns the handler of a step, or None when its failure stands."""
    if isinstance(node, ScalarNode) and isinstance(node.value, bool):
        return Handler(tolerate=True) if node.value else None
    inner = handler_context(node, context, notes)
    if inner is None:
        return None
    if not isinstance(node, MapNode):
        found = make_steps(node, inner, notes, make)
        return _normal_form(None, found, failing, inner, notes) if found else None
    if is_group(node):
        fields = Fields(node, failure.HANDLER_GROUP, notes.report)
        group = fields.node_of("steps")
        found = () if group is None else make_list(group, inner, notes, make)
        return _normal_form(fields, found, failing, inner, notes)
    options, rest = split(node, failure.HANDLER_OPTIONS)
    fields = Fields(options, failure.HANDLER_OPTIONS, notes.report)
    if is_empty(rest):
        return _without_steps(fields, inner, notes)
    return _normal_form(fields, make(rest, inner, notes, HANDLER_STEP), failing, inner, notes)


def build_success(node: Node, context: Context, notes: Notes, make: StepMaker) -> StepGroup | None:
    """Returns what follows a success: the forms of a handler without booleans and options."""
    if isinstance(node, ScalarNode) and isinstance(node.value, bool):
        wrong_type(node, "a step or a list of steps", notes.report)
        return None
    inner = handler_context(node, context, notes)
    if inner is None:
        return None
    if not isinstance(node, MapNode) or not is_group(node):
        return StepGroup(steps=make_steps(node, inner, notes, make))
    fields = Fields(node, steps.STEP_GROUP, notes.report)
    group, timeout = fields.node_of("steps"), fields.timeout()
    found = () if group is None else make_list(group, inner, notes, make)
    return StepGroup(steps=found, timeout=timeout, late=notes.late(fields, context))


def build_exit_codes(
    node: Node, failing: Command | None, context: Context, notes: Notes, make: StepMaker
) -> tuple[ExitCodeHandler, ...]:
    """Returns what follows which exit code."""
    if not isinstance(node, MapNode):
        wrong_type(node, "a mapping from exit codes to handlers", notes.report)
        return ()
    taken: dict[int | str, Entry] = {}
    found = []
    for entry in node.entries:
        if entry.key.startswith("x-") or is_null(entry.value):
            continue
        codes = _codes(entry, taken, notes)
        value = entry.value
        if (
            codes is not None
            and codes.codes == (0,)
            and isinstance(value, ScalarNode)
            and isinstance(value.value, bool)
        ):
            notes.report.add("PT206", value, "the handler has no effect", "a success has nothing to tolerate")
        handler = build_handler(value, failing, context, notes, make)
        if codes is not None:
            found.append(replace(codes, **{"handler": handler}))
    return tuple(found)


def _codes(entry: Entry, taken: dict[int | str, Entry], notes: Notes) -> ExitCodeHandler | None:
    """Reads a key: `0`, `2-5`, `1,3`, `nonzero`."""
    key = entry.key.strip().lower()
    if key in _ANY_FAILURE:
        return ExitCodeHandler(nonzero=True) if _is_first("nonzero", entry, taken, notes) else None
    codes: list[int] = []
    ranges: list[tuple[int, int]] = []
    for part in key.split(","):
        match = _CODES.fullmatch(part)
        if match is None:
            hint = "write a code, a range such as 2-5, a list such as 1,3, or 'nonzero'"
            notes.report.add("PT110", entry, f"{quoted(entry.key)} is no exit code", hint)
            return None
        first, last = int(match[1]), int(match[2] or match[1])
        if last > _MOST or last < first:
            fault = "the range runs backwards" if last < first else f"an exit code is at most {_MOST}"
            message = f"{quoted(entry.key)} is no exit code: {fault}"
            notes.report.add("PT113", entry, message)
            return None
        if match[2] is not None:
            ranges.append((first, last))
        elif not _is_first(first, entry, taken, notes):
            return None
        else:
            codes.append(first)
    return ExitCodeHandler(codes=tuple(codes), ranges=tuple(ranges))


def _is_first(code: int | str, entry: Entry, taken: dict[int | str, Entry], notes: Notes) -> bool:
    first = taken.setdefault(code, entry)
    if first is entry:
        return True
    hint = f"the first is on line {first.line}"
    notes.report.add("PT116", entry, f"the exit code {quoted(str(code))} is given twice; one must go", hint)
    return False


def _normal_form(
    fields: Fields | None, found: tuple[Step, ...], failing: Command | None, context: Context, notes: Notes
) -> Handler:
    repairs = isinstance(failing, ShellCommand) and any(isinstance(step.command, AgentCommand) for step in found)
    if fields is None:
        strategy: Strategy = "recovery" if repairs else "fallback"
        return Handler(steps=found, strategy=strategy, rounds=_DEFAULT_ROUNDS if repairs else 1)
    attempts = fields.integer("max_attempts")
    # How often is known only later: it is given, so the step is meant to run again.
    several = "max_attempts" in fields.late or (attempts is not None and attempts > 1)
    strategy = _strategy(fields, several=several, repairs=repairs)
    captures = _captures(fields, context, notes)
    if "fail_workflow" not in fields:
        _warn_of_original(fields, strategy)
    handler = Handler(
        steps=found,
        strategy=strategy,
        rounds=attempts or (_DEFAULT_ROUNDS if strategy == "recovery" else 1),
        fail_workflow=fields.optional_flag("fail_workflow"),
        fatal=fields.flag("handler_failure_fatal"),
        timeout=fields.timeout() if "timeout" in fields else None,
        when=read_condition(fields.node_of("when"), context, notes),
        captures=captures,
    )
    late = notes.late(fields, context, max_attempts="rounds", handler_failure_fatal="fatal")
    return replace(handler, **{"late": late})


def _strategy(fields: Fields, *, several: bool, repairs: bool) -> Strategy:
    given = cast(Strategy | None, fields.word("strategy"))
    entry = fields.entry("retry_original")
    if entry is not None and not is_null(entry.value):
        if given is not None:
            fields.report.add("PT116", entry, "'retry_original' and 'strategy' are the same; one must go")
            return given
        if read_boolean(entry.value, fields.report):
            given = "recovery"
    if given is None:
        return "recovery" if several or repairs else "fallback"
    if several and given != "recovery" and (at := fields.node_of("strategy")):
        message = f"'max_attempts' above 1 means 'strategy: recovery', not '{given}'"
        fields.report.add("PT207", at, message, severity="warning")
        return "recovery"
    return given


def _captures(fields: Fields, context: Context, notes: Notes) -> tuple[str, ...]:
    """Reads the legacy `capture: {name: …}`; what stands behind a name does not matter."""
    entry = fields.entry("capture")
    if entry is None or is_null(entry.value):
        return ()
    if not isinstance(entry.value, MapNode):
        wrong_type(entry.value, "a mapping from names", notes.report, "the output of a step is captured in that step")
        return ()
    names = (read_capture_name(name, context, notes) for name in entry.value.entries if not name.key.startswith("x-"))
    return tuple(name for name in names if name is not None)


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
    settled_later = not handler.late.keys().isdisjoint(("rounds", "fail_workflow"))
    if settled_later or (handler.rounds > 1 and "max_attempts" in fields):
        return handler
    if handler.fail_workflow is False:
        return replace(handler, **{"tolerate": True, "strategy": "fallback", "rounds": 1})
    misread = "max_attempts" in fields and fields.integer("max_attempts") is None
    if not misread:
        hint = "add steps, 'max_attempts' above 1 or 'fail_workflow: false'"
        fields.report.add("PT206", fields.node, "the handler has no effect", hint)
    return None
