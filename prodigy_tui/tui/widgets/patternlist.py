"""The patterns of failures as a list, the weightiest first."""

from collections.abc import Callable
from datetime import datetime

from prodigy_tui.tui.model.line import Line
from prodigy_tui.tui.model.pattern_lines import pattern_heading, pattern_line
from prodigy_tui.tui.model.patterns import EVERYTHING, Patterns
from prodigy_tui.tui.model.text import clip, safe
from prodigy_tui.tui.widgets.cursor import CursorList
from prodigy_tui.wording import plural


class PatternList(CursorList[str]):
    """Lines made of patterns; the last stands for all of them."""

    def __init__(self, patterns: Patterns, now: Callable[[], datetime], *, id: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(id=id)
        self._patterns = patterns
        self._now = now
        self._drawn: dict[str, Line] = {}

    def count(self) -> int:
        return len(self._patterns)

    def key_at(self, index: int) -> str | None:
        return self._patterns.name_at(index)

    def index_of(self, key: str) -> int | None:
        return self._patterns.line_of(key)

    def follow(self, filter_text: str) -> None:
        """Brings the view up to date with the model."""
        if self.selected is not None and self.index_of(self.selected) is None:
            # Its last letter has left: the cursor stays on its line, on whatever stands there now.
            self.selected = self.key_at(min(self._index, self.count() - 1))
        facts = [f"filter: {clip(safe(filter_text), 24)} · esc clears"] if filter_text else []
        number = self.count() - (self.index_of(EVERYTHING) is not None)
        facts.append(plural(number, "cause"))
        self.entitle((("Patterns", "strong"),), ((" · ".join(facts), "warning" if filter_text else "muted"),))
        self.lines_moved()

    def tick(self) -> None:
        """Draws the lines that read differently by now."""
        view, width = self.view, self.line_width
        keys = [key for line in view if (key := self.key_at(line)) is not None]
        self.refresh_lines_of([key for key in keys if self._drawn.get(key) != self._line(key, width)])

    def heading(self, width: int) -> Line:
        return pattern_heading(width)

    def line(self, key: str, width: int) -> Line:
        if len(self._drawn) > 4 * max(1, self.size.height):
            self._drawn.clear()
        line = self._drawn[key] = self._line(key, width)
        sign = "▸" if key == self.selected else " "
        return ((f" {sign} ", "primary"), (line[0][0][3:], line[0][1])) if line else ()

    def _line(self, key: str, width: int) -> Line:
        return pattern_line(key, self._patterns, self._now(), width)
