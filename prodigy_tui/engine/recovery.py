"""Taking up a run that another process drove: what the log leaves in doubt is settled by looking at git.

    agent under way     → interrupted; its item waits for a new attempt
    step under way      → interrupted; it runs again
    merge under way     → the tip ref tells whether it happened
    landing under way   → the target tells whether it happened

Strays of the dead process are ended first, so that nothing writes into a worktree that is about to be used again. Its
git commands are waited for: one of them may be landing.
"""

from dataclasses import dataclass

from prodigy_tui.engine.merging.merge_queue import TipMoved
from prodigy_tui.engine.run_context import RunContext
from prodigy_tui.engine.worktrees.housekeeping import delete_branches
from prodigy_tui.engine.worktrees.worktree_contents import is_half_made
from prodigy_tui.errors import ExitCode, ProdigyError
from prodigy_tui.events.schema import (
    AgentInterrupted,
    LandingFinished,
    MergeFinished,
    MergeInterrupted,
    StepInterrupted,
    WorktreeRemoved,
)
from prodigy_tui.git.landing import undo_command
from prodigy_tui.git.refs import contains, move_ref, read_ref
from prodigy_tui.git.run import STARTED_BY, GitFailed
from prodigy_tui.ids import Oid
from prodigy_tui.process import kill_strays_of, wait_for_orphans

GIT_PATIENCE_S = 60.0
"""How long git commands of a dead process may take to end."""


class GitAtWork(ProdigyError):
    """Something that nobody can wait for any longer uses the repository for this run."""

    exit_code = ExitCode.HELD


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """What recovery found and did."""

    strays: int
    interrupted: int


def recover(run: RunContext, dead: int | None) -> Recovered:
    """Closes everything that was under way. Blocking; the caller holds the run's lock.

    `dead` is the process that held the lock and did not give it back, if there was one.

    Raises:
        GitAtWork: a git command of the dead process has not ended.
        TipMoved: the private ref stands where no event explains it.
        GitFailed: the repository is damaged.
    """
    strays = kill_strays_of(f"{run.run_id}:")
    if dead is not None and not wait_for_orphans(STARTED_BY, str(dead), GIT_PATIENCE_S):
        raise GitAtWork(f"a git command that process {dead} started is still at work", hint="resume when it has ended")
    _empty_scratch(run)
    run.worktrees.recover()
    interrupted = _agents(run) + _steps(run)
    _merge(run)
    _landing(run)
    _tip(run)
    if is_half_made(run):
        run.worktrees.remove(run.run_worktree)
    whole = {info.path.name for info in run.worktrees.list()}
    for path, made in run.state.worktrees.items():
        if made.name not in whole:
            run.journal.record(WorktreeRemoved(path=path))
    _clean_up(run)
    return Recovered(strays=strays, interrupted=interrupted)


def _empty_scratch(run: RunContext) -> None:
    """Takes away what steps of a dead process were writing for the engine."""
    run.folder.scratch.mkdir(mode=0o700, exist_ok=True)
    for file in run.folder.scratch.iterdir():
        file.unlink()


def _agents(run: RunContext) -> int:
    under_way = tuple(run.state.slots.values())
    for item_id in under_way:
        run.journal.record(AgentInterrupted(item_id=item_id, attempt=run.state.items[item_id].attempt))
    return len(under_way)


def _steps(run: RunContext) -> int:
    found = 0
    for phase in run.state.phases.values():
        for record in phase.steps.values():
            if record.status == "running":
                run.journal.record(StepInterrupted(phase=phase.phase, path=record.path))
                found += 1
    return found


def _merge(run: RunContext) -> None:
    started = run.state.merge
    if started is None:
        return
    tip = read_ref(run.repository, run.tip_ref)
    if tip is not None and tip != started.onto and _is_merge_of(run, tip, started.onto, started.head):
        run.journal.record(MergeFinished(item_id=started.item_id, attempt=started.attempt, status="merged", tip=tip))
    else:
        run.journal.record(MergeInterrupted(item_id=started.item_id, attempt=started.attempt))


def _is_merge_of(run: RunContext, tip: Oid, onto: str, head: str) -> bool:
    common = run.repository.common_dir
    return contains(common, tip, Oid(onto)) and contains(common, tip, Oid(head))


def _landing(run: RunContext) -> None:
    started = run.state.landing_started
    if started is None:
        return
    target = read_ref(run.repository, f"refs/heads/{started.target}")
    if (
        target is None
        or not _has(run, started.commit)
        or not contains(run.repository.common_dir, target, Oid(started.commit))
    ):
        return
    run.journal.record(
        LandingFinished(
            status="landed",
            target=started.target,
            commit=started.commit,
            undo=undo_command(run.repository, started.target, Oid(started.onto), Oid(started.commit)),
        )
    )


def _has(run: RunContext, commit: str) -> bool:
    try:
        return contains(run.repository.common_dir, Oid(commit), Oid(commit))
    except GitFailed:
        return False


def _tip(run: RunContext) -> None:
    """The private ref and the log must agree; a ref that is missing comes back, or is made with the run's worktree."""
    tip, ref = run.state.tip, read_ref(run.repository, run.tip_ref)
    if not tip or ref == tip:
        return
    if ref is None:
        if _has(run, tip) and any(made.name == "run" for made in run.state.worktrees.values()):
            move_ref(run.repository, run.tip_ref, Oid(tip), None)
        return
    if _has(run, tip) and contains(run.repository.common_dir, ref, Oid(tip)) and _is_on_run_branch(run, ref):
        return
    if _has(run, tip) and contains(run.repository.common_dir, Oid(tip), ref):
        move_ref(run.repository, run.tip_ref, Oid(tip), ref)  # the run's worktree was about to be made anew further on
        return
    raise TipMoved(run.tip_ref)


def _is_on_run_branch(run: RunContext, ref: Oid) -> bool:
    """A phase moves the tip to its last commit just before it says so; it will say so again."""
    branch = read_ref(run.repository, f"refs/heads/{run.run_branch}")
    return branch is not None and contains(run.repository.common_dir, branch, ref)


def _clean_up(run: RunContext) -> None:
    """Finishes a clean-up that was cut short when only branches were left of it."""
    state = run.state
    if state.ended_at is None and state.landing is not None and not state.worktrees:
        delete_branches(run)
