"""A clean worktree at a commit that is on no branch: where candidates of merges are looked at and worked on.

One per purpose; it is made at its first use, reset at every other, and removed with the rest when the run ends. Its
HEAD is detached, so that whatever is committed there is nobody's until the caller takes it.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from prodigy_tui.engine.run_context import RunContext
from prodigy_tui.engine.threads import in_thread
from prodigy_tui.events.schema import WorktreeCreated
from prodigy_tui.ids import Oid


@asynccontextmanager
async def candidate_worktree(run: RunContext, name: str, commit: Oid) -> AsyncIterator[Path]:
    """Gives the run's worktree `name`, clean at `commit`. One user at a time.

    Raises:
        GitFailed: it cannot be made.
    """
    path = run.folder.worktrees / name
    if str(path) not in run.state.worktrees:
        run.journal.record(WorktreeCreated(name=name, path=str(path), branch="", base=commit))
        await run.journal.durable()
    await in_thread(lambda: run.worktrees.reset(path, None, commit))
    yield path
