"""What an agent has left behind: its commits, what it did not commit, and whether it may be merged (language 13.6)."""

from pathlib import Path

from msgspec.structs import replace as revised

from prodigy_tui.engine.artifacts import item_stream
from prodigy_tui.engine.disk_patience import refusal_of_disk
from prodigy_tui.engine.run_context import RunContext
from prodigy_tui.engine.worktrees.ledger import Ledger, Suspicion
from prodigy_tui.engine.worktrees.leftovers import Leftovers, Policy, settle_leftovers
from prodigy_tui.engine.worktrees.paths import outside, violation
from prodigy_tui.events.schema import AgentFinished, AgentStarted
from prodigy_tui.events.values import Failure
from prodigy_tui.git.plain_work import PlainWork
from prodigy_tui.git.run import GitFailed
from prodigy_tui.ids import Oid
from prodigy_tui.storage.trouble import DiskTrouble

FILES_LISTED = 200
"""Changed files that an event names at most."""


def inspect_attempt(
    run: RunContext, works: PlainWork, started: AgentStarted, finished: AgentFinished, ledger: Ledger | None
) -> AgentFinished:
    """Returns the end of an attempt with what its worktree shows. Blocking.

    A success may turn out to be none: changes are left that must not be, or lie where they must not. Commits that
    change nothing in all, and files outside `paths`, make it a suspect.
    """
    try:
        return _inspect(run, works, started, finished, ledger or Ledger())
    except (GitFailed, OSError, DiskTrouble) as error:
        if refusal_of_disk(error) is not None:
            raise
        failure = finished.failure or Failure(kind="worktree", message=f"the worktree cannot be read: {error}")
        return revised(finished, outcome="failed", failure=failure)


def _inspect(
    run: RunContext, works: PlainWork, started: AgentStarted, finished: AgentFinished, ledger: Ledger
) -> AgentFinished:
    worktree, base = Path(started.worktree), Oid(started.base)
    seen = works.all_in_one(worktree, base)
    if seen is not None:
        left, work = Leftovers(head=seen[0]), seen[1]
    else:
        run.worktrees.have_seen_all(worktree)
        left = _settled(run, started, finished, ledger)
        work = works.between(worktree, base, left.head)
    looked = revised(
        finished, head=left.head, commits=work.commits, files=work.files[:FILES_LISTED], leftover=left.patch
    )
    if finished.outcome != "success":
        return looked
    if left.failure is not None:
        return revised(looked, outcome="failed", failure=left.failure)
    return _judged(run, looked, work.files, ledger)


def _settled(run: RunContext, started: AgentStarted, finished: AgentFinished, ledger: Ledger) -> Leftovers:
    policy: Policy = run.workflow.uncommitted if finished.outcome == "success" else "patch"
    return settle_leftovers(
        run,
        Path(started.worktree),
        policy=policy,
        artifact=item_stream(run.state.items[started.item_id].item, started.attempt),
        of=started.item_id,
        exclude=run.input_files | ledger.made,
    )


def _judged(run: RunContext, finished: AgentFinished, files: tuple[str, ...], ledger: Ledger) -> AgentFinished:
    """Returns a success as it is, or as what nobody should merge unseen."""
    phase = run.workflow.map
    suspicions = list(ledger.suspicions)
    if phase is not None and phase.paths is not None and (beyond := outside(files, phase.paths)):
        failure = violation(beyond)
        if phase.paths.on_violation == "fail":
            return revised(finished, outcome="failed", failure=failure, outside=beyond[:FILES_LISTED])
        suspicions.append(Suspicion(message=failure.message, files=beyond))
    if finished.commits and not files:
        noun = "its commit changes" if finished.commits == 1 else f"its {finished.commits} commits change"
        suspicions.append(Suspicion(message=f"{noun} nothing in all"))
    if not suspicions:
        return finished
    beyond = tuple(sorted({file for suspicion in suspicions for file in suspicion.files}))
    message = "; ".join(suspicion.message for suspicion in suspicions)
    failure = Failure(kind="validation", code="PT613" if beyond else None, message=message, exit_code=0)
    return revised(finished, outcome="suspect", failure=failure, outside=beyond[:FILES_LISTED])
