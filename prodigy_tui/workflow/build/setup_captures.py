"""`setup.capture_outputs`: names for what the steps of setup said (language 11)."""

from typing import Any

from prodigy_tui.workflow.build.context import Context, Notes
from prodigy_tui.workflow.build.names import read_capture_name
from prodigy_tui.workflow.build.patterns import read_regex
from prodigy_tui.workflow.fields import Fields
from prodigy_tui.workflow.keys import phases
from prodigy_tui.workflow.model import SetupCapture
from prodigy_tui.workflow.nodes import BrokenNode, Entry, ListNode, MapNode, Node, ScalarNode, to_data, wrapped
from prodigy_tui.workflow.paths import data_path
from prodigy_tui.workflow.problems import Report, quoted
from prodigy_tui.workflow.reading import wrong_type
from prodigy_tui.workflow.suggest import did_you_mean

_OPTIONS = ("source", "multiline")


def read_setup_captures(
    node: Node | None, steps: Node | None, context: Context, notes: Notes
) -> tuple[SetupCapture, ...]:
    """Returns the captures; `steps` is the list of the steps they come from."""
    if node is None:
        return ()
    if not isinstance(node, MapNode):
        wrong_type(node, "a mapping from names to steps", notes.report)
        return ()
    written = steps.items if isinstance(steps, ListNode) else None
    found = (_capture(entry, written, context, notes) for entry in node.entries if not entry.key.startswith("x-"))
    return tuple(capture for capture in found if capture is not None)


def _capture(entry: Entry, steps: tuple[Node, ...] | None, context: Context, notes: Notes) -> SetupCapture | None:
    name = read_capture_name(entry, context, notes)
    if isinstance(entry.value, BrokenNode):
        return None
    short = not isinstance(entry.value, MapNode)
    mapping = wrapped("command_index", entry.value) if short else entry.value
    assert isinstance(mapping, MapNode)
    fields = Fields(mapping, phases.CAPTURE_OUTPUT, notes.report)
    size, default = fields.size("max_size"), fields.node_of("default")
    values: dict[str, Any] = {
        **_step(fields, steps, entry),
        "pattern": read_regex(fields.scalar("pattern"), notes.report),
        "json_path": _json_path(fields.scalar("json_path"), notes.report),
        "has_default": default is not None,
        "default": None if default is None else to_data(default),
    }
    values |= {option: word for option in _OPTIONS if (word := fields.word(option)) is not None}
    if size is not None:
        values["max_size"] = size
    late = notes.late(fields, context, command_index="step_index")
    return None if name is None else SetupCapture(name=name, **values, late=late)


def _step(fields: Fields, steps: tuple[Node, ...] | None, entry: Entry) -> dict[str, Any]:
    """Returns which step is meant, by its index and by its id where it was written so."""
    index, id_ = fields.integer("command_index"), fields.scalar("step")
    if "command_index" in fields and "step" in fields:
        places = [place for name in ("command_index", "step") if (place := fields.entry(name))]
        second = max(places, key=lambda place: (place.line, place.column))
        fields.report.add("PT103", second, "'command_index' and 'step' cannot stand together; one must go")
    elif "command_index" not in fields and "step" not in fields:
        if fields.meant.isdisjoint({"command_index", "step"}):
            fields.report.add("PT108", fields.node, f"{quoted(entry.key)} needs 'command_index' or 'step'")
    elif id_ is not None:
        return {"step_id": id_.text, "step_index": _index_of(id_, steps, fields.report)}
    elif index is not None and steps is not None and index >= len(steps) and (node := fields.node_of("command_index")):
        last = f"the last one is {len(steps) - 1}" if steps else "there is none"
        fields.report.add("PT113", node, f"setup has no step {index}", f"steps are counted from 0; {last}")
    return {"step_index": index}


def _index_of(id_: ScalarNode, steps: tuple[Node, ...] | None, report: Report) -> int | None:
    if steps is None:
        return None
    ids = {
        found.text: index
        for index, step in enumerate(steps)
        if isinstance(step, MapNode) and isinstance(found := step.get("id"), ScalarNode)
    }
    if id_.text not in ids:
        hint = did_you_mean(id_.text, ids) or (f"it has {', '.join(ids)}" if ids else "no step of setup has an 'id'")
        report.add("PT707", id_, f"setup has no step with the id {quoted(id_.text)}", hint)
    return ids.get(id_.text)


def _json_path(scalar: ScalarNode | None, report: Report) -> str | None:
    """Returns a path into the text as JSON (PT407); empty text is no path."""
    if scalar is None or not scalar.text.strip():
        return None
    if data_path(scalar.text) is None:
        hint = "write a path such as $.a.b[0], a.b[0] or a.0"
        report.add("PT407", scalar, f"{quoted(scalar.text)} is no path into JSON", hint)
        return None
    return scalar.text
