"""The canary (language 13.8) as a pure rule: when its items are done, what they say, and what the answer means."""

import math
from typing import Literal

from prodigy_tui.events.pace import Canary as CanaryState
from prodigy_tui.events.schema import CanaryJudged, GateAnswered, StopDecided
from prodigy_tui.events.state import RunState
from prodigy_tui.workflow.model import Canary, ErrorPolicy, MapPhase

GATE = "canary"
"""The name of its question."""

APPROVE, DENY = "approve", "deny"


def canary_size(canary: Canary | None, items: int) -> int:
    """Returns how many items go first; 0 where these would be all, so that there is nothing to wait for."""
    if canary is None:
        return 0
    wanted = canary.count if canary.count is not None else max(1, math.ceil((canary.percent or 0.0) * items))
    return wanted if wanted < items else 0


def success_ratio(canary: CanaryState) -> float:
    """Returns the part of the items that succeeded; those that a person cancelled do not count."""
    counted = canary.count - canary.cancelled
    return canary.success / counted if counted else 0.0


def is_good(rule: Canary, canary: CanaryState) -> bool:
    """Tells whether enough of the items succeeded."""
    return success_ratio(canary) >= rule.min_success


def summary(rule: Canary, canary: CanaryState) -> str:
    """Returns the figures in words."""
    needed = "" if is_good(rule, canary) else f", {rule.min_success * 100:.4g}% of them are needed"
    return f"{canary.success} of {canary.count} canary items succeeded{needed}"


def canary_change(
    phase: MapPhase, policy: ErrorPolicy, state: RunState
) -> CanaryJudged | GateAnswered | StopDecided | Literal["ask"] | None:
    """Returns what is to be recorded about the canary now, "ask" where its gate has to judge it, else `None`."""
    canary = state.canary
    if canary is None or canary.status == "passed":
        return None
    if canary.status == "refused":
        code = "PT650" if canary.denied else "PT620"
        return StopDecided(code=code, message=f"stopped by the canary: {canary.message}", running=policy.on_stop)
    if canary.done < canary.count:
        return None
    rule = phase.canary or Canary()
    answer = state.answers.get(GATE)
    if answer is not None:
        message = f"{answer.by} answered {answer.answer}{f': {answer.note}' if answer.note else ''}"
        return CanaryJudged(passed=answer.answer == APPROVE, denied=answer.answer != APPROVE, message=message)
    good = is_good(rule, canary)
    if GATE in state.gates and not state.settings.yes:
        return None
    if GATE in state.gates and good:  # asked by an earlier process, and the person who resumed the run said -y
        return GateAnswered(gate=GATE, answer=APPROVE, by="option")
    if rule.gate == "auto" or (not good and (rule.gate == "steps" or state.settings.yes)):
        return CanaryJudged(passed=good, message=summary(rule, canary))
    return "ask"
