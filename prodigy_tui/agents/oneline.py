"""Foreign text made fit for one line of a list or a log."""

import unicodedata

LONGEST_LINE = 200
_ELLIPSIS = "…"
_ZERO_WIDTH_JOINER = "\u200d"
"""The one invisible character that is kept: it holds emoji together."""


def visible(text: str) -> str:
    """Returns `text` without any character that a terminal would obey.

    White space of any kind becomes a blank, a control character its picture (ESC is `␛`), and what is invisible or
    changes the direction of writing is left out.
    """
    # Most texts are fit already, and one yes is a hundred times cheaper than to ask each character.
    return text if text.isprintable() else "".join(map(_visible, text))


def one_line(text: str, limit: int = LONGEST_LINE) -> str:
    """Returns `visible(text)` in one line of at most `limit` characters, every gap a single blank."""
    # Looking at no more than this keeps a megabyte of output cheap.
    line = " ".join(visible(text[: 4 * limit]).split())
    if len(line) <= limit and len(text) <= 4 * limit:
        return line
    return line[: limit - 1].rstrip() + _ELLIPSIS


def _visible(character: str) -> str:
    if character.isspace() and character not in "\x1c\x1d\x1e\x1f":
        return " "
    match unicodedata.category(character):
        case "Cc":
            code = ord(character)
            return chr(0x2400 + code) if code < 0x20 else "␡" if code == 0x7F else "\ufffd"
        case "Cf":
            return character if character == _ZERO_WIDTH_JOINER else ""
        case "Cs":
            return "\ufffd"
        case "Zl" | "Zp":
            return " "
        case _:
            return character
