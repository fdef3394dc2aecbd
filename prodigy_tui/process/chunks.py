"""Turns the bytes of one pipe into masked text, piece by piece. Pure; knows nothing of processes."""

import codecs
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple

from prodigy_tui.process.mask import Masker

LONGEST_PART = 64 * 1024
"""A line that grows beyond this many characters is handed over in pieces."""


class Piece(NamedTuple):
    """Masked text."""

    text: str
    raw: memoryview | None = None
    """The same in UTF-8, where it is just what came; only until the next bytes are taken."""


class _Shared(threading.local):
    """Where bytes are put that come: one place for all pipes of a thread, because none is done with later.

    With a new one for every read, and a copy for what was left of the last, floods took a tenth more.
    """

    def __init__(self) -> None:
        self.place = bytearray()


_shared = _Shared()


class TextChunks:
    """Decodes UTF-8 across reads and yields text that ends at line ends where possible.

    A carriage return counts as a line end, so that a progress bar is seen while it moves. Bytes that are not UTF-8
    become replacement characters. Memory is bounded by one read and one part.
    """

    def __init__(self, masker: Masker) -> None:
        self._masker = masker
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._held = ""
        """Lines that may begin a secret, or what is left of a long line."""
        self._rest = b""
        """What has come behind that, without a line end."""

    def room(self, size: int) -> memoryview:
        """Returns where the next bytes are to be put; `take` says how many they are. Nothing else comes between."""
        rest = len(self._rest)
        if len(_shared.place) < rest + size:
            _shared.place = bytearray(rest + size)
        _shared.place[:rest] = self._rest
        return memoryview(_shared.place)[rest : rest + size]

    def take(self, size: int) -> Iterator[Piece]:
        """Takes so many bytes and yields what is complete."""
        place, start = _shared.place, len(self._rest)
        stop = start + size
        end = place.rfind(b"\n", start, stop) + 1
        # Not in all of it: that would take a third as long as to search for secrets.
        end = max(end, place.rfind(b"\r", end or start, stop) + 1)
        with memoryview(place) as view:
            if end:
                yield from self._lines(view[:end])
            self._rest = bytes(view[end:stop])
        if len(self._held) + len(self._rest) > LONGEST_PART + self._masker.hold:
            yield from self._parts()

    def close(self) -> Iterator[Piece]:
        """Yields what is left when nothing more will come."""
        text = self._held + self._decoder.decode(self._rest, True)
        self._held, self._rest = "", b""
        if text:
            yield Piece(self._masker.text(text))

    def _lines(self, raw: memoryview) -> Iterator[Piece]:
        """Yields whole lines, but for those that may be the first ones of a secret: they wait for the next."""
        found = None
        if not self._held and not self._decoder.getstate()[0]:
            with suppress(UnicodeDecodeError):
                found = str(raw, "utf-8")
        text = self._held + self._decoder.decode(raw) if found is None else found
        safe = len(text) - self._masker.unfinished(text)
        self._held = text[safe:]
        if safe:
            masked = self._masker.text(text[:safe])
            yield Piece(masked, raw if masked is found else None)

    def _parts(self) -> Iterator[Piece]:
        """Yields the beginning of what has grown too long."""
        self._held += self._decoder.decode(self._rest)
        self._rest = b""
        while len(self._held) > LONGEST_PART + self._masker.hold:
            cut = self._masker.cut_before_secret(self._held, LONGEST_PART)
            yield Piece(self._masker.text(self._held[:cut]))
            self._held = self._held[cut:]
