"""The syntax tree of an expression. Spellings that mean the same make the same tree."""

from typing import Final, Literal, TypeAlias

import msgspec

from prodigy_tui.workflow.paths import ParsedPath
from prodigy_tui.workflow.references import Reference, TextProblem

VARIABLE_ROOTS: Final = frozenset({"env", "param", "vars", "setup", "workflow", "run"})
"""Roots that `filter` looks up as variables; an item field of that name is `item.env`."""

Operator: TypeAlias = Literal[
    "==", "!=", "<", "<=", ">", ">=", "in", "not in", "contains", "starts_with", "ends_with", "matches"
]


class ExpressionError(Exception):
    """A text that is no expression; `offset` counts characters of the text."""

    def __init__(self, code: str, message: str, offset: int) -> None:
        super().__init__(code, message, offset)
        self.code = code
        self.message = message
        self.offset = offset

    def __str__(self) -> str:
        return f"{self.code} at character {self.offset + 1}: {self.message}"


class Text(msgspec.Struct, frozen=True):
    """A string, or a bare word where bare words are text."""

    value: str


class Number(msgspec.Struct, frozen=True):
    """A number."""

    value: int | float


class Boolean(msgspec.Struct, frozen=True):
    """`true` or `false`."""

    value: bool


class Null(msgspec.Struct, frozen=True):
    """`null`."""


class Listing(msgspec.Struct, frozen=True):
    """`[a, b]`."""

    elements: tuple["Node", ...]


class Path(msgspec.Struct, frozen=True):
    """A path, bare or as `${path}`."""

    path: ParsedPath


class Substitution(msgspec.Struct, frozen=True):
    """`${…}` with modifiers or a default; `source` is what was written."""

    source: str


class Call(msgspec.Struct, frozen=True):
    """A function and its arguments; `p.f(x)` is `f(p, x)`."""

    function: str
    arguments: tuple["Node", ...]


class Not(msgspec.Struct, frozen=True):
    """`!` and `not`."""

    operand: "Node"


class Compare(msgspec.Struct, frozen=True):
    """One comparison."""

    operator: Operator
    left: "Node"
    right: "Node"


class And(msgspec.Struct, frozen=True):
    """Two or more operands joined by `&&`."""

    operands: tuple["Node", ...]


class Or(msgspec.Struct, frozen=True):
    """Two or more operands joined by `||`."""

    operands: tuple["Node", ...]


Node: TypeAlias = Text | Number | Boolean | Null | Listing | Path | Substitution | Call | Not | Compare | And | Or


class Mention(msgspec.Struct, frozen=True, kw_only=True):
    """A path that an expression reads, for the checks at load."""

    path: ParsedPath
    offset: int
    reference: Reference | None = None
    """Set for `${…}` with modifiers or a default."""
    as_regex: bool = False
    """Its value is used as a regex, which data cannot be (PT403)."""

    @property
    def is_item_path(self) -> bool:
        """Tells whether `filter` looks for it in the item."""
        is_computed = self.reference is not None and self.reference.computed and self.reference.as_name is None
        return self.path.root not in VARIABLE_ROOTS and not is_computed


class Expression(msgspec.Struct, frozen=True, kw_only=True):
    """A parsed expression."""

    text: str
    root: Node
    mentions: tuple[Mention, ...] = ()
    problems: tuple[TextProblem, ...] = ()
    """Warnings: PT404 for bare words taken as text, PT901 for legacy spellings."""
