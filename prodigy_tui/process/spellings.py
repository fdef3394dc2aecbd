"""The ways in which a secret appears in output, and one pattern for all of them. Pure."""

import base64
import json
import re
from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import quote, quote_plus

SHORTEST: Final = 4
"""Shorter values are not hidden (language 12.3): they would be everywhere."""

_SHORTEST_LINE = 8
_WRAPPED_AT = (64, 76)
"""Where tools break the lines of base64."""
_MOST_NESTED = 60


def spellings(secret: str) -> Iterator[str]:
    """Yields a secret as it is, its longer lines, and each of them in JSON, URLs and base64."""
    whole = secret.strip()
    lines = {line.strip() for line in whole.splitlines() if len(line.strip()) >= _SHORTEST_LINE}
    for value in {secret, whole, *lines}:
        if len(value.strip()) >= SHORTEST:
            yield from _written(value)


def _written(value: str) -> Iterator[str]:
    yield value
    if "\n" in value:
        yield value.replace("\r\n", "\n").replace("\n", "\r\n")
    yield json.dumps(value)[1:-1]
    yield json.dumps(value, ensure_ascii=False)[1:-1]
    encoded = value.encode("utf-8", "surrogateescape")
    for quoted in (quote(encoded, safe=""), quote(encoded), quote_plus(encoded)):
        yield quoted
        yield re.sub("%[0-9A-F]{2}", lambda found: found[0].lower(), quoted)
    for in_base64 in (base64.b64encode(encoded).decode(), base64.urlsafe_b64encode(encoded).decode()):
        yield in_base64
        # What follows the value changes only the characters that hold bits of both.
        stable = in_base64[: len(encoded) * 8 // 6]
        yield stable
        for width in _WRAPPED_AT:
            rows = [stable[start : start + width] for start in range(0, len(stable), width)]
            yield "\n".join(rows)
            if len(rows) > 1:
                yield from (row for row in rows if len(row) >= _SHORTEST_LINE)


def merged_pattern(texts: Iterable[str]) -> str:
    """Returns a pattern that matches each of the texts, the longest one first.

    Common beginnings are written once, so matching looks at a character once and not once for every text.
    """
    return _merged(sorted(set(texts) - {""}), 0)


def _merged(texts: list[str], depth: int) -> str:
    """Merges sorted texts, none of them twice."""
    if depth >= _MOST_NESTED:
        return "(?:" + "|".join(re.escape(text) for text in sorted(texts, key=len, reverse=True)) + ")"
    branches, optional = [], texts[0] == ""
    rest = texts[1:] if optional else texts
    start = 0
    while start < len(rest):
        end = start
        while end < len(rest) and rest[end][0] == rest[start][0]:
            end += 1
        group = rest[start:end]
        common = _common_beginning(group[0], group[-1])
        tails = [text[len(common) :] for text in group]
        branches.append(re.escape(common) + ("" if tails == [""] else _merged(tails, depth + 1)))
        start = end
    # Greedy: the longer text first, because it holds the shorter one.
    return f"(?:{'|'.join(branches)})" + ("?" if optional else "")


def _common_beginning(first: str, last: str) -> str:
    """Returns what all of a sorted group begin with, given its first and its last text."""
    length = 0
    for one, other in zip(first, last, strict=False):
        if one != other:
            break
        length += 1
    return first[:length]
