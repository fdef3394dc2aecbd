"""Syntax tree -> text, so that parsing the text gives the same tree."""

import re
from typing import Final, assert_never

from prodigy_tui.workflow.expr.syntax import (
    And,
    Boolean,
    Call,
    Compare,
    Expression,
    Listing,
    Node,
    Not,
    Null,
    Number,
    Or,
    Path,
    Substitution,
    Text,
)
from prodigy_tui.workflow.paths import ParsedPath, quote_key

_OR, _AND, _NOT, _COMPARE, _UNARY = range(5)
_WRAPPED: Final = frozenset(
    {"and", "or", "not", "in", "true", "false", "null", "contains", "starts_with", "ends_with", "matches"}
)
_CONTROL = re.compile(r"[\\'\n\t\r]")
_ESCAPES: Final = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def print_expression(expression: Expression | Node) -> str:
    """Returns the text of an expression in its preferred spelling."""
    return _print(expression.root if isinstance(expression, Expression) else expression, _OR)


def _print(node: Node, level: int) -> str:
    match node:
        case Or(operands):
            return _grouped(" || ".join(_print(operand, _AND) for operand in operands), _OR, level)
        case And(operands):
            return _grouped(" && ".join(_print(operand, _NOT) for operand in operands), _AND, level)
        case Not(operand):
            return "!" + _print(operand, _UNARY)
        case Compare(operator, left, right):
            # Wrapped on the right, where a bare word would be text.
            after = _wrapped(right.path) if isinstance(right, Path) else _print(right, _UNARY)
            return _grouped(f"{_print(left, _UNARY)} {operator} {after}", _COMPARE, level)
        case Call(function, arguments):
            return f"{function}({', '.join(_argument(argument) for argument in arguments)})"
        case Listing(elements):
            return f"[{', '.join(_argument(element) for element in elements)}]"
        case Path(path):
            return _wrapped(path) if path.root.lower() in _WRAPPED or path.root.isdigit() else _path(path)
        case Substitution(source):
            return source
        case Text(value):
            return "'" + _CONTROL.sub(lambda found: _ESCAPES[found[0]], value) + "'"
        case Number(value):
            return repr(value)
        case Boolean(value):
            return "true" if value else "false"
        case Null():
            return "null"
        case _:
            assert_never(node)


def _grouped(text: str, own: int, wanted: int) -> str:
    return f"({text})" if own < wanted else text


def _argument(node: Node) -> str:
    return _wrapped(node.path) if isinstance(node, Path) else _print(node, _OR)


def _wrapped(path: ParsedPath) -> str:
    return f"${{{_path(path)}}}"


def _path(path: ParsedPath) -> str:
    """Returns the path; a last key `exists` is quoted, because `.exists` is a legacy function."""
    if path.parts and path.parts[-1] == "exists":
        return str(ParsedPath(path.root, path.parts[:-1])) + quote_key("exists")
    return str(path)
