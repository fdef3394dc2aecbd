"""A search through a log that goes on with it: the lines found, and those to show with so many lines around them.

Both are arrays of line numbers, extended block by block within a frame's budget as the log grows; nothing is searched
twice. A line without an end is looked at anew each time, and counts as long as it stands.
"""

from array import array
from bisect import bisect_left
from typing import Final

from prodigy_tui.tui.model.log_pages import Pages
from prodigy_tui.tui.model.log_query import Query, TooSlow
from prodigy_tui.tui.model.log_source import Budget, LogSource
from prodigy_tui.tui.model.log_sweep import Sweep

CONTEXTS: Final[tuple[int | None, ...]] = (0, 1, 3, None)
"""Lines around each found one that are shown; `None`: all lines there are."""
_TIRED: Final = 3
"""Pages in which a pattern may take too long before lines are looked at one by one; it may be the machine that does."""
_BUILT: Final = 1024
"""Found lines whose surroundings are added between two looks at the clock."""


class Search:
    """One search through one log.

    Args:
        source: the log.
        query: what lines are looked for; `None`: every line.
        context: how many lines around each are shown with it.
        errors: only lines from standard error.
        pages: the pages of the log, where they are at hand.
    """

    def __init__(
        self,
        source: LogSource,
        query: Query | None,
        *,
        context: int | None = 0,
        errors: bool = False,
        pages: Pages | None = None,
    ) -> None:
        self.query = query
        self.errors = errors
        self.hits = array("I")
        """The lines found, in order."""
        self.problem = ""
        """Why the search was given up."""
        self._source = source
        self._pages = pages if pages is not None else Pages(source)
        self._sweep: Sweep | None = None
        """The page that is being looked through, from `_taken` on."""
        self._swept = 0
        """The number behind its last line."""
        self._tired = 0
        """Pages in which the pattern has taken too long over several lines."""
        self._context = context
        self._around = array("I")
        self._built = 0
        self._taken = source.first
        self._loose_hits = 0
        self._loose_around = 0
        self._finished = False

    @property
    def context(self) -> int | None:
        """How many lines around each are shown with it; `None`: all."""
        return self._context

    @property
    def more(self) -> bool:
        """Whether there are lines that nobody has looked at."""
        behind = self._built < len(self.hits) - self._loose_hits and bool(self._context)
        return not self.problem and (self._taken < self._source.whole or behind or not self._finished)

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
        self._finished = False

    def step(self, used_up: Budget) -> bool:
        """Looks at what has come until the budget is used up; returns whether lines are left."""
        source = self._source
        self._settle()
        self._finished = False
        if self._taken > source.whole:
            self._forget(source.whole)
        elif self._swept > source.whole:
            self._sweep, self._swept = None, self._taken
            self._pages.forget()
        if source.first:
            self._trim(source.first)
        spent = False
        while self._taken < source.whole and not self.problem and not spent:
            spent = self._look_on(used_up)
        while self._context and self._built < len(self.hits) and not spent:
            self._build(min(len(self.hits), self._built + _BUILT), self._context)
            spent = used_up()
        if not spent and not self.problem:
            self._finish()
            self._finished = True
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

    def _look_on(self, used_up: Budget) -> bool:
        """Looks at the next page, or on at the present one; returns whether the time is over."""
        if self.query is None:
            last = min(self._source.block(self._taken), self._source.whole)
            self.hits.extend(sorted(self._source.errors(self._taken, last)))
            self._taken = last
            return used_up()
        if self._sweep is None:
            self._swept, page = self._pages.page(self._taken)
            self._sweep = Sweep(self.query, self._taken, self._swept, page, one_by_one=self._tired >= _TIRED)
        if not self._has_swept(self._sweep, used_up):
            return True
        self._take(self._sweep.found, self._taken, self._swept)
        self._taken, self._sweep = self._swept, None
        return used_up()

    def _has_swept(self, sweep: Sweep, used_up: Budget) -> bool:
        """Looks through a page until the time is over; returns whether to its end."""
        try:
            left = sweep.step(used_up)
        except TooSlow as slow:
            self.problem = str(slow)
            return False
        self._tired += sweep.is_tired
        return not left

    def _take(self, found: list[int], first: int, last: int) -> None:
        """Adds what was found in some lines."""
        if self.errors:
            wanted = self._source.errors(first, last)
            found = [number for number in found if number in wanted]
        self.hits.extend(found)

    def _look_at_loose(self, tail: int) -> None:
        """Looks at the line without an end."""
        if self.query is None:
            self.hits.extend(sorted(self._source.errors(tail, tail + 1)))
            return
        sweep = Sweep(self.query, tail, tail + 1, self._pages.read(tail, tail + 1), one_by_one=True)
        while not self.problem:
            if self._has_swept(sweep, lambda: False):
                self._take(sweep.found, tail, tail + 1)
                return

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
        self._look_at_loose(tail)
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
        self._taken, self._sweep = count, None
        self._pages.forget()
        self._around, self._built = array("I"), 0

    def _trim(self, first: int) -> None:
        """Forgets lines from the start: memory is bounded."""
        gone = bisect_left(self.hits, first)
        del self.hits[:gone]
        del self._around[: bisect_left(self._around, first)]
        self._built = max(0, self._built - gone)
        if self._taken < first:
            self._taken, self._sweep = first, None
