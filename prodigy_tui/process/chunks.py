"""Turns the bytes of one pipe into masked text, piece by piece. Pure; knows nothing of processes."""

import codecs
from collections.abc import Iterator

from prodigy_tui.process.mask import Masker

LONGEST_PART = 64 * 1024
"""A line that grows beyond this many characters is handed over in pieces."""


class TextChunks:
    """Decodes UTF-8 across reads and yields text that ends at line ends where possible.

    A carriage return counts as a line end, so that a progress bar is seen while it moves. Bytes that are not UTF-8
    become replacement characters. Memory is bounded by one read and one part.
    """

    def __init__(self, masker: Masker) -> None:
        self._masker = masker
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._pending = ""

    def feed(self, data: bytes) -> Iterator[str]:
        """Takes the next bytes and yields what is complete."""
        yield from self._take(self._decode(data))

    def close(self) -> Iterator[str]:
        """Yields what is left when nothing more will come."""
        yield from self._take(self._decode(b"", True))
        if self._pending:
            yield self._masker.text(self._pending)
            self._pending = ""

    def _take(self, text: str) -> Iterator[str]:
        end = max(text.rfind("\n"), text.rfind("\r")) + 1
        if end:
            whole = self._pending + text[:end]
            # Lines that may be the first ones of a secret wait for the next.
            safe = len(whole) - self._masker.unfinished(whole)
            if safe:
                yield self._masker.text(whole[:safe])
            self._pending = whole[safe:] + text[end:]
        else:
            self._pending += text
        while len(self._pending) > LONGEST_PART + self._masker.hold:
            cut = self._masker.cut_before_secret(self._pending, LONGEST_PART)
            yield self._masker.text(self._pending[:cut])
            self._pending = self._pending[cut:]
