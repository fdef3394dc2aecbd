"""How large a regex is once its counts are multiplied out, told from its spelling before an engine prepares it."""

import re
from typing import Final

import msgspec

_TOKEN: Final = re.compile(
    r"""(?P<escape>\\.)|(?P<set>\[\^?\]?(?:\\.|[^\]\\])*\])|(?P<open>\((?:\?[^:)]*:|\?[=!<]+)?)|(?P<close>\))
    |(?P<count>\{(?P<low>[0-9]*)(?:,(?P<high>[0-9]*))?\}[?+]?)|(?P<repeat>[*+?][?+]?)|(?P<other>.)""",
    re.DOTALL | re.VERBOSE,
)


class PatternSize(msgspec.Struct, frozen=True, kw_only=True):
    """The measures of one regex."""

    parts: int
    """Characters and sets, with counts multiplied out: `(a{9}){9}` has 81."""
    literal: int
    """The longest run of plain characters."""
    is_straight: bool
    """Nothing repeats, nothing is chosen, nothing is referred to: a try takes one step per character."""


def measure(pattern: str) -> PatternSize:
    """Returns the measures of a regex, at least its true ones."""
    sizes = [0]
    last = run = longest = 0
    is_straight = True
    for found in _TOKEN.finditer(pattern):
        kind = found.lastgroup
        run = run + 1 if kind in ("escape", "other") else 0
        longest = max(longest, run)
        match kind:
            case "open":
                sizes.append(0)
                last = 0
            case "close":
                last = sizes.pop() if len(sizes) > 1 else 0
                sizes[-1] += last
            case "count":
                times = max(int(found["high"] or 0), int(found["low"] or 0), 1)
                sizes[-1] += last * (times - 1)
                last *= times
                is_straight = False
            case "repeat":
                is_straight = False
            case _:
                last = 1
                sizes[-1] += 1
                is_straight = is_straight and found[0] != "|" and not (kind == "escape" and found[0][1].isdigit())
    return PatternSize(parts=sum(sizes), literal=longest, is_straight=is_straight)
