"""Sums over time: what the state of a run says of each moment, times the moment's length.

One look at the state before each event; what it costs does not depend on how many items there are.
"""

from collections import defaultdict

from prodigy_tui.events.state import RunState
from prodigy_tui.report.figures import Cause, Parallel, TimeShare, Waits
from prodigy_tui.report.moments import Held, agents_waiting_for_budget, causes, map_runs, slots_are_short


class Clockwork:
    """The sums so far."""

    def __init__(self) -> None:
        self.seconds = 0.0
        """Driven time."""
        self.phases: defaultdict[str, float] = defaultdict(float)
        self.merge_s = 0.0
        self.resolve_s = 0.0
        self._held = Held()
        self._causes: defaultdict[Cause, float] = defaultdict(float)
        self._busy_s = 0.0
        self._slot_s = 0.0
        self._peak = 0
        self._waits: defaultdict[str, float] = defaultdict(float)

    def go_on(self, state: RunState, seconds: float) -> None:
        """Adds the time up to `seconds`, in which the run was as `state` says."""
        passed, self.seconds = seconds - self.seconds, seconds
        self._peak = max(self._peak, state.counts.running)
        if passed <= 0:
            return
        self._held.look(state)
        for cause, part in causes(state, self._held):
            self._causes[cause] += passed * part
        phase = state.phases.get(state.phase) if state.phase is not None else None
        if phase is not None and phase.status == "running":
            self.phases[phase.phase] += passed
        if state.merges:
            self.merge_s += passed
        if state.resolution is not None:
            self.resolve_s += passed
        self._add_waits(state, passed)
        if map_runs(state):
            self._slot_s += passed * state.max_parallel
            waiting = self._held.agents + agents_waiting_for_budget(state)
            self._busy_s += passed * max(0, state.counts.running - waiting)

    def _add_waits(self, state: RunState, passed: float) -> None:
        waits = self._waits
        if map_runs(state) and slots_are_short(state):
            waits["slot"] += passed * state.counts.pending
        waits["quota"] += passed * self._held.quota
        waits["turn"] += passed * self._held.turn
        waits["budget"] += passed * len(state.spending.waiting)
        waits["merge_queue"] += passed * (state.counts.merging - len(state.merges))
        waits["person"] += passed * len(state.gates)
        if state.breaker.until is not None:
            waits["breaker"] += passed

    def time_shares(self) -> tuple[TimeShare, ...]:
        """Returns where the time went, the largest part first."""
        told = sorted(self._causes.items(), key=lambda entry: (-entry[1], entry[0]))
        return tuple(
            TimeShare(cause=cause, seconds=seconds, share=seconds / self.seconds) for cause, seconds in told if seconds
        )

    def parallel(self, state: RunState) -> Parallel:
        """Returns how well the slots were used."""
        return Parallel(
            slots=state.max_parallel,
            peak=max(self._peak, state.counts.running),
            busy_s=self._busy_s,
            slot_s=self._slot_s,
            efficiency=self._busy_s / self._slot_s if self._slot_s else None,
        )

    def waits(self, items: int) -> Waits:
        """Returns what was waited for."""
        waits = self._waits
        return Waits(
            slot_s=waits["slot"],
            slot_mean_s=waits["slot"] / items if items else None,
            quota_s=waits["quota"],
            turn_s=waits["turn"],
            budget_s=waits["budget"],
            merge_queue_s=waits["merge_queue"],
            person_s=waits["person"],
            breaker_s=waits["breaker"],
        )
