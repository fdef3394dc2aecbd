"""Paths into values: `a.b[0]['x y'][*]` (language 8.2), their grammar and their spelling.

What a path finds is decided elsewhere: `variables` walks the values of a step, `item_paths` plain work items.
"""

import re
from enum import Enum
from typing import Final, TypeAlias

import msgspec


class Each(Enum):
    """The part `[*]`: the rest of the path is mapped over a list or an object's values."""

    EACH = "*"


EACH: Final = Each.EACH
Part: TypeAlias = str | int | Each

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_KEY = re.compile(r"[A-Za-z0-9_-]+")
_DIGITS = re.compile(r"[0-9]+")
_INDEX = re.compile(r"\[(-?[0-9]{1,18})\]")
_QUOTED = re.compile(r"""\[(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\]""", re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


class ParsedPath(msgspec.Struct, frozen=True):
    """A root name and the parts behind it; a positional value has digits as its root."""

    root: str
    parts: tuple[Part, ...] = ()

    def __str__(self) -> str:
        return self.root + "".join(_spell(part) for part in self.parts)


def parse_path(text: str, start: int = 0) -> tuple[ParsedPath, int] | None:
    """Returns the longest path at `start` and the offset behind it, or None where no path begins.

    Digits alone are a path without parts (a positional value).
    """
    digits = _DIGITS.match(text, start)
    if digits:
        return ParsedPath(digits[0]), digits.end()
    name = _NAME.match(text, start)
    if not name:
        return None
    parts, end = _parse_parts(text, name.end())
    return ParsedPath(name[0], parts), end


def whole_path(text: str) -> ParsedPath | None:
    """Returns the path that `text` is from end to end, else None."""
    found = parse_path(text)
    return found[0] if found and found[1] == len(text) else None


def data_path(text: str) -> tuple[Part, ...] | None:
    """Returns the parts of a path into JSON data, `$.a.b[0]`, `a.b[0]` or `a.0`; None where it is no path."""
    text = text.strip().removeprefix("$")
    found = whole_path(f"data{text}" if not text or text.startswith((".", "[")) else f"data.{text}")
    return found.parts if found else None


def quote_key(key: str) -> str:
    """Returns the part `['key']` for any text."""
    return "['" + key.replace("\\", "\\\\").replace("'", "\\'") + "']"


def _parse_parts(text: str, start: int) -> tuple[tuple[Part, ...], int]:
    parts: list[Part] = []
    position = start
    while position < len(text):
        if text[position] == ".":
            key = _KEY.match(text, position + 1)
            if not key:
                break
            parts.append(key[0])
            position = key.end()
        elif text.startswith("[*]", position):
            parts.append(EACH)
            position += 3
        elif index := _INDEX.match(text, position):
            parts.append(int(index[1]))
            position = index.end()
        elif quoted := _QUOTED.match(text, position):
            parts.append(_ESCAPE.sub(r"\1", quoted[1] if quoted[1] is not None else quoted[2]))
            position = quoted.end()
        else:
            break
    return tuple(parts), position


def _spell(part: Part) -> str:
    if part is EACH:
        return "[*]"
    if isinstance(part, int):
        return f"[{part}]"
    assert isinstance(part, str)
    return f".{part}" if _KEY.fullmatch(part) else quote_key(part)
