"""The values that references find: data, its class (language 9.1), and how a path walks into it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, Literal

import msgspec

from prodigy_tui.workflow.paths import Each, Part

Kind = Literal["plain", "paths", "json"]

_NO_FIELDS: Final[Mapping[str, Any]] = MappingProxyType({})


class Value(msgspec.Struct, frozen=True):
    """One JSON value and what is known about it.

    A root such as `map` or `steps` is a value whose `data` is a mapping from field names to values; deeper down data is
    plain JSON.
    """

    data: Any
    trusted: bool = False
    """Written by author or operator; everything else is data and is escaped in shell text."""
    kind: Kind = "plain"
    """`paths`: joined by spaces; `json`: rendered as JSON whatever it is (language 8.7)."""
    fields: Mapping[str, Any] = _NO_FIELDS
    """What a path finds beside `data`: `${name.stdout}` of a capture, `${id.output}` of a step."""


def plain(value: Value) -> Any:
    """Returns the data of a value with the values inside it taken out."""
    return _plain_data(value.data)


def item_value(item: Any) -> Value:
    """Returns a work item as the value of `item`: JSON as a whole, with `item.value` and `item.item` on a scalar."""
    if isinstance(item, list | dict):
        return Value(item, kind="json")
    return Value(item, fields={"value": item, "item": item})


def capture_value(data: Any, fields: Mapping[str, Any], *, json: bool = False) -> Value:
    """Returns a captured value; `fields` are `stdout`, `stderr`, `exit_code`, `success` and `duration`."""
    return Value(data, kind="json" if json else "plain", fields=fields)


def find(value: Value, parts: tuple[Part, ...]) -> Value | None:
    """Returns what `parts` lead to from `value`, None where nothing is."""
    current = value
    for position, part in enumerate(parts):
        if isinstance(part, Each):
            return _find_in_each(current, parts[position + 1 :])
        child = _child(current, part)
        if child is None:
            return None
        current = child
    return current


def _find_in_each(value: Value, rest: tuple[Part, ...]) -> Value | None:
    if isinstance(value.data, list):
        elements = list(value.data)
    elif isinstance(value.data, Mapping):
        elements = list(value.data.values())
    else:
        return None
    children = (find(_wrap(element, value), rest) for element in elements)
    found = [child for child in children if child is not None]
    trusted = value.trusted if not found else all(child.trusted for child in found)
    return Value([plain(child) for child in found], trusted=trusted)


def _child(value: Value, part: str | int) -> Value | None:
    data = value.data
    if isinstance(data, list):
        index = part if isinstance(part, int) else int(part) if part.isdecimal() and len(part) < _LONG else None
        if index is not None and -len(data) <= index < len(data):
            return _wrap(data[index], value)
    if isinstance(part, str):
        if isinstance(data, Mapping) and part in data:
            return _wrap(data[part], value)
        if part in value.fields:
            return _wrap(value.fields[part], value)
    return None


_LONG = 19
"""Digits from which a key is no index of any list."""


def _wrap(data: Any, parent: Value) -> Value:
    return data if isinstance(data, Value) else Value(data, trusted=parent.trusted)


def _plain_data(data: Any) -> Any:
    if isinstance(data, Value):
        return _plain_data(data.data)
    if isinstance(data, Mapping) and any(isinstance(child, Value) for child in data.values()):
        return {key: _plain_data(child) for key, child in data.items()}
    return data
