"""How a failed attempt ended, as the last line of its log where the log itself does not say it.

A conflict, say, comes after everything that the agent has printed: its log ends as if all was well. The line is of the
record, not of the file: it is not saved, and gives way when more is printed.
"""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Final, TypeAlias

from prodigy_tui.events.item_state import ItemStatus
from prodigy_tui.events.state import RunState
from prodigy_tui.tui.model.log_source import EPOCH, microseconds_of
from prodigy_tui.tui.model.output import OutputLog

Ending: TypeAlias = tuple[str, datetime]
"""What is said, and since when it holds."""

_LOOKED_AT: Final = 8
"""Lines at the end of a log among which the failure may be said already."""
_COMPARED: Final = 60
"""Characters of the failure that tell whether a line says it."""
_FAILED: Final[frozenset[ItemStatus]] = frozenset({"failed", "retrying", "dead", "suspect"})


def ending_of(state: RunState, item_id: str, attempt: int) -> Ending | None:
    """Returns how an attempt at an item failed; attempt 0 is the last. `None` where it has not."""
    item = state.items.get(item_id)
    if item is None:
        return None
    wanted = attempt or item.attempt
    if wanted == item.attempt and item.status in _FAILED and item.failure is not None:
        return item.failure.message, item.ended_at or item.last_at or EPOCH
    failed = ((one.failure, one.ended_at) for one in item.history if one.attempt == wanted)
    return next(((failure.message, at) for failure, at in failed if failure is not None), None)


class EndedLog:
    """A log, and behind its last line one that says how it ended, as soon and as long as `ending` says something."""

    first = 0

    def __init__(self, log: OutputLog, ending: Callable[[], Ending | None]) -> None:
        self._log = log
        self._ending = ending
        self._said: Ending | None = None
        self._asked: tuple[Ending | None, int] = (None, 0)
        self.told_at: int | None = None
        """The line that says how it ended, its own or one of the log."""

    @property
    def count(self) -> int:
        return self._log.count + (self._said is not None)

    @property
    def whole(self) -> int:
        return self._log.whole

    @property
    def more(self) -> bool:
        return self._log.more

    @property
    def missing(self) -> bool:
        return self._log.missing

    def refresh(self, at: datetime | None) -> bool:
        log, before = self._log, self._said
        changed = log.refresh(at)
        ending = self._ending() if log.stem and not log.missing and not log.more else None
        asked = (ending, log.count)
        if asked != self._asked:
            self._asked = asked
            self.told_at = self._where_said(ending[0]) if ending is not None else None
            self._said = None
            if ending is not None and self.told_at is None:
                self._said, self.told_at = ending, log.count
        return changed or before != self._said

    def _where_said(self, message: str) -> int | None:
        """Returns the last line of the log that says it."""
        words = message.strip()[:_COMPARED]
        first = max(0, self._log.count - _LOOKED_AT)
        last = self._log.texts(first, self._log.count)
        return next((first + at for at in reversed(range(len(last))) if words in last[at]), None)

    def block(self, first: int) -> int:
        return self._log.block(first) if first < self._log.count else self.count

    def texts(self, first: int, last: int) -> list[str]:
        mine = [f"fail  {self._said[0]}"] if self._said is not None and first <= self._log.count < last else []
        return self._log.texts(first, min(last, self._log.count)) + mine

    def raw(self, first: int, last: int) -> bytes | None:
        return self._log.raw(first, last) if last <= self._log.count else None

    def times(self, first: int, last: int) -> list[int]:
        shown = first <= self._log.count < last
        mine = [max(0, microseconds_of(self._said[1]))] if self._said is not None and shown else []
        return self._log.times(first, min(last, self._log.count)) + mine

    def errors(self, first: int, last: int) -> set[int]:
        return self._log.errors(first, min(last, self._log.count))

    def line_at(self, moment: datetime) -> int:
        return self._log.line_at(moment)

    def name(self, number: int) -> str:
        return self._log.name(number)

    def save(self, path: Path) -> None:
        self._log.save(path)
