"""`override` of a file-wide template: keys, dotted ones too, that are merged last (language 15.4)."""

from msgspec.structs import replace

from prodigy_tui.workflow.compose.merge import TOP, Known, as_steps, merge
from prodigy_tui.workflow.nodes import BrokenNode, Entry, ListNode, MapNode, Node, height, kind_of
from prodigy_tui.workflow.problems import Report, quoted
from prodigy_tui.workflow.raw import MAX_DEPTH


def override(tree: MapNode, changes: MapNode, report: Report) -> MapNode:
    """Returns `tree` with every key of `changes`; one whose place does not exist is PT110."""
    for entry in changes.entries:
        parts = entry.key.split(".")
        if len(parts) + height(entry.value) > MAX_DEPTH:
            report.add("PT106", entry, f"nested deeper than {MAX_DEPTH} levels")
            continue
        try:
            changed = _change(tree, parts, entry, Known(keys=TOP), 0)
        except _NoPlace as error:
            report.add("PT110", entry, f"there is no place {quoted(entry.key)}", str(error))
            continue
        if isinstance(changed, MapNode):
            tree = changed
    return tree


class _NoPlace(Exception):
    """A part of a dotted key leads nowhere."""


def _change(node: Node, parts: list[str], entry: Entry, known: Known, at: int) -> Node:
    if isinstance(node, BrokenNode):
        return node
    here = ".".join(parts[:at]) or "the template"
    part = parts[at]
    is_last = at == len(parts) - 1
    if isinstance(node, ListNode):
        index = int(part) if part.isascii() and part.isdigit() and len(part) < 10 else len(node.items)
        if index >= len(node.items):
            raise _NoPlace(f"{quoted(here)} has {len(node.items)} elements, counted from 0")
        old = node.items[index]
        new = entry.value if is_last else _change(old, parts, entry, Known(), at + 1)
        return replace(node, items=(*node.items[:index], new, *node.items[index + 1 :]))
    if not isinstance(node, MapNode):
        raise _NoPlace(f"{quoted(here)} is {kind_of(node)}")
    if is_last:
        # Merging says what null, lists and mappings do to what is there.
        return merge(node, replace(node, entries=(replace(entry, key=part),)), known)
    name = known.canonical(part)
    below = next((found for found in node.entries if known.canonical(found.key) == name), None)
    if below is None:
        raise _NoPlace(f"{quoted(here)} has no {quoted(part)}")
    value = as_steps(below.value) if known.is_short(part) and not parts[at + 1].isdigit() else below.value
    changed = replace(below, value=_change(value, parts, entry, known.inner(part, value), at + 1))
    return replace(node, entries=tuple(changed if found is below else found for found in node.entries))
