"""What a person asks of a run, recorded before it has effect: by the process that drives it, or at rest."""

import os
import socket
from collections.abc import Callable

from prodigy_tui.clock import Clock
from prodigy_tui.engine.journal import Journal
from prodigy_tui.engine.recorded import require_beginning
from prodigy_tui.events.bus import Bus
from prodigy_tui.events.evolve import fold
from prodigy_tui.events.log import EventLog
from prodigy_tui.events.schema import (
    Envelope,
    GateAnswered,
    ItemRequeued,
    SignalReceived,
    WarningRaised,
)
from prodigy_tui.events.state import RunState
from prodigy_tui.storage.lock import LockOwner, RunLock
from prodigy_tui.storage.paths import RunFolder

RETRIABLE = frozenset({"dead", "skipped", "cancelled"})


def record_signal(journal: Journal, signal: SignalReceived) -> Envelope:
    """Records what a person asks, and what follows from it at once."""
    received = journal.record(signal)
    if signal.signal == "retry":
        _requeue(journal, signal.item_id, received.seq)
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
        log, envelopes = EventLog.open(folder.events, clock=clock, bus=Bus())
        try:
            journal = Journal(log, fold(envelopes))
            require_beginning(journal.state)
            signal = make(journal.state)
            record_signal(journal, signal)
        finally:
            await log.close()


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


def _requeue(journal: Journal, item_id: str | None, cause: int) -> None:
    entry = journal.state.items.get(item_id) if item_id is not None else None
    if entry is None or entry.status not in RETRIABLE:
        what = "is unknown" if entry is None else f"is {entry.status}"
        message = f"item '{item_id}' {what}: only failed, skipped or cancelled items can be retried"
        journal.record(WarningRaised(message=message), cause=cause)
        return
    journal.record(ItemRequeued(item_id=entry.item.id), cause=cause)


def lock_owner(clock: Clock, address: str | None = None) -> LockOwner:
    """Returns what the lock of a run says of this process; `address`: where it takes signals."""
    return LockOwner(pid=os.getpid(), host=socket.gethostname(), started=clock.now(), socket=address)
