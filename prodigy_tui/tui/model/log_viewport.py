"""Where a log is looked at: it follows the end, or holds with a cursor where a person has put it.

Counts in shown lines; a line may take several rows of the screen when lines are wrapped.
"""

from collections.abc import Callable

Heights = Callable[[int], int]
"""Returns how many rows a shown line takes."""


def one_row(_: int) -> int:
    """Every line takes one row."""
    return 1


class Viewport:
    """The part of a log that is seen."""

    def __init__(self) -> None:
        self.height = 1
        self.count = 0
        self.top = 0
        """The first line in view."""
        self.skipped = 0
        """Rows of that line that lie above the view."""
        self.following = True
        self.cursor = 0
        """The line that keys mean while the view is held."""
        self.heights: Heights = one_row

    def fit(self, count: int, height: int) -> None:
        """Takes note of how much there is and how much of it can be seen; in another height, the cursor stays seen."""
        resized, self.count, self.height = height != self.height, count, max(1, height)
        if self.following:
            self.to_end()
            return
        self.top = min(self.top, max(0, count - 1))
        self.cursor = min(self.cursor, max(0, count - 1))
        if resized and count:
            self.reveal()
        else:
            self._not_beyond_end()

    def to_end(self) -> None:
        """Goes to the end and stays there."""
        self.following = True
        self.cursor = max(0, self.count - 1)
        self.top, self.skipped = self._last_top()

    def hold(self) -> None:
        """Stays where it is, with the cursor on the last line in view."""
        if self.following:
            self.following = False
            self.cursor = max(0, self.count - 1)

    def turn(self) -> None:
        """Holds, or follows again."""
        if self.following:
            self.hold()
        else:
            self.to_end()

    def move(self, lines: int) -> None:
        """Moves the cursor; below the last line it follows again."""
        if self.count == 0 or (self.following and lines > 0):
            return
        self.hold()
        wanted = self.cursor + lines
        if wanted >= self.count and lines > 0:
            self.to_end()
            return
        self.cursor = max(0, wanted)
        if lines < 0 and self.cursor == 0:
            self.top = self.skipped = 0
        self.reveal()

    def scroll(self, rows: int) -> None:
        """Scrolls; the cursor stays in view. At the end it follows again."""
        if self.following and rows > 0:
            return
        last = self._last_top()
        if last == (0, 0):
            return
        self.hold()
        self.top, self.skipped = self._moved(rows)
        if rows > 0 and (self.top, self.skipped) >= last:
            self.to_end()
            return
        self.cursor = min(max(self.cursor, self.top + (self.skipped > 0)), max(self.top, self._last_in_view()))

    def page(self, direction: int) -> None:
        """Scrolls by a screenful, with the cursor at the same height."""
        rows = max(1, self.height - 1)
        if self._last_top() == (0, 0):
            self.move(direction * rows)
            return
        place = self.cursor - self.top
        before = self.top, self.skipped
        self.scroll(direction * rows)
        if self.following:
            return
        if (self.top, self.skipped) == before:
            self.cursor = 0 if direction < 0 else max(0, self.count - 1)
        else:
            self.cursor = min(max(self.top, self.top + place), max(self.top, self._last_in_view()))

    def edge(self, direction: int) -> None:
        """Goes to the start, or to the end and follows."""
        if direction > 0:
            self.to_end()
            return
        self.following = False
        self.cursor = self.top = self.skipped = 0

    def go_to(self, line: int) -> None:
        """Puts the cursor on a line and that into view, with a third of the view above it if it was not."""
        self.following = False
        self.cursor = min(max(0, line), max(0, self.count - 1))
        if not self.top <= self.cursor <= self._last_in_view() or (self.cursor == self.top and self.skipped):
            self.top, self.skipped = self.cursor, 0
            self.top, self.skipped = self._moved(-(self.height // 3))
            self._not_beyond_end()

    def reveal(self) -> None:
        """Scrolls just so far that the cursor is seen."""
        if self.cursor < self.top or (self.cursor == self.top and self.skipped):
            self.top, self.skipped = self.cursor, 0
        elif self.cursor > self._last_in_view():
            room, top = self.height - self.heights(self.cursor), self.cursor
            while top and room > 0 and (tall := self.heights(top - 1)) <= room:
                top, room = top - 1, room - tall
            self.top, self.skipped = top, 0
        self._not_beyond_end()

    def drag_to(self, line: int) -> None:
        """Puts a line at the top, as a scrollbar does."""
        self.hold()
        self.top, self.skipped = min(max(0, line), max(0, self.count - 1)), 0
        if (self.top, 0) >= self._last_top():
            self.to_end()
        else:
            self.cursor = min(max(self.cursor, self.top), max(self.top, self._last_in_view()))

    def _last_in_view(self) -> int:
        """Returns the last line of which at least the first row is seen."""
        rows, line = -self.skipped, self.top
        while line < self.count and rows < self.height:
            rows += self.heights(line)
            line += 1
        return max(self.top, line - 1 - (rows > self.height and line - 1 > self.top))

    def _last_top(self) -> tuple[int, int]:
        """Returns the top at which the last row is seen at the bottom."""
        if self.heights is one_row:
            return max(0, self.count - self.height), 0
        rows, line = 0, self.count
        while line and rows < self.height:
            line -= 1
            rows += self.heights(line)
        return (line, rows - self.height) if rows > self.height else (line, 0)

    def _moved(self, rows: int) -> tuple[int, int]:
        """Returns the top so many rows further down, or up."""
        if self.heights is one_row:
            return min(max(0, self.top + rows), self._last_top()[0]), 0
        line, skipped = self.top, self.skipped + rows
        while skipped < 0 and line:
            line -= 1
            skipped += self.heights(line)
        while line < self.count - 1 and skipped >= (tall := self.heights(line)):
            line, skipped = line + 1, skipped - tall
        return min((line, max(0, skipped)), self._last_top())

    def _not_beyond_end(self) -> None:
        self.top, self.skipped = min((self.top, self.skipped), self._last_top())
