"""When a run was left: what a person says to a run at rest stands in its log, too, and is no work of a process."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from prodigy_tui.events.schema import (
    BudgetRaised,
    Envelope,
    GateAnswered,
    ItemDiscarded,
    ItemRequeued,
    ParametersChanged,
    ReduceRequested,
    SignalReceived,
)

SAID_AT_REST: Final[frozenset[type]] = frozenset(
    {BudgetRaised, GateAnswered, ItemDiscarded, ItemRequeued, ParametersChanged, ReduceRequested, SignalReceived}
)
"""What may be written while no process drives the run."""


def left_at(envelopes: Sequence[Envelope]) -> datetime | None:
    """Returns when the last process did something last; None where none ever did.

    A run that was killed has no end in its log. Its last words may have been a signal that it took: then the seconds
    since the event before do not count.
    """
    work = (envelope.at for envelope in reversed(envelopes) if type(envelope.event) not in SAID_AT_REST)
    return next(work, None)
