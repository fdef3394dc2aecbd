"""What a file takes from the files it imports (language 15.3)."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path, PurePath
from typing import Final

import msgspec
from msgspec.structs import replace

from prodigy_tui.workflow.compose.files import File, Files
from prodigy_tui.workflow.compose.merge import as_steps, entry_at, find_entry, map_at
from prodigy_tui.workflow.compose.places import file_places
from prodigy_tui.workflow.fields import Fields
from prodigy_tui.workflow.keys.composition import IMPORT
from prodigy_tui.workflow.nodes import Entry, ListNode, MapNode, Node, ScalarNode
from prodigy_tui.workflow.problems import Report, quoted
from prodigy_tui.workflow.reading import read_scalar, read_texts, wrong_type
from prodigy_tui.workflow.roots import RESERVED
from prodigy_tui.workflow.suggest import did_you_mean

SECTIONS: Final = ("templates", "workflows", "parameters", "vars", "env")
"""What an imported file contributes, under these keys."""
_PREFIXED: Final = frozenset({"templates", "workflows"})
_STEPS: Final = ("steps", "map", "sub_workflows")

Compose = Callable[[File, Node], MapNode | None]
"""Returns the whole tree of a file that a node asks for."""


class _Import(msgspec.Struct, frozen=True, kw_only=True):
    node: Node
    """The element of the list."""
    path: ScalarNode
    alias: str | None
    selective: tuple[ScalarNode, ...] | None


def with_imports(tree: MapNode, folder: Path, files: Files, compose: Compose) -> MapNode:
    """Returns `tree` with what its imports contribute and without the key `imports`; own definitions win."""
    entry = find_entry(tree, "imports")
    if entry is None:
        return tree
    taken: dict[str, dict[str, Entry]] = {section: {} for section in SECTIONS}
    own = {section: _names_of(tree, section) for section in SECTIONS}
    given: dict[tuple[str, str | None], ScalarNode] = {}
    for wanted in _read(entry.value, files.report):
        name = wanted.path.text
        first = given.setdefault((name, wanted.alias), wanted.path)
        if first is not wanted.path and wanted.selective is None:
            hint = f"the first is on line {first.line}"
            files.report.add("PT116", wanted.path, f"the import {quoted(name)} is given twice", hint)
            continue
        found = files.find(name, file_places(folder, name), wanted.path, "the import")
        imported = compose(found, wanted.path) if found else None
        if found is None or imported is None:
            continue
        for section, contribution in _contributions(imported, found, wanted, files.report):
            _take(taken[section], section, contribution, wanted, own, files.report)
    others = tuple(other for other in tree.entries if other is not entry)
    return _with_sections(replace(tree, entries=others), taken, entry)


def _read(node: Node, report: Report) -> Iterator[_Import]:
    if not isinstance(node, ListNode):
        wrong_type(node, "a list of files", report)
        return
    for item in node.items:
        if isinstance(item, MapNode):
            fields = Fields(item, IMPORT, report, known_early=True)
            path = fields.require("path", "an import")
            scalar = read_scalar(path, "text", report) if path else None
            alias = _alias(fields, report)
            names = fields.node_of("selective")
            selective = None if names is None else read_texts(names, report)
        else:
            scalar, alias, selective = read_scalar(item, "a file", report), None, None
        if scalar is not None:
            yield _Import(node=item, path=scalar, alias=alias, selective=selective)


def _alias(fields: Fields, report: Report) -> str | None:
    scalar = fields.scalar("alias")
    if scalar is None:
        return None
    if scalar.text in RESERVED or not scalar.text.strip():
        report.add("PT205", scalar, f"an alias cannot be called {quoted(scalar.text)}", "the name is reserved")
        return None
    return scalar.text


def _contributions(tree: MapNode, file: File, wanted: _Import, report: Report) -> Iterator[tuple[str, Entry]]:
    """Yields the section and entry of everything that is wanted from an imported file."""
    found = list(_offered(tree, file, wanted))
    if wanted.selective is None:
        yield from ((section, entry) for section, _, entry in found)
        return
    offered = {name for _, known_as, _ in found for name in known_as}
    for scalar in wanted.selective:
        if scalar.text not in offered:
            hint = did_you_mean(scalar.text, sorted(offered)) or _list_of(offered)
            report.add("PT707", scalar, f"{quoted(file.shown)} has no {quoted(scalar.text)}", hint)
    names = {scalar.text for scalar in wanted.selective}
    yield from ((section, entry) for section, known_as, entry in found if names & known_as)


def _list_of(names: Iterable[str]) -> str:
    return f"it has {', '.join(sorted(names))}" if names else "it has nothing to import"


def _offered(tree: MapNode, file: File, wanted: _Import) -> Iterator[tuple[str, frozenset[str], Entry]]:
    """Yields section, names to select it by, and entry; the entry has the name that it gets here."""
    prefix = f"{wanted.alias}." if wanted.alias else ""
    for section in SECTIONS:
        entry = find_entry(tree, section)
        if entry is not None and isinstance(entry.value, MapNode):
            for inner in entry.value.entries:
                key = prefix + inner.key if section in _PREFIXED else inner.key
                yield section, frozenset({inner.key}), inner if key == inner.key else replace(inner, key=key)
    if any(find_entry(tree, key) for key in _STEPS) or "main" in _names_of(tree, "workflows"):
        name = _name_of(tree, file)
        for key in (wanted.alias, f"{wanted.alias}.default") if wanted.alias else (name,):
            known_as = frozenset({name, wanted.alias, "default"}) if wanted.alias else frozenset({name})
            yield "workflows", known_as, entry_at(tree, key, tree)


def _name_of(tree: MapNode, file: File) -> str:
    entry = find_entry(tree, "name")
    stem = PurePath(file.shown).stem
    return entry.value.text if entry is not None and isinstance(entry.value, ScalarNode) else stem


def _take(
    taken: dict[str, Entry],
    section: str,
    entry: Entry,
    wanted: _Import,
    own: dict[str, frozenset[str]],
    report: Report,
) -> None:
    if entry.key in own[section]:
        return
    first = taken.get(entry.key)
    if first is None:
        taken[entry.key] = entry
    elif first is not entry and _place(first) != _place(entry):
        what = {"templates": "template", "workflows": "workflow", "parameters": "parameter"}.get(section, "variable")
        message = f"the {what} {quoted(entry.key)} comes from {quoted(first.file)} and from {quoted(entry.file)}"
        report.add("PT706", wanted.path, message, "give one import an 'alias', or take names with 'selective'")


def _place(entry: Entry) -> tuple[str, int, int, str]:
    return entry.file, entry.line, entry.column, entry.path


def _names_of(tree: MapNode, section: str) -> frozenset[str]:
    entry = find_entry(tree, section)
    return frozenset(e.key for e in entry.value.entries) if entry and isinstance(entry.value, MapNode) else frozenset()


def _with_sections(tree: MapNode, taken: dict[str, dict[str, Entry]], where: Entry) -> MapNode:
    for section, entries in taken.items():
        if not entries:
            continue
        own = find_entry(tree, section)
        if own is None:
            # A null of the tree's own says nothing here.
            kept = tuple(entry for entry in tree.entries if entry.key != section)
            added = entry_at(where, section, map_at(where.value, entries.values()))
            tree = replace(tree, entries=(*kept, added))
        elif isinstance(own.value, MapNode):
            value = replace(own.value, entries=(*entries.values(), *own.value.entries))
            swapped = replace(own, value=value)
            tree = replace(tree, entries=tuple(swapped if entry is own else entry for entry in tree.entries))
    return tree


def as_tree(node: Node) -> MapNode | None:
    """Returns a file's top as a mapping, a list of steps under `steps`."""
    tree = as_steps(node)
    return tree if isinstance(tree, MapNode) else None
