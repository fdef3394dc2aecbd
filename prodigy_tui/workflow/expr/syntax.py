"""The syntax tree of an expression. Spellings that mean the same make the same tree."""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

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


@dataclass(frozen=True, slots=True)
class Text:
    """A string, or a bare word where bare words are text."""

    value: str


@dataclass(frozen=True, slots=True)
class Number:
    """A number."""

    value: int | float


@dataclass(frozen=True, slots=True)
class Boolean:
    """`true` or `false`."""

    value: bool


@dataclass(frozen=True, slots=True)
class Null:
    """`null`."""


@dataclass(frozen=True, slots=True)
class Listing:
    """`[a, b]`."""

    elements: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Path:
    """A path, bare or as `${path}`."""

    path: ParsedPath


@dataclass(frozen=True, slots=True)
class Substitution:
    """`${…}` with modifiers or a default; `source` is what was written."""

    source: str


@dataclass(frozen=True, slots=True)
class Call:
    """A function and its arguments; `p.f(x)` is `f(p, x)`."""

    function: str
    arguments: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """`!` and `not`."""

    operand: "Node"


@dataclass(frozen=True, slots=True)
class Compare:
    """One comparison."""

    operator: Operator
    left: "Node"
    right: "Node"


@dataclass(frozen=True, slots=True)
class And:
    """Two or more operands joined by `&&`."""

    operands: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Two or more operands joined by `||`."""

    operands: tuple["Node", ...]


Node: TypeAlias = Text | Number | Boolean | Null | Listing | Path | Substitution | Call | Not | Compare | And | Or


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression:
    """A parsed expression."""

    text: str
    root: Node
    mentions: tuple[Mention, ...] = ()
    problems: tuple[TextProblem, ...] = ()
    """Warnings: PT404 for bare words taken as text, PT901 for legacy spellings."""
