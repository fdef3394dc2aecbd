"""The part of the fold that concerns single work items: which status may follow which, and the queues.

`LEGAL` is the whole table of statuses in which an event may meet an item. Queues and counts are kept as events come;
nothing here looks at more than one item.
"""

from __future__ import annotations

from datetime import datetime
from typing import TypeAlias

from msgspec.structs import replace
from rpds import HashTrieMap, Queue

from prodigy_tui.events.fifo import first, without_first
from prodigy_tui.events.schema import (
    AgentFinished,
    AgentInterrupted,
    AgentMessage,
    AgentStarted,
    Envelope,
    ItemDeadLettered,
    ItemSkipped,
    MergeFinished,
    MergeInterrupted,
    MergeStarted,
    RetryScheduled,
    StepFinished,
    StepInterrupted,
    StepStarted,
    UsageReported,
)
from prodigy_tui.events.state import FINAL, AttemptRecord, ItemState, ItemStatus, PhaseState, RunState
from prodigy_tui.events.transition import InvalidTransition
from prodigy_tui.events.values import Failure, Usage

ItemEvent = (
    AgentStarted
    | AgentFinished
    | AgentInterrupted
    | MergeStarted
    | MergeFinished
    | MergeInterrupted
    | RetryScheduled
    | ItemSkipped
    | ItemDeadLettered
    | AgentMessage
)
StepEvent: TypeAlias = StepStarted | StepFinished | StepInterrupted | UsageReported

LEGAL: dict[type, frozenset[ItemStatus]] = {
    AgentStarted: frozenset({"pending", "retrying"}),
    AgentFinished: frozenset({"running"}),
    AgentInterrupted: frozenset({"running"}),
    StepStarted: frozenset({"running"}),
    StepFinished: frozenset({"running"}),
    StepInterrupted: frozenset({"running"}),
    AgentMessage: frozenset({"running"}),
    UsageReported: frozenset({"running"}),
    MergeStarted: frozenset({"merging"}),
    MergeFinished: frozenset({"merging"}),
    MergeInterrupted: frozenset({"merging"}),
    RetryScheduled: frozenset({"failed"}),
    ItemSkipped: frozenset({"failed"}),
    ItemDeadLettered: frozenset({"failed"}),
}


def evolve_item(state: RunState, envelope: Envelope, event: ItemEvent | StepEvent) -> RunState:
    """Returns the state after an event that concerns one item (or, for a message, a step of the run itself)."""
    if event.item_id is None:
        return state
    decided = isinstance(event, RetryScheduled | ItemSkipped | ItemDeadLettered)
    if decided and first(state.undecided) != event.item_id:
        raise InvalidTransition(envelope, f"item {event.item_id!r} is not the oldest undecided failure")
    entry = _require(state, envelope, event.item_id, LEGAL[type(event)])
    at = envelope.at
    match event:
        case AgentStarted():
            return _agent_started(state, entry, event, at)
        case AgentFinished():
            return _agent_finished(state, envelope, entry, event)
        case AgentInterrupted():
            ended = _end_attempt(entry, at, "interrupted", None)
            if event.item_id in state.stopping_items:  # a person asked for its end; it must not start again
                return _release(_put(state, entry, replace(ended, status="cancelled", ended_at=at)), entry)
            return advance(_release(_requeue_entry(state, entry, ended), entry))
        case MergeStarted():
            return replace(
                _put(state, entry, replace(entry, last_at=at)),
                merge=event,
                merge_queue=without_first(state.merge_queue),
            )
        case MergeFinished():
            return _merge_finished(state, entry, event, at)
        case MergeInterrupted(item_id=item_id):
            waiting = replace(entry, last_at=at)
            return replace(_put(state, entry, waiting), merge=None, merge_queue=state.merge_queue.enqueue(item_id))
        case RetryScheduled(item_id=item_id, due=due):
            waiting = replace(entry, status="retrying", due=due, last_at=at)
            same = state.retries.get(entry.failures) or Queue()
            retries = state.retries.insert(entry.failures, same.enqueue(item_id))
            return replace(_settle(state, entry, waiting), retries=retries)
        case ItemSkipped():
            skipped = _settle(state, entry, replace(entry, status="skipped", ended_at=at, last_at=at))
            return replace(skipped, failures_seen=state.failures_seen + 1)
        case ItemDeadLettered(item_id=item_id, failure=failure, eligible=eligible):
            dead = replace(entry, status="dead", failure=failure, eligible=eligible, ended_at=at, last_at=at)
            settled = _settle(state, entry, dead)
            letters = state.dead_letters.insert(item_id, envelope.seq)
            return replace(settled, dead_letters=letters, failures_seen=state.failures_seen + 1)
        case AgentMessage():
            return _put(state, entry, replace(entry, last_at=at))
        case UsageReported(usage=usage):
            spent = replace(entry, usage=add_usage(entry.usage, usage), last_at=at)
            return replace(_put(state, entry, spent), usage=add_usage(state.usage, usage))
        case StepStarted(label=label, path=path):
            step = label if "/" not in path else f"{label} (handler)"
            return _put(state, entry, replace(entry, step=step, last_at=at))
        case StepFinished(path=path):
            done = int(path) + 1 if path.isdigit() else entry.step_index
            return _put(state, entry, replace(entry, step_index=done, last_at=at))
        case StepInterrupted():
            return _put(state, entry, replace(entry, last_at=at))


def requeue(state: RunState, envelope: Envelope, item_id: str) -> RunState:
    """Returns the state after a final, unmerged item went back to work."""
    entry = _require(state, envelope, item_id, FINAL - {"success"})
    fresh = replace(
        entry,
        status="pending",
        failures=0,
        ended_at=None,
        last_at=envelope.at,
        due=None,
        step="",
        step_index=0,
        started_at=None,
    )
    back = replace(
        _put(state, entry, fresh),
        requeued=state.requeued.enqueue(item_id),
        dead_letters=state.dead_letters.discard(item_id),
        gate=None,
        answer=None,
        asked=None,
        phases=_reopened(state.phases),
    )
    return advance(without_landing(back))


def without_landing(state: RunState) -> RunState:
    """Returns the state in which the run has yet to land (again); merge steps that went well will run again then."""
    merge = state.phases.get("merge")
    if state.landing is None or merge is None or merge.status != "ok":
        return replace(state, landing=None)
    return replace(state, landing=None, phases=state.phases.discard("merge"))


def _reopened(phases: HashTrieMap[str, PhaseState]) -> HashTrieMap[str, PhaseState]:
    """There is work again: the map goes on, a reduce that was left out is due once more, and so are merge steps."""
    for name, ended in (("map", {"ok", "failed", "skipped", "interrupted"}), ("reduce", {"skipped"})):
        phase = phases.get(name)
        if phase is not None and phase.status in ended:
            phases = phases.insert(name, replace(phase, status="waiting"))
    merge = phases.get("merge")
    return phases if merge is None or merge.status == "running" else phases.discard("merge")


def advance(state: RunState) -> RunState:
    """Moves the heads of the queues past items that no longer wait (they started, or a person cancelled them)."""
    position, order, items = state.next_position, state.order, state.items
    while position < len(order) and items[order[position]].status != "pending":
        position += 1
    requeued = state.requeued
    while (head := first(requeued)) is not None and items[head].status != "pending":
        requeued = without_first(requeued)
    retries = state.retries
    for failures, queue in state.retries.items():
        due = queue
        while (head := first(due)) is not None and items[head].status != "retrying":
            due = without_first(due)
        retries = retries.insert(failures, due)
    return replace(state, next_position=position, requeued=requeued, retries=retries)


def add_usage(total: Usage, more: Usage) -> Usage:
    """Returns the sum; an unknown price adds nothing, and stays unknown when nothing is known at all."""
    usd = total.usd if more.usd is None else (total.usd or 0.0) + more.usd
    return Usage(
        input_tokens=total.input_tokens + more.input_tokens,
        output_tokens=total.output_tokens + more.output_tokens,
        usd=usd,
    )


def _agent_started(state: RunState, entry: ItemState, event: AgentStarted, at: datetime) -> RunState:
    running = replace(
        entry,
        status="running",
        attempt=event.attempt,
        slot=event.slot,
        branch=event.branch,
        base=event.base,
        head="",
        worktree=event.worktree,
        started_at=at,
        ended_at=None,
        last_at=at,
        due=None,
        step="",
        step_index=0,
        commits=0,
        files=(),
    )
    started = replace(
        _put(state, entry, running),
        slots=state.slots.insert(event.slot, event.item_id),
    )
    return advance(started)


def _agent_finished(state: RunState, envelope: Envelope, entry: ItemState, event: AgentFinished) -> RunState:
    at, item_id = envelope.at, event.item_id
    ended = replace(
        _end_attempt(entry, at, event.outcome, event), output=event.output, captures=HashTrieMap(event.captures)
    )
    released = _release(state, entry)
    match event.outcome:
        case "interrupted":
            return advance(_requeue_entry(released, entry, ended))
        case "cancelled":
            return _put(released, entry, replace(ended, status="cancelled", ended_at=at))
        case "failed":
            failed = replace(ended, status="failed", failures=entry.failures + 1, failure=event.failure)
            return replace(_put(released, entry, failed), undecided=released.undecided.enqueue(item_id))
        case "success":
            done = replace(
                ended,
                head=event.head,
                commits=event.commits,
                files=event.files,
                failure=None,
            )
            if event.commits == 0:
                return _put(released, entry, replace(done, status="success", ended_at=at))
            waiting = replace(done, status="merging", waiting="merge queue")
            return replace(_put(released, entry, waiting), merge_queue=released.merge_queue.enqueue(item_id))


def _merge_finished(state: RunState, entry: ItemState, event: MergeFinished, at: datetime) -> RunState:
    if event.status == "conflict":
        listed = ", ".join(event.conflicts[:3])
        failure = Failure(
            kind="merge", code="PT640", message=f"merge conflict in {listed or 'the run branch'}", tail=event.detail
        )
        history = (*entry.history[:-1], replace(entry.history[-1], outcome="conflict", failure=failure))
        failed = replace(
            entry,
            status="failed",
            failures=entry.failures + 1,
            failure=failure,
            last_at=at,
            waiting="",
            history=history,
        )
        moved = _put(state, entry, failed)
        return replace(moved, merge=None, undecided=moved.undecided.enqueue(event.item_id))
    merged = replace(entry, status="success", merged=True, ended_at=at, last_at=at, waiting="")
    return replace(_put(state, entry, merged), merge=None, tip=event.tip, merged=state.merged + 1)


def _require(state: RunState, envelope: Envelope, item_id: str, legal: frozenset[ItemStatus]) -> ItemState:
    entry = state.items.get(item_id)
    if entry is None:
        raise InvalidTransition(envelope, f"there is no item {item_id!r}")
    if entry.status not in legal:
        raise InvalidTransition(envelope, f"item {item_id!r} is {entry.status}, not {' or '.join(sorted(legal))}")
    return entry


def _put(state: RunState, before: ItemState, after: ItemState) -> RunState:
    """Stores an item and moves it from one count to another."""
    items = state.items.insert(after.item.id, after)
    if before.status == after.status:
        return replace(state, items=items)
    moved = {
        before.status: getattr(state.counts, before.status) - 1,
        after.status: getattr(state.counts, after.status) + 1,
    }
    return replace(state, items=items, counts=replace(state.counts, **moved))


def _settle(state: RunState, before: ItemState, after: ItemState) -> RunState:
    """The oldest undecided failure has been decided."""
    return replace(_put(state, before, after), undecided=without_first(state.undecided))


def _requeue_entry(state: RunState, before: ItemState, after: ItemState) -> RunState:
    pending = replace(after, status="pending")
    return replace(_put(state, before, pending), requeued=state.requeued.enqueue(after.item.id))


def _release(state: RunState, entry: ItemState) -> RunState:
    slots = state.slots.discard(entry.slot) if entry.slot is not None else state.slots
    return replace(state, slots=slots, stopping_items=state.stopping_items.discard(entry.item.id))


def _end_attempt(entry: ItemState, at: datetime, outcome: str, event: AgentFinished | None) -> ItemState:
    record = AttemptRecord(
        attempt=entry.attempt,
        started_at=entry.started_at or at,
        ended_at=at,
        outcome=outcome,
        branch=entry.branch,
        base=entry.base,
        head=event.head if event is not None else "",
        failure=event.failure if event is not None else None,
        leftover=event.leftover if event is not None else None,
    )
    return replace(entry, slot=None, last_at=at, waiting="", history=(*entry.history, record))
