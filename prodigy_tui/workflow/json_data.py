"""JSON text -> data, for everything that comes from outside: work items, captures, results.

Stricter than the standard library where the rest of the program could not hold the value: no NaN, no infinite numbers,
no halves of surrogate pairs.
"""

import gc
import json
import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")
_SURROGATE = re.compile("[\ud800-\udfff]")


class JsonError(Exception):
    """A text that is no JSON; line and column count from 1."""

    def __init__(self, message: str, line: int = 1, column: int = 1) -> None:
        super().__init__(message, line, column)
        self.message = message
        self.line = line
        self.column = column

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}: {self.message}"


def load_json(text: str) -> Any:
    """Returns the one JSON value that `text` holds.

    Raises:
        JsonError: it holds something else.
    """
    try:
        with _gc_paused():
            data = json.loads(text, parse_constant=_refuse, parse_float=_finite)
    except json.JSONDecodeError as error:
        raise JsonError(error.msg[:1].lower() + error.msg[1:], error.lineno, error.colno) from error
    except (ValueError, RecursionError) as error:
        message = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise JsonError(message) from error
    if _SURROGATE_ESCAPE.search(text) and _holds_surrogate(data):
        raise JsonError("half of a surrogate pair stands alone")
    return data


def _refuse(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON")


def _finite(spelling: str) -> float:
    number = float(spelling)
    if not math.isfinite(number):
        raise ValueError(f"the number {spelling[:30]} is too large")
    return number


def _holds_surrogate(data: Any) -> bool:
    return _SURROGATE.search(json.dumps(data, ensure_ascii=False)) is not None


@contextmanager
def _gc_paused() -> Iterator[None]:
    """Loading many objects is more than twice as fast while the collector does not look at them again and again."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
