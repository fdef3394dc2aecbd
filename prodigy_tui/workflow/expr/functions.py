"""The functions of the expression language (10.3): names, numbers of arguments, meaning."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from prodigy_tui.workflow.expr.compare import contains, ends_with, starts_with, to_number
from prodigy_tui.workflow.rendering import render_data


class Function(msgspec.Struct, frozen=True, kw_only=True):
    """One function over plain values; missing values arrive as None."""

    least: int
    most: int | None
    """None: any number of arguments."""
    apply: Callable[..., Any]


LEGACY: Final[Mapping[str, str]] = {
    "startsWith": "starts_with",
    "endsWith": "ends_with",
    "includes": "contains",
    "toLowerCase": "lower",
    "toUpperCase": "upper",
}
"""Spellings accepted with PT901."""

SYNONYMS: Final[Mapping[str, str]] = {"is_list": "is_array", "len": "length"}

TEXT_FUNCTIONS: Final = frozenset({"contains", "starts_with", "ends_with", "matches"})
"""Functions whose second argument may be a bare word."""

SPECIAL: Final[Mapping[str, tuple[int, int]]] = {"exists": (1, 1), "matches": (2, 2)}
"""Functions that need more than values, with their numbers of arguments."""


def _length(value: Any) -> int:
    if value is None:
        return 0
    return len(value) if isinstance(value, str | list | dict) else len(render_data(value))


def _is_empty(value: Any) -> bool:
    return value is None or (isinstance(value, str | list | dict) and not value)


def _on_text(function: Callable[[str], str]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else function(render_data(value))


def _over(arguments: tuple[Any, ...]) -> list[Any]:
    """A single list stands for its elements."""
    if len(arguments) == 1:
        return arguments[0] if isinstance(arguments[0], list) else list(arguments)
    return list(arguments)


def _numbers(arguments: tuple[Any, ...]) -> list[int | float]:
    found = (to_number(value) for value in _over(arguments))
    return [number for number in found if number is not None]


def _sum(*arguments: Any) -> int | float:
    return sum(_numbers(arguments))


def _count(*arguments: Any) -> int:
    return sum(value is not None for value in _over(arguments))


def _smallest(*arguments: Any) -> int | float | None:
    return min(_numbers(arguments), default=None)


def _largest(*arguments: Any) -> int | float | None:
    return max(_numbers(arguments), default=None)


def _average(*arguments: Any) -> float | None:
    numbers = _numbers(arguments)
    return sum(numbers) / len(numbers) if numbers else None


def _one(apply: Callable[[Any], Any]) -> Function:
    return Function(least=1, most=1, apply=apply)


def _two(apply: Callable[[Any, Any], Any]) -> Function:
    return Function(least=2, most=2, apply=apply)


def _many(apply: Callable[..., Any]) -> Function:
    return Function(least=1, most=None, apply=apply)


FUNCTIONS: Final[Mapping[str, Function]] = {
    "contains": _two(contains),
    "starts_with": _two(starts_with),
    "ends_with": _two(ends_with),
    "is_null": _one(lambda value: value is None),
    "is_not_null": _one(lambda value: value is not None),
    "is_number": _one(lambda value: isinstance(value, int | float) and not isinstance(value, bool)),
    "is_string": _one(lambda value: isinstance(value, str)),
    "is_bool": _one(lambda value: isinstance(value, bool)),
    "is_array": _one(lambda value: isinstance(value, list)),
    "is_object": _one(lambda value: isinstance(value, dict)),
    "is_empty": _one(_is_empty),
    "length": _one(_length),
    "sum": _many(_sum),
    "count": _many(_count),
    "min": _many(_smallest),
    "max": _many(_largest),
    "avg": _many(_average),
    "lower": _one(_on_text(str.lower)),
    "upper": _one(_on_text(str.upper)),
    "trim": _one(_on_text(str.strip)),
    "default": _two(lambda value, other: other if value is None else value),
}


def all_names() -> tuple[str, ...]:
    """Returns every name that a function has."""
    return (*FUNCTIONS, *SPECIAL, *SYNONYMS, *LEGACY)
