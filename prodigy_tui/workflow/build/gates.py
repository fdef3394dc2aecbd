"""Steps that hold up the others: `approve` and `wait` (language 5.8)."""

from typing import Literal, cast

from prodigy_tui.workflow.build.context import Context, Notes
from prodigy_tui.workflow.build.retry import read_delay
from prodigy_tui.workflow.fields import Fields
from prodigy_tui.workflow.keys import steps as keys
from prodigy_tui.workflow.model import ApproveCommand, WaitCommand
from prodigy_tui.workflow.nodes import MapNode, Node
from prodigy_tui.workflow.problems import quoted
from prodigy_tui.workflow.reading import read_scalar, read_texts
from prodigy_tui.workflow.suggest import did_you_mean

_OPTIONS = ("approve", "deny")


def build_approve(node: Node, context: Context, notes: Notes) -> ApproveCommand | None:
    """Returns the question to a person."""
    if not isinstance(node, MapNode):
        question = notes.text(read_scalar(node, "text or a mapping", notes.report), "plain", context)
        return None if question is None else ApproveCommand(question=question)
    fields = Fields(node, keys.APPROVE, notes.report)
    question_node = fields.require("question", "'approve'")
    options = _options(fields, notes)
    default = fields.scalar("default")
    if default is not None and default.text not in options:
        hint = did_you_mean(default.text, options) or f"use {', '.join(options)}"
        notes.report.add("PT109", default, f"'default' cannot be {quoted(default.text)}", hint)
    show = cast(Literal["diff", "files", "output"] | None, fields.word("show"))
    on_timeout = cast(Literal["deny", "approve"], fields.word("on_timeout") or "deny")
    timeout = fields.timeout()
    late = notes.late(fields, context)
    if question_node is None:
        return None
    question = notes.text(read_scalar(question_node, "text", notes.report), "plain", context)
    if question is None:
        return None
    return ApproveCommand(
        question=question,
        options=options,
        default=default.text if default else options[0],
        show=show,
        timeout=timeout,
        on_timeout=on_timeout,
        late=late,
    )


def build_wait(step: Fields, context: Context, notes: Notes) -> WaitCommand | None:
    """Returns the wait for a time, or until a command succeeds."""
    node = step.node_of("wait")
    if not isinstance(node, MapNode):
        seconds = read_delay(step, "wait")
        # The value belongs to the command, not to the step.
        late = notes.take_late(step, "wait", context)
        if late is not None:
            return WaitCommand(late={"duration": late})
        return None if seconds is None else WaitCommand(duration=seconds)
    if node.entries and {entry.key for entry in node.entries} <= {"secs", "nanos"}:
        seconds = step.duration("wait")
        return None if seconds is None else WaitCommand(duration=seconds)
    fields = Fields(node, keys.WAIT, notes.report)
    shell_node = fields.require("shell", "'wait'")
    shell = notes.text(None if shell_node is None else read_scalar(shell_node, "text", notes.report), "shell", context)
    every, timeout = read_delay(fields, "every"), fields.timeout()
    late_fields = notes.late(fields, context)
    if shell is None:
        return None
    return WaitCommand(shell=shell, every=10.0 if every is None else every, timeout=timeout, late=late_fields)


def _options(fields: Fields, notes: Notes) -> tuple[str, ...]:
    node = fields.node_of("options")
    if node is None:
        return _OPTIONS
    found: dict[str, None] = {}
    for scalar in read_texts(node, notes.report):
        if scalar.text in found:
            notes.report.add("PT116", scalar, f"the answer {quoted(scalar.text)} is given twice; one must go")
        found[scalar.text] = None
    if not found:
        notes.report.add("PT105", node, "'options' must have at least one answer")
    return tuple(found) or _OPTIONS
