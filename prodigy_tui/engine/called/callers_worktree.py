"""A called run works in its caller's worktree: it takes what is there as its own, and brings it forward in the end."""

from prodigy_tui.agents.oneline import one_line
from prodigy_tui.engine.artifacts import write_leftover
from prodigy_tui.engine.phases import WORKTREE_TROUBLE, sync_run_worktree
from prodigy_tui.engine.run_context import RunContext
from prodigy_tui.engine.threads import in_thread
from prodigy_tui.engine.tip_ref import place_tip
from prodigy_tui.errors import ExitCode, ProdigyError
from prodigy_tui.events.schema import LandingFinished, WarningRaised, WorktreeCreated
from prodigy_tui.git.inspect import head
from prodigy_tui.git.merge import Conflict, Merged, merge
from prodigy_tui.git.messages import TRAILER_RUN, with_trailers
from prodigy_tui.git.refs import contains
from prodigy_tui.git.sync import follow
from prodigy_tui.ids import Oid


class CannotGoOn(ProdigyError):
    """What a called run has made does not fit to what its caller has committed since."""

    exit_code = ExitCode.FAILED


async def take_worktree(run: RunContext) -> None:
    """Begins where the caller stands; a run that is taken up again, with what it has made on top.

    Raises:
        CannotGoOn: the two conflict.
    """
    base, is_behind = await in_thread(lambda: _base(run))
    run.journal.record(WorktreeCreated(name="run", path=str(run.run_worktree), branch=run.run_branch, base=base))
    await run.journal.durable()
    warning = await in_thread(lambda: _take(run, base, bring=is_behind))
    if warning is not None:
        run.journal.record(warning)


def _base(run: RunContext) -> tuple[Oid, bool]:
    """Returns where the run begins, and whether the caller's worktree has to be brought there first."""
    worktree, tip = run.run_worktree, Oid(run.state.tip)
    at = head(worktree)
    if contains(worktree, at, tip):
        return at, False
    if contains(worktree, tip, at):
        return tip, True
    message = with_trailers(f"Merge {one_line(run.state.workflow, 60)}", {TRAILER_RUN: run.run_id})
    match merge(worktree, at, tip, message):
        case Merged(commit=commit):
            return commit, True
        case Conflict(paths=paths):
            raise CannotGoOn(f"what {run.run_id} has made conflicts with its caller in {', '.join(paths[:3])}")
        case _:
            return at, False


def _take(run: RunContext, base: Oid, *, bring: bool) -> WarningRaised | None:
    saved: list[str] = []
    if bring:
        follow(
            run.run_worktree,
            base,
            lambda patch: saved.append(write_leftover(run.folder, f"run/{base[:12]}", run.masker.bytes(patch))),
        )
    place_tip(run, base)
    if not saved:
        return None
    return WarningRaised(code="PT612", message=f"uncommitted changes in the caller's worktree are kept as {saved[0]}")


async def hand_over(run: RunContext) -> None:
    """Brings the caller's worktree and branch to what the run has made; that is its landing."""
    tip, target = Oid(run.state.tip), run.run_branch
    try:
        warning = await in_thread(lambda: sync_run_worktree(run, tip))
    except WORKTREE_TROUBLE as error:
        run.journal.record(LandingFinished(status="refused", target=target, message=str(error)))
        return
    if warning is not None:
        run.journal.record(warning)
    if tip == run.state.base:
        run.journal.record(LandingFinished(status="nothing", target=target, message="there is nothing to hand over"))
    else:
        run.journal.record(LandingFinished(status="landed", target=target, commit=tip))
