"""The timeline of agents: a lane for each worktree, time to the right, a cursor on one attempt.

A draw costs as much as there is in view: attempts of a lane are found by their start.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from prodigy_tui.report.model import Attempt, AttemptEnd
from prodigy_tui.tui.model.line import Line, Role, Span
from prodigy_tui.tui.model.text import fit, safe, span

LABEL: Final = 5
"""Cells in front of a lane, for the number of its worktree."""
_CLOSEST: Final = 2.0
"""Seconds that are always in view."""
_STEP: Final = 2.0
_LOOKS: Final[dict[AttemptEnd, tuple[str, Role, str]]] = {
    "running": ("●", "success", "at work"),
    "success": ("✓", "primary", "succeeded"),
    "failed": ("✗", "error", "failed"),
    "suspect": ("!", "warning", "suspect"),
    "cancelled": ("–", "muted", "cancelled"),
    "interrupted": ("◌", "muted", "cut short"),
    "conflict": ("⇄", "error", "conflict"),
    "not_merged": ("⇄", "error", "not merged"),
}
LEGEND: Final = "━ at work   ends: ✓ ok  ✗ failed  ⇄ not merged  ! suspect  ◌ cut short  ● works"


@dataclass(frozen=True, slots=True)
class _Lane:
    slot: int
    attempts: tuple[Attempt, ...]
    starts: tuple[float, ...]


class Lanes:
    """What is drawn of the timeline, and where the cursor is. The attempt under the cursor stays as more come."""

    def __init__(self) -> None:
        self._lanes: tuple[_Lane, ...] = ()
        self._whole_s = 0.0
        self._zoom = 1.0
        self._left_s = 0.0
        self.row = 0
        """The lane of the cursor."""
        self._column = 0
        """The attempt in it."""
        self._moved = False

    def show(self, timeline: Sequence[Attempt], whole_s: float) -> None:
        """Takes in a newer timeline, or that of another run."""
        by_slot: dict[int, list[Attempt]] = {}
        for attempt in timeline:
            by_slot.setdefault(attempt.slot, []).append(attempt)
        chosen = self.current if self._moved else None
        self._whole_s = max(whole_s, max((one.started_s for one in timeline), default=0.0))
        self._lanes = tuple(
            _Lane(slot, tuple(by_slot[slot]), tuple(one.started_s for one in by_slot[slot])) for slot in sorted(by_slot)
        )
        self.row = min(self.row, max(0, len(self._lanes) - 1))
        if chosen is not None:
            self._choose(chosen)
        elif self._lanes:
            self._column = len(self._lanes[self.row].attempts) - 1
        self._clamp()

    def forget(self) -> None:
        """Begins anew with another run."""
        self._zoom, self._left_s, self.row, self._column, self._moved = 1.0, 0.0, 0, 0, False

    @property
    def count(self) -> int:
        """How many lanes there are."""
        return len(self._lanes)

    @property
    def current(self) -> Attempt | None:
        """The attempt under the cursor."""
        if not self._lanes:
            return None
        attempts = self._lanes[self.row].attempts
        return attempts[min(self._column, len(attempts) - 1)]

    @property
    def zoom(self) -> float:
        """How many times larger time is drawn than the whole of it."""
        return self._zoom

    @property
    def window(self) -> tuple[float, float]:
        """The seconds in view."""
        return self._left_s, self._left_s + self._whole_s / self._zoom

    def change_zoom(self, direction: int) -> None:
        """Draws time twice as large, or half, around the cursor."""
        largest = max(1.0, self._whole_s / _CLOSEST)
        self._zoom = min(max(self._zoom * (_STEP if direction > 0 else 1 / _STEP), 1.0), largest)
        chosen = self.current
        middle = chosen.started_s if chosen is not None else self._whole_s / 2
        self._left_s = middle - self._whole_s / self._zoom / 2
        self._clamp()

    def move_in_time(self, steps: int) -> None:
        """Goes to a later attempt in the lane, or an earlier one."""
        if self._lanes:
            self._moved = True
            self._column = min(max(self._column + steps, 0), len(self._lanes[self.row].attempts) - 1)
            self._reveal()

    def move_lane(self, steps: int) -> None:
        """Goes to another lane: to what was at work there when the attempt under the cursor began."""
        before = self.current
        if before is None:
            return
        self._moved = True
        self.row = min(max(self.row + steps, 0), len(self._lanes) - 1)
        lane = self._lanes[self.row]
        self._column = max(0, bisect_right(lane.starts, before.started_s) - 1)
        self._reveal()

    def edge(self, direction: int) -> None:
        """Goes to the first attempt of the lane, or the last."""
        self.move_in_time(direction * 10**9)

    def at(self, row: int, cell: int, width: int) -> bool:
        """Puts the cursor on what is drawn in a cell; says whether there is a lane."""
        if not 0 <= row < len(self._lanes):
            return False
        self._moved = True
        start, end = self.window
        seconds = start + (cell - LABEL + 1) / max(1, width - LABEL) * (end - start)
        self.row = row
        self._column = max(0, bisect_left(self._lanes[row].starts, seconds) - 1)
        return True

    def line(self, row: int, width: int) -> Line:
        """Returns one lane."""
        lane = self._lanes[row]
        room = max(1, width - LABEL)
        start, end = self.window
        scale = room / (end - start) if end > start else 0.0
        here = self.current if row == self.row else None
        cells: list[Span] = [(" ", "muted")] * room
        first = max(0, bisect_right(lane.starts, start) - 1)
        last = bisect_right(lane.starts, end)
        for attempt in lane.attempts[first:last]:
            until = self._whole_s if attempt.ended_s is None else attempt.ended_s
            if until < start:
                continue
            left = max(0, int((attempt.started_s - start) * scale))
            right = min(room - 1, max(left, int((until - start) * scale) - 1))
            if left >= room:
                continue
            sign, role, _ = _LOOKS[attempt.outcome]
            shown: Role = "badge" if attempt is here else role
            cells[left : right + 1] = [("━", shown)] * (right - left + 1)
            if until <= end or attempt.ended_s is None:
                cells[right] = (sign, shown)
        label: Role = "strong" if row == self.row else "muted"
        return ((f"{lane.slot:>3}  ", label), *_runs(cells))

    def axis(self, width: int) -> Line:
        """Returns the times below the lanes."""
        room = max(1, width - LABEL)
        start, end = self.window
        marks = max(1, room // 14)
        text = ""
        for mark in range(marks):
            at = int(mark * room / marks)
            text = text.ljust(at) + f"╵{span(start + (end - start) * mark / marks)}"
        return ((" " * LABEL, "muted"), (fit(text, room), "muted"))

    def caption(self, names: dict[str, str]) -> Line:
        """Returns what is under the cursor; `names` has what items are called."""
        chosen = self.current
        if chosen is None:
            return (("no agent has been at work", "muted"),)
        sign, role, word = _LOOKS[chosen.outcome]
        until = self._whole_s if chosen.ended_s is None else chosen.ended_s
        tries = f"  try {chosen.attempt}" if chosen.attempt > 1 else ""
        return (
            (f"{sign} {word}  ", role),
            (safe(names.get(chosen.item_id) or chosen.item_id, 200), "strong"),
            (f"{tries}  {span(until - chosen.started_s)}, from +{span(chosen.started_s)} to +{span(until)}", "muted"),
        )

    def _choose(self, wanted: Attempt) -> None:
        for row, lane in enumerate(self._lanes):
            if lane.slot != wanted.slot:
                continue
            column = bisect_left(lane.starts, wanted.started_s)
            self.row, self._column = row, min(column, len(lane.attempts) - 1)

    def _reveal(self) -> None:
        chosen = self.current
        if chosen is None:
            return
        start, end = self.window
        until = self._whole_s if chosen.ended_s is None else chosen.ended_s
        if chosen.started_s < start or min(until, chosen.started_s + (end - start)) > end:
            self._left_s = chosen.started_s - (end - start) * 0.1
        self._clamp()

    def _clamp(self) -> None:
        self._left_s = min(max(self._left_s, 0.0), max(0.0, self._whole_s - self._whole_s / self._zoom))


def _runs(cells: list[Span]) -> list[Span]:
    """Returns neighbours that look alike as one piece."""
    joined: list[Span] = []
    for text, role in cells:
        if joined and joined[-1][1] == role:
            joined[-1] = (joined[-1][0] + text, role)
        else:
            joined.append((text, role))
    return joined
