"""What a run makes before its first step and removes after its last."""

import asyncio
from functools import partial

from prodigy_tui.engine.decisions.outcome import superfluous_worktrees
from prodigy_tui.engine.merging.landing import start_of_run_branch
from prodigy_tui.engine.phases import sync_run_worktree
from prodigy_tui.engine.run_context import RunContext
from prodigy_tui.engine.threads import in_thread
from prodigy_tui.engine.worktrees.worktree_contents import make_run_worktree
from prodigy_tui.events.schema import WarningRaised, WorktreeCreated, WorktreeRemoved
from prodigy_tui.git.refs import contains, delete_ref, move_ref, read_ref
from prodigy_tui.git.run import GitFailed
from prodigy_tui.ids import Oid


async def prepare_run(run: RunContext, target: str) -> None:
    """Makes the run branch, its private tip ref and the run worktree."""
    base = await asyncio.to_thread(start_of_run_branch, run, target)
    run.journal.record(WorktreeCreated(name="run", path=str(run.run_worktree), branch=run.run_branch, base=base))
    await run.journal.durable()
    await in_thread(lambda: _make(run, base))


def _make(run: RunContext, base: Oid) -> None:
    make_run_worktree(run, base)
    before = read_ref(run.repository, run.tip_ref)
    if before != base:
        move_ref(run.repository, run.tip_ref, base, before)


async def clean_up(run: RunContext) -> None:
    """Removes worktrees that nobody needs, and the branches whose commits are in the run branch or have landed.

    Branches of items that failed stay: they are what a retry or a person can look at.
    """
    for made in superfluous_worktrees(run.state):
        try:
            await in_thread(partial(run.worktrees.remove, run.worktrees.root / made.name))
        except (GitFailed, OSError) as error:
            run.journal.record(WarningRaised(message=f"worktree {made.path} could not be removed: {error}"))
        run.journal.record(WorktreeRemoved(path=made.path))
    try:
        await in_thread(lambda: delete_branches(run))
    except GitFailed as error:
        run.journal.record(WarningRaised(message=f"branches could not be deleted: {error}"))


def delete_branches(run: RunContext) -> None:
    """Deletes the branches that nobody needs any more; the worktrees are gone. Blocking."""
    state = run.state
    kept = {record.branch for entry in state.items.values() if entry.status != "success" for record in entry.history}
    landed = _has_landed(run)
    if not landed:
        kept.add(state.run_branch)
        _bring_run_branch(run)
    run.worktrees.delete_branches([branch for branch in run.worktrees.branches() if branch not in kept])
    if landed:
        delete_ref(run.repository, run.tip_ref)


def _has_landed(run: RunContext) -> bool:
    """The target holds everything, so that nothing is lost with the run branch."""
    landing = run.state.landing
    if landing is None or landing.status not in ("landed", "nothing"):
        return False
    target = read_ref(run.repository, f"refs/heads/{landing.target}")
    return target is not None and contains(run.repository.common_dir, target, Oid(run.state.tip))


def _bring_run_branch(run: RunContext) -> None:
    """The branch that stays holds all that was merged; until now only the private tip did."""
    ref, tip = f"refs/heads/{run.run_branch}", Oid(run.state.tip)
    if any(made.name == "run" for made in run.state.worktrees.values()):
        sync_run_worktree(run, tip)  # its worktree stays, and has to move with it
        return
    before = read_ref(run.repository, ref)
    if before is None or (before != tip and contains(run.repository.common_dir, tip, before)):
        move_ref(run.repository, ref, tip, before)
