"""A second account of a run, kept from its events alone: whoever is counted twice, or lost, is found at once.

It shares no code with the fold. What it costs does not depend on the number of items, so that runs of hundreds of items
can be checked after every event; `check_invariants` looks at every item and is for every so many events and the end.
"""

from collections import Counter

from prodigy_tui.events.item_state import Counts
from prodigy_tui.events.schema import (
    AgentContinued,
    AgentFinished,
    AgentInterrupted,
    AgentStarted,
    Envelope,
    GateAnswered,
    GateOpened,
    ItemDeadLettered,
    ItemDiscarded,
    ItemRequeued,
    ItemSkipped,
    ItemsLoaded,
    KnownEvent,
    MergeFinished,
    PhaseFinished,
    PhaseStarted,
    RetryScheduled,
    RunFinished,
    SignalReceived,
    UsageReported,
)
from prodigy_tui.events.state import RunState

_CENTS = 1e-6
"""US dollars that sums may differ by."""

AT_WORK = ("running", "waiting")


_AFTER_ANSWER = {"accept": "merging", "again": "pending"}
"""What becomes of a suspect; any other answer fails it."""


class Ledger:
    """What has become of every item, told by the events."""

    def __init__(self) -> None:
        self.status: dict[str, str] = {}
        self.tally: Counter[str] = Counter()
        self.attempts: Counter[str] = Counter()
        self.given_up: set[str] = set()
        """F: items whose last attempt failed, and that nobody gave back to work since."""
        self.discarded: set[str] = set()
        """Who was taken out of the queue for good: still one of F."""
        self.merged: set[str] = set()
        self.tokens = 0
        self.usd = 0.0
        self.tokens_of: Counter[str] = Counter()
        self.most_at_once = 0
        self._wishes: dict[str, str] = {}
        self._suspects: dict[str, str] = {}
        self._map_runs = False
        self._late: set[str] = set()
        """Suspects that were decided upon when the map was over: the next process merges and judges them."""

    def take(self, envelope: Envelope, after: RunState) -> None:
        """Enters an event, and fails where the state after it tells something else."""
        event = envelope.event
        touched = self._enter(event)
        self.most_at_once = max(self.most_at_once, self.tally["running"])
        told = {name: getattr(after.counts, name) for name in Counts.__struct_fields__}
        assert told == {name: self.tally[name] for name in told}, f"everybody is counted once, {event}"
        assert after.counts.total == len(self.status), f"nobody is lost, {event}"
        assert after.final_failures == len(self.given_up), f"F counts who failed for good, {event}"
        assert len(after.discarded) == len(self.discarded), f"who is out for good is counted once, {event}"
        assert after.merged == len(self.merged), f"who is merged is counted once, {event}"
        if isinstance(event, UsageReported):
            used = after.usage
            assert used.input_tokens + used.output_tokens == self.tokens, "all tokens are summed up"
            assert abs((used.usd or 0.0) - self.usd) < _CENTS, "all costs are summed up"
        if touched is not None:
            entry = after.items[touched]
            assert entry.status == self.status[touched], f"the item is what its event says, {event}"
            assert entry.attempt == self.attempts[touched], f"attempts are counted, {event}"
            assert entry.usage.input_tokens + entry.usage.output_tokens == self.tokens_of[touched], (
                f"its tokens, {event}"
            )
        if isinstance(event, RunFinished):
            assert not self.tally["running"] + self.tally["waiting"], "nobody is at work when the run is over"
            # What an interrupted process had finished is merged and judged by the next one.
            left = self.tally["merging"] + self.tally["failed"]
            may_wait = event.status == "interrupted" or after.merges_held
            assert left <= len(self._late) or may_wait, "nobody is left half-way"
            assert event.status != "succeeded" or not after.counts.unfinished, "who succeeds has nothing left to do"

    def check(self, state: RunState) -> None:
        """Compares every item; as dear as there are items."""
        assert {one: entry.status for one, entry in state.items.items()} == self.status, "every item is known"
        assert {one for one, entry in state.items.items() if entry.merged} == self.merged, "who is merged is known"

    def _enter(self, event: KnownEvent) -> str | None:
        match event:
            case ItemsLoaded(items=items):
                self.status = {item.id: "pending" for item in items}
                self.tally["pending"] = len(items)
                return None
            case AgentStarted(item_id=item_id, attempt=attempt):
                self.attempts[item_id] += 1
                assert attempt == self.attempts[item_id], "attempts have numbers without gaps"
                return self._move(item_id, ("pending", "retrying"), "running")
            case AgentContinued(item_id=item_id):
                return self._move(item_id, ("waiting",), "running")
            case GateOpened(kind="suspect", item_id=str(item_id), gate=gate):
                self._suspects[gate] = item_id
                return self._move(item_id, ("suspect",), "suspect")
            case GateOpened(item_id=str(item_id)):
                return self._move(item_id, AT_WORK, "waiting")
            case GateAnswered(gate=gate, answer=answer) if gate in self._suspects:
                item_id = self._suspects.pop(gate)
                if not self._map_runs:
                    self._late.add(item_id)
                return self._move(item_id, ("suspect",), _AFTER_ANSWER.get(answer, "failed"))
            case PhaseStarted(phase="map") | PhaseFinished(phase="map"):
                self._map_runs = isinstance(event, PhaseStarted)
                self._late.clear()
                return None
            case AgentFinished():
                return self._move(event.item_id, AT_WORK, self._end_of(event))
            case AgentInterrupted(item_id=item_id):
                return self._move(item_id, AT_WORK, self._wishes.pop(item_id, "pending"))
            case MergeFinished():
                return self._merge_ended(event)
            case RetryScheduled() | ItemSkipped() | ItemDeadLettered():
                return self._judged(event)
            case ItemDiscarded(item_id=item_id):
                self.discarded.add(item_id)
                return self._move(item_id, ("dead",), "skipped")
            case ItemRequeued(item_id=item_id):
                assert item_id not in self.discarded, "who is out for good stays out"
                self.given_up.discard(item_id)
                return self._move(item_id, ("dead", "skipped", "cancelled"), "pending")
            case UsageReported(usage=usage):
                tokens = usage.input_tokens + usage.output_tokens
                self.tokens += tokens
                self.usd += usage.usd or 0.0
                if event.item_id is not None:
                    self.tokens_of[event.item_id] += tokens
                return event.item_id
            case SignalReceived(signal="stop-item" | "skip", item_id=str(item_id)) if item_id in self.status:
                return self._wish(item_id, "cancelled" if event.signal == "stop-item" else "skipped")
            case _:
                return None

    def _merge_ended(self, event: MergeFinished) -> str:
        if event.status in ("conflict", "failed"):
            return self._move(event.item_id, ("merging",), "failed")
        assert event.item_id not in self.merged, "nobody is merged twice"
        self.merged.add(event.item_id)
        return self._move(event.item_id, ("merging",), "success")

    def _judged(self, event: RetryScheduled | ItemSkipped | ItemDeadLettered) -> str:
        if isinstance(event, RetryScheduled):
            return self._move(event.item_id, ("failed",), "retrying")
        self.given_up.add(event.item_id)
        return self._move(event.item_id, ("failed",), "skipped" if isinstance(event, ItemSkipped) else "dead")

    def _end_of(self, event: AgentFinished) -> str:
        wish = self._wishes.pop(event.item_id, None)
        match event.outcome:
            case "interrupted":
                return "pending"
            case "cancelled":
                return wish or "cancelled"
            case "success":
                return "merging" if event.commits else "success"
            case other:
                return other

    def _wish(self, item_id: str, becomes: str) -> str:
        if self.status[item_id] in AT_WORK:
            self._wishes[item_id] = becomes
        elif self.status[item_id] in ("pending", "retrying"):
            self._move(item_id, ("pending", "retrying"), becomes)
        return item_id

    def _move(self, item_id: str, expected: tuple[str, ...], becomes: str) -> str:
        was = self.status[item_id]
        assert was in expected, f"{item_id} is {was} before it is {becomes}"
        self.tally[was] -= 1
        self.tally[becomes] += 1
        self.status[item_id] = becomes
        return item_id
