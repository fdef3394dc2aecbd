"""One tree of nodes over another (language 15.2). Every node of the result stands where it was written.

The tables of keys say which spellings are one key and where a list is short for a mapping with `steps`.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from msgspec.structs import replace

from prodigy_tui.workflow.keys import TABLES, Keys
from prodigy_tui.workflow.keys.document import MAPREDUCE, PLAIN
from prodigy_tui.workflow.keys.forms import STEPS, Form, Named, Shape, parts
from prodigy_tui.workflow.nodes import BrokenNode, Entry, ListNode, MapNode, Node, is_null, to_data

TOP: Final = MAPREDUCE.joined(PLAIN, name="any")
"""The keys of a file, whichever kind it is; a base need not tell."""
_UNITED: Final = "tags"
_KEEPS_NULL: Final = "env"
"""There null removes the variable, and not only what a base says about it (language 3.1)."""


def merge(base: MapNode, child: MapNode, known: "Known | None" = None) -> MapNode:
    """Returns `child` over `base`: whole files, unless something else is known about their keys."""
    return _merge_maps(base, child, known or Known(keys=TOP))


def merge_all(trees: Sequence[MapNode]) -> MapNode:
    """Returns whole files as one; later ones win."""
    result, *others = trees
    for tree in others:
        result = merge(result, tree)
    return result


def find_entry(tree: MapNode, name: str) -> Entry | None:
    """Returns the key `name` of a file, in any spelling, unless it is null."""
    found = (entry for entry in tree.entries if TOP.canonical(entry.key) == name and not is_null(entry.value))
    return next(found, None)


def as_steps(node: Node) -> Node:
    """Returns a list of steps as a mapping that has it under `steps`; anything else as it is."""
    if not isinstance(node, ListNode):
        return node
    entry = Entry(file=node.file, line=node.line, column=node.column, path=node.path, key="steps", value=node)
    return MapNode(file=node.file, line=node.line, column=node.column, path=node.path, entries=(entry,))


def with_entry(tree: MapNode, key: str, value: Node | None) -> MapNode:
    """Returns `tree` with another value of `key`, in its place or last; None takes the key away."""
    others = tuple(entry for entry in tree.entries if entry.key != key)
    if value is None:
        return replace(tree, entries=others)
    if key not in tree:
        return replace(tree, entries=(*others, entry_at(value, key, value)))
    swapped = tuple(replace(entry, value=value) if entry.key == key else entry for entry in tree.entries)
    return replace(tree, entries=swapped)


def entry_at(where: Node | Entry, key: str, value: Node) -> Entry:
    """Returns an entry that nobody wrote; it stands where its reason stands."""
    return Entry(file=where.file, line=where.line, column=where.column, path=where.path, key=key, value=value)


def map_at(where: Node | Entry, entries: Iterable[Entry]) -> MapNode:
    """Returns a mapping that nobody wrote; it stands where its reason stands."""
    return MapNode(file=where.file, line=where.line, column=where.column, path=where.path, entries=tuple(entries))


class Known:
    """What is known about the keys of one mapping: a table, one form for all values, or nothing."""

    def __init__(self, *, keys: Keys | None = None, form: Form | None = None, env: bool = False) -> None:
        self._keys = keys
        self._form = form
        self.keeps_null = env
        self.canonical: Callable[[str], str] = keys.canonical if keys else _as_it_is

    def form(self, key: str) -> Form | None:
        if self._keys is None:
            return self._form
        found = self._keys.find(key)
        return found.form if found else None

    def inner(self, key: str, value: Node) -> "Known":
        """Returns what is known about the mapping `value` under `key`."""
        form = self.form(key)
        env = self._keys is not None and self.canonical(key) == _KEEPS_NULL
        alternatives = parts(form) if form else ()
        tables = [TABLES[part.table] for part in alternatives if isinstance(part, Shape)]
        if tables and isinstance(value, MapNode):
            return Known(keys=max(tables, key=lambda keys: sum(keys.find(e.key) is not None for e in value.entries)))
        named = next((part for part in alternatives if isinstance(part, Named)), None)
        return Known(form=named.of, env=env) if named else Known()

    def is_short(self, key: str) -> bool:
        """Tells whether a list under `key` is short for a mapping with `steps`."""
        form = self.form(key)
        forms = parts(form) if form else ()
        return STEPS in forms and any(isinstance(p, Shape) and TABLES[p.table].find("steps") for p in forms)


def _as_it_is(key: str) -> str:
    return key


def _merge_maps(base: MapNode, child: MapNode, known: Known) -> MapNode:
    result: dict[str, Entry | None] = {}
    extra: list[Entry] = []
    for entry in base.entries:
        _put(result, known.canonical(entry.key), entry, extra)
    seen: set[str] = set()
    for entry in child.entries:
        name = known.canonical(entry.key)
        if name in seen:
            # A second spelling in one mapping is reported by its reader.
            extra.append(entry)
            continue
        seen.add(name)
        below = result.get(name)
        result[name] = entry if below is None else _over(below, entry, known)
    entries = (entry for entry in (*result.values(), *extra) if entry is not None)
    return replace(child, entries=tuple(entries))


def _put(result: dict[str, Entry | None], name: str, entry: Entry, extra: list[Entry]) -> None:
    if name in result:
        extra.append(entry)
    else:
        result[name] = entry


def _over(below: Entry, entry: Entry, known: Known) -> Entry | None:
    """Returns `entry` over the entry `below` it, None when it deletes that."""
    old, new = below.value, entry.value
    if old is new:
        # What workflows of one file share is not merged over and over.
        return entry
    if is_null(new):
        return entry if known.keeps_null else None
    if isinstance(old, BrokenNode) or isinstance(new, BrokenNode):
        return entry
    if known.canonical(entry.key) == _UNITED and isinstance(old, ListNode) and isinstance(new, ListNode):
        return replace(entry, value=_united(old, new))
    if known.is_short(entry.key) and (isinstance(old, MapNode) or isinstance(new, MapNode)):
        old, new = as_steps(old), as_steps(new)
    if isinstance(old, MapNode) and isinstance(new, MapNode):
        return replace(entry, value=_merge_maps(old, new, known.inner(entry.key, new)))
    return entry


def _united(old: ListNode, new: ListNode) -> ListNode:
    """Returns the items of both lists, each once."""
    items: list[Node] = []
    seen: set[str] = set()
    for item in (*old.items, *new.items):
        spelling = repr(to_data(item))
        if spelling not in seen:
            seen.add(spelling)
            items.append(item)
    return replace(new, items=tuple(items))
