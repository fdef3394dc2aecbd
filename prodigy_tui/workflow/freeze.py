"""How JSON values are compared without being text: equality as a key, and the order of language 13.5."""

from collections.abc import Mapping
from typing import Any

_MISSING_RANK = (9, 0)


def freeze(data: Any) -> Any:
    """Returns a hashable key that equal JSON values share: `1` and `1.0` do, `1` and `true` do not."""
    if isinstance(data, bool):
        return ("boolean", data)
    if isinstance(data, list):
        return ("list", tuple(freeze(element) for element in data))
    if isinstance(data, Mapping):
        return ("object", frozenset((key, freeze(element)) for key, element in data.items()))
    return data


def sort_rank(data: Any) -> tuple[int, Any]:
    """Returns the sort key of a value: boolean < number < text < list and object by length; null comes last."""
    if data is None:
        return _MISSING_RANK
    if isinstance(data, bool):
        return (0, data)
    if isinstance(data, int | float):
        return (1, data)
    if isinstance(data, str):
        return (2, data)
    return (3, len(data))
