"""Text from items, agents and repositories, made fit to be shown: as one line, with nothing hidden in it.

What it must not become in a format (markup, a table's border) is the business of that format's own module.
"""

import re
from typing import Final

_HIDDEN: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200b-\u200f\u061c\u2028\u2029\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff\ufffe\uffff]"
)


def visible(text: str) -> str:
    """Returns `text` with control characters, direction marks and the like as escapes that one can read."""
    return _HIDDEN.sub(_escape, text)


def clipped(text: str, longest: int) -> str:
    """Returns `text`, visible, in at most so many characters."""
    shown = visible(text)
    return shown if len(shown) <= longest else f"{shown[: longest - 1]}…"


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code in (0x0A, 0x0D, 0x09):
        return " "
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
