"""Values as text: language 8.7, and the one compact spelling of JSON that the language uses everywhere."""

import json
from collections.abc import Mapping
from typing import Any

from prodigy_tui.workflow.values import Value, plain

# Made once: `json.dumps` with options makes an encoder for every call.
_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_CANONICAL = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode


def compact_json(data: Any) -> str:
    """Returns `data` as JSON without spaces, in UTF-8 characters, key order kept."""
    return _COMPACT(data)


def pretty_json(data: Any) -> str:
    """Returns `data` as JSON over several lines."""
    return json.dumps(data, ensure_ascii=False, indent=2)


def canonical_json(data: Any) -> str:
    """Returns the spelling that equal values share: as `compact_json`, with sorted keys."""
    return _CANONICAL(data)


def render_value(value: Value) -> str:
    """Returns the text of a value (language 8.7)."""
    data = plain(value)
    if value.kind == "json":
        return compact_json(data)
    if isinstance(data, list):
        if value.kind == "paths":
            return " ".join(render_data(element) for element in data)
        if data and all(is_scalar(element) for element in data):
            return ", ".join(render_data(element) for element in data)
    return render_data(data)


def render_data(data: Any) -> str:
    """Returns the text of plain data as one word or element: scalars as themselves, all else as compact JSON."""
    if isinstance(data, str):
        return data
    if data is None:
        return ""
    if data is True:
        return "true"
    if data is False:
        return "false"
    if isinstance(data, int | float):
        return repr(data)
    return compact_json(data)


def render_words(value: Value) -> tuple[str, ...] | None:
    """Returns the shell words that a list stands for (language 9.2, state U), None for what is one word."""
    data = plain(value)
    if value.kind == "json" or not isinstance(data, list):
        return None
    if value.kind == "paths" or all(is_scalar(element) for element in data):
        return tuple(render_data(element) for element in data)
    return None


def is_scalar(data: Any) -> bool:
    """Tells whether `data` is neither a list nor an object."""
    return not isinstance(data, list | Mapping)
