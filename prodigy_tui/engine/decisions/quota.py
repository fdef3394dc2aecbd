"""When waiting for a provider makes no sense any more (language 6.7): pure functions of workflow, state and time."""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from typing import Final

from prodigy_tui.engine.decisions.actions import (
    Action,
    Effect,
    RunPhase,
    StartAgent,
    StopAgent,
    StopEverything,
    StopPhase,
)
from prodigy_tui.engine.decisions.limits_of_time import run_deadline
from prodigy_tui.errors import ExitCode
from prodigy_tui.events.schema import StopDecided
from prodigy_tui.events.state import RunState
from prodigy_tui.workflow.model import Workflow

FAR: Final = timedelta(hours=6)
"""Nobody being there, a run does not wait longer for a provider."""


def too_far(workflow: Workflow, state: RunState, now: datetime) -> StopDecided | None:
    """Returns the stop of a run of which a step waits for a provider that answers too late again, or `None`."""
    if not state.held:
        return None
    far = _far(workflow, state, now)
    for held in state.held.values():
        if held.provider in far:
            until = state.limited[held.provider]
            message = f"the quota of {held.provider} begins anew at {until:%Y-%m-%d %H:%M} UTC, {far[held.provider]}"
            return StopDecided(message=message, exit_code=ExitCode.QUOTA)
    return None


def end_held(workflow: Workflow, state: RunState, busy: AbstractSet[Effect], now: datetime) -> Iterator[Action]:
    """Ends the steps of a run that stops which would wait too long; they go on when it is taken up again."""
    if not state.held:
        return
    far = _far(workflow, state, now)
    for held in state.held.values():
        if held.provider not in far:
            continue
        if any(isinstance(effect, StartAgent) and effect.item_id == held.item_id for effect in busy):
            yield StopAgent(held.item_id or "")
        elif RunPhase(held.phase) in busy:
            yield StopPhase(held.phase)
        elif busy:  # it is part of something that is ended as a whole: a merge, a landing, a canary's gate
            yield StopEverything(at_once=False)


def _far(workflow: Workflow, state: RunState, now: datetime) -> dict[str, str]:
    """Returns the providers that answer too late again, and what that means."""
    deadline = run_deadline(workflow, state)
    found: dict[str, str] = {}
    for provider, until in state.limited.items():
        if deadline is not None and until > deadline:
            found[provider] = "after the end of the run's timeout"
        elif not state.attended and until - now > FAR:
            found[provider] = f"in more than {FAR.total_seconds() / 3600:g} hours"
    return found
