"""Patterns that are looked for in many lines at once: where none of their parts can match the end of a line, a page is
one text in which lines are found as they are one by one."""

import re
from typing import Any, Final

import regex

_ESCAPED: Final = re.compile(r"\\.")
_NOT_AN_END: Final = {"s": r"[^\S\n]", "W": r"[^\w\n]", "D": r"[^\d\n]"}
_SAFE_LETTERS: Final = frozenset("wdSbtfv").union(_NOT_AN_END)
"""Letters after a backslash that can be kept from meaning an end of a line."""
_SET: Final = re.compile(r"\[(\^?)((?:[^\]\[\\\^]|\\(?:[wdsWDS]|[^\w\s]))(?:[^\]\[\\]|\\(?:[wdsWDS]|[^\w\s]))*)\]")
_GROUP: Final = re.compile(r"\((?![?*])|\(\?(?:[:>=!]|<[=!]|P?<[A-Za-z_]\w*>)")
_COUNT: Final = re.compile(r"\{\d+(?:,\d*)?\}|\{,\d+\}")
_OPENED: Final = {"[": _SET, "(": _GROUP, "{": _COUNT}


def minds_case(pattern: str) -> bool:
    """Whether a pattern says upper case where it means it."""
    bare = _ESCAPED.sub("", pattern)
    return bare != bare.lower()


def for_pages(pattern: str) -> Any:
    """Returns what finds each line of a page once that a valid pattern is found in; `None` where lines are to be looked
    at one by one."""
    bounded = _bounded(pattern)
    if bounded is None:
        return None
    flags = regex.MULTILINE if minds_case(pattern) else regex.MULTILINE | regex.IGNORECASE
    try:
        return regex.compile(rf"(?:{bounded})[^\n]*+", flags)
    except (regex.error, RecursionError, OverflowError):
        return None


def _bounded(pattern: str) -> str | None:
    """Returns the pattern with parts that never match the end of a line; `None` where that is not certain."""
    if any(sign < " " for sign in pattern):
        return None
    parts: list[str] = []
    at = 0
    while at < len(pattern):
        taken = bounded = pattern[at]
        if taken == "\\":
            letter = pattern[at + 1 : at + 2]
            taken += letter
            if letter not in _SAFE_LETTERS and (letter.isalnum() or letter.isspace()):
                return None
            bounded = _NOT_AN_END.get(letter, taken)
        elif taken in "[({":
            found = _OPENED[taken].match(pattern, at)
            if found is None:
                return None
            taken = bounded = found[0]
            if found.re is _SET:
                negated, body = found.groups()
                bounded = rf"[^{body}\n]" if negated else rf"(?:(?!\n){taken})" if "\\" in body else taken
        parts.append(bounded)
        at += len(taken)
    return "".join(parts)
