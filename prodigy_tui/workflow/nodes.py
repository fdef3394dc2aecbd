"""The tree that a workflow's text is read into: every node knows its value, its spelling, its place and its path."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

_SIMPLE_KEY = re.compile(r"[A-Za-z0-9_$-]+")
_LONGEST_KEY = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalarNode:
    """A text, number, boolean or null."""

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
        if self.quoted and self.raw.startswith("|"):
            return self._position_in_block(offset)
        lead = 1 if self.quoted and self.raw[:1] in ("'", '"') else 0
        end = lead + offset
        if self.raw[lead:end] != self.text[:offset]:
            return self.line, self.column
        newlines = self.raw.count("\n", 0, end)
        if newlines:
            return self.line + newlines, end - self.raw.rfind("\n", 0, end)
        return self.line, self.column + end

    def _position_in_block(self, offset: int) -> tuple[int, int]:
        lines = self.text[:offset].split("\n")
        number, column = len(lines) - 1, len(lines[-1])
        source = self.raw.split("\n")
        content = self.text.split("\n")[number]
        if number + 1 >= len(source) or not source[number + 1].rstrip("\r").endswith(content):
            return self.line, self.column
        indent = len(source[number + 1].rstrip("\r")) - len(content)
        return self.line + number + 1, indent + column + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ListNode:
    """A list."""

    line: int
    column: int
    path: str
    items: tuple["Node", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One key of a mapping and its value; the place is the key's."""

    line: int
    column: int
    path: str
    key: str
    value: "Node"


@dataclass(frozen=True, slots=True, kw_only=True)
class MapNode:
    """A mapping, in the order of the file, each key once."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenNode:
    """Something that has been reported already; whoever meets it says nothing more about it."""

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
