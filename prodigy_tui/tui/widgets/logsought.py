"""A log in which something is looked for and unfolded; what is not known at once is read on slice by slice."""

from collections.abc import Callable
from typing import Final

from prodigy_tui.clock import SystemClock
from prodigy_tui.tui.model.log_query import Query
from prodigy_tui.tui.model.text import safe
from prodigy_tui.tui.widgets.logsheet import LogSheet

BUDGET_S: Final = 0.004
"""How long a frame looks at lines: for what they are, and for what is looked for."""


class SoughtLog(LogSheet):
    """Shows all of a log, or what was looked for, with the cursor on the same line where it can be."""

    def __init__(self, wake: Callable[[], None], *, id: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(id=id)
        self._wake = wake
        """Called when there is more to read than there was time for."""
        self._monotonic = SystemClock().monotonic
        self._timestamps = True
        self._left = False
        self._is_stale = False
        """Whether something was read that is not drawn."""
        self._sought: tuple[int, int] | None = None
        """The line to stand on as soon as it is found, and where the cursor waits for that."""

    @property
    def settled(self) -> bool:
        """Whether everything that the file holds is known."""
        return not self.picture.source.more and not self._left

    def _say(self) -> list[str]:
        """Returns what stands in place of a log."""
        raise NotImplementedError

    def look_for(self, query: Query | None, *, errors: bool = False) -> None:
        """Shows only lines that match, or everything again; the line under the cursor stays where it can."""
        from prodigy_tui.tui.model.log_search import CONTEXTS

        search = self.picture.search
        context = search.context if search is not None else CONTEXTS[0]
        if query is not None and query.inverted:
            context = CONTEXTS[0]
        here = self._here()
        self.picture.look_for(query, context=context, errors=errors)
        self._shown_anew(here)

    def expect_search(self) -> None:
        """Makes ready for something to be looked for, while it is being typed."""
        self.picture.expect_search()
        self._left = True
        self._wake()

    def show_around(self) -> None:
        """Shows the next number of lines around each match, or all lines."""
        from prodigy_tui.tui.model.log_search import CONTEXTS

        search = self.picture.search
        if search is None:
            return
        here = self._here()
        search.show_around(CONTEXTS[(CONTEXTS.index(search.context) + 1) % len(CONTEXTS)])
        self._shown_anew(here)

    def to_match(self, direction: int) -> bool:
        """Goes to the next match, or the one before; returns whether there is any."""
        search = self.picture.search
        if search is None:
            return False
        here = self.picture.number_at(self.view.cursor) + (1 if self.view.following and direction < 0 else 0)
        found = search.next_hit(here, direction)
        if found is not None:
            self.go_to_line(found)
        return found is not None

    def copied(self) -> str:
        """Returns the line under the cursor, safe to be pasted."""
        count = self.picture.count
        return safe(self.picture.text(self.picture.number_at(min(self.view.cursor, count - 1)))) if count else ""

    def turn_fold(self) -> None:
        """Folds what the cursor stands on, or unfolds it; of what was looked for, shows where it stands."""
        number = self.picture.number_at(self.view.cursor)
        self.view.hold()
        if self.picture.filtered:
            search = self.picture.search
            if search is not None:
                search.show_around(None)
            self._shown_anew(number)
            self.go_to_line(number)
        else:
            self._shown_anew(self.picture.turn(number))

    def turn_all_folds(self) -> None:
        """Unfolds everything, or folds it again."""
        if self.picture.reading is not None:
            number = self.picture.number_at(self.view.cursor)
            self.picture.reading.turn_all()
            self._shown_anew(number)

    def turn_timestamps(self) -> None:
        """Shows when lines were printed, or not."""
        self._timestamps = self.picture.timestamps = not self._timestamps
        self._shown_anew(self.picture.number_at(self.view.cursor))

    def turn_wrap(self) -> None:
        """Breaks long lines, or cuts them."""
        self.wrapped, self._sideways = not self.wrapped, 0
        self._shown_anew(self.picture.number_at(self.view.cursor))

    def _shown_anew(self, number: int) -> None:
        """Draws after something else is shown of the same log, with a line where it was."""
        self._step(self._monotonic() + BUDGET_S)
        if self._left:
            self._wake()
        following = self.view.following
        self._fit()
        self._sought = None
        if not following:
            self._stand_on(number)
        self._said = [] if self.picture.count else self._say()
        self.show_anew()

    def _here(self) -> int:
        """Returns the line that the cursor stands on, or is to stand on as soon as it is found."""
        if self._sought is not None and self._sought[1] == self.view.cursor and not self.view.following:
            return self._sought[0]
        self._sought = None
        return self.picture.number_at(self.view.cursor)

    def _stand_on(self, number: int) -> None:
        """Puts the cursor on a line, or the next that is shown; on a later one again where that is yet to be found."""
        self._fit()
        if self.picture.count:
            self.view.go_to(self.picture.index_of(number))
        self._sought = None if self.settled else (number, self.view.cursor)

    def _step(self, until: float) -> None:
        """Looks at what came until a moment."""
        was_left = self._left
        self._left = self.picture.step(lambda: self._monotonic() >= until)
        if was_left or self._left:
            self._seen = None
            self._is_stale = True
