"""A search through a log that goes on with it: the lines found, and those to show with so many lines around them.

Both are arrays of line numbers, extended block by block within a frame's budget as the log grows; nothing is searched
twice. A line without an end is looked at anew each time, and counts as long as it stands.
"""

from array import array
from bisect import bisect_left
from typing import Final

from prodigy_tui.tui.model.log_query import Query, TooSlow, all_shown
from prodigy_tui.tui.model.log_source import Budget, LogSource

CONTEXTS: Final[tuple[int | None, ...]] = (0, 1, 3, None)
"""Lines around each found one that are shown; `None`: all lines there are."""
_BUILT: Final = 4096
"""Found lines whose surroundings are added between two looks at the clock."""


class Search:
    """One search through one log.

    Args:
        source: the log.
        query: what lines are looked for; `None`: every line.
        context: how many lines around each are shown with it.
        errors: only lines from standard error.
    """

    def __init__(
        self, source: LogSource, query: Query | None, *, context: int | None = 0, errors: bool = False
    ) -> None:
        self.query = query
        self.errors = errors
        self.hits = array("I")
        """The lines found, in order."""
        self.problem = ""
        """Why the search was given up."""
        self._source = source
        self._context = context
        self._around = array("I")
        self._built = 0
        self._taken = source.first
        self._loose_hits = 0
        self._loose_around = 0
        self._stepped = False

    @property
    def context(self) -> int | None:
        """How many lines around each are shown with it; `None`: all."""
        return self._context

    @property
    def more(self) -> bool:
        """Whether there are lines that nobody has looked at."""
        behind = self._built < len(self.hits) - self._loose_hits and bool(self._context)
        return not self.problem and (self._taken < self._source.whole or behind or not self._stepped)

    @property
    def shown(self) -> "array[int] | None":
        """The lines to show, in order; `None`: all of the log."""
        if self._context is None:
            return None
        return self._around if self._context else self.hits

    def show_around(self, context: int | None) -> None:
        """Shows another number of lines around each found one."""
        self._settle()
        self._context = context
        self._around, self._built = array("I"), 0
        self._stepped = False

    def step(self, used_up: Budget) -> bool:
        """Looks at what has come until the budget is used up; returns whether lines are left."""
        source = self._source
        self._settle()
        self._stepped = True
        if self._taken > source.whole:
            self._forget(source.whole)
        if source.first:
            self._trim(source.first)
        spent = False
        while self._taken < source.whole and not self.problem and not spent:
            last = min(source.block(self._taken), source.whole)
            self._look(self._taken, last, self.hits)
            self._taken = last
            spent = used_up()
        while self._context and self._built < len(self.hits) and not spent:
            self._build(min(len(self.hits), self._built + _BUILT), self._context)
            spent = used_up()
        if not spent and not self.problem:
            self._finish()
        return self.more

    def place_of(self, number: int) -> int:
        """Returns how many found lines stand at or before a line."""
        return bisect_left(self.hits, number + 1)

    def next_hit(self, number: int, direction: int) -> int | None:
        """Returns the next found line after a line, or before it; round and round."""
        if not self.hits:
            return None
        if direction > 0:
            place = bisect_left(self.hits, number + 1)
            return self.hits[place] if place < len(self.hits) else self.hits[0]
        place = bisect_left(self.hits, number) - 1
        return self.hits[place]

    def _look(self, first: int, last: int, into: "array[int]") -> None:
        """Adds the found ones of some lines."""
        numbers: list[int] | range = range(first, last)
        texts = self._source.texts(first, last)
        if self.errors:
            wanted = self._source.errors(first, last)
            numbers = [number for number in numbers if number in wanted]
            texts = [texts[number - first] for number in numbers if number - first < len(texts)]
        if self.query is None:
            into.extend(numbers)
            return
        try:
            found = self.query.matching(all_shown(texts))
        except TooSlow as slow:
            self.problem = str(slow)
            return
        into.extend(numbers[place] for place in found)

    def _build(self, last: int, context: int) -> None:
        """Adds what stands around the found lines up to one; what comes after the last is added as it comes."""
        around, end = self._around, self._taken
        for hit in self.hits[self._built : last]:
            reached = around[-1] + 1 if around else 0
            if self._built:
                self._owed(self.hits[self._built - 1], min(hit, end), context)
                reached = around[-1] + 1 if around else 0
            around.extend(range(max(reached, hit - context, self._source.first), hit + 1))
            self._built += 1

    def _owed(self, hit: int, before: int, context: int) -> None:
        """Adds what stands after a found line, as far as it is there."""
        reached = self._around[-1] + 1 if self._around else 0
        self._around.extend(range(max(reached, hit + 1), min(hit + context + 1, before)))

    def _finish(self) -> None:
        """Adds what stands after the last found line, and the line without an end."""
        source, context = self._source, self._context
        if context and self._built:
            self._owed(self.hits[self._built - 1], self._taken, context)
        if source.count <= source.whole or self._taken < source.whole:
            return
        tail = source.whole
        before = len(self.hits), len(self._around)
        self._look(tail, source.count, self.hits)
        self._loose_hits = len(self.hits) - before[0]
        if context:
            if self._loose_hits:
                reached = self._around[-1] + 1 if self._around else 0
                self._around.extend(range(max(reached, tail - context, source.first), tail + 1))
            elif self._built:
                self._owed(self.hits[self._built - 1], source.count, context)
            self._loose_around = len(self._around) - before[1]

    def _settle(self) -> None:
        """Takes back what was said about the line without an end."""
        if self._loose_hits:
            del self.hits[-self._loose_hits :]
        if self._loose_around:
            del self._around[-self._loose_around :]
        self._loose_hits = self._loose_around = 0

    def _forget(self, count: int) -> None:
        """Forgets lines from the end: the moment shown lies before them."""
        del self.hits[bisect_left(self.hits, count) :]
        self._taken = count
        self._around, self._built = array("I"), 0

    def _trim(self, first: int) -> None:
        """Forgets lines from the start: memory is bounded."""
        gone = bisect_left(self.hits, first)
        del self.hits[:gone]
        del self._around[: bisect_left(self._around, first)]
        self._built = max(0, self._built - gone)
        self._taken = max(self._taken, first)
