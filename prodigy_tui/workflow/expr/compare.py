"""Truth, equality, order and membership of JSON values (language 10.3). Missing values are None here."""

import re
from typing import Any

from prodigy_tui.workflow.rendering import render_data

_NUMERAL = re.compile(r"\s*[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?\s*", re.ASCII)
_MOST_DIGITS = 4000


def truthy(data: Any) -> bool:
    """Tells whether a value counts as true."""
    if isinstance(data, str):
        return data not in ("", "0") and data.lower() != "false"
    return bool(data)


def to_number(data: Any) -> int | float | None:
    """Returns a number, or the number that a text numeral spells, else None."""
    if isinstance(data, str):
        found = _NUMERAL.fullmatch(data)
        if not found:
            return None
        is_integer = found[1] is None and found[2] is None and len(data) < _MOST_DIGITS
        return int(data) if is_integer else float(data)
    if isinstance(data, int | float) and not isinstance(data, bool):
        return data
    return None


def equal(left: Any, right: Any) -> bool:
    """The operator `==`."""
    if isinstance(left, str):
        if isinstance(right, str):
            return left == right
        left, right = right, left
    if isinstance(left, bool):
        if isinstance(right, str):
            return right.lower() == ("true" if left else "false")
        return isinstance(right, bool) and left == right
    if isinstance(left, int | float):
        number = to_number(right)
        return number is not None and left == number
    if isinstance(left, list):
        return isinstance(right, list) and len(left) == len(right) and all(map(equal, left, right))
    if isinstance(left, dict):
        return (
            isinstance(right, dict)
            and left.keys() == right.keys()
            and all(equal(value, right[key]) for key, value in left.items())
        )
    return left is None and right is None


def order(left: Any, right: Any) -> int | None:
    """Returns -1, 0 or 1, None where the two have no order."""
    first, second = to_number(left), to_number(right)
    if first is not None and second is not None:
        return (first > second) - (first < second)
    if isinstance(left, str) and isinstance(right, str):
        return (left > right) - (left < right)
    return None


def is_in(element: Any, container: Any) -> bool:
    """The operator `in`: of a list by `==`, a key of an object, a part of a text."""
    if isinstance(container, list):
        return any(equal(element, other) for other in container)
    if isinstance(container, dict):
        return element in container if isinstance(element, str) else any(equal(element, key) for key in container)
    if isinstance(container, str):
        return _has_text(element) and render_data(element) in container
    return False


def contains(container: Any, element: Any) -> bool:
    """The operator `contains`."""
    return is_in(element, container)


def starts_with(data: Any, start: Any) -> bool:
    """The operator `starts_with`."""
    return isinstance(data, str) and _has_text(start) and data.startswith(render_data(start))


def ends_with(data: Any, end: Any) -> bool:
    """The operator `ends_with`."""
    return isinstance(data, str) and _has_text(end) and data.endswith(render_data(end))


def _has_text(data: Any) -> bool:
    return isinstance(data, str | int | float) and not isinstance(data, bool)
