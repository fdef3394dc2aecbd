"""The part of the fold that concerns single work items: which status may follow which, and the queues.

`LEGAL` is the whole table of statuses in which an event may meet an item. Queues and counts are kept as events come;
nothing here looks at more than one item.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from msgspec.structs import replace
from rpds import HashTrieMap, Queue

from prodigy_tui.events.evolve_pace import note_result
from prodigy_tui.events.evolve_steps import AnyStepEvent, step_of_item
from prodigy_tui.events.fifo import first, without_first
from prodigy_tui.events.item_state import FINAL, AttemptRecord, ItemState, ItemStatus, Uncommitted
from prodigy_tui.events.schema import (
    AgentFinished,
    AgentInterrupted,
    AgentMessage,
    AgentStarted,
    BudgetAwaited,
    Envelope,
    ItemDeadLettered,
    ItemSkipped,
    RetryScheduled,
    StepFinished,
    StepInterrupted,
    StepRetryScheduled,
    StepStarted,
    UsageReported,
    ValidationFinished,
)
from prodigy_tui.events.spending import BudgetEvent, add_usage
from prodigy_tui.events.state import RunState
from prodigy_tui.events.transition import InvalidTransition
from prodigy_tui.events.values import Usage

ItemEvent = AgentStarted | AgentFinished | AgentInterrupted | RetryScheduled | ItemSkipped | ItemDeadLettered
_IN_HAND: frozenset[ItemStatus] = frozenset({"running", "waiting"})
"""An agent carries the item. While one step of it waits for an answer, others beside it may go on."""

NOTHING: Final[HashTrieMap[str, Any]] = HashTrieMap()
"""One for all items: each takes 140 bytes."""
_DECIDED: Final = frozenset({RetryScheduled, ItemSkipped, ItemDeadLettered})
"""What the policy decides of a failed attempt, the oldest one first."""

BEGUN: Final = frozenset({"running", "ok", "failed", "interrupted"})
"""Of a phase: it has not been left out, nor is it yet to come."""

LEGAL: dict[type, frozenset[ItemStatus]] = {
    AgentStarted: frozenset({"pending", "retrying"}),
    AgentFinished: _IN_HAND,
    AgentInterrupted: _IN_HAND,
    StepStarted: _IN_HAND,
    StepFinished: _IN_HAND,
    StepInterrupted: _IN_HAND,
    StepRetryScheduled: _IN_HAND,
    ValidationFinished: _IN_HAND,
    AgentMessage: _IN_HAND,
    UsageReported: _IN_HAND,
    RetryScheduled: frozenset({"failed"}),
    ItemSkipped: frozenset({"failed"}),
    ItemDeadLettered: frozenset({"failed"}),
}


def evolve_item_step(state: RunState, envelope: Envelope, event: AnyStepEvent, item_id: str) -> RunState:
    """Returns the state after an event of a step of an item."""
    entry = require(state, envelope, item_id, LEGAL[type(event)])
    return put(state, entry, step_of_item(entry, envelope, event))


def evolve_item(state: RunState, envelope: Envelope, event: ItemEvent | UsageReported) -> RunState:
    """Returns the state after an event that concerns one item."""
    if event.item_id is None:
        return state
    if type(event) in _DECIDED and first(state.undecided) != event.item_id:
        raise InvalidTransition(envelope, f"item {event.item_id!r} is not the oldest undecided failure")
    entry = require(state, envelope, event.item_id, LEGAL[type(event)])
    at = envelope.at
    match event:
        case AgentStarted():
            return _agent_started(state, envelope, entry, event)
        case AgentFinished():
            return _agent_finished(state, envelope, entry, event)
        case AgentInterrupted():
            ended = _end_attempt(entry, at, "interrupted", None)
            wanted = state.stopping_items.get(event.item_id)
            if wanted is not None:  # a person asked for its end; it must not start again
                aside = wanted == "skipped"
                return _release(put(state, entry, replace(ended, status=wanted, set_aside=aside, ended_at=at)), entry)
            return advance(_release(_requeue_entry(_with_answers_kept(state, entry), entry, ended), entry))
        case RetryScheduled(item_id=item_id, due=due):
            waiting = replace(entry, status="retrying", due=due, last_at=at)
            return replace(_settle(state, entry, waiting), retries=state.retries.having(item_id, due))
        case ItemSkipped(item_id=item_id):
            skipped = _settle(state, entry, replace(entry, status="skipped", ended_at=at, last_at=at))
            return _given_up(skipped, item_id)
        case ItemDeadLettered(item_id=item_id, failure=failure, eligible=eligible):
            dead = replace(entry, status="dead", failure=failure, eligible=eligible, ended_at=at, last_at=at)
            settled = _settle(state, entry, dead)
            letters = state.dead_letters.insert(item_id, envelope.seq)
            return _given_up(replace(settled, dead_letters=letters), item_id)
        case UsageReported(usage=usage):
            spent = replace(
                entry,
                usage=add_usage(entry.usage, usage),
                attempt_usage=add_usage(entry.attempt_usage, usage),
                last_at=at,
            )
            return replace(put(state, entry, spent), usage=add_usage(state.usage, usage))


def evolve_message(state: RunState, envelope: Envelope, event: AgentMessage) -> RunState:
    """Returns the state after a sign of life of an item's agent, the most frequent event by far, or of a run's step."""
    if event.item_id is None:
        return state
    entry = require(state, envelope, event.item_id, _IN_HAND)
    return replace(state, items=state.items.insert(event.item_id, replace(entry, last_at=envelope.at)))


def evolve_messages(state: RunState, envelopes: Sequence[Envelope]) -> RunState | None:
    """Returns the state after messages of agents one after another, or `None` when not all of them can follow.

    Only the last one of each item shows in a state, so that a state a message (which is most of what the fold costs)
    is saved. For states in which a message changes nothing else: those in which the run does not stand idle.
    """
    latest: dict[str, datetime] = {}
    for seq, envelope in enumerate(envelopes, start=state.last_seq + 1):
        event = envelope.event
        if envelope.seq != seq or type(event) is not AgentMessage:
            return None
        if event.item_id is not None:
            latest[event.item_id] = envelope.at
    told: dict[str, ItemState] = {}
    for item_id, at in latest.items():
        entry = state.items.get(item_id)
        if entry is None or entry.status not in _IN_HAND:
            return None
        told[item_id] = replace(entry, last_at=at)
    items = state.items.update(told) if told else state.items
    return replace(state, items=items, last_seq=envelopes[-1].seq, last_at=envelopes[-1].at)


def wait_for_budget(state: RunState, envelope: Envelope, event: BudgetEvent) -> RunState:
    """Returns the state in which an item says that it waits for the budget, or does not any more."""
    entry = state.items.get(event.item_id) if event.item_id is not None else None
    if entry is None or entry.status != "running":
        return state
    why = event.message if isinstance(event, BudgetAwaited) else ""
    return put(state, entry, replace(entry, waiting=why, last_at=envelope.at))


def _given_up(state: RunState, item_id: str) -> RunState:
    """The item has failed for good."""
    untold = state.untold.insert(item_id, state.failures_seen)
    return replace(
        state,
        failures_seen=state.failures_seen + 1,
        newest_failure=item_id,
        untold=untold,
        untold_count=len(untold),
    )


def without_question(state: RunState) -> RunState:
    """Returns the state in which nobody is asked any more whether to land."""
    if state.gate is None:
        return state
    return replace(without_gate(state, state.gate.gate), gate=None)


def without_gate(state: RunState, name: str) -> RunState:
    """Returns the state in which a question is not open any more."""
    return replace(state, gates=state.gates.discard(name), asked_at=state.asked_at.discard(name))


def without_landing(state: RunState) -> RunState:
    """Returns the state in which the run has yet to land (again); merge steps that went well will run again then."""
    merge = state.phases.get("merge")
    if state.landing is None or merge is None or merge.status != "ok":
        return replace(state, landing=None)
    return replace(state, landing=None, phases=state.phases.discard("merge"))


def advance(state: RunState) -> RunState:
    """Moves the heads of the queues past items that no longer wait (they started, or a person cancelled them)."""
    position, order, items = state.next_position, state.order, state.items
    while position < len(order) and items[order[position]].status != "pending":
        position += 1
    requeued = state.requeued
    while (head := first(requeued)) is not None and items[head].status != "pending":
        requeued = without_first(requeued)
    retries = state.retries
    while (entry := retries.first) is not None and not _waits_for(items[entry.item_id], entry.due):
        retries = retries.without_first()
    return replace(state, next_position=position, requeued=requeued, retries=retries)


def _waits_for(entry: ItemState, due: datetime) -> bool:
    """Tells whether an item starts again at that time; its entry may be older than what has become of it."""
    return entry.status == "retrying" and entry.due == due


def _agent_started(state: RunState, envelope: Envelope, entry: ItemState, event: AgentStarted) -> RunState:
    at = envelope.at
    for name in entry.gates:
        state = without_gate(state, name)
    running = replace(
        entry,
        status="running",
        begun_at=entry.begun_at or at,
        started_seq=envelope.seq,
        repeatable=None,
        gates=(),
        waiting="",
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
        score=None,
        commits=0,
        files=(),
        attempt_usage=Usage(),
    )
    started = replace(
        put(state, entry, running),
        slots=state.slots.insert(event.slot, event.item_id),
    )
    return advance(started)


def _agent_finished(state: RunState, envelope: Envelope, entry: ItemState, event: AgentFinished) -> RunState:
    at, item_id = envelope.at, event.item_id
    state = note_result(state, entry, event)
    ended = replace(
        _end_attempt(entry, at, event.outcome, event),
        output=event.output,
        captures=HashTrieMap(event.captures) if event.captures else NOTHING,
    )
    released = _release(state, entry)
    if event.outcome == "interrupted":
        released = _with_answers_kept(released, entry)
    else:
        released = _without_questions(released, entry)
        ended = replace(ended, gates=(), answered=NOTHING, from_attempt=None)
    match event.outcome:
        case "interrupted":
            return advance(_requeue_entry(released, entry, ended))
        case "cancelled":
            wanted = state.stopping_items.get(item_id) or "cancelled"
            return put(released, entry, replace(ended, status=wanted, set_aside=wanted == "skipped", ended_at=at))
        case "suspect":
            doubted = replace(
                ended,
                status="suspect",
                head=event.head,
                commits=event.commits,
                files=event.files,
                failure=event.failure,
                waiting="a decision",
            )
            return replace(put(released, entry, doubted), suspects=released.suspects.enqueue(item_id))
        case "failed":
            failed = replace(
                ended,
                status="failed",
                failures=entry.failures + 1,
                failure=event.failure,
                repeatable=event.repeatable,
            )
            return replace(put(released, entry, failed), undecided=released.undecided.enqueue(item_id))
        case "success":
            done = replace(
                ended,
                head=event.head,
                commits=event.commits,
                files=event.files,
                failure=None,
            )
            if event.commits == 0:
                return put(released, entry, replace(done, status="success", ended_at=at))
            waiting = replace(done, status="merging", waiting="merge queue")
            return replace(put(released, entry, waiting), merge_queue=released.merge_queue.enqueue(item_id))


def require(state: RunState, envelope: Envelope, item_id: str, legal: frozenset[ItemStatus]) -> ItemState:
    """Returns an item that is in one of the statuses in which an event may meet it."""
    entry = state.items.get(item_id)
    if entry is None:
        raise InvalidTransition(envelope, f"there is no item {item_id!r}")
    if entry.status not in legal:
        raise InvalidTransition(envelope, f"item {item_id!r} is {entry.status}, not {' or '.join(sorted(legal))}")
    return entry


def put(state: RunState, before: ItemState, after: ItemState) -> RunState:
    """Stores an item and moves it from one count to another."""
    items = state.items.insert(after.item.id, after)
    if before.status == after.status:
        return replace(state, items=items)
    moved = {
        before.status: getattr(state.counts, before.status) - 1,
        after.status: getattr(state.counts, after.status) + 1,
    }
    return _tallied(replace(state, items=items, counts=replace(state.counts, **moved)), before, after)


def _tallied(state: RunState, before: ItemState, after: ItemState) -> RunState:
    """Counts what a new status means for the canary, for skipping, for reduce, and what nobody has committed."""
    if before.leftover or after.leftover:
        left, found = state.uncommitted, bool(after.leftover) - bool(before.leftover)
        alone = (bool(after.leftover) and not after.commits) - (bool(before.leftover) and not before.commits)
        counted = Uncommitted(items=left.items + found, without_commit=left.without_commit + alone)
        state = replace(state, uncommitted=counted)
    if after.status == "success" and (reduce := state.phases.get("reduce")) is not None and reduce.status in BEGUN:
        state = replace(state, after_reduce=state.after_reduce + 1)
    if before.set_aside != after.set_aside:
        state = replace(state, set_aside=state.set_aside + after.set_aside - before.set_aside)
    canary = state.canary
    if canary is None or canary.status == "passed" or after.position >= canary.count:
        return state
    told = replace(
        canary,
        done=canary.done + (after.status in FINAL) - (before.status in FINAL),
        success=canary.success + (after.status == "success") - (before.status == "success"),
        cancelled=canary.cancelled + _is_out(after) - _is_out(before),
    )
    return replace(state, canary=told)


def _is_out(entry: ItemState) -> bool:
    """Tells whether a person took the item out."""
    return entry.status == "cancelled" or entry.set_aside


def _settle(state: RunState, before: ItemState, after: ItemState) -> RunState:
    """The oldest undecided failure has been decided."""
    return replace(put(state, before, after), undecided=without_first(state.undecided))


def _requeue_entry(state: RunState, before: ItemState, after: ItemState) -> RunState:
    pending = replace(after, status="pending")
    return replace(put(state, before, pending), requeued=state.requeued.enqueue(after.item.id))


def _release(state: RunState, entry: ItemState) -> RunState:
    slots = state.slots.discard(entry.slot) if entry.slot is not None else state.slots
    continuing = state.continuing
    if entry.status == "waiting" and not entry.gates:  # answered, and about to go on: rare, and few at a time
        continuing = Queue([item_id for item_id in continuing if item_id != entry.item.id])
    return replace(
        state, slots=slots, continuing=continuing, stopping_items=state.stopping_items.discard(entry.item.id)
    )


def _without_questions(state: RunState, entry: ItemState) -> RunState:
    """The attempt is over, and so is what its steps wanted to know."""
    if not entry.gates and not entry.answered:
        return state  # as nearly always
    for name in entry.gates:
        state = without_gate(state, name)
    answers = state.answers
    for name in entry.answered:
        answers = answers.discard(name)
    return replace(state, answers=answers)


def _with_answers_kept(state: RunState, entry: ItemState) -> RunState:
    """The attempt was cut short: whatever it has been told it will ask again."""
    return replace(state, answers=state.answers.update(entry.answered))


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
    return replace(entry, slot=None, last_at=at, waiting="", due=None, history=(*entry.history, record))
