"""`setup` and `reduce`: a list of steps, or a mapping with them (language 13.1)."""

from typing import Any, Literal

from prodigy_tui.workflow.build.context import Context, Notes
from prodigy_tui.workflow.build.setup_captures import read_setup_captures
from prodigy_tui.workflow.build.steps import build_steps
from prodigy_tui.workflow.fields import Fields
from prodigy_tui.workflow.keys import phases
from prodigy_tui.workflow.model import PhaseSteps
from prodigy_tui.workflow.nodes import ListNode, MapNode, Node
from prodigy_tui.workflow.reading import wrong_type

_TABLES = {"setup": phases.SETUP, "reduce": phases.REDUCE}


def build_phase(node: Node | None, name: Literal["setup", "reduce"], notes: Notes) -> PhaseSteps:
    """Returns the phase that is written under `name`."""
    context = Context(phase=name)
    if node is None:
        return PhaseSteps()
    if isinstance(node, ListNode):
        return PhaseSteps(steps=build_steps(node, context, notes))
    if not isinstance(node, MapNode):
        wrong_type(node, "a list of steps or a mapping", notes.report)
        return PhaseSteps()
    fields = Fields(node, _TABLES[name], notes.report)
    steps = fields.require("steps", f"'{name}'")
    values: dict[str, Any] = {"steps": () if steps is None else build_steps(steps, context, notes)}
    if name == "setup":
        values["captures"] = read_setup_captures(fields.node_of("capture_outputs"), steps, context, notes)
    elif (run_if := fields.word("run_if")) is not None:
        values["run_if"] = run_if
    timeout = fields.timeout()
    return PhaseSteps(**values, timeout=timeout, late=notes.late(fields, context))
