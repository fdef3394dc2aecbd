"""Executions of steps: how long each took, and what agents used in it."""

import re
from array import array
from typing import Final, TypeAlias

from prodigy_tui.events.schema import (
    BudgetAwaited,
    BudgetReserved,
    StepFinished,
    StepHeld,
    StepInterrupted,
    StepLetIn,
    StepStarted,
    UsageReported,
)
from prodigy_tui.events.values import PhaseName, StepKind
from prodigy_tui.report.model import StepTimes
from prodigy_tui.report.quantiles import quantiles
from prodigy_tui.report.spend import SpendTally

Key: TypeAlias = tuple[PhaseName, str | None, str]
StepNews: TypeAlias = (
    StepStarted | StepFinished | StepInterrupted | StepHeld | StepLetIn | BudgetAwaited | BudgetReserved
)

_ORDER: Final = {name: number for number, name in enumerate(("steps", "setup", "map", "reduce", "merge"))}
_NUMBERED = re.compile(r"/([a-z])\d+")
_DIGITS = re.compile(r"(\d+)")


def pattern_of(path: str) -> str:
    """Returns what the paths of a step have in common, whatever the round of a handler or the turn of a loop."""
    return _NUMBERED.sub(r"/\1*", path)


class _Execution:
    """A step that is under way."""

    def __init__(self, record: "_Record", started_s: float, spends: tuple[SpendTally, ...]) -> None:
        self.record = record
        self.started_s = started_s
        self.spends = spends
        """Where its call of an agent is counted; empty where it calls none."""
        self.said = False
        self._waited_s = 0.0
        self._waits_since: float | None = None

    def wait(self, now_s: float) -> None:
        if self._waits_since is None:
            self._waits_since = now_s

    def go_on(self, now_s: float) -> None:
        if self._waits_since is not None:
            self._waited_s += now_s - self._waits_since
            self._waits_since = None

    def end(self, now_s: float) -> float:
        """Returns how long it took. A call that was made and said nothing of what it used is noted as such."""
        waits = self._waits_since is not None
        self.go_on(now_s)
        if not self.said and not waits:
            for spend in self.spends:
                spend.was_silent()
        return max(0.0, now_s - self.started_s - self._waited_s)


class _Record:
    """What is known of one step of the workflow."""

    def __init__(self, started: StepStarted, pattern: str) -> None:
        self.phase: PhaseName = started.phase
        self.path = pattern
        self.label = started.label
        self.kind: StepKind = started.kind
        self.failed = 0
        self.retries = 0
        self.durations = array("d")
        self.spend = SpendTally()

    def times(self) -> StepTimes:
        return StepTimes(
            phase=self.phase,
            path=self.path,
            label=self.label,
            kind=self.kind,
            failed=self.failed,
            retries=self.retries,
            times=quantiles(self.durations),
            spend=self.spend.total(),
        )


class StepLedger:
    """All steps that have run."""

    def __init__(self) -> None:
        self._records: dict[tuple[PhaseName, str], _Record] = {}
        self._open: dict[Key, _Execution] = {}

    def take(self, event: StepNews, now_s: float, spends: tuple[SpendTally, ...]) -> None:
        """Takes in an event of a step; `spends`: where else its calls are counted."""
        key: Key = (event.phase, event.item_id, event.path)
        if isinstance(event, StepStarted):
            self._started(key, event, now_s, spends)
            return
        execution = self._open.get(key)
        if execution is None:
            return
        match event:
            case StepHeld() | BudgetAwaited():
                execution.wait(now_s)
            case StepLetIn() | BudgetReserved():
                execution.go_on(now_s)
            case StepFinished(status=status):
                execution.record.failed += status in ("failed", "tolerated")
                execution.record.durations.append(self._open.pop(key).end(now_s))
            case StepInterrupted():
                self._open.pop(key).end(now_s)

    def _started(self, key: Key, event: StepStarted, now_s: float, spends: tuple[SpendTally, ...]) -> None:
        if event.execution > 1 and key in self._open:
            self._open[key].record.retries += 1
            return
        pattern = pattern_of(event.path)
        record = self._records.setdefault((event.phase, pattern), _Record(event, pattern))
        counted = (record.spend, *spends) if event.kind == "agent" else ()
        for spend in counted:
            spend.called()
        self._open[key] = _Execution(record, now_s, counted)

    def used(self, event: UsageReported) -> None:
        """Takes in what a call used."""
        execution = self._open.get((event.phase, event.item_id, event.path))
        if execution is not None:
            execution.said = True
        record = execution.record if execution is not None else self._records.get((event.phase, pattern_of(event.path)))
        if record is not None:
            record.spend.used(event.usage)

    def cut_off(self, item_id: str, now_s: float) -> None:
        """The attempt at an item is over; what is still open of it was cut off."""
        for key in [key for key in self._open if key[1] == item_id]:
            self._open.pop(key).end(now_s)

    def nothing_is_open(self, now_s: float) -> None:
        """Another process has taken the run up."""
        for execution in self._open.values():
            execution.end(now_s)
        self._open.clear()

    def times(self) -> tuple[StepTimes, ...]:
        """Returns all steps, in the order of the workflow."""
        ordered = sorted(self._records.values(), key=lambda record: (_ORDER[record.phase], _place(record.path)))
        return tuple(record.times() for record in ordered)


def _place(path: str) -> tuple[tuple[bool, int, str], ...]:
    """Returns what orders paths: numbers as numbers, and what runs before the numbered steps after them."""
    return tuple((not part.isdigit(), int(part) if part.isdigit() else 0, part) for part in _DIGITS.split(path) if part)
