"""The run's worktree before its result lands: at the tip, and what nobody has committed in it settled."""

from msgspec import Struct

from prodigy_tui.engine.phases import sync_run_worktree
from prodigy_tui.engine.run_context import RunContext
from prodigy_tui.engine.tip_ref import place_tip
from prodigy_tui.engine.worktrees.leftovers import settle_leftovers
from prodigy_tui.engine.worktrees.worktree_contents import made_in_run
from prodigy_tui.events.schema import KnownEvent, LeftoversCommitted, WarningRaised
from prodigy_tui.events.values import Failure
from prodigy_tui.ids import Oid


class SettledWorktree(Struct, frozen=True, kw_only=True):
    """What was done."""

    events: tuple[KnownEvent, ...]
    failure: Failure | None
    """Why nothing may land: what was left over is not allowed to be."""


def settle_run_worktree(run: RunContext) -> SettledWorktree:
    """Brings the run worktree up to date and settles what nobody committed in it. Blocking."""
    events = list[KnownEvent]()
    known = Oid(run.state.tip)
    warning = sync_run_worktree(run, known)
    if warning is not None:
        events.append(warning)
    left = settle_leftovers(
        run,
        run.run_worktree,
        policy=run.workflow.uncommitted,
        artifact="run",
        of=run.run_id,
        exclude=run.input_files | made_in_run(run),
    )
    if left.head != known:
        place_tip(run, left.head)
        events.append(LeftoversCommitted(commit=left.head))
    if left.patch is not None:
        message = f"uncommitted changes of the run are kept as {left.patch}"
        events.append(WarningRaised(code="PT612", message=message))
    return SettledWorktree(events=tuple(events), failure=left.failure)
