"""Taking up a run that another process drove: what the log leaves in doubt is settled by looking at git.

    agent under way     → interrupted; its item waits for a new attempt
    step under way      → interrupted; it runs again
    merge under way     → the tip ref tells whether it happened
    landing under way   → the target tells whether it happened
    commits lost by git → what made them is done again
    refs, worktrees     → stand again where the log says

Strays of the dead process are ended first, so that nothing writes into a worktree that is about to be used again. Its
git commands are waited for: one of them may be landing. What is decided is in `recovering`, one room a kind of thing;
there everything but `mend_worktrees` and `shared_lock` only reads, so that what a resume would do can be said without
doing it.

All that blocks is done in threads, one piece after the other: the loop may drive other runs, and has to hear who wants
this to end. Events are recorded on the loop, to which the journal belongs.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence

from msgspec import Struct

from prodigy_tui.engine.decisions.outcome import superfluous_worktrees
from prodigy_tui.engine.recovering.agents import interrupted
from prodigy_tui.engine.recovering.forgotten import forgotten_results
from prodigy_tui.engine.recovering.landing import settled_landing, taken_back
from prodigy_tui.engine.recovering.look import Look
from prodigy_tui.engine.recovering.lost import lost_work
from prodigy_tui.engine.recovering.merges import settled_merges
from prodigy_tui.engine.recovering.refs import refs_to_put
from prodigy_tui.engine.recovering.shared_lock import free_shared_lock
from prodigy_tui.engine.recovering.worktrees import NOTES, gone_worktrees, mend_worktrees, trouble_of
from prodigy_tui.engine.run_context import RunContext
from prodigy_tui.engine.threads import in_thread
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
from prodigy_tui.storage.owner import LockOwner, this_boot

GIT_PATIENCE_S = 60.0
"""How long git commands of a dead process may take to end."""
_BREATH_S = 0.25
"""How long nobody is heard who wants this to end."""


class GitAtWork(ProdigyError):
    """Something that nobody can wait for any longer uses the repository for this run."""

    exit_code = ExitCode.HELD


class Recovered(Struct, frozen=True, kw_only=True):
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


async def recover(
    run: RunContext, left_by: LockOwner | None, history: Sequence[Envelope], *, landing_only: bool = False
) -> Recovered:
    """Closes everything that was under way; the caller holds the run's lock.

    It can be cancelled: whatever it has not come to is done by the next one.

    Args:
        run: The run.
        left_by: The process that held the lock and did not give it back, if there was one.
        history: The log so far.
        landing_only: No steps but those of the landing are to come.

    Raises:
        GitAtWork: a git command of the dead process has not ended.
        NotResumable: so much is gone that nothing can be built upon the rest.
        GitFailed: the repository is damaged.
    """
    strays = await in_thread(lambda: _kill_strays(run))
    await _wait_for_git(left_by)
    await in_thread(lambda: _empty_scratch(run))
    await in_thread(lambda: remove_stale_locks(run.repository, run.worktrees.root, run.run_id))
    await free_shared_lock(run, left_by, history)

    known = list(history)

    def look() -> Look:
        return Look(
            state=run.state,
            history=known,
            repository=run.repository,
            worktrees=run.folder.worktrees,
            workflow=None if landing_only else run.workflow,
        )

    def warn(notes: Iterable[str]) -> None:
        for note in notes:
            run.journal.record(WarningRaised(message=note))

    settled, half = list[KnownEvent](), look()
    async for event in _one_by_one(look):
        if not settled:
            # The end was no clean one; it may have been a loss of power. Later the log would not tell that any more.
            await in_thread(lambda: remove_empty_objects(run.repository))
        known.append(run.journal.record(event))
        settled.append(event)
    await in_thread(lambda: tuple(taken_back(half)), warn)
    await _mend(run, look(), warn)
    for gone in await in_thread(lambda: tuple(gone_worktrees(run))):
        run.journal.record(gone)
    await in_thread(lambda: _clean_up(run))
    ended = sum(1 for event in settled if isinstance(event, AgentInterrupted | StepInterrupted))
    return Recovered(strays=strays, interrupted=ended)


def _kill_strays(run: RunContext) -> int:
    """Ends what the dead process has left at work, also in the runs that this one has called and they in turn."""
    return sum(kill_strays_of(f"{run_id}:") for run_id in (run.run_id, *run.calls.open_below(run.state)))


async def _wait_for_git(left_by: LockOwner | None) -> None:
    """Waits for the git commands of a dead process; after a restart of the machine there can be none.

    Raises:
        GitAtWork: one of them does not end.
    """
    if left_by is None or left_by.boot != this_boot():
        return
    for _ in range(int(GIT_PATIENCE_S / _BREATH_S)):
        if await in_thread(lambda: wait_for_orphans(STARTED_BY, left_by.mark, _BREATH_S)):
            return
    raise GitAtWork(
        f"a git command that process {left_by.pid} started is still at work", hint="resume when it has ended"
    )


async def _one_by_one(look: Callable[[], Look]) -> AsyncIterator[KnownEvent]:
    """Yields the settlements, looked for off the loop."""
    events = settlements(look)

    def following() -> KnownEvent | None:
        nonlocal events
        try:
            return next(events, None)
        except BaseException:
            events = settlements(look)  # one that has failed yields no more; this may be tried again
            raise

    while (event := await in_thread(following)) is not None:
        yield event


async def _mend(run: RunContext, look: Look, warn: Callable[[Iterable[str]], None]) -> None:
    """Puts refs and worktrees right, and says what a person should know."""
    trouble, puts = await in_thread(lambda: (trouble_of(look), tuple(refs_to_put(look))))

    def mend() -> tuple[str, ...]:
        for put in puts:
            put_ref(run.repository, put.ref, put.commit)
        mend_worktrees(run, look, trouble)
        return (*(put.note for put in puts if put.note), *([NOTES[trouble]] if trouble and NOTES[trouble] else []))

    await in_thread(mend, warn)


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
