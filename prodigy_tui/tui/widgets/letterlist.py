"""The dead letters of one pattern as a list: newest first, with marks, tries, and what happens to each next."""

from bisect import bisect_left
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final

from prodigy_tui.tui.model.cells import item_name
from prodigy_tui.tui.model.line import Line, Role
from prodigy_tui.tui.model.parting import Partings
from prodigy_tui.tui.model.patterns import Pattern, Patterns
from prodigy_tui.tui.model.run import RunModel
from prodigy_tui.tui.model.text import agent_name, clip_name, fit, safe, span
from prodigy_tui.tui.widgets.cursor import CursorList
from prodigy_tui.wording import plural

_NAMING: Final = 46
"""Cells from which on the agent's name has room."""
_TELLING: Final = 34
"""Cells from which on item and reason stand side by side."""


class LetterList(CursorList[str]):
    """Items that failed for good, of the pattern that it is pointed at."""

    def __init__(
        self,
        model: RunModel,
        now: Callable[[], datetime],
        partings: Partings,
        monotonic: Callable[[], float],
        *,
        id: str | None = None,  # noqa: A002  # Textual's name
    ) -> None:
        super().__init__(id=id)
        self._model = model
        self._now = now
        self._partings = partings
        self._monotonic = monotonic
        self._pattern: str | None = None
        self._drawn: dict[str, tuple[str, str]] = {}
        """Age and next thing as they were last drawn."""
        self.marked: set[str] = set()

    @property
    def _patterns(self) -> Patterns:
        return self._model.patterns

    @property
    def pattern(self) -> Pattern | None:
        """The pattern whose letters these are."""
        return self._patterns.get(self._pattern)

    def show(self, name: str | None) -> None:
        """Points the list at another pattern."""
        if name != self._pattern:
            here = self.selected
            self._pattern = name
            if here is None or self.index_of(here) is None:
                super().begin_anew()
            self.follow()

    def begin_anew(self) -> None:
        self.marked.clear()
        self._pattern = None
        super().begin_anew()

    def count(self) -> int:
        pattern = self.pattern
        return len(pattern) if pattern is not None else 0

    def key_at(self, index: int) -> str | None:
        pattern = self.pattern
        return pattern.letters[-1 - index][1] if pattern is not None and 0 <= index < len(pattern) else None

    def index_of(self, key: str) -> int | None:
        pattern, stamp = self.pattern, self._patterns.stamp_of(key)
        if pattern is None or stamp is None:
            return None
        place = bisect_left(pattern.letters, stamp)
        return len(pattern) - 1 - place if place < len(pattern) and pattern.letters[place] == stamp else None

    def follow(self) -> None:
        """Brings the view up to date with the model."""
        letters = self._model.state.dead_letters
        self.marked = {item_id for item_id in self.marked if item_id in letters}
        if self.selected is not None and self.index_of(self.selected) is None:
            # It went back to work: the cursor stays on its line, on whatever stands there now.
            self.selected = self.key_at(min(self._index, self.count() - 1))
        self._entitle()
        self.lines_moved()

    def tick(self) -> None:
        """Draws the lines that read differently by now."""
        keys = [key for line in self.view if (key := self.key_at(line)) is not None]
        self.refresh_lines_of([key for key in keys if self._drawn.get(key) != self._changing(key)])

    def mark(self) -> None:
        """Marks the selected item, or takes its mark away, and goes on to the next."""
        if self.selected is not None:
            self.marked ^= {self.selected}
            self._entitle()
            self.move(1)
            self.refresh()

    def mark_all(self) -> None:
        """Marks everything that is listed, or nothing when all of that was marked."""
        everything = set(self.item_ids())
        self.marked = self.marked - everything if everything <= self.marked else self.marked | everything
        self._entitle()
        self.refresh()

    def unmark(self) -> None:
        """Takes all marks away."""
        self.marked.clear()
        self._entitle()
        self.refresh()

    def item_ids(self) -> Iterable[str]:
        """Returns what is listed, the newest first."""
        pattern = self.pattern
        return [item_id for _, item_id in reversed(pattern.letters)] if pattern is not None else []

    def heading(self, width: int) -> Line:
        return (
            (
                fit(
                    _columns("     agent" if width >= _NAMING else "", "item", "reason", "tries", "age", "next", width),
                    width,
                ),
                "muted",
            ),
        )

    def line(self, key: str, width: int) -> Line:
        item = self._model.state.items.get(key)
        if item is None:
            return ()
        if len(self._drawn) > 4 * max(1, self.size.height):
            self._drawn.clear()
        mark = "[x]" if key in self.marked else "[ ]"
        ago, after = self._drawn[key] = self._changing(key)
        reason = safe(item.failure.message) if item.failure is not None else ""
        text = _columns("", item_name(item), reason, str(item.attempt), ago, after, width)
        role: Role = "warning" if key in self.marked else "muted"
        name = fit(f" {agent_name(item.position)}" if width >= _NAMING else "", _before(width) - 4)
        parting = key in self._partings
        told: Role = "muted" if parting or not item.eligible else "text"
        return ((f" {mark}", role), (name, "text"), (text[_before(width) :], told))

    def _changing(self, key: str) -> tuple[str, str]:
        item = self._model.state.items.get(key)
        if item is None:
            return "", ""
        ago = span((self._now() - item.ended_at).total_seconds()) if item.ended_at else ""
        left = self._partings.left_s(key, self._monotonic())
        return ago, f"out {left:.0f}s" if left is not None else "retry" if item.eligible else "person"

    def _entitle(self) -> None:
        marks = f"{len(self.marked)} marked · " if self.marked else ""
        self.entitle((("Items", "strong"),), ((f"{marks}{plural(self.count(), 'item')}", "muted"),))


def _columns(start: str, item: str, reason: str, tries: str, age: str, after: str, width: int) -> str:
    rest = max(6, width - _before(width) - 6 - 6 - 9)
    named = rest if rest < _TELLING else min(36, rest * 2 // 5)
    told = f" {fit(reason, rest - named - 1)}" if rest >= _TELLING else ""
    return (
        f"{fit(start, _before(width))}{fit(clip_name(item, named), named)}{told}{fit(tries, 6, right=True)}"
        f"{fit(age, 6, right=True)}  {fit(after, 7)}"
    )


def _before(width: int) -> int:
    """Returns the cells before the item: its mark, and the agent's name where there is room."""
    return 11 if width >= _NAMING else 5
