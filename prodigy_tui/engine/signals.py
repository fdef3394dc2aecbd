"""What a person asks of a run, recorded before it has effect: by the process that drives it, or at rest."""

import os
import socket
from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from prodigy_tui.clock import Clock
from prodigy_tui.engine.decisions.outcome import finished
from prodigy_tui.engine.items.kept_files import kept_attempt
from prodigy_tui.engine.journal import Journal
from prodigy_tui.engine.journal_at_rest import journal_at_rest
from prodigy_tui.engine.recorded import require_beginning
from prodigy_tui.events.schema import (
    Envelope,
    GateAnswered,
    ItemDiscarded,
    ItemRequeued,
    ParametersChanged,
    ReduceRequested,
    SignalReceived,
    WarningRaised,
)
from prodigy_tui.events.state import RunState
from prodigy_tui.storage.lock import RunLock
from prodigy_tui.storage.owner import LockOwner, own_birth, this_boot
from prodigy_tui.storage.paths import RunFolder

RETRIABLE = frozenset({"dead", "skipped", "cancelled"})

Decision: TypeAlias = ItemDiscarded | ReduceRequested | ParametersChanged
"""What a person decides about a run that is no signal: the event says it all."""


def record_signal(journal: Journal, signal: SignalReceived) -> Envelope:
    """Records what a person asks, and what follows from it at once."""
    received = journal.record(signal)
    if signal.signal == "retry":
        _requeue(journal, signal, received.seq)
    elif signal.signal == "answer":
        _answer(journal, signal, received.seq)
    return received


async def record_at_rest(folder: RunFolder, make: Callable[[RunState], SignalReceived], *, clock: Clock) -> None:
    """Records a signal for a run that nobody drives; the next process that takes it up uses it.

    `make` is called under the run's lock and may refuse by raising. Nothing but the log is touched.

    Raises:
        RunHeld: a process drives it after all.
        NotResumable: its log has no beginning.
    """
    with RunLock.acquire(folder.lock, lock_owner(clock)):
        async with journal_at_rest(folder, clock=clock) as journal:
            require_beginning(journal.state)
            record_signal(journal, make(journal.state))


async def decide_at_rest(
    folder: RunFolder, make: Callable[[RunState], Sequence[Decision]], *, clock: Clock
) -> RunState:
    """Records decisions about a run that nobody drives, and returns its state then.

    `make` is called under the run's lock and may refuse by raising. Nothing but the log is touched.

    Raises:
        RunHeld: a process drives it after all.
        NotResumable: its log has no beginning.
    """
    with RunLock.acquire(folder.lock, lock_owner(clock)):
        async with journal_at_rest(folder, clock=clock) as journal:
            require_beginning(journal.state)
            record_decisions(journal, make(journal.state))
            await journal.durable()
            return journal.state


def record_decisions(journal: Journal, decisions: Iterable[Decision]) -> None:
    """Records what a person has decided. How a run that is over has ended is said again where that is not so any more.

    A discard that comes too late, because the item has left the queue another way, is a warning.
    """
    for decision in decisions:
        if isinstance(decision, ItemDiscarded) and decision.item_id not in journal.state.dead_letters:
            message = f"item '{decision.item_id}' is not in the dead letter queue, so it is not discarded"
            journal.record(WarningRaised(message=message))
        else:
            journal.record(decision)
    state = journal.state
    if state.ended_at is None:
        return
    verdict = finished(state)
    if (verdict.status, verdict.exit_code, verdict.message) != (state.status, state.exit_code, state.message):
        journal.record(verdict)


def _answer(journal: Journal, signal: SignalReceived, cause: int) -> None:
    """Closes the question that a signal answers; without a name it is the one whether to land."""
    state = journal.state
    gate = state.gates.get(signal.gate) if signal.gate is not None else state.gate
    if gate is None:
        journal.record(WarningRaised(message="the question is not open any more"), cause=cause)
        return
    if signal.answer not in gate.options:
        message = f"'{signal.answer}' is no answer to '{gate.question}': {', '.join(gate.options)}"
        journal.record(WarningRaised(message=message), cause=cause)
        return
    journal.record(GateAnswered(gate=gate.gate, answer=signal.answer, note=signal.note, by=signal.source), cause=cause)


def _requeue(journal: Journal, signal: SignalReceived, cause: int) -> None:
    item_id = signal.item_id
    entry = journal.state.items.get(item_id) if item_id is not None else None
    if entry is None or entry.status not in RETRIABLE or entry.discarded is not None:
        been = "has been discarded" if entry is not None and entry.discarded is not None else ""
        what = "is unknown" if entry is None else been or f"is {entry.status}"
        message = f"item '{item_id}' {what}: only failed, skipped or cancelled items can be retried"
        journal.record(WarningRaised(message=message), cause=cause)
        return
    kept = kept_attempt(entry) if signal.keep_files else None
    from_attempt = kept.attempt if kept is not None else None
    journal.record(ItemRequeued(item_id=entry.item.id, from_attempt=from_attempt), cause=cause)


def lock_owner(clock: Clock, address: str | None = None) -> LockOwner:
    """Returns what the lock of a run says of this process; `address`: where it takes signals."""
    return LockOwner(
        pid=os.getpid(),
        host=socket.gethostname(),
        started=clock.now(),
        socket=address,
        boot=this_boot(),
        born=own_birth(),
    )
