"""Calls of other workflows (language 15.5): the step `workflow`, and `sub_workflows` before the steps."""

from typing import Any

from msgspec.structs import replace

from prodigy_tui.workflow.build.context import Context, Notes
from prodigy_tui.workflow.build.names import name_of_call, read_results
from prodigy_tui.workflow.compose.library import CalledWorkflow
from prodigy_tui.workflow.compose.merge import find_entry
from prodigy_tui.workflow.compose.parameters import handed_over
from prodigy_tui.workflow.fields import Fields
from prodigy_tui.workflow.keys import Keys
from prodigy_tui.workflow.keys.composition import NAMED_SUB_WORKFLOW, SUB_WORKFLOW, WORKFLOW_CALL
from prodigy_tui.workflow.model.calls import WorkflowCall
from prodigy_tui.workflow.nodes import Entry, ListNode, MapNode, Node, ScalarNode, is_null, leaves, to_data
from prodigy_tui.workflow.problems import quoted
from prodigy_tui.workflow.reading import read_scalar, wrong_type

_MAPREDUCE_PHASES = frozenset({"steps", "setup", "reduce"})


def build_call(
    node: Node, context: Context, notes: Notes, values: Node | None = None
) -> tuple[WorkflowCall | None, CalledWorkflow | None]:
    """Returns the call of a step `workflow`, and what it calls when that was found.

    Args:
        node: The value of `workflow`.
        context: Where the step stands.
        notes: Gets the texts of the call.
        values: `with`, where it stands beside `workflow`.
    """
    call, called = _step(node, values, context, notes)
    _check_kind(called, node, context, notes)
    return call, called


def _check_kind(called: CalledWorkflow | None, node: Node, context: Context, notes: Notes) -> None:
    """Reports the call of a workflow with a map where nobody could run it (PT211)."""
    if called is None or called.kind != "mapreduce" or _may_map(context):
        return
    message = f"{quoted(called.name)} is a mapreduce workflow and cannot be called here"
    notes.report.add("PT211", node, message, "call it in the steps of a workflow, in setup or in reduce")


def _may_map(context: Context) -> bool:
    """Tells whether a workflow with a map may be called here: not in handlers, loops and checks either."""
    return context.phase in _MAPREDUCE_PHASES and not (context.handler or context.loops or context.check)


def _step(
    node: Node, values: Node | None, context: Context, notes: Notes
) -> tuple[WorkflowCall | None, CalledWorkflow | None]:
    if isinstance(node, MapNode):
        return _mapping(node, WORKFLOW_CALL, None, context, notes, values)
    source = read_scalar(node, "a name, a path or a mapping", notes.report)
    if source is None:
        return None, None
    notes.text(source, "plain", context)
    given = _noted(values, context, notes)
    called = _called(source, given, None, node, notes)
    call = WorkflowCall(
        source=source.text,
        target=_target(called),
        file=source.file,
        values=_values(called, given),
        line=source.line,
    )
    return call, called


def build_sub_workflows(tree: MapNode, context: Context, notes: Notes) -> tuple[WorkflowCall, ...]:
    """Returns the calls of `sub_workflows` in order; two of one name are PT205."""
    section = find_entry(tree, "sub_workflows")
    if section is None:
        return ()
    found: dict[str, Entry] = {}
    calls = []
    for entry, table in _entries(section.value, notes):
        if first := found.get(entry.key):
            hint = f"the first is on line {first.line}"
            notes.report.add("PT205", entry, f"the sub-workflow {quoted(entry.key)} is there already", hint)
            continue
        found[entry.key] = entry
        if isinstance(entry.value, MapNode):
            call, called = _mapping(entry.value, table, entry, context, notes)
            _check_kind(called, entry.value, context, notes)
        else:
            call, _ = build_call(entry.value, context, notes)
        if call is not None:
            call = replace(call, **{"name": entry.key})
            name_of_call(call, entry.key, entry.value, context, notes)
            calls.append(call)
    return tuple(calls)


def _entries(node: Node, notes: Notes) -> list[tuple[Entry, Keys]]:
    """Returns the entries of a mapping, or of a list of mappings with `name`."""
    if isinstance(node, MapNode):
        return [(e, SUB_WORKFLOW) for e in node.entries if not (e.key.startswith("x-") or is_null(e.value))]
    if not isinstance(node, ListNode):
        wrong_type(node, "a mapping, or a list of mappings with 'name'", notes.report)
        return []
    entries = []
    for item in node.items:
        if not isinstance(item, MapNode):
            wrong_type(item, "a mapping with 'name'", notes.report)
            continue
        fields = Fields(item, NAMED_SUB_WORKFLOW, notes.report)
        name = fields.require("name", "a sub-workflow")
        scalar = None if name is None else read_scalar(name, "text", notes.report)
        if scalar is not None:
            entry = Entry(
                file=item.file, line=item.line, column=item.column, path=item.path, key=scalar.text, value=item
            )
            entries.append((entry, NAMED_SUB_WORKFLOW))
    return entries


def _mapping(
    node: MapNode, table: Keys, entry: Entry | None, context: Context, notes: Notes, values: Node | None = None
) -> tuple[WorkflowCall | None, CalledWorkflow | None]:
    fields = Fields(node, table, notes.report)
    given = {name: _noted(fields.node_of(name), context, notes) for name in ("with", "inputs")}
    if values is not None:
        if "with" in fields:
            message = "'with' of the step and of 'workflow' are the same; one must go"
            notes.report.add("PT116", values, message)
        given["with"] = given["with"] or _noted(values, context, notes)
    source = fields.scalar("source")
    notes.text(source, "plain", context)
    called = None
    if source is not None:
        called = _called(source, given["with"], given["inputs"], node, notes)
    elif entry is not None and notes.library is not None and notes.library.has_workflow(entry.key):
        # An entry without a source means the workflow of its name.
        source = _name_of(entry)
        called = _called(source, given["with"], given["inputs"], node, notes)
    elif table is WORKFLOW_CALL and (source := fields.scalar("name")) is not None:
        called = _called(source, given["with"], given["inputs"], node, notes)
    elif not fields.meant:
        notes.report.add("PT108", node, "a call needs 'source'")
    call = WorkflowCall(
        source=source.text if source else "",
        name=fields.text("name") if table is not SUB_WORKFLOW else None,
        target=_target(called),
        file=node.file,
        values=_values(called, given["with"]),
        inputs=_values(called, given["inputs"], declared=False),
        outputs=read_results(fields.node_of("outputs"), context, notes),
        working_dir=notes.text(fields.scalar("working_dir"), "plain", context),
        timeout=fields.timeout(),
        continue_on_error=fields.flag("continue_on_error"),
        parallel=table is not WORKFLOW_CALL and fields.flag("parallel"),
        line=node.line,
    )
    return replace(call, **{"late": notes.late(fields, context)}), called


def _target(called: CalledWorkflow | None) -> str:
    return called.identity if called is not None else ""


def _values(called: CalledWorkflow | None, given: MapNode | None, *, declared: bool = True) -> dict[str, Any]:
    """Returns what is handed over, on top of what stands where the workflow has its name."""
    if called is None:
        return {} if given is None else to_data(given)
    return handed_over(called.parameters, [called.values if declared else None, given])


def _name_of(entry: Entry) -> ScalarNode:
    return ScalarNode(
        file=entry.file,
        line=entry.line,
        column=entry.column,
        path=entry.path,
        text=entry.key,
        value=entry.key,
        quoted=False,
    )


def _noted(node: Node | None, context: Context, notes: Notes) -> MapNode | None:
    """Returns a mapping of values, its texts noted."""
    if node is None:
        return None
    if not isinstance(node, MapNode):
        wrong_type(node, "a mapping from parameters to values", notes.report)
        return None
    for leaf in leaves(node):
        notes.text(leaf if leaf.value is not None else None, "plain", context)
    return replace(node, entries=tuple(entry for entry in node.entries if not entry.key.startswith("x-")))


def _called(
    source: ScalarNode, values: Node | None, inputs: Node | None, where: Node, notes: Notes
) -> CalledWorkflow | None:
    if notes.library is None or "$" in source.text:
        # A source with references is known only when the step runs.
        return None
    called = notes.library.call(source, values, inputs, where)
    if called is not None:
        notes.library.report_ignored(called)
    return called
