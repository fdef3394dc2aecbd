"""The dead letter queue as a list: newest first, with marks."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from prodigy_tui.tui.model.cells import item_name
from prodigy_tui.tui.model.line import Line, Role
from prodigy_tui.tui.model.run import RunModel
from prodigy_tui.tui.model.text import agent_name, fit, plural, safe, span
from prodigy_tui.tui.widgets.cursor import CursorList

_TELLING: Final = 26
"""Cells from which on item and reason stand side by side."""


class LetterList(CursorList[str]):
    """Items that failed for good."""

    def __init__(self, model: RunModel, now: Callable[[], datetime], *, id: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(id=id)
        self._model = model
        self._now = now
        self._places: dict[str, int] = {}
        self._known: list[str] = []
        self._ages: dict[str, str] = {}
        """As they were last drawn."""
        self.marked: set[str] = set()

    def count(self) -> int:
        return len(self._model.dead_letters)

    def key_at(self, index: int) -> str | None:
        letters = self._model.dead_letters
        return letters[index] if 0 <= index < len(letters) else None

    def index_of(self, key: str) -> int | None:
        letters = self._model.dead_letters
        if letters is not self._known:
            self._known = letters
            self._places = {item_id: index for index, item_id in enumerate(letters)}
        return self._places.get(key)

    def follow(self) -> None:
        """Brings the view up to date with the model."""
        self.marked &= set(self._model.dead_letters)
        if self.selected is not None and self.index_of(self.selected) is None:
            # It went back to work: the cursor stays on its line, on whatever stands there now.
            self.selected = self.key_at(min(self._index, self.count() - 1))
        self._entitle()
        self.lines_moved()

    def tick(self) -> None:
        """Draws the lines whose ages read differently by now."""
        letters, view = self._model.dead_letters, self.view
        self.refresh_lines_of([key for key in letters[view.start : view.stop] if self._ages.get(key) != self._age(key)])

    def mark(self) -> None:
        """Marks the selected item, or takes its mark away, and goes on to the next."""
        if self.selected is not None:
            self.marked ^= {self.selected}
            self._entitle()
            self.move(1)
            self.refresh()

    def mark_all(self) -> None:
        """Marks everything, or nothing when everything was marked."""
        everything = set(self._model.dead_letters)
        self.marked = set() if self.marked == everything else everything
        self._entitle()
        self.refresh()

    def unmark(self) -> None:
        """Takes all marks away."""
        self.marked.clear()
        self._entitle()
        self.refresh()

    def heading(self, width: int) -> Line:
        return ((fit(_columns("     agent", "item", "reason", "tries", "age", width), width), "muted"),)

    def line(self, key: str, width: int) -> Line:
        item = self._model.state.items.get(key)
        if item is None:
            return ()
        mark = "[x]" if key in self.marked else "[ ]"
        ago = self._ages[key] = self._age(key)
        reason = safe(item.failure.message) if item.failure is not None else ""
        text = _columns("", item_name(item), reason, str(item.attempt), ago, width)
        role: Role = "warning" if key in self.marked else "muted"
        name = fit(f" {agent_name(item.position)}", 7)
        return ((f" {mark}", role), (name, "text"), (text[11:], "text" if item.eligible else "muted"))

    def _age(self, key: str) -> str:
        item = self._model.state.items.get(key)
        return span((self._now() - item.ended_at).total_seconds()) if item is not None and item.ended_at else ""

    def _entitle(self) -> None:
        number = self.count()
        marks = f"{len(self.marked)} marked · " if self.marked else ""
        self.entitle((("Dead letters", "strong"),), ((f"{marks}{plural(number, 'item')}", "muted"),))


def _columns(start: str, item: str, reason: str, tries: str, age: str, width: int) -> str:
    rest = max(8, width - 11 - 6 - 7 - 2)
    named = rest if rest < _TELLING else min(30, rest * 2 // 5)
    told = fit(reason, rest - named - 1) + " " if rest >= _TELLING else ""
    return f"{fit(start, 11)}{fit(item, named)} {told}{fit(tries, 6, right=True)}{fit(age, 7, right=True)} "
