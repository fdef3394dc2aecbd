"""One look through a page of a log: which of its lines are looked for.

Words are found in the page as a whole. So are patterns, some lines at a time; one by one where a pattern could reach
beyond a line, or has taken too long over several.
"""

from typing import Final

from prodigy_tui.tui.model.log_query import Query
from prodigy_tui.tui.model.log_source import Budget

PATIENCE_S: Final = 0.003
"""How long a pattern may look at some lines, and then at one, beside what else is done within a frame."""
_MORE_PATIENCE_S: Final = 0.006
"""How long it may when it has a frame to itself."""
_AT_ONCE: Final = 8 * 1024
"""Characters of lines that a pattern is looked for in between two looks at the clock."""
FOLDS: Final = (
    b"\xc3\x9f",
    b"\xc4\xb0",
    b"\xc5\x89",
    b"\xc5\xbf",
    b"\xc7\xb0",
    b"\xe1\xba",
    b"\xe2\x84\xaa",
    b"\xef\xac",
)
"""How letters beyond ASCII begin in UTF-8 that are ASCII, at least in part, where case does not matter."""


class Sweep:
    """A page that is being looked through, over several frames where it takes long.

    Args:
        query: what is looked for.
        first: the number of the first line.
        last: the number behind the last one.
        page: the lines as they are shown, parted by line feeds.
        one_by_one: whether the pattern is known to take long.
    """

    def __init__(self, query: Query, first: int, last: int, page: bytes, *, one_by_one: bool = False) -> None:
        self.found: list[int] = []
        """The numbers of lines that it is in, or is not in where that is asked for; complete at the end."""
        self.one_by_one = one_by_one or query.in_pages is None
        self.is_tired = False
        """Whether the last look took more than its time, so that the next one has to wait for the next frame."""
        self._query = query
        self._first, self._last = first, last
        self._page = page
        self._text = page.decode() if query.pattern is not None else ""
        self._at, self._number = 0, first
        self._lines: list[str] = []
        """Lines that are looked at one by one, the next one last."""
        self._doubted = -1
        """The line over which the pattern has taken too long once."""

    def step(self, used_up: Budget) -> bool:
        """Looks on until the budget is used up; returns whether there is more.

        Raises:
            TooSlow: the pattern takes too long over one line.
        """
        self.is_tired = False
        if self._query.pattern is None:
            self.found = lines_with(self._page, self._query.word, self._first, minds_case=self._query.minds_case)
            self._number = self._last
        while self._number < self._last:
            if self.one_by_one:
                self._look_at_one()
            else:
                self._look_at_some()
            if self.is_tired or (self._number < self._last and used_up()):
                return True
        if self._query.inverted:
            self.found = _without(self.found, self._first, self._last)
        return False

    def _look_at_some(self) -> None:
        text, start = self._text, self._at
        end = text.find("\n", start + _AT_ONCE)
        end = len(text) if end < 0 else end
        number, seen = self._number, start
        try:
            for one in self._query.in_pages.finditer(text, start, end, timeout=PATIENCE_S):
                at = one.start()
                number += text.count("\n", seen, at)
                seen = at
                if not self.found or self.found[-1] != number:
                    self.found.append(number)
        except TimeoutError:
            self.is_tired = self.one_by_one = True
            while self.found and self.found[-1] >= self._number:
                self.found.pop()
            return
        self._number = number + text.count("\n", seen, end) + 1
        self._at = end + 1

    def _look_at_one(self) -> None:
        if not self._lines:
            self._lines = self._text[self._at :].split("\n")
            self._lines.reverse()
        patience = _MORE_PATIENCE_S if self._doubted == self._number else PATIENCE_S
        try:
            there = self._query.pattern.search(self._lines[-1], timeout=patience)
        except TimeoutError:
            if self._doubted == self._number:
                raise self._query.too_slow() from None
            # The machine may have been busy with something else.
            self._doubted, self.is_tired = self._number, True
            return
        if there is not None:
            self.found.append(self._number)
        del self._lines[-1]
        self._number += 1


def lines_with(page: bytes, word: str, first: int, *, minds_case: bool) -> list[int]:
    """Returns the numbers of the lines of a page that a word is in."""
    needle = (word if minds_case else word.casefold()).encode(errors="surrogatepass")
    if not minds_case:
        page = _folded(page, ascii_only=needle.isascii())
    found: list[int] = []
    number, seen = first, 0
    at = page.find(needle) if b"\n" not in needle else -1
    while at >= 0:
        number += page.count(b"\n", seen, at)
        found.append(number)
        seen = page.find(b"\n", at)
        at = page.find(needle, seen) if seen >= 0 else -1
    return found


def _folded(page: bytes, *, ascii_only: bool) -> bytes:
    """Returns a page in one case, at least as far as it is ASCII."""
    if page.isascii() or (ascii_only and not any(letter[:1] in page and letter in page for letter in FOLDS)):
        return page.lower()
    return page.decode().casefold().encode()


def _without(found: list[int], first: int, last: int) -> list[int]:
    """Returns the numbers that are not among some, which are in order."""
    others: list[int] = []
    for number in found:
        others.extend(range(first, number))
        first = number + 1
    others.extend(range(first, last))
    return others
