"""The tree that a workflow's text is read into: every node knows its value, its spelling, its place and its path.

A tree may be composed from several files (language 15), so every node also knows the file it was written in. Nodes are
never part of a cycle, so the collector of garbage need not look at them.
"""

import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, TypeAlias

import msgspec

_SIMPLE_KEY = re.compile(r"[A-Za-z0-9_$-]+")
_NEWLINE = re.compile("\n")
_LONGEST_KEY = 40


class ScalarNode(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A text, number, boolean or null."""

    file: str
    line: int
    column: int
    path: str
    text: str
    """The spelling without quotes and escapes: `1.10` stays `1.10`."""
    value: str | int | float | bool | None
    quoted: bool
    raw: str = ""
    """The characters of the file, quotes included."""

    def position(self, offset: int) -> tuple[int, int]:
        """Returns line and column of the character `offset` of `text`, or of the scalar where spellings differ."""
        layout = _layout(self.raw, self.text, self.quoted)
        place = layout.find(offset)
        if place is None:
            return self.line, self.column
        newlines, column = place
        return self.line + newlines, column if newlines else self.column + column - 1


class _Layout:
    """How the characters of a scalar's text lie in its spelling; made once for all problems of a text."""

    def __init__(self, raw: str, text: str, *, quoted: bool) -> None:
        self._is_block = quoted and raw.startswith("|")
        if self._is_block:
            self._starts = _line_starts(text)
            self._indents = _indents(raw, text)
            return
        self._lead = 1 if quoted and raw[:1] in ("'", '"') else 0
        self._agreed = _agreement(raw[self._lead :], text)
        self._starts = _line_starts(raw)

    def find(self, offset: int) -> tuple[int, int] | None:
        """Returns lines behind the first one and the 1-based column, or None where the spellings have parted."""
        if self._is_block:
            number = bisect_right(self._starts, offset) - 1
            indent = self._indents[number] if number < len(self._indents) else None
            return None if indent is None else (number + 1, indent + offset - self._starts[number] + 1)
        if offset > self._agreed:
            return None
        position = offset + self._lead
        number = bisect_right(self._starts, position) - 1
        return number, position - self._starts[number] + 1


@lru_cache(maxsize=32)
def _layout(raw: str, text: str, quoted: bool) -> _Layout:
    return _Layout(raw, text, quoted=quoted)


def _agreement(first: str, second: str) -> int:
    """Returns the length of the longest common beginning."""
    low, high = 0, min(len(first), len(second))
    while low < high:
        middle = (low + high + 1) // 2
        if first[low:middle] == second[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _line_starts(text: str) -> list[int]:
    return [0, *(found.end() for found in _NEWLINE.finditer(text))]


def _indents(raw: str, text: str) -> list[int | None]:
    """Returns by how much each line of a literal block is indented, None where it is not the line of the text."""
    source = [line.rstrip("\r") for line in raw.split("\n")[1:]]
    return [
        len(written) - len(line) if written.endswith(line) else None
        for written, line in zip(source, text.split("\n"), strict=False)
    ]


class ListNode(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A list."""

    file: str
    line: int
    column: int
    path: str
    items: tuple["Node", ...]


class Entry(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One key of a mapping and its value; the place is the key's."""

    file: str
    line: int
    column: int
    path: str
    key: str
    value: "Node"


class MapNode(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A mapping, in the order of the file, each key once."""

    file: str
    line: int
    column: int
    path: str
    entries: tuple[Entry, ...]

    def __contains__(self, key: str) -> bool:
        return self.entry(key) is not None

    def entry(self, key: str) -> Entry | None:
        """Returns the key and its value, null included, or None."""
        return next((entry for entry in self.entries if entry.key == key), None)

    def get(self, key: str) -> "Node | None":
        """Returns the value of `key`, null included, or None."""
        entry = self.entry(key)
        return entry.value if entry else None


class BrokenNode(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Something that has been reported already; whoever meets it says nothing more about it."""

    file: str
    line: int
    column: int
    path: str


Node: TypeAlias = ScalarNode | ListNode | MapNode | BrokenNode


def is_null(node: Node | None) -> bool:
    """Tells whether `node` is absent or null, which is the same thing for an optional key (language 3.1)."""
    return node is None or (isinstance(node, ScalarNode) and node.value is None)


def kind_of(node: Node) -> str:
    """Returns the word for what `node` is, for messages."""
    match node:
        case ListNode():
            return "a list"
        case MapNode():
            return "a mapping"
        case ScalarNode(value=None):
            return "nothing"
        case ScalarNode(value=bool()):
            return "a boolean"
        case ScalarNode(value=int() | float()):
            return "a number"
        case _:
            return "a text"


def to_data(node: Node) -> Any:
    """Returns `node` as a JSON value."""
    match node:
        case ScalarNode():
            return node.value
        case ListNode():
            return [to_data(item) for item in node.items]
        case MapNode():
            return {entry.key: to_data(entry.value) for entry in node.entries}
        case BrokenNode():
            return None


def wrapped(key: str, node: Node) -> MapNode:
    """Returns the long form of a short one: a mapping with `node` under `key`, all of it at the place of `node`."""
    entry = Entry(file=node.file, line=node.line, column=node.column, path=node.path, key=key, value=node)
    return MapNode(file=node.file, line=node.line, column=node.column, path=node.path, entries=(entry,))


def height(node: Node) -> int:
    """Returns the levels of lists and mappings in `node`."""
    match node:
        case ListNode():
            return 1 + max((height(item) for item in node.items), default=0)
        case MapNode():
            return 1 + max((height(entry.value) for entry in node.entries), default=0)
        case _:
            return 0


def leaves(node: Node) -> Iterator[ScalarNode]:
    """Yields every scalar below `node`, itself included."""
    match node:
        case ScalarNode():
            yield node
        case ListNode():
            for item in node.items:
                yield from leaves(item)
        case MapNode():
            for entry in node.entries:
                yield from leaves(entry.value)
        case BrokenNode():
            return


def key_path(path: str, key: str) -> str:
    """Returns the path of `key` in the mapping at `path`: `steps[2].shell`, or `env["a b"]`."""
    if _SIMPLE_KEY.fullmatch(key):
        return f"{path}.{key}" if path else key
    return f"{path}[{json.dumps(key[:_LONGEST_KEY])}]"
