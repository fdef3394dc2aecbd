"""Every way to write `parameters` -> one: a mapping from names to mappings (language 15.6).

It is done on nodes and before anything is merged, so that a child of `extends` can change one field of a parameter.
"""

from typing import Final

from msgspec.structs import replace

from prodigy_tui.workflow.compose.merge import entry_at, map_at
from prodigy_tui.workflow.fields import Fields
from prodigy_tui.workflow.keys.composition import NAMED_PARAMETER, PARAMETER, PARAMETER_GROUPS
from prodigy_tui.workflow.nodes import BrokenNode, Entry, ListNode, MapNode, Node, ScalarNode, is_null
from prodigy_tui.workflow.problems import Report, quoted
from prodigy_tui.workflow.reading import read_scalar, wrong_type

_GROUPS: Final = frozenset({"required", "optional", "definitions"})
_WANTED: Final = "a mapping from names to parameters, or a list of them"


def one_form(node: Node, report: Report) -> MapNode:
    """Returns the parameters in `node` as a mapping from names to mappings."""
    return map_at(node, _Forms(report).any_form(node).values())


def type_of(node: ScalarNode) -> str:
    """Returns the type that a default has when none is said."""
    match node.value:
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "number"
        case _:
            return "string"


class _Forms:
    def __init__(self, report: Report) -> None:
        self._report = report

    def any_form(self, node: Node) -> dict[str, Entry]:
        match node:
            case ListNode():
                return self._listed(node)
            case MapNode():
                return self._grouped(node) if _is_grouped(node) else self._named(node)
            case _:
                wrong_type(node, _WANTED, self._report)
                return {}

    def _named(self, node: MapNode) -> dict[str, Entry]:
        found = {}
        for entry in node.entries:
            if not entry.key.startswith("x-"):
                definition = self._definition(entry)
                if definition is not None:
                    found[entry.key] = replace(entry, value=definition)
        return found

    def _definition(self, entry: Entry) -> MapNode | None:
        value = entry.value
        if isinstance(value, MapNode):
            return value
        if is_null(value):
            return map_at(entry, ())
        if isinstance(value, ScalarNode):
            kind = replace(value, text=type_of(value), value=type_of(value), quoted=False, raw="")
            return map_at(entry, (entry_at(value, "type", kind), entry_at(value, "default", value)))
        wrong_type(value, "a mapping, or a text, number or boolean that is the default", self._report)
        return None

    def _listed(self, node: ListNode) -> dict[str, Entry]:
        found: dict[str, Entry] = {}
        for item in node.items:
            entry = self._item(item)
            if entry is None:
                continue
            if first := found.get(entry.key):
                hint = f"the first is on line {first.line}"
                self._report.add("PT116", item, f"the parameter {quoted(entry.key)} is given twice", hint)
                continue
            found[entry.key] = entry
        return found

    def _item(self, item: Node) -> Entry | None:
        if isinstance(item, ScalarNode) and item.value is not None:
            return entry_at(item, item.text, map_at(item, ()))
        if not isinstance(item, MapNode):
            wrong_type(item, "a name, or a mapping with 'name'", self._report)
            return None
        fields = Fields(item, NAMED_PARAMETER, self._report, known_early=True)
        name = fields.require("name", "a parameter")
        scalar = None if name is None else read_scalar(name, "text", self._report)
        if scalar is None:
            return None
        others = tuple(entry for entry in item.entries if entry.key != "name")
        return entry_at(item, scalar.text, replace(item, entries=others))

    def _grouped(self, node: MapNode) -> dict[str, Entry]:
        fields = Fields(node, PARAMETER_GROUPS, self._report)
        given = {name: part for name in ("definitions", "required", "optional") if (part := fields.node_of(name))}
        definitions = given.get("definitions")
        found: dict[str, Entry] = {}
        if isinstance(definitions, MapNode):
            found = self._named(definitions)
        elif definitions is not None:
            wrong_type(definitions, "a mapping from names to parameters", self._report)
        seen: dict[str, Entry] = {}
        for group in ("required", "optional"):
            part = given.get(group)
            for name, entry in (self.any_form(part) if part else {}).items():
                if first := seen.get(name):
                    hint = f"the first is on line {first.line}"
                    self._report.add("PT116", entry, f"the parameter {quoted(name)} is given twice", hint)
                    continue
                seen[name] = entry
                found[name] = _in_group(found.get(name), entry, required=group == "required")
        return found


def _in_group(defined: Entry | None, listed: Entry, *, required: bool) -> Entry:
    """Returns a parameter with what its definition says, what its place in a group says, and what stands there."""
    value = listed.value
    if defined is not None and isinstance(defined.value, MapNode) and isinstance(value, MapNode):
        own = {entry.key for entry in value.entries}
        value = replace(value, entries=(*(e for e in defined.value.entries if e.key not in own), *value.entries))
    if isinstance(value, MapNode) and "required" not in value:
        word = "true" if required else "false"
        flag = ScalarNode(
            file=listed.file,
            line=listed.line,
            column=listed.column,
            path=listed.path,
            text=word,
            value=required,
            quoted=False,
        )
        value = replace(value, entries=(*value.entries, entry_at(listed, "required", flag)))
    return replace(listed, value=value)


def _is_grouped(node: MapNode) -> bool:
    """Tells groups from parameters that are called `required`, `optional` or `definitions`."""
    groups = [entry for entry in node.entries if entry.key in _GROUPS]
    if any(isinstance(entry.value, ListNode) for entry in groups):
        return True
    return bool(groups) and len(groups) == len(node.entries) and all(_is_group(entry.value) for entry in groups)


def _is_group(value: Node) -> bool:
    if isinstance(value, BrokenNode) or is_null(value):
        return True
    return isinstance(value, MapNode) and not all(PARAMETER.find(entry.key) for entry in value.entries)
