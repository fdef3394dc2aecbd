"""Taking up a run that another process drove: what the log leaves in doubt is settled by looking at git.

    agent under way     → interrupted; its item waits for a new attempt
    step under way      → interrupted; it runs again
    merge under way     → the tip ref tells whether it happened
    landing under way   → the target tells whether it happened
    commits lost by git → what made them is done again
    refs, worktrees     → stand again where the log says

Strays of the dead process are ended first, so that nothing writes into a worktree that is about to be used again. Its
git commands are waited for: one of them may be landing. What is decided is in `recovering`, one room a kind of thing;
there everything but `mend_worktrees` only reads, so that what a resume would do can be said without doing it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from prodigy_tui.engine.decisions.outcome import superfluous_worktrees
from prodigy_tui.engine.recovering.agents import interrupted
from prodigy_tui.engine.recovering.forgotten import forgotten_results
from prodigy_tui.engine.recovering.landing import settled_landing, taken_back
from prodigy_tui.engine.recovering.look import Look
from prodigy_tui.engine.recovering.lost import lost_work
from prodigy_tui.engine.recovering.merges import settled_merges
from prodigy_tui.engine.recovering.refs import refs_to_put
from prodigy_tui.engine.recovering.worktrees import NOTES, gone_worktrees, mend_worktrees, trouble_of
from prodigy_tui.engine.run_context import RunContext
from prodigy_tui.engine.worktrees.housekeeping import delete_branches
from prodigy_tui.errors import ExitCode, ProdigyError
from prodigy_tui.events.schema import (
    AgentInterrupted,
    Envelope,
    KnownEvent,
    StepInterrupted,
    WarningRaised,
)
from prodigy_tui.git.deleting import delete
from prodigy_tui.git.repair import put_ref, remove_empty_objects, remove_stale_locks
from prodigy_tui.git.run import STARTED_BY
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


def settlements(look: Callable[[], Look]) -> Iterator[KnownEvent]:
    """Yields what the log lacks. Each event has to be taken into the state that `look` shows before the next.

    Raises:
        NotResumable: so much is gone that nothing can be built upon the rest.
    """
    yield from interrupted(look())
    yield from settled_merges(look())
    yield from settled_landing(look())
    yield from lost_work(look())
    yield from forgotten_results(look())


def recover(run: RunContext, dead: str | None, history: Sequence[Envelope], *, landing_only: bool = False) -> Recovered:
    """Closes everything that was under way. Blocking; the caller holds the run's lock.

    Args:
        run: The run.
        dead: How git commands of the process are marked that held the lock and did not give it back, if there was one.
        history: The log so far.
        landing_only: No steps but those of the landing are to come.

    Raises:
        GitAtWork: a git command of the dead process has not ended.
        NotResumable: so much is gone that nothing can be built upon the rest.
        GitFailed: the repository is damaged.
    """
    strays = sum(kill_strays_of(f"{run_id}:") for run_id in (run.run_id, *run.state.open_calls.values()))
    if dead is not None and not wait_for_orphans(STARTED_BY, dead, GIT_PATIENCE_S):
        who = dead.partition(":")[0]
        raise GitAtWork(f"a git command that process {who} started is still at work", hint="resume when it has ended")
    _empty_scratch(run)
    remove_stale_locks(run.repository, run.worktrees.root, run.run_id)

    known = list(history)

    def look() -> Look:
        return Look(
            state=run.state,
            history=known,
            repository=run.repository,
            worktrees=run.folder.worktrees,
            workflow=None if landing_only else run.workflow,
        )

    settled, half = [], look()
    for event in settlements(look):
        known.append(run.journal.record(event))
        settled.append(event)
    if settled:  # the end was no clean one; it may have been a loss of power
        remove_empty_objects(run.repository)
    for note in (*taken_back(half), *_mended(run, look())):
        run.journal.record(WarningRaised(message=note))
    for event in gone_worktrees(run):
        run.journal.record(event)
    _clean_up(run)
    ended = sum(1 for event in settled if isinstance(event, AgentInterrupted | StepInterrupted))
    return Recovered(strays=strays, interrupted=ended)


def _mended(run: RunContext, look: Look) -> Iterator[str]:
    """Puts refs and worktrees right; yields what a person should know."""
    trouble, puts = trouble_of(look), tuple(refs_to_put(look))
    for put in puts:
        put_ref(run.repository, put.ref, put.commit)
    mend_worktrees(run, look, trouble)
    yield from (put.note for put in puts if put.note)
    if trouble is not None and NOTES[trouble]:
        yield NOTES[trouble]


def _empty_scratch(run: RunContext) -> None:
    """Takes away what steps of a dead process were writing for the engine, whatever they have made of it."""
    run.folder.scratch.mkdir(mode=0o700, exist_ok=True)
    for entry in run.folder.scratch.iterdir():
        delete(entry)


def _clean_up(run: RunContext) -> None:
    """Finishes a clean-up that was cut short when only branches were left of it."""
    state = run.state
    if state.ended_at is None and state.landing is not None and not superfluous_worktrees(state):
        delete_branches(run)
