"""The lines of a log as they are shown, a page at a time, for who looks at all of them."""

from typing import Final

from prodigy_tui.storage.lines import LINE_LIMIT
from prodigy_tui.tui.model.log_plain import plain, plain_lines
from prodigy_tui.tui.model.log_source import Budget, LogSource
from prodigy_tui.tui.model.text import safe

KEPT_BYTES: Final = 8 * 1024 * 1024
"""Of pages that took work: the next letter typed is looked for in the same ones."""


class Pages:
    """The pages of one log. What took work to make ready is kept, up to a limit."""

    def __init__(self, source: LogSource) -> None:
        self._source = source
        self._kept: dict[int, tuple[int, bytes]] = {}
        """By the first line: the number behind the last one, and what is shown."""
        self._size = 0
        self._ready = 0

    def make_ready(self, used_up: Budget) -> bool:
        """Makes pages ready in which something is going to be looked for; returns whether there are more."""
        self._ready = max(self._ready, self._source.first)
        while self._size < KEPT_BYTES:
            last = self._source.block(self._ready)
            if last >= self._source.whole:
                break
            self._ready, _ = self.page(self._ready)
            if used_up():
                return True
        return False

    def page(self, first: int) -> tuple[int, bytes]:
        """Returns the number behind the last line of a page of whole lines, and them as shown, parted by line feeds."""
        source = self._source
        last = min(source.block(first), source.whole)
        kept = self._kept.get(first)
        if kept is not None and kept[0] == last:
            return kept
        raw = source.raw(first, last)
        try:
            page = self.read(first, last) if raw is None else plain(raw)
        except UnicodeDecodeError:
            page = self.read(first, last)
        took_work = page is not raw or not page.isascii()
        if took_work and last < source.whole and self._size + len(page) <= KEPT_BYTES:
            self._kept[first] = last, page
            self._size += len(page)
        return last, page

    def read(self, first: int, last: int) -> bytes:
        """Returns lines as they are shown, maybe one without an end."""
        texts = self._source.texts(first, last)
        if any(len(text) > LINE_LIMIT or "\n" in text for text in texts):
            texts = [safe(text, LINE_LIMIT + 1) for text in texts]
        return plain_lines(texts)

    def forget(self) -> None:
        """Forgets what is kept: lines were taken away."""
        self._kept.clear()
        self._size = self._ready = 0
