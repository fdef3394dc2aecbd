"""The timeline of agents as characters: a row for each worktree, a column for each stretch of time."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from prodigy_tui.report.model import Attempt, AttemptEnd

MOST_LANES = 40
LEGEND = "[ an agent starts  = works  x failed  ! not merged  ~ cut short  > at work  . empty"

_ENDS: dict[AttemptEnd, str] = {
    "running": ">",
    "success": "=",
    "failed": "x",
    "suspect": "?",
    "cancelled": "~",
    "interrupted": "~",
    "conflict": "!",
    "not_merged": "!",
}


def lanes(timeline: Sequence[Attempt], whole_s: float, width: int) -> Iterator[tuple[int, str]]:
    """Yields the number of each worktree and its row of `width` characters; nothing where no time has passed."""
    if whole_s <= 0 or width <= 0:
        return
    by_slot: defaultdict[int, list[Attempt]] = defaultdict(list)
    for attempt in timeline:
        by_slot[attempt.slot].append(attempt)
    for slot in sorted(by_slot)[:MOST_LANES]:
        yield slot, _row(by_slot[slot], whole_s, width)


def _row(attempts: Sequence[Attempt], whole_s: float, width: int) -> str:
    row = ["."] * width
    for attempt in attempts:
        end_s = whole_s if attempt.ended_s is None else attempt.ended_s
        first = min(width - 1, int(attempt.started_s / whole_s * width))
        last = max(first, min(width - 1, int(end_s / whole_s * width)))
        row[first] = "["
        row[first + 1 : last + 1] = "=" * (last - first)
        if last > first or attempt.outcome != "success":
            row[last] = _ENDS[attempt.outcome]
    return "".join(row)
