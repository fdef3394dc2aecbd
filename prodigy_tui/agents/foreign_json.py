"""JSON lines of programs that are not ours: taken in any pieces, and looked into without trusting any field."""

import math
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

import msgspec

Json: TypeAlias = Mapping[str, Any]

LONGEST_LINE = 16 * 1024 * 1024
"""A longer line is not looked at: no answer is that long, and memory is not free."""


class Lines:
    """Takes text in any pieces and yields its lines; one that is too long comes out empty."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0

    def feed(self, text: str) -> Iterator[str]:
        """Takes the next piece."""
        *lines, rest = text.split("\n")
        for line in lines:
            yield "".join([*self._parts, line]) if self._length <= LONGEST_LINE else ""
            self._parts, self._length = [], 0
        self._length += len(rest)
        if self._length > LONGEST_LINE:
            self._parts.clear()
        elif rest:
            self._parts.append(rest)

    def close(self) -> Iterator[str]:
        """Takes the end: a last line may have come without its newline."""
        yield from self.feed("\n")


def parse(text: str) -> Json | None:
    """Returns the object that `text` is, or None when it is anything else."""
    try:
        data = msgspec.json.decode(text.encode("utf-8", "replace"))
    except (msgspec.DecodeError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


# Fields: the value if it has the expected type, else a neutral one.


def text_of(data: Json, key: str) -> str:
    """Returns a text field."""
    value = data.get(key)
    return value if isinstance(value, str) else ""


def number_of(data: Json, key: str) -> float | None:
    """Returns a finite number."""
    value = data.get(key)
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        return None
    return float(value)


def whole_of(data: Json, key: str) -> int | None:
    """Returns a number without its fraction."""
    value = number_of(data, key)
    return None if value is None else int(value)


def sum_of(data: Json, *keys: str) -> int:
    """Returns the sum of several numbers; what is missing or negative counts nothing."""
    return sum(max(0, whole_of(data, key) or 0) for key in keys)


def mapping_of(data: Json, key: str) -> Json:
    """Returns an object."""
    value = data.get(key)
    return value if isinstance(value, dict) else {}


def mappings_of(data: Json, key: str) -> list[Json]:
    """Returns the objects in a list."""
    value = data.get(key)
    return [part for part in value if isinstance(part, dict)] if isinstance(value, list) else []
