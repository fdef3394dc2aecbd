"""Paths into plain work items, compiled: used for every item by `filter`, `distinct`, `sort_by` and `id_field`.

`item.` in front is optional; on a scalar item, `item` and `value` are the item itself (language 10.2).
"""

from collections.abc import Callable
from typing import Any, TypeAlias

from prodigy_tui.workflow.paths import ParsedPath, Part
from prodigy_tui.workflow.values import Value, find

Getter: TypeAlias = Callable[[Any], Any]


def value_getter(path: ParsedPath) -> Getter:
    """Returns a function from an item to what `path` finds in it, None where nothing is."""
    parts = _parts(path)
    match parts:
        case ():
            return lambda item: item
        case (str() as key,):
            if key in ("value", "item"):
                return lambda item: item.get(key) if isinstance(item, dict) else _scalar(item)
            return lambda item: item.get(key) if isinstance(item, dict) else None
        case (str() as first, str() as second) if not second.isdecimal():
            return lambda item: (
                inner.get(second) if isinstance(item, dict) and isinstance(inner := item.get(first), dict) else None
            )
        case _:
            return lambda item: None if (found := find(Value(item), parts)) is None else found.data


def presence_getter(path: ParsedPath) -> Callable[[Any], bool]:
    """Returns a function that tells whether `path` finds anything in an item, null included."""
    parts = _parts(path)
    if parts in (("value",), ("item",)):
        return lambda item: find(Value(item), parts) is not None or not isinstance(item, list | dict)
    return lambda item: find(Value(item), parts) is not None


def _parts(path: ParsedPath) -> tuple[Part, ...]:
    return path.parts if path.root == "item" else (path.root, *path.parts)


def _scalar(item: Any) -> Any:
    return None if isinstance(item, list) else item
