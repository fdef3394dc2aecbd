"""The part of the fold that concerns questions to people: who waits for them, and what their answers change.

A question of a step holds up its agent, which keeps its worktree and gives its place back. A question about a suspect
item, a canary or a budget belongs to the state alone: it stays open while no process drives the run.
"""

from msgspec.structs import replace
from rpds import HashTrieMap

from prodigy_tui.events.evolve_items import advance, put, without_gate, without_landing
from prodigy_tui.events.evolve_phases import reopened
from prodigy_tui.events.fifo import first, without_first
from prodigy_tui.events.item_state import ItemState
from prodigy_tui.events.schema import AgentContinued, Envelope, GateAnswered, GateOpened
from prodigy_tui.events.state import RunState
from prodigy_tui.events.told import Answer
from prodigy_tui.events.transition import InvalidTransition
from prodigy_tui.events.values import Failure, GateKind

OF_STEPS: frozenset[GateKind] = frozenset({"approve", "incomplete"})
"""Questions that a step asks: a process has to be there to go on with it."""

ACCEPT, REJECT, AGAIN = "accept", "reject", "again"
"""The answers to a suspect item. `again`: its agent goes on from what it has made, and is told the note."""


GateEvent = GateOpened | GateAnswered | AgentContinued


def evolve_gate(state: RunState, envelope: Envelope, event: GateEvent) -> RunState:
    """Returns the state after a question, an answer, or an agent that goes on with its answer."""
    match event:
        case GateOpened():
            return _opened(state, envelope, event)
        case GateAnswered():
            return _answered(state, envelope, event)
        case AgentContinued():
            return _continued(state, envelope, event)


def _opened(state: RunState, envelope: Envelope, event: GateOpened) -> RunState:
    opened = replace(
        state,
        gates=state.gates.insert(event.gate, event),
        asked_at=state.asked_at.insert(event.gate, envelope.at),
    )
    if event.kind == "landing":
        return replace(opened, gate=event, answer=None, asked=None)
    entry = state.items.get(event.item_id) if event.item_id is not None else None
    if entry is None:
        return opened
    if event.kind == "suspect":
        if first(state.suspects) != event.item_id:
            raise InvalidTransition(envelope, f"item {event.item_id!r} is not the oldest suspect without a question")
        asked = replace(entry, gates=(event.gate,), last_at=envelope.at)
        return replace(put(opened, entry, asked), suspects=without_first(state.suspects))
    if entry.status not in ("running", "waiting"):
        raise InvalidTransition(envelope, f"item {event.item_id!r} is {entry.status}, so no step of it can ask")
    waits = replace(
        entry, status="waiting", gates=(*entry.gates, event.gate), waiting=event.question, last_at=envelope.at
    )
    return put(opened, entry, waits)


def _answered(state: RunState, envelope: Envelope, event: GateAnswered) -> RunState:
    gate = state.gates.get(event.gate)
    if gate is None:
        raise InvalidTransition(envelope, f"gate {event.gate} is not open")
    answer = Answer(answer=event.answer, note=event.note, by=event.by)
    closed = without_gate(state, event.gate)
    if gate.kind == "landing":
        return replace(closed, gate=None, answer=event.answer, asked=gate)
    if gate.kind == "suspect":
        return _suspect_answered(closed, envelope, gate, answer)
    entry = state.items.get(gate.item_id) if gate.item_id is not None else None
    if gate.kind not in OF_STEPS or state.ended_at is not None:
        kept = replace(closed, answers=state.answers.insert(event.gate, answer))
        return kept if entry is None else put(kept, entry, _with_answer(entry, event.gate, answer))
    closed = replace(closed, answers=state.answers.discard(event.gate))
    if entry is None:
        return replace(closed, heard=state.heard.insert(event.gate, answer))
    if entry.status != "waiting":
        return put(closed, entry, _with_answer(entry, event.gate, answer))
    left = tuple(name for name in entry.gates if name != event.gate)
    heard = replace(
        _with_answer(entry, event.gate, answer),
        gates=left,
        last_at=envelope.at,
        waiting=entry.waiting if left else "a slot",
    )
    answered = put(closed, entry, heard)
    return answered if left else replace(answered, continuing=state.continuing.enqueue(entry.item.id))


def _continued(state: RunState, envelope: Envelope, event: AgentContinued) -> RunState:
    entry = state.items.get(event.item_id)
    if entry is None or entry.status != "waiting" or first(state.continuing) != event.item_id:
        raise InvalidTransition(envelope, f"item {event.item_id!r} is not the next to go on")
    at_work = replace(entry, status="running", waiting="", last_at=envelope.at)
    return replace(put(state, entry, at_work), continuing=without_first(state.continuing))


def only_lasting(state: RunState) -> RunState:
    """Returns the state of a run that is taken up again: what steps had asked they ask anew."""
    left = state
    for name, gate in state.gates.items():
        if gate.kind in OF_STEPS or gate.kind == "landing":
            left = without_gate(left, name)
    return replace(left, answers=state.answers.update(state.heard), heard=HashTrieMap())


def _with_answer(entry: ItemState, gate: str, answer: Answer) -> ItemState:
    return replace(entry, answered=entry.answered.insert(gate, answer))


def _suspect_answered(state: RunState, envelope: Envelope, gate: GateOpened, answer: Answer) -> RunState:
    entry = state.items.get(gate.item_id or "")
    if entry is None or entry.status != "suspect":
        raise InvalidTransition(envelope, f"item {gate.item_id!r} is not suspect")
    seen = replace(entry, gates=(), last_at=envelope.at, waiting="")
    at_work = replace(state, phases=reopened(state.phases)) if state.ended_at is not None else state
    if state.ended_at is not None:
        at_work = without_landing(at_work)
    if answer.answer == ACCEPT:
        merging = replace(seen, status="merging", waiting="merge queue", failure=None)
        return replace(put(at_work, entry, merging), merge_queue=state.merge_queue.enqueue(entry.item.id))
    if answer.answer == AGAIN:
        back = replace(
            seen,
            status="pending",
            from_attempt=entry.attempt,
            instruction=answer.note,
            failure=None,
            repeatable=None,
            ended_at=None,
            started_at=None,
            due=None,
            step="",
            step_index=0,
            score=None,
        )
        return advance(replace(put(at_work, entry, back), requeued=state.requeued.enqueue(entry.item.id)))
    why = entry.failure.message if entry.failure is not None else "its changes"
    said = f"rejected by {answer.by}: {answer.note or why}"
    code = entry.failure.code if entry.failure is not None else None
    failure = Failure(kind="denied", message=said, code=code or "PT650")
    rejected = replace(seen, status="failed", failures=entry.failures + 1, failure=failure)
    return replace(put(at_work, entry, rejected), undecided=state.undecided.enqueue(entry.item.id))
