"""What a run is busy with, or held up by, at a moment: the question behind "where did the time go".

Every moment is divided wholly among the causes, so the seconds of all causes add up to the driven time.
"""

from collections.abc import Iterator

from prodigy_tui.events.state import RunState
from prodigy_tui.report.figures import Cause


class Held:
    """How many agents and steps wait for a provider; counted anew only when that has changed."""

    def __init__(self) -> None:
        self._known = RunState().held
        self.quota = 0
        self.turn = 0
        self.agents = 0
        """Items among them."""

    def look(self, state: RunState) -> None:
        """Takes in the present state."""
        if state.held is self._known:
            return
        self._known = state.held
        self.quota = self.turn = self.agents = 0
        for held in state.held.values():
            self.agents += held.item_id is not None
            if held.by == "quota":
                self.quota += len(held.paths)
            else:
                self.turn += len(held.paths)


def agents_waiting_for_budget(state: RunState) -> int:
    """Returns how many items have a step that waits for money or tokens."""
    waiting = state.spending.waiting
    return len({one.item_id for one in waiting.values() if one.item_id is not None}) if len(waiting) else 0


def map_runs(state: RunState) -> bool:
    """Tells whether the map is under way."""
    phase = state.phases.get("map")
    return phase is not None and phase.status == "running"


def slots_are_short(state: RunState) -> bool:
    """Tells whether items wait to start and every slot is taken."""
    return state.counts.pending > 0 and state.counts.running >= state.max_parallel


def causes(state: RunState, held: Held) -> Iterator[tuple[Cause, float]]:
    """Yields what a moment goes into, with the part of it; the parts add up to 1."""
    if map_runs(state):
        yield from _of_map(state, held)
    else:
        yield _elsewhere(state), 1.0


def _elsewhere(state: RunState) -> Cause:
    """Outside of the map one thing goes on at a time."""
    if state.disk is not None:
        return "disk"
    if len(state.held):
        return "provider"
    if len(state.spending.waiting):
        return "budget"
    if len(state.gates):
        return "person"
    if state.verification is not None:
        return "verify"
    if state.resolution is not None:
        return "resolve"
    phase = state.phases.get(state.phase) if state.phase is not None else None
    if phase is not None and phase.status == "running":
        return phase.phase if phase.phase != "map" else "other"
    if state.paused:
        return "paused"
    return "landing" if state.landing_started is not None or state.candidate is not None else "other"


def _of_map(state: RunState, held: Held) -> Iterator[tuple[Cause, float]]:
    running = state.counts.running
    if not running:
        yield _of_map_at_rest(state), 1.0
        return
    for_provider = min(held.agents, running)
    for_budget = min(agents_waiting_for_budget(state), running - for_provider)
    if for_provider:
        yield "provider", for_provider / running
    if for_budget:
        yield "budget", for_budget / running
    if working := running - for_provider - for_budget:
        yield _of_agents(state), working / running


def _of_agents(state: RunState) -> Cause:
    """Agents are at work."""
    if not state.counts.pending and not state.counts.retrying:
        return "tail"
    return "agents" if state.counts.running >= state.max_parallel else "start"


def _of_map_at_rest(state: RunState) -> Cause:
    """No agent is at work."""
    if state.disk is not None:
        return "disk"
    if state.verification is not None:
        return "verify"
    if state.resolution is not None:
        return "resolve"
    if state.counts.merging and not state.merges_held:
        return "merging"
    if state.paused:
        return "paused"
    if len(state.gates):
        return "person"
    if state.breaker.until is not None:
        return "breaker"
    if state.counts.retrying:
        return "retry"
    return "start" if state.counts.pending else "other"
