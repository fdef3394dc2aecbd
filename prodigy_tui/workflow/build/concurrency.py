"""How many agents run at once, and which run first: `max_parallel` and `canary` (language 13.8)."""

from typing import Any

from prodigy_tui.workflow.build.context import Context, Notes
from prodigy_tui.workflow.build.steps import build_steps
from prodigy_tui.workflow.fields import Fields
from prodigy_tui.workflow.keys import phases
from prodigy_tui.workflow.model import AutoParallel, Canary, Step
from prodigy_tui.workflow.nodes import MapNode, Node, ScalarNode, wrapped
from prodigy_tui.workflow.reading import wrong_type


def read_auto_parallel(fields: Fields, context: Context, notes: Notes) -> AutoParallel | None:
    """Returns `max_parallel` where it is `auto`; None where it is a number."""
    node = fields.node_of("max_parallel")
    if isinstance(node, ScalarNode) and node.text.strip().lower() == "auto":
        return AutoParallel()
    if not isinstance(node, MapNode):
        return None
    outer = Fields(node, phases.MAX_PARALLEL, notes.report)
    auto = outer.require("auto", "'max_parallel'")
    if auto is not None and not isinstance(auto, MapNode):
        wrong_type(auto, "a mapping", notes.report, "write 'max_parallel: auto' for its defaults")
    if not isinstance(auto, MapNode):
        return AutoParallel()
    inner = Fields(auto, phases.AUTO_PARALLEL, notes.report)
    given = {name: value for name in ("min", "start", "max") if (value := inner.integer(name)) is not None}
    late = notes.late(inner, context)
    if not late:
        _check_order(inner, given)
    # What is not written gives way to what is.
    least = given.get("min", 1)
    most = given.get("max", max(32, least, given.get("start", 0)))
    start = given.get("start", min(max(4, least), most))
    return AutoParallel(min=least, start=start, max=most, late=late)


def _check_order(fields: Fields, given: dict[str, int]) -> None:
    for low, high in (("min", "start"), ("start", "max"), ("min", "max")):
        if low in given and high in given and given[low] > given[high] and (entry := fields.entry(high)):
            fields.report.add("PT207", entry, f"'{high}' is {given[high]}, but '{low}' is {given[low]}")
            return


def read_canary(node: Node | None, context: Context, notes: Notes) -> Canary | None:
    """Returns the items that run first, and who lets the rest start."""
    if node is None:
        return None
    mapping = node if isinstance(node, MapNode) else wrapped("count", node)
    fields = Fields(mapping, phases.CANARY, notes.report)
    _check_amount(fields)
    values: dict[str, Any] = {"count": fields.integer("count"), "percent": fields.ratio("percent")}
    ratio = fields.ratio("min_success")
    gate, steps = _gate(fields, context, notes)
    question = fields.entry("question")
    if gate != "approve" and "question" in fields and question is not None:
        message = "nobody is asked, so 'question' has no effect"
        notes.report.add("PT207", question, message, "write 'gate: approve', or leave it out", severity="warning")
    values |= {"gate": gate, "steps": steps, "question": notes.text(fields.scalar("question"), "plain", context)}
    if ratio is not None:
        values["min_success"] = ratio
    return Canary(**values, late=notes.late(fields, context))


def _check_amount(fields: Fields) -> None:
    if "count" in fields and "percent" in fields:
        entries = [entry for name in ("count", "percent") if (entry := fields.entry(name))]
        second = max(entries, key=lambda entry: (entry.line, entry.column))
        fields.report.add("PT103", second, "'count' and 'percent' cannot stand together; one must go")
    elif "count" not in fields and "percent" not in fields and fields.meant.isdisjoint({"count", "percent"}):
        fields.report.add("PT108", fields.node, "'canary' needs 'count' or 'percent'")


def _gate(fields: Fields, context: Context, notes: Notes) -> tuple[str, tuple[Step, ...]]:
    node = fields.node_of("gate")
    if not isinstance(node, MapNode):
        return fields.word("gate") or "approve", ()
    steps = Fields(node, phases.GATE, notes.report).require("steps", "'gate'")
    return "steps", () if steps is None else build_steps(steps, context, notes)
