"""Tiles: the last lines of up to nine logs side by side, without an index of any of them."""

import math
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from msgspec import Struct

from prodigy_tui.events.state import RunState
from prodigy_tui.storage.output import OutputReader
from prodigy_tui.tui.model.cells import item_name
from prodigy_tui.tui.model.line import Line, Role, cells, shorten
from prodigy_tui.tui.model.log_spans import role_of
from prodigy_tui.tui.model.log_subject import at_work
from prodigy_tui.tui.model.looks import ITEM_LOOKS
from prodigy_tui.tui.model.output import stem_of
from prodigy_tui.tui.model.rows import Row
from prodigy_tui.tui.model.text import agent_name, safe, span

MOST: Final = 9
_TAIL_BYTES: Final = 16 * 1024
"""What is read of the end of a log; a screen has no room for more."""
_LEAST_WIDTH: Final = 34
_AGENT_ROLES: Final[dict[str, Role]] = {
    "said  ": "strong", "mind  ": "muted", "tool  ": "accent", "ok    ": "muted", "fail  ": "error",
    "used  ": "muted", "agent ": "muted", "wait  ": "warning", "deny  ": "error", "tell  ": "accent",
}  # fmt: skip


class Tile(Struct):
    """The end of one item's log."""

    item_id: str
    stem: str = ""
    lines: tuple[str, ...] = ()
    size: int = -1

    def read(self, outputs: Path | None, at: datetime | None) -> bool:
        """Reads the end anew when the log has changed; returns whether it has."""
        if outputs is None or not self.stem:
            changed, self.lines, self.size = bool(self.lines), (), -1
            return changed
        reader = OutputReader(outputs / self.stem)
        size = reader.size(at)
        if size == self.size:
            return False
        self.size = size
        start = max(0, size - _TAIL_BYTES)
        found = reader.read(start, size).removesuffix("\n").split("\n")
        if start and len(found) > 1:
            del found[0]  # most likely a part of a line
        self.lines = tuple(map(safe, found)) if size else ()
        return True


class Tiles:
    """Which logs are shown, and what they say."""

    def __init__(self) -> None:
        self.tiles: list[Tile] = []
        self.chosen = 0
        self._asked: tuple[str, ...] = ()

    def show(self, items: Sequence[str]) -> None:
        """Shows the logs of some items; none: of those that are at work, as they come."""
        self._asked = tuple(items[:MOST])
        self.tiles, self.chosen = [], 0

    @property
    def item(self) -> str | None:
        """The item of the chosen tile."""
        return self.tiles[self.chosen].item_id if self.chosen < len(self.tiles) else None

    def move(self, by: int) -> None:
        """Chooses another tile."""
        self.chosen = min(max(0, self.chosen + by), max(0, len(self.tiles) - 1))

    def refresh(self, state: RunState, outputs: Path | None, at: datetime | None) -> bool:
        """Takes in what has come; returns whether anything differs.

        Unasked, a tile whose agent has ended gives way to one that is at work.
        """
        wanted = self._asked or self._at_work(state)
        known = {tile.item_id: tile for tile in self.tiles}
        changed = [tile.item_id for tile in self.tiles] != list(wanted)
        self.tiles = [known.get(item_id) or Tile(item_id) for item_id in wanted]
        self.move(0)
        for tile in self.tiles:
            stem = stem_of(Row("item", tile.item_id), state)
            if stem != tile.stem:
                tile.stem, tile.size = stem, -2
            changed = tile.read(outputs, at) or changed
        return changed

    def _at_work(self, state: RunState) -> tuple[str, ...]:
        """Returns whose logs are shown unasked: those shown keep their places while their agents work."""
        busy = at_work(state)
        shown = [tile.item_id for tile in self.tiles]
        free = [item_id for item_id in busy if item_id not in shown]
        kept = [item_id if item_id in busy else free.pop(0) if free else item_id for item_id in shown]
        return tuple([*kept, *free][:MOST])

    def columns(self, width: int) -> int:
        """Returns how many tiles stand side by side."""
        return max(1, min(math.ceil(math.sqrt(len(self.tiles))), width // _LEAST_WIDTH))

    def lines(self, state: RunState, now: datetime, width: int, height: int) -> list[Line]:
        """Returns the tiles in so many cells and lines."""
        if not self.tiles:
            return [
                (),
                ((" no agent is at work; mark agents in the fleet with space, then V or the palette", "muted"),),
            ]
        across = self.columns(width)
        down = math.ceil(len(self.tiles) / across)
        drawn: list[Line] = []
        for row in range(down):
            tall = height // down + (row < height % down)
            parts = self.tiles[row * across : (row + 1) * across]
            widths = [width // len(parts) + (place < width % len(parts)) for place in range(len(parts))]
            blocks = [
                self._tile(part, state, now, wide - (place < len(parts) - 1), tall, row * across + place == self.chosen)
                for place, (part, wide) in enumerate(zip(parts, widths, strict=True))
            ]
            for lines in zip(*blocks, strict=True):
                joined: Line = ()
                for place, line in enumerate(lines):
                    joined = (*joined, *line, *((("│", "muted"),) if place < len(lines) - 1 else ()))
                drawn.append(joined)
        return drawn

    def _tile(self, tile: Tile, state: RunState, now: datetime, width: int, height: int, chosen: bool) -> list[Line]:
        item = state.items.get(tile.item_id)
        head: Line = ((safe(tile.item_id), "strong"),)
        if item is not None:
            look = ITEM_LOOKS[item.status]
            since = f" {span((now - item.started_at).total_seconds())}" if item.started_at is not None else ""
            head = (
                (f"{'▸' if chosen else ' '}{look.glyph} ", look.role),
                (f"{agent_name(item.position)} {item_name(item)} ", "key" if chosen else "strong"),
                (f"{safe(item.step)}{since}", "muted"),
            )
        rule = shorten(head, width - 1)
        lines: list[Line] = [(*rule, (" " + "─" * (width - cells(rule) - 1), "primary" if chosen else "muted"))]
        shown = tile.lines[-(height - 1) :] if height > 1 else ()
        lines += [_fitted(((" " + text, _AGENT_ROLES.get(text[:6]) or role_of(text)),), width) for text in shown]
        return lines[:height] + [((" " * width, "text"),)] * (height - len(lines))


def _fitted(line: Line, width: int) -> Line:
    short = shorten(line, width)
    return (*short, (" " * (width - cells(short)), "text"))
