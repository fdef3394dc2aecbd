"""The queue that merges finished agents into the run branch (language 16.2, 16.4).

First finished, first merged, in the object store: the private tip ref moves by compare-and-swap from the commit that
`merge_started` names, or from one that the same batch has verified since. So after a crash the ref itself tells which
merges have happened.

Where nothing has to run, a merge is one blocking call in one thread of its own: ten awaits a merge would fall behind a
busy loop. Otherwise `batch` does the work.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import assert_never

from msgspec.structs import replace

from prodigy_tui.engine.decisions.actions import MergeItems
from prodigy_tui.engine.decisions.batches import stop_of_conflict
from prodigy_tui.engine.merging.batch import MergeBatch, give_back
from prodigy_tui.engine.merging.tip import catch_up, merge_message, move_tip
from prodigy_tui.engine.recovering.look import Look
from prodigy_tui.engine.recovering.merges import settled_merges
from prodigy_tui.engine.run_context import RunContext
from prodigy_tui.engine.steps.step_runner import StepRunner
from prodigy_tui.engine.threads import in_thread
from prodigy_tui.engine.worktrees.worktree_contents import make_run_worktree
from prodigy_tui.events.schema import MergeFinished, MergeStarted, WarningRaised
from prodigy_tui.events.state import RunState
from prodigy_tui.git.merge import Conflict, Contained, Merged, steers_merges
from prodigy_tui.git.open_merge import OpenMerge
from prodigy_tui.ids import Oid
from prodigy_tui.workflow.model import MergePhase


class MergeQueue:
    """The one consumer of finished agents."""

    def __init__(self, run: RunContext, steps: StepRunner) -> None:
        self._run = run
        self._steps = steps
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="merge")
        self._open = OpenMerge(run.repository, run.run_worktree)
        self._carried: tuple[MergeStarted, ...] = ()
        """What was carried out last."""
        self._is_behind = True
        """The run's worktree may lack attributes that the tip has."""

    def close(self) -> None:
        self._thread.shutdown(wait=True)
        self._open.close()

    def rest(self) -> None:
        """Has the thread end its git processes: others go on in the run's worktree. The next merge starts new ones."""
        self._thread.submit(self._open.close)

    def start(self, action: MergeItems) -> tuple[MergeStarted, ...]:
        """Returns the events that must be on disk before `carry` moves the tip."""
        state = self._run.state
        entries = [state.items[item_id] for item_id in action.item_ids]
        return tuple(
            MergeStarted(item_id=entry.item.id, attempt=entry.attempt, head=entry.head, onto=state.tip)
            for entry in entries
        )

    async def carry(self, started: tuple[MergeStarted, ...]) -> None:
        """Merges the branches, and records what has become of each.

        Called again after trouble with the disk it only settles what the first time has left open.
        """
        again, self._carried = self._carried is started, started
        if again:
            await self._settle()
            return
        try:
            await self._run.journal.durable()
            await self._catch_up(Oid(started[0].onto))
        except asyncio.CancelledError:
            give_back(self._run)
            raise
        if len(started) > 1 or not is_plain(self._run.settled.merge):
            await MergeBatch(self._run, self._steps, started).carry()
            return
        loop = asyncio.get_running_loop()
        merging = loop.run_in_executor(self._thread, merge_started, self._run, self._open, self._run.state, started[0])
        try:
            await asyncio.shield(merging)
        finally:
            self._record(*await merging)

    async def _catch_up(self, tip: Oid) -> None:
        """Sees to it, once, that merges are steered by what the tip has."""
        if self._is_behind:
            await in_thread(lambda: catch_up(self._run, tip), self._tell)
            self._is_behind = False

    async def _settle(self) -> None:
        """The ref tells what has happened; the rest is the front of the queue again."""
        run, self._is_behind = self._run, True
        look = Look(state=run.state, history=(), repository=run.repository, worktrees=run.folder.worktrees)
        for event in await in_thread(lambda: tuple(settled_merges(look))):
            run.journal.record(event)

    def _tell(self, warning: WarningRaised | None) -> None:
        if warning is not None:
            self._run.journal.record(warning)

    def _record(self, finished: MergeFinished, warning: WarningRaised | None) -> None:
        self._tell(warning)
        self._run.journal.record(finished)
        stop = stop_of_conflict(self._run.settled.merge.agents, finished)
        if stop is not None:
            self._run.journal.record(stop)


def is_plain(phase: MergePhase) -> bool:
    """Tells whether agent merges need git alone: no step runs and no policy says more than it."""
    return phase.agents.verify is None and phase.agents.conflict.action != "agent" and not phase.policies


def merge_started(
    run: RunContext, merges: OpenMerge, state: RunState, started: MergeStarted
) -> tuple[MergeFinished, WarningRaised | None]:
    """Merges and moves the tip; returns how it ended, and what a person should know. Blocking; a few milliseconds.

    Raises:
        TipMoved: the tip is not where the log says.
        GitFailed: the repository is damaged.
    """
    onto, head = Oid(started.onto), Oid(started.head)
    if not run.run_worktree.is_dir():
        make_run_worktree(run, onto)
    result = merges.merge(onto, head, merge_message(state, started))
    warning: WarningRaised | None = None
    finished = MergeFinished(item_id=started.item_id, attempt=started.attempt, status="contained", tip=onto)
    match result:
        case Contained():
            pass
        case Conflict(paths=paths, detail=detail):
            finished = replace(finished, status="conflict", conflicts=paths, detail=detail)
        case Merged(commit=commit):
            steers = steers_merges(state.items[started.item_id].files)
            warning = move_tip(run, onto, commit, follow=steers, by=merges)  # its attributes steer the next merge
            finished = replace(finished, status="merged", tip=commit)
        case _:
            assert_never(result)
    return finished, warning
