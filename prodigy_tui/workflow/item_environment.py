"""A work item as environment variables: `PRODIGY_ITEM`, `PRODIGY_ITEM_<FIELD>` (language 12.5)."""

import re
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from prodigy_tui.workflow.rendering import compact_json, is_scalar, render_data
from prodigy_tui.workflow.variables import EXPORT_BYTES, fits_environment

MAX_FIELDS: Final = 200
MAX_FIELD_BYTES: Final = 32 * 1024

_DEPTH = 3
_PREFIX = "PRODIGY_ITEM"
_OTHER = re.compile(r"[^A-Z0-9_]")


class ItemEnvironment(msgspec.Struct, frozen=True, kw_only=True):
    """The variables of one item."""

    variables: dict[str, str] = msgspec.field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    """What was too long, clashed or came after the 200th, as `a.b` (PT512)."""


def item_environment(item: Any) -> ItemEnvironment:
    """Returns the variables that hand a work item to a process."""
    variables: dict[str, str] = {}
    left_out: list[str] = []
    whole = compact_json(item)
    if fits_environment(_PREFIX, whole, EXPORT_BYTES):
        variables[_PREFIX] = whole
    else:
        left_out.append("item")
    fields = 0
    for keys, value in _fields(item):
        name = "_".join([_PREFIX, *(_OTHER.sub("_", key.upper()) for key in keys)])
        text = render_data(value)
        if name in variables or fields >= MAX_FIELDS or not fits_environment(name, text, MAX_FIELD_BYTES):
            left_out.append(".".join(keys))
            continue
        variables[name] = text
        fields += 1
    return ItemEnvironment(variables=variables, left_out=tuple(left_out))


def _fields(item: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
    if is_scalar(item):
        yield ("VALUE",), item
    elif isinstance(item, dict):
        yield from _nested(item, ())


def _nested(data: dict[str, Any], keys: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    for key, value in data.items():
        inner = (*keys, key)
        if isinstance(value, dict) and value and len(inner) < _DEPTH:
            yield from _nested(value, inner)
        else:
            yield inner, value
