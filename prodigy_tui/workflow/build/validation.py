"""Checks of what a step did: `validate`, `on_incomplete`, `step_validate`, `goal_seek` (language 14)."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from msgspec.structs import replace

from prodigy_tui.workflow.build.attempts import make_attempt, simple_step
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
from prodigy_tui.workflow.build.patterns import read_regex
from prodigy_tui.workflow.build.retry import read_delay
from prodigy_tui.workflow.fields import Fields
from prodigy_tui.workflow.keys import steps as keys
from prodigy_tui.workflow.keys import validation as tables
from prodigy_tui.workflow.literals import path_fault
from prodigy_tui.workflow.model import (
    AgentCommand,
    GoalSeekCommand,
    OnIncomplete,
    Step,
    StepCheck,
    StepValidate,
    Validation,
)
from prodigy_tui.workflow.nodes import Entry, ListNode, MapNode, Node, ScalarNode, is_null, to_data
from prodigy_tui.workflow.problems import quoted
from prodigy_tui.workflow.reading import read_scalar, read_word, wrong_type

_ATTEMPTS = ("shell", "claude", "agent", "steps")
ON_INCOMPLETE_STEP = keys.STEP.without(*(key.name for key in tables.ON_INCOMPLETE_OPTIONS), name="on_incomplete_step")
"""A step whose mapping holds the options of `on_incomplete` too; these have been taken out."""


def build_validation(node: Node, context: Context, notes: Notes, make: StepMaker) -> Validation | None:
    """Returns what `validate` says in any of its forms."""
    inner = context.inside_check()
    if isinstance(node, ListNode):
        return Validation(form="steps", steps=make_list(node, inner, notes, make))
    if not isinstance(node, MapNode):
        if isinstance(node, ScalarNode) and isinstance(node.value, bool):
            wrong_type(node, "a check", notes.report, "to leave out the checks write 'skip_validation: true'")
            return None
        steps = make_steps(node, inner, notes, make)
        return Validation(form=_form(steps), steps=steps) if steps else None
    fields = Fields(node, tables.VALIDATE, notes.report)
    given = _attempts(fields)
    form, steps = _check_of(fields, given, inner, notes, make)
    result_file = fields.scalar("result_file")
    if result_file is not None and (fault := path_fault(result_file.text)):
        notes.report.add("PT801", result_file, f"{quoted(result_file.text)} cannot be read: {fault}")
    incomplete = fields.node_of("on_incomplete")
    threshold = fields.score("threshold")
    if incomplete is not None and (entry := fields.entry("fail_workflow")) and "fail_workflow" in fields:
        message = "'fail_workflow' of 'validate' has no effect beside 'on_incomplete'"
        hint = "write it under 'on_incomplete'"
        notes.report.add("PT207", entry, message, hint, severity="warning")
    validation = Validation(
        form=form,
        steps=steps,
        threshold=100.0 if threshold is None else threshold,
        result_file=notes.text(result_file, "plain", context),
        expected_schema=_schema(fields.node_of("expected_schema"), notes),
        timeout=fields.timeout(),
        on_incomplete=None if incomplete is None else build_on_incomplete(incomplete, context, notes, make),
        fail_workflow=fields.flag("fail_workflow", default=True),
    )
    return replace(validation, **{"late": notes.late(fields, context)})


def build_on_incomplete(node: Node, context: Context, notes: Notes, make: StepMaker) -> OnIncomplete | None:
    """Returns what to do below the score."""
    inner = handler_context(node, context, notes)
    if inner is None:
        return None
    if not isinstance(node, MapNode):
        return OnIncomplete(steps=make_steps(node, inner, notes, make))
    if is_group(node):
        fields = Fields(node, tables.ON_INCOMPLETE, notes.report)
        group = fields.node_of("steps")
        steps = () if group is None else make_list(group, inner, notes, make)
        return _incomplete(fields, steps, context, notes)
    options, rest = split(node, tables.ON_INCOMPLETE_OPTIONS)
    fields = Fields(options, tables.ON_INCOMPLETE_OPTIONS, notes.report)
    if not is_empty(rest):
        return _incomplete(fields, make(rest, inner, notes, ON_INCOMPLETE_STEP), context, notes)
    found = _incomplete(fields, (), context, notes)
    if "max_attempts" in fields or found.prompt is not None or not found.fail_workflow or found.late:
        return found
    notes.report.add("PT206", node, "'on_incomplete' has no effect", "add steps, 'max_attempts' or 'prompt'")
    return None


def build_step_validate(node: Node, context: Context, notes: Notes, make: StepMaker) -> StepValidate | None:
    """Returns the commands that must pass after a step."""
    inner = context.inside_check()
    if not isinstance(node, MapNode):
        items = node.items if isinstance(node, ListNode) else (node,)
        return StepValidate(checks=_step_checks(node, items, inner, notes, make))
    fields = Fields(node, tables.STEP_VALIDATE, notes.report)
    commands = fields.require("commands", "'step_validate'")
    checks: tuple[StepCheck, ...] = ()
    if isinstance(commands, ListNode):
        checks = _step_checks(commands, commands.items, inner, notes, make)
    elif commands is not None:
        wrong_type(commands, "a list of commands", notes.report)
    at_least, late = _criteria(fields, len(checks), context, notes)
    delay = read_delay(fields, "retry_delay")
    result = StepValidate(
        checks=checks,
        at_least=at_least,
        max_attempts=fields.integer("max_attempts") or 1,
        retry_delay=5.0 if delay is None else delay,
    )
    return replace(result, **{"late": {**late, **notes.late(fields, context)}})


def build_goal_seek(step: Fields, context: Context, notes: Notes, make: StepMaker) -> GoalSeekCommand | None:
    """Returns the search for a score."""
    node = step.node_of("goal_seek")
    if not isinstance(node, MapNode):
        if node is not None:
            wrong_type(node, "a mapping with a command and 'validate'", notes.report)
        return None
    fields = Fields(node, tables.GOAL_SEEK, notes.report)
    given = _attempts(fields)
    if not given and fields.meant.isdisjoint(_ATTEMPTS):
        notes.report.add("PT201", node, "'goal_seek' needs a command", "add one of 'claude', 'shell', 'agent', 'steps'")
    for second in given[1:]:
        message = f"'goal_seek' has one command, not '{given[0].key}' and '{second.key}'"
        notes.report.add("PT202", second, message, "write them as a list under 'steps'")
    attempt = make_attempt(given[0], fields, context, notes, make) if given else ()
    check = fields.require("validate", "'goal_seek'")
    validation = None if check is None else build_validation(check, context, notes, make)
    if isinstance(check, MapNode):
        _refuse_twice(check, fields, notes)
    threshold, attempts = fields.score("threshold"), fields.integer("max_attempts")
    if "timeout" in fields and "timeout" in step and (entry := fields.entry("timeout")):
        notes.report.add("PT116", entry, "'timeout' of the step and of 'goal_seek' are the same; one must go")
    values: dict[str, Any] = {
        "goal": notes.text(fields.scalar("goal"), "plain", context),
        "steps": attempt,
        "max_attempts": 5 if attempts is None else attempts,
        "timeout": fields.timeout(),
        "until": read_condition(fields.node_of("until"), context, notes),
        "patience": fields.integer("patience"),
        "fail_on_incomplete": fields.flag("fail_on_incomplete", default=True),
    }
    late = dict(notes.late(fields, context))
    if validation is None:
        return None
    if (score := late.pop("threshold", None)) is not None:
        validation = replace(validation, **{"late": {**validation.late, "threshold": score}})
    elif threshold is not None:
        validation = replace(validation, **{"threshold": threshold})
    return GoalSeekCommand(validation=validation, late=late, **values)


def _refuse_twice(check: MapNode, fields: Fields, notes: Notes) -> None:
    """Reports what `goal_seek` says itself and its `validate` says again."""
    entry = check.entry("threshold")
    if entry is not None and not is_null(entry.value) and "threshold" in fields:
        notes.report.add("PT116", entry, "'threshold' of 'validate' and of 'goal_seek' are the same; one must go")
    instead = {"on_incomplete": "the command of 'goal_seek'", "fail_workflow": "'fail_on_incomplete'"}
    for key, word in instead.items():
        entry = check.entry(key)
        if entry is not None and not is_null(entry.value):
            message = f"'{key}' has no place in the check of 'goal_seek'"
            notes.report.add("PT207", entry, message, f"{word} says what is done below the score")


def _attempts(fields: Fields) -> list[Entry]:
    """Returns the commands that are given, in the order of the file."""
    entries = (fields.entry(name) for name in _ATTEMPTS if name in fields)
    return sorted((entry for entry in entries if entry is not None), key=lambda entry: (entry.line, entry.column))


def _check_of(
    fields: Fields, given: Sequence[Entry], context: Context, notes: Notes, make: StepMaker
) -> tuple[Literal["shell", "agent", "steps", "file"], tuple[Step, ...]]:
    """Returns the one command of `validate` (PT522)."""
    if len(given) > 1:
        message = f"'validate' has one command, not '{given[0].key}' and '{given[1].key}'"
        notes.report.add("PT522", given[1], message, "write them as a list under 'steps'")
    if given:
        steps = make_attempt(given[0], fields, context, notes, make)
        return "steps" if fields.keys.canonical(given[0].key) == "steps" else _form(steps), steps
    if "result_file" not in fields and fields.meant.isdisjoint((*_ATTEMPTS, "result_file")):
        hint = "add one of 'shell', 'claude', 'agent', 'steps' and 'result_file'"
        notes.report.add("PT522", fields.node, "'validate' needs a command or a 'result_file'", hint)
    return "file", ()


def _form(steps: Sequence[Step]) -> Literal["shell", "agent"]:
    return "agent" if steps and isinstance(steps[0].command, AgentCommand) else "shell"


def _schema(node: Node | None, notes: Notes) -> Mapping[str, Any] | str | None:
    if node is None:
        return None
    if isinstance(node, MapNode):
        schema: Mapping[str, Any] = to_data(node)
        return schema
    scalar = read_scalar(node, "a JSON Schema or the path of one", notes.report)
    if scalar is not None and (fault := path_fault(scalar.text)):
        notes.report.add("PT801", scalar, f"{quoted(scalar.text)} cannot be read: {fault}")
    return scalar.text if scalar else None


def _incomplete(fields: Fields, steps: tuple[Step, ...], context: Context, notes: Notes) -> OnIncomplete:
    attempts = fields.integer("max_attempts")
    found = OnIncomplete(
        steps=steps,
        max_attempts=2 if attempts is None else attempts,
        fail_workflow=fields.flag("fail_workflow", default=True),
        fatal=fields.flag("handler_failure_fatal"),
        prompt=notes.text(fields.scalar("prompt"), "plain", context),
        timeout=fields.timeout() if fields.keys is tables.ON_INCOMPLETE else None,
    )
    return replace(found, **{"late": notes.late(fields, context, handler_failure_fatal="fatal")})


def _step_checks(
    owner: Node, items: Sequence[Node], context: Context, notes: Notes, make: StepMaker
) -> tuple[StepCheck, ...]:
    if not items:
        notes.report.add("PT204", owner, "the list of commands is empty")
    checks = (_step_check(item, context, notes, make) for item in items)
    return tuple(check for check in checks if check is not None)


def _step_check(node: Node, context: Context, notes: Notes, make: StepMaker) -> StepCheck | None:
    if not isinstance(node, MapNode):
        scalar = read_scalar(node, "text or a mapping with 'command'", notes.report)
        steps = make(scalar, context, notes, keys.STEP) if scalar else ()
        return StepCheck(step=steps[0]) if steps else None
    fields = Fields(node, tables.CHECK, notes.report)
    command = fields.require("command", "a check")
    output = read_regex(fields.scalar("expect_output"), notes.report)
    code, kind = fields.integer("expect_exit_code"), fields.word("command_type")
    late = notes.late(fields, context)
    scalar = read_scalar(command, "text", notes.report) if command is not None else None
    if scalar is None:
        return None
    steps = make(scalar, context, notes, keys.STEP) if kind is None else simple_step(scalar, kind, context, notes)
    if not steps:
        return None
    return StepCheck(step=steps[0], expect_output=output, expect_exit_code=code or 0, late=late)


def _criteria(fields: Fields, checks: int, context: Context, notes: Notes) -> tuple[int | None, Mapping[str, Any]]:
    """Returns how many checks must pass, None for all of them."""
    node = fields.node_of("success_criteria")
    if node is None:
        return None, {}
    if not isinstance(node, MapNode):
        word = read_word(node, ("all", "any"), notes.report, "use all, any, or {at_least: N}")
        return (1 if word == "any" else None), {}
    inner = Fields(node, tables.AT_LEAST, notes.report)
    at = inner.require("at_least", "'success_criteria'")
    number = inner.integer("at_least")
    if number is not None and at is not None and checks and number > checks:
        notes.report.add("PT113", at, f"'at_least' must be at most {checks}, the number of checks, not '{number}'")
    return number, notes.late(inner, context)
