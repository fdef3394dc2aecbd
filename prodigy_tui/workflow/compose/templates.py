"""The file-wide `template`: a base with its parameters bound, own steps behind its steps, and overrides (15.4)."""

from typing import Literal

import msgspec
from msgspec.structs import replace

from prodigy_tui.workflow.compose.merge import entry_at, find_entry, map_at, merge
from prodigy_tui.workflow.compose.overrides import override
from prodigy_tui.workflow.compose.parameter_forms import one_form
from prodigy_tui.workflow.fields import Fields
from prodigy_tui.workflow.interpolate import parse_text
from prodigy_tui.workflow.keys.composition import TEMPLATE, TEMPLATE_SOURCE, TEMPLATE_USE
from prodigy_tui.workflow.nodes import Entry, ListNode, MapNode, Node, ScalarNode, leaves
from prodigy_tui.workflow.problems import NOT_AVAILABLE, Report, quoted
from prodigy_tui.workflow.reading import NOT_YET, read_scalar, wrong_type
from prodigy_tui.workflow.suggest import did_you_mean

Where = Literal["anywhere", "library", "file"]


class TemplateUse(msgspec.Struct, frozen=True, kw_only=True):
    """A file-wide `template`, read."""

    source: ScalarNode
    where: Where = "anywhere"
    values: MapNode | None = None
    override: MapNode | None = None
    name: Entry | None = None


def read_use(node: Node, report: Report) -> TemplateUse | None:
    """Returns what `template` asks for; None when that cannot be told."""
    if not isinstance(node, MapNode):
        scalar = read_scalar(node, "a name or a mapping", report)
        return TemplateUse(source=scalar) if scalar else None
    fields = Fields(node, TEMPLATE_USE, report, known_early=True)
    source = fields.require("source", "'template'")
    values, changes = (_mapping(fields, name, report) for name in ("with", "override"))
    named = None if fields.text("name") is None else fields.entry("name")
    if source is None:
        return None
    scalar, where = _source(source, report)
    if scalar is None:
        return None
    return TemplateUse(source=scalar, where=where, values=values, override=changes, name=named)


def fill_in(template: MapNode, tree: MapNode, use: TemplateUse, report: Report) -> MapNode:
    """Returns `tree` over the template that it uses."""
    if use.values is not None:
        template = _with_values(template, use.values, report)
    steps, own = find_entry(template, "steps"), find_entry(tree, "steps")
    merged = merge(template, tree)
    if own is not None and isinstance(own.value, ListNode):
        before = steps.value.items if steps is not None and isinstance(steps.value, ListNode) else ()
        joined = replace(own, value=replace(own.value, items=(*before, *own.value.items)))
        if steps is not None:
            merged = replace(merged, entries=tuple(joined if entry is own else entry for entry in merged.entries))
    if use.name is not None:
        merged = merge(merged, map_at(use.name, (use.name,)))
    return merged if use.override is None else override(merged, use.override, report)


def definition(entry: Entry, report: Report) -> MapNode | None:
    """Returns a template of `templates` as a mapping with `parameters` in their one form and `steps`."""
    value = entry.value
    if isinstance(value, ListNode):
        return map_at(value, (entry_at(value, "steps", value),))
    if not isinstance(value, MapNode):
        wrong_type(value, "a list of steps, or a mapping with 'steps'", report)
        return None
    fields = Fields(value, TEMPLATE, report)
    steps, parameters = fields.require("steps", "a template"), fields.node_of("parameters")
    entries = []
    if parameters is not None:
        entries.append(entry_at(parameters, "parameters", one_form(parameters, report)))
    if steps is not None:
        entries.append(entry_at(steps, "steps", steps))
    return map_at(value, entries)


def _mapping(fields: Fields, name: str, report: Report) -> MapNode | None:
    node = fields.node_of(name)
    if node is None or isinstance(node, MapNode):
        return node
    wrong_type(node, "a mapping", report)
    return None


def _source(node: Node, report: Report) -> tuple[ScalarNode | None, Where]:
    if not isinstance(node, MapNode):
        return read_scalar(node, "a name, a path, or {registry: NAME} or {file: PATH}", report), "anywhere"
    fields = Fields(node, TEMPLATE_SOURCE, report, known_early=True)
    registry, file = fields.scalar("registry"), fields.scalar("file")
    if registry is not None and file is not None and (entry := fields.entry("file")):
        report.add("PT103", entry, "'registry' and 'file' cannot stand together; one must go")
    if registry is None and file is None and not fields.meant:
        report.add("PT108", node, "'source' needs 'registry' or 'file'")
    return (registry, "library") if registry is not None else (file, "file")


def _with_values(template: MapNode, values: MapNode, report: Report) -> MapNode:
    """Puts the values of `with` where the template's defaults are; they are bound with all others."""
    parameters = find_entry(template, "parameters")
    known = [e.key for e in parameters.value.entries] if parameters and isinstance(parameters.value, MapNode) else []
    kept = []
    for entry in values.entries:
        if entry.key not in known:
            report.add("PT701", entry, f"the template has no parameter {quoted(entry.key)}", _hint(entry.key, known))
        elif any(parse_text(leaf.text, "plain").references for leaf in leaves(entry.value)):
            report.add(NOT_AVAILABLE, entry.value, f"a reference in 'with' of a file-wide template {NOT_YET}")
        else:
            kept.append(entry)
    given = map_at(values, (entry_at(values, "defaults", replace(values, entries=tuple(kept))),))
    return merge(template, given)


def _hint(name: str, known: list[str]) -> str:
    return did_you_mean(name, known) or (f"it has {', '.join(known)}" if known else "it has none")
