"""Driven time: seconds in which a process drove the run. All figures of a report are measured in it.

A run may be interrupted in the evening and resumed in the morning; nobody waited for anything in between. Wall clock
time would make a night of every figure, so the seconds between the end of a process and the beginning of the next one
do not count.

A process that ended well has written `RunFinished`. One that was killed has written nothing, and the next one settles
what it finds in doubt *before* it writes `RunResumed`. So events that recovery may have written are held back until the
one behind them tells who wrote them; if it is `RunResumed`, the longest silence among them was the night.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

from prodigy_tui.events.schema import (
    AgentInterrupted,
    BudgetRaised,
    CalledRunFinished,
    Envelope,
    GateAnswered,
    ItemDiscarded,
    ItemRequeued,
    LandingFinished,
    LogRecovered,
    MergeFinished,
    MergeInterrupted,
    ParametersChanged,
    PhaseFinished,
    ReduceRequested,
    ResolutionFinished,
    ResultsForgotten,
    RunFinished,
    RunResumed,
    SignalReceived,
    StepInterrupted,
    VerifyFinished,
    WarningRaised,
    WorkflowReplaced,
    WorkLost,
    WorktreeRemoved,
)

_OF_THE_NEXT_PROCESS: Final[frozenset[type]] = frozenset({AgentInterrupted, LogRecovered, ResultsForgotten, WorkLost})
"""What only a process writes that takes a run up."""
_PERHAPS: Final[frozenset[type]] = _OF_THE_NEXT_PROCESS | {
    BudgetRaised,
    CalledRunFinished,
    GateAnswered,
    ItemDiscarded,
    ItemRequeued,
    LandingFinished,
    MergeFinished,
    MergeInterrupted,
    ParametersChanged,
    PhaseFinished,
    ReduceRequested,
    ResolutionFinished,
    SignalReceived,
    StepInterrupted,
    VerifyFinished,
    WarningRaised,
    WorkflowReplaced,
    WorktreeRemoved,
}
"""What may have been written between two processes: by recovery, or by a person to a run at rest."""


def driven(envelopes: Iterable[Envelope]) -> Iterator[tuple[float, Envelope]]:
    """Yields every event with the driven seconds from the start of the run to it; they never fall."""
    clock = _Clock()
    doubtful: list[Envelope] = []
    for envelope in envelopes:
        if clock.runs and type(envelope.event) in _PERHAPS:
            doubtful.append(envelope)
            continue
        resumed = isinstance(envelope.event, RunResumed)
        yield from clock.read([*doubtful, envelope], died=clock.runs and resumed)
        doubtful.clear()
        if resumed:
            clock.runs = True
        elif isinstance(envelope.event, RunFinished):
            clock.runs = False
    yield from clock.read(doubtful, died=any(type(one.event) in _OF_THE_NEXT_PROCESS for one in doubtful))


class _Clock:
    """The seconds so far, and whether they go on."""

    def __init__(self) -> None:
        self.runs = True
        self._seconds = 0.0
        self._last: datetime | None = None

    def read(self, envelopes: list[Envelope], *, died: bool) -> Iterator[tuple[float, Envelope]]:
        """Yields events with their seconds; `died`: in the longest silence before one of them nobody was there."""
        gaps = self._gaps(envelopes)
        night = max(range(len(gaps)), key=gaps.__getitem__) if died and gaps else None
        for position, (gap, envelope) in enumerate(zip(gaps, envelopes, strict=True)):
            if self.runs and position != night:
                self._seconds += gap
            self._last = envelope.at
            yield self._seconds, envelope

    def _gaps(self, envelopes: list[Envelope]) -> list[float]:
        last, gaps = self._last, []
        for envelope in envelopes:
            # A clock may have been set back; another machine's may be behind.
            gaps.append(max(0.0, (envelope.at - last).total_seconds()) if last is not None else 0.0)
            last = envelope.at
        return gaps
