"""Items and the attempts at them: when, how often, in which slot, for how much."""

from array import array
from collections.abc import Iterator

from prodigy_tui.events.item_state import FINAL, ItemState
from prodigy_tui.events.schema import (
    AgentFinished,
    AgentInterrupted,
    AgentStarted,
    ItemRequeued,
    KnownEvent,
    MergeFinished,
    RetryScheduled,
    Unknown,
    UsageReported,
)
from prodigy_tui.events.state import RunState
from prodigy_tui.report.figures import Pace, Quantiles
from prodigy_tui.report.model import Attempt, AttemptEnd, ItemReport
from prodigy_tui.report.quantiles import quantiles
from prodigy_tui.report.spend import SpendTally


class _Bar:
    """An attempt."""

    def __init__(self, event: AgentStarted, started_s: float) -> None:
        self.item_id = event.item_id
        self.attempt = event.attempt
        self.slot = event.slot
        self.started_s = started_s
        self.ended_s: float | None = None
        self.outcome: AttemptEnd = "running"

    def value(self) -> Attempt:
        return Attempt(
            item_id=self.item_id,
            attempt=self.attempt,
            slot=self.slot,
            started_s=self.started_s,
            ended_s=self.ended_s,
            outcome=self.outcome,
        )


class _Item:
    """What is known of an item besides its state."""

    def __init__(self) -> None:
        self.spend = SpendTally()
        self.bars: list[_Bar] = []
        self.returned = 0
        self.ended_s: float | None = None


class ItemLedger:
    """All items that something has happened to."""

    def __init__(self) -> None:
        self._items: dict[str, _Item] = {}
        self._bars: list[_Bar] = []

    def spend_of(self, item_id: str) -> SpendTally:
        """Returns where the calls for an item are counted."""
        return self._item(item_id).spend

    def _item(self, item_id: str) -> _Item:
        item = self._items.get(item_id)
        if item is None:
            item = self._items[item_id] = _Item()
        return item

    def take(self, event: KnownEvent | Unknown, state: RunState, now_s: float) -> None:
        """Takes in an event after which the run is as `state` says."""
        item_id: str | None = getattr(event, "item_id", None)
        entry = state.items.get(item_id) if item_id is not None else None
        if entry is None:
            return
        item = self._item(entry.item.id)
        match event:
            case AgentStarted():
                item.bars.append(_Bar(event, now_s))
                self._bars.append(item.bars[-1])
            case AgentFinished(outcome=outcome):
                _end(item, outcome, now_s)
            case AgentInterrupted():
                _end(item, "interrupted", now_s)
            case MergeFinished(status="conflict" | "failed" as status) if item.bars:
                item.bars[-1].outcome = "conflict" if status == "conflict" else "not_merged"
            case RetryScheduled() | ItemRequeued():
                item.returned += 1
            case UsageReported(usage=usage):
                item.spend.used(usage)
        if entry.status not in FINAL:
            item.ended_s = None
        elif item.ended_s is None:
            item.ended_s = now_s

    def timeline(self) -> tuple[Attempt, ...]:
        """Returns all attempts, in the order in which they began."""
        return tuple(bar.value() for bar in self._bars)

    def reports(self, state: RunState, now_s: float) -> Iterator[ItemReport]:
        """Yields all items, in the order in which they are given out."""
        untouched = _Item()
        for item_id in state.order:
            yield _report(state.items[item_id], self._items.get(item_id, untouched), now_s)

    def pace(self, state: RunState, map_s: float) -> Pace:
        """Returns how fast and how well items were done in so many seconds of the map."""
        failed = state.final_failures
        finished = state.counts.success + failed
        begun = sum(1 for item in self._items.values() if item.bars)
        returned = sum(1 for item in self._items.values() if item.returned and item.bars)
        ends = [bar.outcome for bar in self._bars]
        return Pace(
            finished=finished,
            items_per_minute=finished / map_s * 60 if map_s > 0 else None,
            success_rate=state.counts.success / finished if finished else None,
            failure_rate=failed / finished if finished else None,
            retry_rate=returned / begun if begun else None,
            retries=sum(item.returned for item in self._items.values()),
            attempts=len(ends),
            failed_attempts=sum(1 for end in ends if end in ("failed", "conflict", "not_merged")),
            interrupted_attempts=ends.count("interrupted"),
            attempt_times=self._attempt_times(),
        )

    def _attempt_times(self) -> Quantiles:
        whole = (bar for bar in self._bars if bar.ended_s is not None and bar.outcome != "interrupted")
        return quantiles(array("d", ((bar.ended_s or 0.0) - bar.started_s for bar in whole)))


def _end(item: _Item, outcome: AttemptEnd, now_s: float) -> None:
    if item.bars and item.bars[-1].ended_s is None:
        item.bars[-1].ended_s = now_s
        item.bars[-1].outcome = outcome


def _report(entry: ItemState, item: _Item, now_s: float) -> ItemReport:
    failure = entry.failure if entry.status not in ("success", "merging") else None
    return ItemReport(
        item_id=entry.item.id,
        label=entry.item.label,
        status=entry.status,
        merged=entry.merged,
        attempts=len(item.bars),
        work_s=sum((now_s if bar.ended_s is None else bar.ended_s) - bar.started_s for bar in item.bars),
        started_s=item.bars[0].started_s if item.bars else None,
        ended_s=item.ended_s,
        spend=item.spend.total(),
        commits=entry.commits,
        files=entry.files,
        base=entry.base,
        head=entry.head,
        failure_step=failure.step if failure is not None else "",
        failure=failure.message if failure is not None else "",
    )
