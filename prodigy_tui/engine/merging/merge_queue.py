"""The serial queue that merges finished agents into the run branch (language 16.2).

First finished, first merged, one at a time, in the object store: the private tip ref moves by compare-and-swap from the
commit that `merge_started` names. So after a crash the ref itself tells whether the merge happened. Each merge is one
blocking call in one thread of its own: ten awaits a merge would fall behind a busy loop.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import assert_never

from prodigy_tui.engine.decisions.actions import MergeItem
from prodigy_tui.engine.phases import sync_run_worktree
from prodigy_tui.engine.run_context import RunContext
from prodigy_tui.engine.worktrees.worktree_contents import make_run_worktree
from prodigy_tui.errors import ExitCode, ProdigyError
from prodigy_tui.events.schema import MergeFinished, MergeStarted
from prodigy_tui.events.state import RunState
from prodigy_tui.git.merge import Conflict, Contained, Merged, merge, steers_merges
from prodigy_tui.git.messages import TRAILER_ATTEMPT, TRAILER_ITEM, TRAILER_RUN, with_trailers
from prodigy_tui.git.refs import move_ref
from prodigy_tui.ids import Oid


class TipMoved(ProdigyError):
    """Somebody else moved the run's private ref."""

    exit_code = ExitCode.FAILED

    def __init__(self, ref: str) -> None:
        super().__init__(f"{ref} was moved by another program", hint="leave refs below prodigy/ alone, then resume")
        self.ref = ref

    def __reduce__(self) -> tuple[type["TipMoved"], tuple[str]]:
        return type(self), (self.ref,)


class MergeQueue:
    """The one consumer of finished agents."""

    def __init__(self, run: RunContext) -> None:
        self._run = run
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="merge")

    def close(self) -> None:
        self._thread.shutdown(wait=True)

    def start(self, action: MergeItem) -> MergeStarted:
        """Returns the event that must be on disk before `carry` moves the tip."""
        entry = self._run.state.items[action.item_id]
        return MergeStarted(item_id=action.item_id, attempt=entry.attempt, head=entry.head, onto=self._run.state.tip)

    async def carry(self, started: MergeStarted) -> None:
        """Merges one branch and records the outcome; once begun it is not interrupted."""
        await self._run.journal.durable()
        loop = asyncio.get_running_loop()
        merging = loop.run_in_executor(self._thread, merge_started, self._run, self._run.state, started)
        try:
            finished = await asyncio.shield(merging)
        except asyncio.CancelledError:
            self._run.journal.record(await merging)
            raise
        self._run.journal.record(finished)


def merge_started(run: RunContext, state: RunState, started: MergeStarted) -> MergeFinished:
    """Merges and moves the tip. Blocking; a few milliseconds.

    Raises:
        TipMoved: the tip is not where the log says.
        GitFailed: the repository is damaged.
    """
    onto, head = Oid(started.onto), Oid(started.head)
    if not run.run_worktree.is_dir():
        make_run_worktree(run, onto)
    result = merge(run.run_worktree, onto, head, _message(state, started))
    match result:
        case Contained():
            return MergeFinished(item_id=started.item_id, attempt=started.attempt, status="contained", tip=onto)
        case Conflict(paths=paths, detail=detail):
            return MergeFinished(
                item_id=started.item_id,
                attempt=started.attempt,
                status="conflict",
                tip=onto,
                conflicts=paths,
                detail=detail,
            )
        case Merged(commit=commit):
            if not move_ref(run.repository, run.tip_ref, commit, onto):
                raise TipMoved(run.tip_ref)
            finished = MergeFinished(item_id=started.item_id, attempt=started.attempt, status="merged", tip=commit)
            if steers_merges(state.items[started.item_id].files):
                sync_run_worktree(run, commit)  # its attributes steer the next merge
            return finished
        case _:
            assert_never(result)


def _message(state: RunState, started: MergeStarted) -> str:
    entry = state.items[started.item_id]
    trailers = {
        TRAILER_RUN: state.run_id,
        TRAILER_ITEM: started.item_id,
        TRAILER_ATTEMPT: str(started.attempt),
    }
    return with_trailers(f"Merge {entry.item.safe_id} into {state.run_branch}", trailers)
