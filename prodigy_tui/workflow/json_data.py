"""JSON text -> data, for everything that comes from outside: work items, captures, results.

Stricter than the standard library where the rest of the program could not hold the value: no NaN, no infinite numbers,
no halves of surrogate pairs. A long text is read in pieces: its reader holds the interpreter for one element at a time,
so that the other threads of the program go on.
"""

import gc
import json
import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, NoReturn

PIECES_FROM: Final = 256 * 1024
"""Characters from which a text is read in pieces."""

_OPEN_LEVELS: Final = 4
"""Levels of a long text at which an object is taken apart; a list ends the way down."""
_STRIDE: Final = 4 * 1024 * 1024

SURROGATE_ESCAPE: Final = re.compile(r"\\u[dD][89a-fA-F]")
"""The escapes that could stand for halves of surrogate pairs."""
_SURROGATE = re.compile("[\ud800-\udfff]")
_SPACE = re.compile(r"[ \t\n\r]*")
_OBJECT_END = re.compile(r"[ \t\n\r]*([,}])[ \t\n\r]*")
_LIST_END = re.compile(r"[ \t\n\r]*([,\]])[ \t\n\r]*")
_COLON = re.compile(r"[ \t\n\r]*:[ \t\n\r]*")


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
        if len(text) < PIECES_FROM:
            data = DECODER.decode(text)
        else:
            with gc_paused():
                data = _in_pieces(text)
    except json.JSONDecodeError as error:
        raise JsonError(error.msg[:1].lower() + error.msg[1:], error.lineno, error.colno) from error
    except (ValueError, RecursionError) as error:
        message = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise JsonError(message) from error
    if _may_hold_surrogate(text) and holds_surrogate(data):
        raise JsonError("half of a surrogate pair stands alone")
    return data


@contextmanager
def gc_paused() -> Iterator[None]:
    """Making many objects is more than twice as fast while the collector does not look at them again and again."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _refuse(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON")


def _finite(spelling: str) -> float:
    number = float(spelling)
    if not math.isfinite(number):
        raise ValueError(f"the number {spelling[:30]} is too large")
    return number


DECODER: Final = json.JSONDecoder(parse_constant=_refuse, parse_float=_finite)
"""Made once: `json.loads` with options makes a decoder for every call."""


def _in_pieces(text: str) -> Any:
    """Reads a long text; the decoder of the library has the last word on everything that is odd."""
    try:
        data, position = _piece(text, _skip_space(text, 0), _OPEN_LEVELS)
    except _Odd:
        return DECODER.decode(text)
    return data if _skip_space(text, position) == len(text) else DECODER.decode(text)


class _Odd(Exception):
    """The pieces are not where they should be in JSON."""


def _piece(text: str, position: int, levels: int) -> tuple[Any, int]:
    """Returns the value at `position` and the offset behind it."""
    if levels and text.startswith("[", position):
        return _pieces_of_list(text, position)
    if levels and text.startswith("{", position):
        return _pieces_of_object(text, position, levels - 1)
    return DECODER.raw_decode(text, position)


def _pieces_of_list(text: str, position: int) -> tuple[list[Any], int]:
    items: list[Any] = []
    position = _skip_space(text, position + 1)
    if text.startswith("]", position):
        return items, position + 1
    read, behind = DECODER.raw_decode, _LIST_END.match
    while True:
        item, position = read(text, position)
        items.append(item)
        end = behind(text, position)
        if end is None:
            raise _Odd
        position = end.end()
        if end[1] == "]":
            return items, end.end(1)


def _pieces_of_object(text: str, position: int, levels: int) -> tuple[dict[str, Any], int]:
    data: dict[str, Any] = {}
    position = _skip_space(text, position + 1)
    if text.startswith("}", position):
        return data, position + 1
    while True:
        if not text.startswith('"', position):
            raise _Odd
        key, position = DECODER.raw_decode(text, position)
        colon = _COLON.match(text, position)
        if colon is None:
            raise _Odd
        data[key], position = _piece(text, colon.end(), levels)
        end = _OBJECT_END.match(text, position)
        if end is None:
            raise _Odd
        position = end.end()
        if end[1] == "}":
            return data, end.end(1)


def _skip_space(text: str, position: int) -> int:
    found = _SPACE.match(text, position)
    return found.end() if found else position


def _may_hold_surrogate(text: str) -> bool:
    """Looks for the escapes that could stand for halves of pairs, a stretch at a time."""
    return any(
        SURROGATE_ESCAPE.search(text, start, start + _STRIDE + 4) is not None for start in range(0, len(text), _STRIDE)
    )


def holds_surrogate(data: Any) -> bool:
    """Tells whether half of a surrogate pair stands alone in JSON data."""
    return _SURROGATE.search(json.dumps(data, ensure_ascii=False)) is not None
