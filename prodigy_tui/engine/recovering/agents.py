"""What was at work when a process died: agents and steps, which begin anew; called runs go on. Pure."""

from collections.abc import Iterator

from prodigy_tui.engine.recovering.look import Look
from prodigy_tui.events.schema import AgentInterrupted, CalledRunFinished, KnownEvent, StepInterrupted


def interrupted(look: Look) -> Iterator[KnownEvent]:
    """Yields the ends of all agents, steps and called runs that have none."""
    state = look.state
    for item_id in tuple(state.slots.values()):
        yield AgentInterrupted(item_id=item_id, attempt=state.items[item_id].attempt)
    for phase in state.phases.values():
        for record in phase.steps.values():
            if record.status == "running":
                yield StepInterrupted(phase=phase.phase, path=record.path)
    for call in state.calls.values():
        if call.status == "running":
            yield CalledRunFinished(run_id=call.run_id, status="interrupted", dead=call.dead)
