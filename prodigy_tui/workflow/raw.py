"""What the YAML and JSON readers hand over: nodes without paths, shared where an alias repeats them.

`source` turns them into placed nodes; nobody else meets them.
"""

from typing import Literal

import msgspec

MAX_DEPTH = 64
MAX_NODES = 100_000
MAX_ALIASES = 1_000
MAX_SCALAR_BYTES = 256 * 1024


class RawNode(msgspec.Struct, kw_only=True, eq=False):
    """One node of the text. The children of a mapping are its keys and values in turn."""

    kind: Literal["scalar", "list", "map", "broken"]
    line: int
    column: int
    tag: str | None = None
    text: str = ""
    value: str | int | float | bool | None = None
    quoted: bool = False
    raw: str = ""
    children: list["RawNode"] = msgspec.field(default_factory=list)
    size: int = 1
    """Nodes in it once every alias is written out."""
    height: int = 1
    """Levels in it once every alias is written out."""

    def close(self) -> None:
        """Counts what the finished node holds."""
        self.size = 1 + sum([child.size for child in self.children])
        self.height = 1 + max([child.height for child in self.children], default=0)


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """A problem of the text that has a place and no path yet."""

    code: str
    line: int
    column: int
    message: str
    hint: str = ""


def too_big(text: str) -> bool:
    """Tells whether a scalar is longer than the language allows."""
    return len(text) > MAX_SCALAR_BYTES // 4 and len(text.encode("utf-8", "surrogatepass")) > MAX_SCALAR_BYTES


def line_and_column(text: str, index: int) -> tuple[int, int]:
    """Returns the 1-based line and column of the character `index`."""
    line_start = text.rfind("\n", 0, index) + 1
    return text.count("\n", 0, index) + 1, index - line_start + 1


class UnreadableText(Exception):
    """The text cannot be read; nothing else can be said about it."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault

    @classmethod
    def at(cls, code: str, text: str, index: int, message: str, hint: str = "") -> "UnreadableText":
        """Returns the error for the character `index` of `text`."""
        line, column = line_and_column(text, index)
        return cls(Fault(code=code, line=line, column=column, message=message, hint=hint))
