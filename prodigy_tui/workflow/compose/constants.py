"""`vars`: constants of any JSON value (language 2.3, 8.1); nothing in them is interpolated."""

from typing import Any

from prodigy_tui.workflow.compose.merge import find_entry
from prodigy_tui.workflow.naming import name_fault
from prodigy_tui.workflow.nodes import Entry, MapNode, to_data
from prodigy_tui.workflow.problems import Report, quoted
from prodigy_tui.workflow.reading import wrong_type


def read_constants(tree: MapNode, report: Report) -> tuple[dict[str, Any], tuple[Entry, ...]]:
    """Returns the constants of a file by name, and where each stands."""
    section = find_entry(tree, "vars")
    if section is None:
        return {}, ()
    if not isinstance(section.value, MapNode):
        wrong_type(section.value, "a mapping of constants", report)
        return {}, ()
    entries = []
    for entry in section.value.entries:
        if entry.key.startswith("x-"):
            continue
        if fault := name_fault(entry.key):
            report.add("PT205", entry, f"a constant cannot be called {quoted(entry.key)}", fault)
        else:
            entries.append(entry)
    return {entry.key: to_data(entry.value) for entry in entries}, tuple(entries)
