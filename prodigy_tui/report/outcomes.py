"""How many items came to what, in the words of the summary."""

from prodigy_tui.events.state import RunState
from prodigy_tui.report.figures import Outcomes


def outcomes(state: RunState) -> Outcomes:
    """Returns the counts; those from `succeeded` to `pending` add up to `total`."""
    counts = state.counts
    return Outcomes(
        total=counts.total,
        succeeded=counts.success,
        failed=counts.dead + counts.failed,
        skipped=counts.skipped,
        suspect=counts.suspect,
        cancelled=counts.cancelled,
        pending=counts.pending + counts.running + counts.waiting + counts.merging + counts.retrying,
        dead_lettered=counts.dead,
        merged=state.merged,
    )
