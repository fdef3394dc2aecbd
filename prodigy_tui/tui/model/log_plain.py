"""Many lines of a log at once as they are shown: what `safe` makes of each, but of a block of bytes in a few passes."""

import re
from typing import Final

from prodigy_tui.tui.model.text import INVISIBLE, TAB, picture_of

_CONTROLS: Final = bytes(code for code in (*range(0x20), 0x7F) if code != 0x0A)
_SHORT: Final = r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b\n]*(?:\x07|\x1b\\|(?=\n)|\Z)|[ -/]*[0-~])"
_ESCAPES: Final = _SHORT.encode()
_COLOUR: Final = re.compile(rb"\x1b\[[0-9;]*m")
_MARK: Final = b"\0"
_TYPICAL: Final = 2048
"""Bytes at the start of a block from which it is told what sequences it is full of."""
_FEW: Final = 8
"""Sequences that are better taken out one after the other than found wherever there is any."""
_ESCAPES_IN_TEXT: Final = _SHORT + r"|\x9b[0-?]*[ -/]*[@-~]"
_CONTROL: Final = "[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]"
"""As `INVISIBLE`, these are compiled with the first block that needs them."""
_HIDDEN: Final = tuple(
    (begin[:1], re.compile(begin + rest))
    for begin, rest in (
        (b"\xc2", rb"[\x80-\x9f\xad]"),
        (b"\xd8\x9c", b""),
        (b"\xe2\x80", rb"[\x8b-\x8f\xa8-\xae]"),
        (b"\xe2\x81", rb"[\xa0-\xaf]"),
        (b"\xef\xb8", rb"[\x80-\x8f]"),
        (b"\xef\xbb\xbf", b""),
        (b"\xf3\xa0", b""),
    )
)
"""How what is neither shown nor ASCII looks in UTF-8: how it begins, of which the first byte is soon found missing."""


def plain(raw: bytes) -> bytes:
    """Returns lines, parted by line feeds, as they are shown; the same bytes where that is what they are.

    Raises:
        UnicodeDecodeError: they are not UTF-8.
    """
    is_ascii = raw.isascii()
    if not is_ascii:
        text = raw.decode()
        if any(first in raw and whole.search(raw) is not None for first, whole in _HIDDEN):
            return plain_text(text).encode()
    if b"\x1b" in raw:
        shown = _without_colours(raw)
        if shown is not None:
            return shown
        raw = b"".join(re.split(_ESCAPES, raw))  # quicker than putting nothing in their places
    if len(raw.translate(None, _CONTROLS)) == len(raw):
        return raw
    raw = raw.rstrip(b"\r")
    while b"\r\n" in raw:
        raw = raw.replace(b"\r\n", b"\n")
    if b"\t" in raw:
        raw = raw.expandtabs(TAB) if is_ascii else raw.decode().expandtabs(TAB).encode()
    if len(raw.translate(None, _CONTROLS)) == len(raw):
        return raw
    return re.sub(_CONTROL, picture_of, raw.decode()).encode()


def _without_colours(raw: bytes) -> bytes | None:
    """Returns lines without their colours; `None` where there is anything else in them that is not shown.

    Programs colour with the same few sequences again and again: each of these is overwritten everywhere at once, which
    takes a third of the time that it takes to find all one by one. Marks stay in its place until all are found, so that
    taking out one makes no other of what stood around it, and in the end the marks must be all that is not shown.
    As many marks as it has bytes: what stays as long as it is, is overwritten where it lies, in three fifths of the
    time that it takes to part the lines and to join them again.
    """
    common = set(_COLOUR.findall(raw, 0, _TYPICAL))
    if len(common) > _FEW or _MARK in raw:
        return None
    marked = raw
    for sequence in common:
        marked = marked.replace(sequence, _MARK * len(sequence))
    if b"\x1b" in marked:
        return None
    shown = marked.translate(None, _CONTROLS)
    return shown if len(shown) + marked.count(_MARK) == len(marked) else None


def plain_text(text: str) -> str:
    """Returns lines, parted by line feeds, as they are shown, whatever they hold."""
    text = re.sub(INVISIBLE, "", re.sub(_ESCAPES_IN_TEXT, "", text)).rstrip("\r")
    while "\r\n" in text:
        text = text.replace("\r\n", "\n")
    return re.sub(_CONTROL, picture_of, text.expandtabs(TAB))


def plain_lines(texts: list[str]) -> bytes:
    """Returns lines as they are shown, parted by line feeds."""
    joined = "\n".join(texts)
    try:
        return plain(joined.encode())
    except UnicodeError:  # halves of characters
        return plain_text(joined).encode()
