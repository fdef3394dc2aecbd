"""What became of a run, in the words that the command line, the interface and reports share. Pure."""

from prodigy_tui.events.evolve_items import BEGUN
from prodigy_tui.events.state import RunState
from prodigy_tui.wording import plural

COMMITTING = "commit in a step, give a step 'auto_commit: true', or the workflow 'uncommitted: commit'"
"""What keeps changes from being left as patches."""


def shortfalls(state: RunState) -> list[str]:
    """Returns what the result of a run lacks although nothing has failed."""
    return [told for told in (left_uncommitted(state), missed_by_reduce(state)) if told]


def landed_all_the_same(state: RunState) -> bool:
    """Tells whether a run counts as failed for nothing but the items that it left out: the rest has landed."""
    landing = state.landing
    landed = landing is not None and landing.status == "landed"
    broken = any(phase.status in ("failed", "interrupted") for phase in state.phases.values())
    return landed and state.status == "failed" and left_out(state) > 0 and not broken


def left_out(state: RunState) -> int:
    """Returns how many items have failed for good: nothing of them lands."""
    return state.final_failures + state.counts.failed


def left_uncommitted(state: RunState) -> str:
    """Returns how many items have changed files that nobody committed; empty where none has."""
    left = state.uncommitted
    if not left.items:
        return ""
    if left.without_commit == left.items:
        return f"{plural(left.items, 'item')} changed files and committed nothing"
    most = f", {left.without_commit} of them everything" if left.without_commit else ""
    return f"{plural(left.items, 'item')} left changed files uncommitted{most}"


def missed_by_reduce(state: RunState) -> str:
    """Returns that what reduce has made lacks items that were done later; empty where it lacks none."""
    reduce = state.phases.get("reduce")
    if not state.after_reduce or reduce is None or reduce.status not in BEGUN:
        return ""
    return f"reduce ran before {plural(state.after_reduce, 'item was', 'items were')} done"
