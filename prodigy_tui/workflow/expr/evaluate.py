"""Syntax tree -> closures. The same compiler serves `when` (variables of a step) and `filter` (paths of an item)."""

from collections.abc import Callable
from typing import Any, Protocol, TypeAlias, assert_never

from prodigy_tui.workflow.expr.compare import contains, ends_with, equal, is_in, order, starts_with, truthy
from prodigy_tui.workflow.expr.functions import FUNCTIONS
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
    Operator,
    Or,
    Path,
    Substitution,
    Text,
)
from prodigy_tui.workflow.interpolate import InterpolationError, parse_text, render
from prodigy_tui.workflow.item_paths import presence_getter, value_getter
from prodigy_tui.workflow.modifiers import ModifierError, apply_modifiers
from prodigy_tui.workflow.paths import ParsedPath
from prodigy_tui.workflow.patterns import PatternError, PatternTimeout, compile_pattern
from prodigy_tui.workflow.references import Reference, parse_reference
from prodigy_tui.workflow.rendering import render_data
from prodigy_tui.workflow.values import Value, plain
from prodigy_tui.workflow.variables import Scope

VARIABLE_ROOTS = frozenset({"env", "param", "vars", "setup", "workflow", "run"})
"""Roots that `filter` looks up as variables; an item field of that name is `item.env`."""

Test: TypeAlias = Callable[[Any], Any]
"""A compiled node: a function of the item, or of the scope."""


class EvaluationError(Exception):
    """An expression that cannot be evaluated: PT403 or PT408, PT304 or PT301 for a reference inside."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


def evaluate(expression: Expression, scope: Scope) -> Any:
    """Returns the value of an expression over the variables of a step; `truthy` makes it a condition.

    Raises:
        EvaluationError: a regex takes too long or is data, or a reference cannot be rendered.
    """
    return _Compiler(_StepNames(scope)).compile(expression.root)(None)


def compile_filter(expression: Expression, scope: Scope) -> Callable[[Any], bool]:
    """Returns the test for one item; variables are looked up in `scope`.

    The test raises `EvaluationError` as `evaluate` does.
    """
    return _Compiler(_ItemNames(scope)).test(expression.root)


class _Names(Protocol):
    """What paths mean: each method returns a function of the item."""

    def find(self, path: ParsedPath) -> Callable[[Any], Value | None]: ...
    def data(self, path: ParsedPath) -> Test: ...
    def exists(self, path: ParsedPath) -> Test: ...
    @property
    def scope(self) -> Scope: ...


class _StepNames:
    """Paths are variables; a plain name also finds the process environment."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    def find(self, path: ParsedPath) -> Callable[[Any], Value | None]:
        value = self.scope.lookup(path)
        if value is None and not path.parts and not self.scope.knows(path.root):
            value = self.scope.inherited(path.root)
        return lambda _: value

    def data(self, path: ParsedPath) -> Test:
        value = self.find(path)(None)
        data = None if value is None else plain(value)
        return lambda _: data

    def exists(self, path: ParsedPath) -> Test:
        found = self.find(path)(None) is not None
        return lambda _: found


class _ItemNames:
    """Paths are paths of the item, but for a few roots."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self._variables = _StepNames(scope)

    def find(self, path: ParsedPath) -> Callable[[Any], Value | None]:
        if path.root in VARIABLE_ROOTS:
            return self._variables.find(path)
        data, exists = value_getter(path), presence_getter(path)
        return lambda item: Value(data(item)) if exists(item) else None

    def data(self, path: ParsedPath) -> Test:
        return self._variables.data(path) if path.root in VARIABLE_ROOTS else value_getter(path)

    def exists(self, path: ParsedPath) -> Test:
        return self._variables.exists(path) if path.root in VARIABLE_ROOTS else presence_getter(path)


class _Compiler:
    def __init__(self, names: _Names) -> None:
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
                return self._data(self._substitution(source))
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
                    value = self._substitution(source)
                    return lambda item: value(item) is not None
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
            find = self._substitution(pattern.source)
        if find is None:
            raise EvaluationError("PT403", "a regex must be a string")

        def matches(item: Any) -> bool:
            value = find(item)
            if value is None or value.data is None:
                return False
            if not value.trusted or not isinstance(value.data, str):
                raise EvaluationError("PT403", "a regex must be written in the workflow, it cannot be data")
            return _guarded(value.data)(left(item))

        return matches

    def _substitution(self, source: str) -> Callable[[Any], Value | None]:
        """`${…}` with modifiers or a default; missing without a default stays missing."""
        parsed = parse_reference(source, 0)
        assert parsed is not None
        reference = parsed[0]
        find = self._names.find(reference.path)
        return lambda item: _finish(reference, find(item), self._names.scope)

    @staticmethod
    def _data(find: Callable[[Any], Value | None]) -> Test:
        def data(item: Any) -> Any:
            value = find(item)
            return None if value is None else plain(value)

        return data


def _all(tests: tuple[Callable[[Any], bool], ...]) -> Callable[[Any], bool]:
    if len(tests) == 2:
        first, second = tests
        return lambda item: first(item) and second(item)
    return lambda item: all(test(item) for test in tests)


def _any(tests: tuple[Callable[[Any], bool], ...]) -> Callable[[Any], bool]:
    if len(tests) == 2:
        first, second = tests
        return lambda item: first(item) or second(item)
    return lambda item: any(test(item) for test in tests)


def _finish(reference: Reference, value: Value | None, scope: Scope) -> Value | None:
    if fault := reference.fault():
        raise EvaluationError("PT304", f"'{reference.source}': {fault}")
    try:
        if value is not None and not (reference.fallback is not None and value.data in (None, "")):
            value = apply_modifiers(value, reference.modifiers)
        if reference.fallback is None or (value is not None and value.data not in (None, "")):
            return value
        text = render(parse_text(reference.fallback, "plain"), scope)
    except ModifierError as error:
        raise EvaluationError("PT304", f"'{reference.source}': {error}") from error
    except InterpolationError as error:
        raise EvaluationError(error.code, error.message) from error
    if reference.demand is not None:
        raise EvaluationError("PT301", f"'{reference.path}': {text or 'has no value'}")
    return Value(text, trusted=True)


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
    accepted = _ACCEPTED[operator]

    def test(item: Any) -> bool:
        data = left(item)
        if type(data) is int or type(data) is float:
            return (data > constant) - (data < constant) in accepted
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
