"""`map`: its items, what is done with each, and how its agents run (language 13.2)."""

from typing import Any

from msgspec.structs import replace

from prodigy_tui.workflow.build.concurrency import read_auto_parallel, read_canary
from prodigy_tui.workflow.build.context import Context, Notes
from prodigy_tui.workflow.build.items import read_input, read_json_path, read_selection
from prodigy_tui.workflow.build.paths import read_paths
from prodigy_tui.workflow.build.retry import build_retry
from prodigy_tui.workflow.build.steps import build_step, build_steps
from prodigy_tui.workflow.build.timeouts import read_timeouts
from prodigy_tui.workflow.build.worktree import read_worktree
from prodigy_tui.workflow.fields import Fields
from prodigy_tui.workflow.keys import phases
from prodigy_tui.workflow.model import ItemInput, MapPhase, Retry, Step
from prodigy_tui.workflow.nodes import Entry, MapNode, Node
from prodigy_tui.workflow.reading import wrong_type

_DEFAULT_PARALLEL = 10


def build_map(node: Node, notes: Notes) -> tuple[MapPhase | None, Fields | None]:
    """Returns the phase, and its fields for the policy keys that may stand among them."""
    if not isinstance(node, MapNode):
        wrong_type(node, "a mapping", notes.report)
        return None, None
    # What is settled once for the phase sees setup, but no item; the gate of the canary comes when some are done.
    phase, agent, gate = Context(phase="setup"), Context(phase="map"), Context(phase="reduce")
    fields = Fields(node, phases.MAP, notes.report)
    source = read_input(fields, phase, notes)
    template = _template(fields, agent, notes)
    json_path = read_json_path(fields, phase, notes)
    auto = read_auto_parallel(fields, phase, notes)
    timeouts = read_timeouts(fields, phase, notes)
    values: dict[str, Any] = {
        **read_selection(fields, agent, notes),
        "json_path": json_path.path,
        "spread": json_path.spread,
        **_counts(fields),
        "max_parallel": (fields.integer("max_parallel") if auto is None else None) or _DEFAULT_PARALLEL,
        "auto_parallel": auto,
        "canary": read_canary(fields.node_of("canary"), gate, notes),
        "timeout": fields.timeout(),
        "timeouts": timeouts,
        "paths": read_paths(fields.node_of("paths"), notes),
        "worktree": read_worktree(fields.node_of("worktree"), agent, notes, sparse=agent),
    }
    late = {**json_path.late, **notes.late(fields, phase)}
    return MapPhase(input=source or ItemInput(kind="list"), agent_template=template, **values, late=late), fields


def _template(fields: Fields, context: Context, notes: Notes) -> tuple[Step, ...]:
    node = fields.require("agent_template", "'map'")
    entry = fields.entry("agent_template")
    if isinstance(node, MapNode) and entry is not None:
        steps = Fields(node, phases.AGENT_TEMPLATE, notes.report).require("steps", "'agent_template'")
        if steps is not None:
            notes.report.add("PT901", entry, "a mapping under 'agent_template' is a legacy spelling", "write the list")
        node = steps
    return () if node is None else build_steps(node, replace(context, ids={}), notes)


def _counts(fields: Fields) -> dict[str, int | None]:
    """Returns the numbers that cut the items; a minimum above the maximum can never be met (PT207)."""
    least, most = fields.integer("min_items"), fields.integer("max_items")
    if least is not None and most is not None and least > most and (entry := fields.entry("min_items")):
        message = f"'min_items' is {least}, but 'max_items' leaves at most {most}"
        fields.report.add("PT207", entry, message, severity="warning")
    return {"offset": fields.integer("offset") or 0, "max_items": most, "min_items": least or 0}


def read_map_retry(fields: Fields, of_policy: Entry | None, notes: Notes) -> Retry | None:
    """Returns `retry` of a map, or `retry_config` of the error policy, which is the same (PT116)."""
    own, context = fields.entry("retry"), Context(phase="map")
    if own is not None and of_policy is not None and "retry" in fields:
        second = max(own, of_policy, key=lambda entry: (entry.line, entry.column))
        notes.report.add("PT116", second, "'retry' of the map and 'retry_config' are the same; one must go")
    node = fields.node_of("retry") or (of_policy.value if of_policy else None)
    return None if node is None else build_retry(node, context, notes, build_step)
