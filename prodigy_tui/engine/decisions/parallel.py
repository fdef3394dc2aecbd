"""`max_parallel: auto` (language 13.8): one more after each full window of attempts without a provider limit, half as
many on one, held while the host is short of memory or overloaded. Pure: how the host does is handed in.
"""

from msgspec import Struct

from prodigy_tui.events.schema import ParallelChanged
from prodigy_tui.events.state import RunState
from prodigy_tui.workflow.model import MapPhase

LEAST_MEMORY = 0.10
"""Part of the memory that must be available for one more agent."""

MOST_LOAD = 1.5
"""Runnable processes for each processor above which no agent is added."""


class Host(Struct, frozen=True, kw_only=True):
    """How the machine is doing; `None` where it cannot be told."""

    memory_available: float | None = None
    """A part of the whole, 0 to 1."""
    load: float | None = None
    """Of the last minute, for each processor."""

    @property
    def is_strained(self) -> bool:
        """The guard: no agent more."""
        short = self.memory_available is not None and self.memory_available < LEAST_MEMORY
        return short or (self.load is not None and self.load > MOST_LOAD)


def parallel_change(phase: MapPhase, state: RunState, host: Host) -> ParallelChanged | None:
    """Returns the new number of agents at once, or `None` while it stays."""
    auto, number = phase.auto_parallel, state.max_parallel
    if auto is None or state.parallel_is_fixed:
        return None
    least = min(auto.min, max(1, state.counts.total))
    most = min(auto.max, max(1, state.counts.total))
    if state.window.limits:
        return ParallelChanged(number=max(least, number // 2), reason="a provider's limit")
    if state.window.attempts < number:
        return None
    if number >= most or host.is_strained:
        return None
    return ParallelChanged(number=number + 1, reason=f"{state.window.attempts} attempts without a provider's limit")
