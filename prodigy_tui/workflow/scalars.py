"""What a plain YAML scalar is: the core schema of YAML 1.2 (language 2.1), with finite numbers only."""

import math
import re

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEAN = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INTEGER = re.compile(r"[-+]?[0-9]+")
_OCTAL = re.compile(r"0o[0-7]+")
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_MOST_DIGITS = 4000
_FIRST_SIGNS = frozenset("0123456789+-.")


def resolve(text: str) -> str | int | float | bool | None:
    """Returns the value of a plain scalar.

    A number that JSON cannot hold (`.inf`, `.nan`, `1e999`) or that is absurdly long stays text.
    """
    if text in _NULL:
        return None
    if text in _BOOLEAN:
        return _BOOLEAN[text]
    number = to_number(text)
    return text if number is None else number


def to_number(text: str) -> int | float | None:
    """Returns the number that `text` spells, or None."""
    if text[:1] not in _FIRST_SIGNS or len(text) > _MOST_DIGITS:
        return None
    if _INTEGER.fullmatch(text):
        return int(text)
    if _OCTAL.fullmatch(text):
        return int(text[2:], 8)
    if _HEXADECIMAL.fullmatch(text):
        return int(text[2:], 16)
    if _FLOAT.fullmatch(text):
        number = float(text)
        return number if math.isfinite(number) else None
    return None
