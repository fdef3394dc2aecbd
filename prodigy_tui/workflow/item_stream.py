"""A long list in JSON -> its elements one after the other, none of them held (language 13.3). Pure.

Only what is plain is read so. Whatever is odd is left to those who read the whole text: they say what is wrong with it,
and where.
"""

import codecs
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from prodigy_tui.workflow.json_data import DECODER, SURROGATE_ESCAPE, holds_surrogate

_SPACE = re.compile(r"[ \t\n\r]*")
_END = re.compile(r"[ \t\n\r]*([,:\]}])[ \t\n\r]*")


class NotStreamed(Exception):
    """The text has to be read as a whole; elements that were found before may not be what it holds."""


def stream_elements(pieces: Iterable[bytes], keys: Sequence[str] = ()) -> Iterator[Any]:
    """Yields the elements of a list in JSON text that comes in pieces, as `load_json` would find them.

    Args:
        pieces: The text; each may end anywhere.
        keys: Where the list is: keys of objects inside each other, none if it is the text itself.

    Raises:
        NotStreamed: there is no such list, it is empty, or the text is none that `load_json` takes.
    """
    window = _Window(pieces)
    for key in keys:
        _go_in(window, key)
    window.take("[")
    end = ","
    while end == ",":
        element, end = window.value()
        yield element
    if end != "]":
        raise NotStreamed
    for key in reversed(keys):
        _go_out(window, key)
    window.finish()


def _go_in(window: "_Window", key: str) -> None:
    """Goes to the value of a key of an object; what is before it is dropped."""
    window.take("{")
    while window.key() != key:
        if window.value()[1] != ",":
            raise NotStreamed


def _go_out(window: "_Window", key: str) -> None:
    """Goes behind an object; of a key that comes twice, the second value would count."""
    end = window.take(",}")
    while end == ",":
        if window.key() == key:
            raise NotStreamed
        _, end = window.value()
    if end != "}":
        raise NotStreamed


class _Window:
    """The part of a text that is held, and the place in it."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._text = ""
        self._at = 0
        self._ended = False
        self._may_hold_surrogate = False
        self._widen()
        self._text = self._text.removeprefix("\ufeff")

    def value(self) -> tuple[Any, str]:
        """Returns the value here and the sign behind it, and goes behind that.

        Without the sign it may be half a number.
        """
        while True:
            try:
                value, position = DECODER.raw_decode(self._text, self._at)
            except (ValueError, RecursionError):
                end = None
            else:
                end = _END.match(self._text, position)
            if end is not None:
                break
            before = self._at
            if self._skip_space() == before:
                self._widen()
        if self._may_hold_surrogate and holds_surrogate(value):
            raise NotStreamed
        self._at = end.end()
        return value, end[1]

    def key(self) -> str:
        """Returns the key here and goes behind its colon."""
        key, end = self.value()
        if end != ":" or not isinstance(key, str):
            raise NotStreamed
        return key

    def take(self, signs: str) -> str:
        """Returns which of these signs is here and goes behind it."""
        while self._skip_space() == len(self._text):
            self._widen()
        sign = self._text[self._at]
        if sign not in signs:
            raise NotStreamed
        self._at += 1
        return sign

    def finish(self) -> None:
        """Makes sure that nothing follows."""
        while self._skip_space() == len(self._text):
            if self._ended:
                return
            self._widen()
        raise NotStreamed

    def _skip_space(self) -> int:
        space = _SPACE.match(self._text, self._at)
        self._at = space.end() if space else self._at
        return self._at

    def _widen(self) -> None:
        """Drops what is behind and takes in more, at least as much again: a long value is not tried too often."""
        if self._ended:
            raise NotStreamed
        rest = self._text[self._at :]
        found, size = [rest], 0
        while not self._ended and size <= len(rest):
            piece = next(self._pieces, None)
            self._ended = piece is None
            try:
                found.append(self._decoder.decode(piece or b"", self._ended))
            except UnicodeDecodeError as error:
                raise NotStreamed from error
            size += len(found[-1])
        self._text, self._at = "".join(found), 0
        self._may_hold_surrogate = SURROGATE_ESCAPE.search(self._text) is not None
