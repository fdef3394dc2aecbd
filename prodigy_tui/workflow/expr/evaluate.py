"""Syntax tree -> closures. The same compiler serves `when` (variables of a step) and `filter` (paths of an item)."""

from collections.abc import Callable
from functools import lru_cache
from operator import ge, gt, le, lt
from typing import Any, assert_never

from prodigy_tui.workflow.expr.compare import contains, ends_with, equal, is_in, order, starts_with, truthy
from prodigy_tui.workflow.expr.errors import EvaluationError
from prodigy_tui.workflow.expr.functions import FUNCTIONS
from prodigy_tui.workflow.expr.names import ItemNames, Names, StepNames, Test
from prodigy_tui.workflow.expr.substitution import compile_substitution
from prodigy_tui.workflow.expr.syntax import (
    VARIABLE_ROOTS,
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
    Operator,
    Or,
    Path,
    Substitution,
    Text,
)
from prodigy_tui.workflow.patterns import PatternError, PatternTimeout, compile_pattern
from prodigy_tui.workflow.rendering import render_data
from prodigy_tui.workflow.values import plain
from prodigy_tui.workflow.variables import Scope

__all__ = ["VARIABLE_ROOTS", "EvaluationError", "compile_expression", "compile_filter", "evaluate"]

_FEW = 8


@lru_cache(maxsize=512)
def compile_expression(expression: Expression) -> Callable[[Scope], Any]:
    """Returns an expression as a function of the variables of a step; `truthy` makes its value a condition.

    The function raises `EvaluationError`: a regex takes too long or is data, or a reference cannot be resolved.
    """
    return _Compiler(StepNames()).compile(expression.root)


def evaluate(expression: Expression, scope: Scope) -> Any:
    """Returns the value of an expression over the variables of a step.

    Raises:
        EvaluationError: as the function of `compile_expression` does.
    """
    return compile_expression(expression)(scope)


def compile_filter(expression: Expression, scope: Scope) -> Callable[[Any], bool]:
    """Returns the test for one item; variables are looked up in `scope`.

    The test raises `EvaluationError` as `evaluate` does.
    """
    return _Compiler(ItemNames(scope)).test(expression.root)


class _Compiler:
    def __init__(self, names: Names) -> None:
        self._names = names

    def compile(self, node: Node) -> Test:
        match node:
            case Text() | Number() | Boolean():
                constant = node.value
                return lambda _: constant
            case Null():
                return lambda _: None
            case Listing(elements):
                tests = tuple(self.compile(element) for element in elements)
                return lambda item: [test(item) for test in tests]
            case Path(path):
                return self._names.data(path)
            case Substitution(source):
                find = compile_substitution(source, self._names)
                return lambda subject: None if (value := find(subject)) is None else plain(value)
            case Not(operand):
                test = self.test(operand)
                return lambda item: not test(item)
            case And(operands):
                return _all(tuple(self.test(operand) for operand in operands))
            case Or(operands):
                return _any(tuple(self.test(operand) for operand in operands))
            case Call():
                return self._call(node)
            case Compare():
                return self._comparison(node)
            case _:
                assert_never(node)

    def test(self, node: Node) -> Callable[[Any], bool]:
        """Compiles a node to its truth."""
        value = self.compile(node)
        if isinstance(node, Compare | Not | And | Or):
            return value
        return lambda item: truthy(value(item))

    def _call(self, node: Call) -> Test:
        if node.function == "exists":
            match node.arguments[0]:
                case Path(path):
                    return self._names.exists(path)
                case Substitution(source):
                    find = compile_substitution(source, self._names)
                    return lambda item: find(item) is not None
                case _:
                    return lambda _: False
        apply = FUNCTIONS[node.function].apply
        tests = tuple(self.compile(argument) for argument in node.arguments)
        if len(tests) == 1:
            (only,) = tests
            return lambda item: apply(only(item))
        return lambda item: apply(*(test(item) for test in tests))

    def _comparison(self, node: Compare) -> Test:
        left = self.compile(node.left)
        if node.operator == "matches":
            return self._matches(left, node.right)
        match node.operator, node.right:
            case ("==", Text(value) | Number(value)):
                return _equals_constant(left, value)
            case ("<" | "<=" | ">" | ">=", Number(value)):
                return _ordered_constant(node.operator, left, value)
            case ("in", Listing(elements)) if all(isinstance(element, Text) for element in elements):
                return _in_texts(left, [element.value for element in elements if isinstance(element, Text)])
            case _:
                right = self.compile(node.right)
                compare = _OPERATORS[node.operator]
                return lambda item: compare(left(item), right(item))

    def _matches(self, left: Test, pattern: Node) -> Test:
        if isinstance(pattern, Text):
            search = _guarded(pattern.value)
            return lambda item: search(left(item))
        find = self._names.find(pattern.path) if isinstance(pattern, Path) else None
        if isinstance(pattern, Substitution):
            find = compile_substitution(pattern.source, self._names)
        if find is None:
            raise EvaluationError("PT403", "a regex must be a string")

        def matches(item: Any) -> bool:
            value = find(item)
            if value is None or value.data is None:
                return False
            if not value.trusted:
                raise EvaluationError("PT403", "a regex must be written in the workflow, it cannot be data")
            if not isinstance(value.data, str):
                raise EvaluationError("PT403", f"a regex must be text, not {render_data(value.data)}")
            return _guarded(value.data)(left(item))

        return matches


def _all(tests: tuple[Callable[[Any], bool], ...]) -> Callable[[Any], bool]:
    """Joins from the right, which is faster than a loop; a chain of calls must not be long."""
    if len(tests) > _FEW:
        return lambda item: all(test(item) for test in tests)
    *others, joined = tests
    for test in reversed(others):
        joined = _both(test, joined)
    return joined


def _both(first: Callable[[Any], bool], second: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda item: first(item) and second(item)


def _any(tests: tuple[Callable[[Any], bool], ...]) -> Callable[[Any], bool]:
    if len(tests) > _FEW:
        return lambda item: any(test(item) for test in tests)
    *others, joined = tests
    for test in reversed(others):
        joined = _either(test, joined)
    return joined


def _either(first: Callable[[Any], bool], second: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda item: first(item) or second(item)


def _guarded(pattern: str) -> Callable[[Any], bool]:
    try:
        search = compile_pattern(pattern)
    except PatternError as error:
        raise EvaluationError("PT408" if error.too_long else "PT403", str(error)) from error

    def matches(data: Any) -> bool:
        if not isinstance(data, str):
            if isinstance(data, bool) or not isinstance(data, int | float):
                return False
            data = render_data(data)
        try:
            return search(data)
        except PatternTimeout as error:
            raise EvaluationError("PT408", str(error)) from error

    return matches


def _equals_constant(left: Test, constant: str | int | float) -> Test:
    kind = type(constant)

    def test(item: Any) -> bool:
        data = left(item)
        return bool(data == constant) if type(data) is kind else equal(data, constant)

    return test


def _ordered_constant(operator: Operator, left: Test, constant: int | float) -> Test:
    accepted, compare = _ACCEPTED[operator], _OF_NUMBERS[operator]

    def test(item: Any) -> bool:
        data = left(item)
        kind = type(data)
        if kind is int or kind is float:
            return compare(data, constant)
        return order(data, constant) in accepted

    return test


def _in_texts(left: Test, texts: list[str]) -> Test:
    known = frozenset(texts)

    def test(item: Any) -> bool:
        data = left(item)
        return data in known if isinstance(data, str) else is_in(data, texts)

    return test


def _ordered(operator: Operator) -> Callable[[Any, Any], bool]:
    accepted = _ACCEPTED[operator]
    return lambda left, right: order(left, right) in accepted


_ACCEPTED: dict[Operator, frozenset[int]] = {
    "<": frozenset({-1}),
    "<=": frozenset({-1, 0}),
    ">": frozenset({1}),
    ">=": frozenset({0, 1}),
}

_OF_NUMBERS: dict[Operator, Callable[[Any, Any], bool]] = {"<": lt, "<=": le, ">": gt, ">=": ge}

_OPERATORS: dict[Operator, Callable[[Any, Any], bool]] = {
    "==": equal,
    "!=": lambda left, right: not equal(left, right),
    **{operator: _ordered(operator) for operator in _ACCEPTED},
    "in": is_in,
    "not in": lambda left, right: not is_in(left, right),
    "contains": contains,
    "starts_with": starts_with,
    "ends_with": ends_with,
}
