"""Reports and comparisons as plain data, for JSON. The names are those of the values."""

from typing import Any, Final

import msgspec

from prodigy_tui.report.compare import Comparison
from prodigy_tui.report.model import Report

_PLACES: Final = 6
"""Of a microsecond, and of a millionth of a dollar, nothing more is known."""


def document(value: Report | Comparison) -> dict[str, Any]:
    """Returns the fields of the document, times as ISO 8601."""
    plain: dict[str, Any] = _rounded(msgspec.to_builtins(value))
    return plain


def _rounded(value: Any) -> Any:
    match value:
        case float():
            return round(value, _PLACES)
        case dict():
            return {name: _rounded(inner) for name, inner in value.items()}
        case list() | tuple():
            return [_rounded(inner) for inner in value]
        case _:
            return value
