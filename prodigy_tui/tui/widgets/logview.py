"""The log pane: one viewer that is pointed at one log after the other; follows the end, or holds where it was left."""

import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Final

from rich.segment import Segment
from textual.geometry import Size
from textual.strip import Strip

from prodigy_tui.tui.model.cells import item_name
from prodigy_tui.tui.model.line import Line, Role, plain, wrap
from prodigy_tui.tui.model.output import OutputLog, absent_reason, stem_of
from prodigy_tui.tui.model.rows import Row
from prodigy_tui.tui.model.run import Dirty, RunModel
from prodigy_tui.tui.model.text import agent_name, clock, plural, safe
from prodigy_tui.tui.widgets.surface import Scrolled

_BLOCK: Final = 128
"""Lines read from the file at once."""
_SIDEWAYS: Final = 20
_ERROR: Final = re.compile(r"\s*(?:\w*error\b|fatal\b|failed\b|\w*exception\b|traceback\b|panic)", re.IGNORECASE)
_WARNING: Final = re.compile(r"\s*(?:warn(?:ing)?\b|deprecated\b)", re.IGNORECASE)


class LogView(Scrolled, can_focus=True, inherit_bindings=False):
    """The output of the row that it is pointed at."""

    def __init__(
        self,
        model: RunModel,
        now: Callable[[], datetime],
        outputs: Path | None,
        *,
        id: str | None = None,  # noqa: A002  # Textual's name
    ) -> None:
        super().__init__(id=id)
        self._model = model
        self._now = now
        self._outputs = outputs
        self._row: Row | None = None
        self._log = OutputLog(None, "")
        self._said: list[str] = []
        self._blocks: dict[int, list[str]] = {}
        self._sideways = 0
        self.following = True
        self.unseen = 0
        """Lines that came while the view was held."""

    @property
    def row(self) -> Row | None:
        """The row whose output this is."""
        return self._row

    @property
    def settled(self) -> bool:
        """Whether everything that the file holds is known."""
        return not self._log.more

    def show(self, row: Row | None) -> None:
        """Points the view at the output of another row."""
        self._row = row
        self._turn_to(stem_of(row, self._model.state))
        self.update()

    def follow(self, dirty: Dirty) -> None:
        """Brings the view up to date: a new attempt has a log of its own."""
        stem = stem_of(self._row, self._model.state)
        if stem != self._log.stem:
            self._turn_to(stem)
            self.update()
        elif dirty.jumped or dirty.state or stem in dirty.streams or self._log.more or self._model.past:
            self.update()

    def _turn_to(self, stem: str) -> None:
        self._log = OutputLog(self._outputs, stem)
        self._blocks.clear()
        self._sideways, self.unseen, self.following = 0, 0, True

    def update(self) -> None:
        """Reads on, to the moment that the picture shows."""
        before = self._log.count
        changed = self._log.refresh(self._now() if self._model.past else None)
        said = [] if self._log.count else self._say()
        if not changed and said == self._said and self._log.count == self.virtual_size.height:
            return
        self._said = said
        self._blocks.clear()
        if not self.following:
            self.unseen += max(0, self._log.count - before)
        self.virtual_size = Size(self.size.width, self._log.count or len(said))
        if self.following:
            self._to_end()
        self.set_class(not self._log.count, "-absent")
        self.refresh()
        self._caption()

    def _say(self) -> list[str]:
        """Returns what stands in place of a log, broken to the width: a command in it must be seen whole."""
        said = absent_reason(self._row, self._model.state, self._log)
        width = self.line_width - 2
        return [plain(part) for text in said for part in wrap(((safe(text), "muted"),), width)]

    def hold_or_follow(self) -> None:
        """Holds the view where it is, or goes to the end and stays there."""
        self.following = not self.following
        self.unseen = 0
        if self.following:
            self._to_end()
        self._caption()

    def scroll_lines(self, lines: int) -> None:
        """Scrolls, and holds when that leaves the end."""
        self.go_to(self.scroll_offset.y + lines)

    def page(self, direction: int) -> None:
        """Scrolls by a screenful."""
        self.scroll_lines(direction * max(1, self.size.height - 1))

    def edge(self, direction: int) -> None:
        """Scrolls to the start, or to the end and follows."""
        self.go_to(0 if direction < 0 else self.max_scroll_y)

    def go_to(self, line: int) -> None:
        """Puts a line at the top."""
        target = min(max(line, 0), self.max_scroll_y)
        self.scroll_top_to(target)

    def sideways(self, direction: int) -> None:
        """Shows what is further to the right, or back."""
        self._sideways = max(0, self._sideways + direction * _SIDEWAYS)
        self.refresh()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        at_end = round(new_value) >= self.max_scroll_y
        if at_end != self.following and round(old_value) != round(new_value):
            self.following = at_end
            self.unseen = 0 if at_end else self.unseen
            self._caption()

    def _to_end(self) -> None:
        self.scroll_top_to(self.max_scroll_y)

    def on_resize(self) -> None:
        self.update()
        if self.following:
            self._to_end()

    def _caption(self) -> None:
        """Says in the frame what is shown, and whether it moves."""
        state, row = self._model.state, self._row
        name = "no output"
        if row is not None:
            item = state.items.get(row.id) if row.kind == "item" else None
            name = (
                f"{agent_name(item.position)} {item_name(item)}" if item is not None else safe(row.id.partition("/")[0])
            )
            if item is not None and item.attempt > 1:
                name += f" · try {item.attempt}"
        at = f" up to {clock(self._now(), self._model.zone)}" if self._model.past else ""
        self.entitle(((f"{name} · log{at}", "strong"),), self._standing())

    def _standing(self) -> Line:
        if not self._log.count:
            return ()
        lines = plural(self._log.count, "line")
        if self.following:
            return ((f"{lines} · follows ●", "muted"),)
        more = f" · +{self.unseen} new" if self.unseen else ""
        return ((f"{lines} · held ○ · f follows{more}", "warning"),)

    def render_line(self, y: int) -> Strip:
        number = self.scroll_offset.y + y
        if not self._log.count:
            said = self._said[number] if number < len(self._said) else ""
            return self.draw(((" " + said, "muted"),))
        if number >= self._log.count:
            return self.draw(())
        text = safe(self._line(number))
        width = self.line_width
        if not self._sideways:
            return self.draw(((" " + text, _role(text)),))
        style = self.ground + self.paint[_role(text)]
        cropped = Strip([Segment(" " + text, style)]).crop(self._sideways, self._sideways + width)
        return cropped.adjust_cell_length(width, self.ground)

    def _line(self, number: int) -> str:
        start = number // _BLOCK * _BLOCK
        block = self._blocks.get(start)
        if block is None:
            if len(self._blocks) > 4:
                self._blocks.clear()
            block = self._blocks[start] = self._log.lines(start, start + _BLOCK)
        return block[number - start] if number - start < len(block) else ""


def _role(text: str) -> Role:
    if text.startswith(("$ ", "+ ")):
        return "primary"
    if _ERROR.match(text) is not None:
        return "error"
    return "warning" if _WARNING.match(text) is not None else "text"
