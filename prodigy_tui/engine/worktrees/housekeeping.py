"""What a run makes before its first step and removes after its last."""

import asyncio
from functools import partial

from prodigy_tui.agents.oneline import one_line
from prodigy_tui.engine.called.callers_worktree import take_worktree
from prodigy_tui.engine.decisions.outcome import superfluous_worktrees
from prodigy_tui.engine.merging.landed import landed_at, start_of_run_branch
from prodigy_tui.engine.phases import sync_run_worktree
from prodigy_tui.engine.run_context import RunContext
from prodigy_tui.engine.threads import in_thread
from prodigy_tui.engine.tip_ref import place_tip
from prodigy_tui.engine.worktrees.discarded import forget_branches
from prodigy_tui.engine.worktrees.worktree_contents import make_run_worktree
from prodigy_tui.errors import ProdigyError
from prodigy_tui.events.schema import RunTidied, WarningRaised, WorktreeCreated, WorktreeLeft, WorktreeRemoved
from prodigy_tui.git.refs import contains, move_ref, read_ref
from prodigy_tui.git.repo import NotARepository, UnfinishedMerge
from prodigy_tui.git.run import GitFailed
from prodigy_tui.git.sync import Diverged
from prodigy_tui.ids import Oid


async def prepare_run(run: RunContext, target: str) -> None:
    """Makes the run branch, its private tip ref and the run worktree."""
    if run.calling is not None:
        await take_worktree(run)
        return
    base = await asyncio.to_thread(start_of_run_branch, run, target)
    run.journal.record(WorktreeCreated(name="run", path=str(run.run_worktree), branch=run.run_branch, base=base))
    await run.journal.durable()
    await in_thread(lambda: _make(run, base))


def _make(run: RunContext, base: Oid) -> None:
    make_run_worktree(run, base)
    if not move_ref(run.repository, run.tip_ref, base, None):
        place_tip(run, base)  # from where an earlier process has left it


async def clean_up(run: RunContext) -> None:
    """Removes worktrees that nobody needs, and the branches whose commits are in the run branch or have landed.

    Branches of items that failed stay: they are what a retry or a person can look at.
    """
    for made in superfluous_worktrees(run.state):
        left = None
        try:
            if run.calling is None or made.name != "run":  # a called run's own is the caller's
                left = await in_thread(partial(run.worktrees.remove, run.worktrees.root / made.name))
        except (GitFailed, OSError) as error:
            left = one_line(str(error))
        run.journal.record(WorktreeLeft(path=made.path, message=left) if left else WorktreeRemoved(path=made.path))
    await _tidy_calls(run)
    try:
        if (warning := await in_thread(lambda: delete_branches(run))) is not None:
            run.journal.record(warning)
    except GitFailed as error:
        run.journal.record(WarningRaised(message=f"branches could not be deleted: {error}"))
    for message in await in_thread(lambda: forget_branches(run.worktrees, run.state)):
        run.journal.record(WarningRaised(message=message))
    run.journal.record(RunTidied())


async def _tidy_calls(run: RunContext) -> None:
    """Takes away what is left of called runs that did not come to their end and that nobody will take up again."""
    landed = run.state.landing is not None and run.state.landing.status == "landed"
    resumable = frozenset() if landed else frozenset(run.state.open_calls.values())
    for call in run.state.calls.values():
        if call.status in ("succeeded", "running") or call.run_id in resumable:
            continue
        try:
            await run.calls.discard(call.run_id, run.run_branch, unless_done=True)
        except (ProdigyError, OSError) as error:
            message = f"the called run {call.run_id} could not be cleared away: {one_line(str(error))}"
            run.journal.record(WarningRaised(message=message))


def delete_branches(run: RunContext) -> WarningRaised | None:
    """Deletes the branches that nobody needs any more; the worktrees are gone. Blocking.

    Returns:
        What a person should know of the branch that stays.
    """
    state, warning = run.state, None
    kept = {record.branch for entry in state.items.values() if entry.status != "success" for record in entry.history}
    landed = _has_landed(run)
    if not landed:
        kept.add(state.run_branch)
        if run.calling is None:
            warning = _bring_run_branch(run)
    detach = run.worktrees.detach if state.worktrees else None
    run.worktrees.delete_all_but(kept, refs=(run.tip_ref,) if landed else (), before=detach)
    return warning


def _has_landed(run: RunContext) -> bool:
    """The target holds everything, so that nothing is lost with the run branch."""
    landing = run.state.landing
    if landing is None or landing.status not in ("landed", "nothing"):
        return False
    return landed_at(run, landing.target, Oid(run.state.tip)) is not None


def _bring_run_branch(run: RunContext) -> WarningRaised | None:
    """The branch that stays holds all that was merged; until now only the private tip did.

    Where its worktree stays in the midst of something, both stay behind, until that is finished and the run goes on.
    """
    ref, tip = f"refs/heads/{run.run_branch}", Oid(run.state.tip)
    if run.state.run_worktree:
        try:
            return sync_run_worktree(run, tip)  # its worktree stays, and has to move with it
        except (Diverged, UnfinishedMerge, NotARepository) as error:
            return WarningRaised(message=f"{run.run_branch} lacks what {run.tip_ref} has: {error}")
    before = read_ref(run.repository, ref)
    if before is None or (before != tip and contains(run.repository.common_dir, tip, before)):
        move_ref(run.repository, ref, tip, before)
    return None
