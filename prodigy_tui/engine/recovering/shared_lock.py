"""The lock of the packed refs, which a git command of ours that was killed may have left: the only shared one we break.

Everybody's git needs it, the user's too, so it goes only where all speaks for a dead owner that was ours: the process
that drove the run did not give the run back, the file is from its time, no git may be at work in the repository, and it
has been there for longer than anybody holds it. In doubt it stays; what needs it then fails, and names the file.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from prodigy_tui.engine.run_context import RunContext
from prodigy_tui.engine.threads import in_thread
from prodigy_tui.events.schema import Envelope, LogRecovered, WarningRaised
from prodigy_tui.git.administration import list_worktrees
from prodigy_tui.git.repair import SharedLock, remove_shared_lock, shared_lock
from prodigy_tui.git.repo import Repository
from prodigy_tui.process.users import may_be_at_work
from prodigy_tui.storage.owner import LockOwner

LEAST_AGE_S: Final = 10.0
"""Git holds it for as long as it takes to write the file anew."""
_APART_S: Final = 0.1
"""How far the clock that says when it was made may fall behind the one that is slept by."""
AFTERWARDS: Final = timedelta(seconds=60)
"""How long after its last event a process of ours may have had a git command make it."""


async def free_shared_lock(run: RunContext, left_by: LockOwner | None, history: Sequence[Envelope]) -> None:
    """Removes the lock where it is proven stale, and says so; waits until it is old enough for that."""
    found = await in_thread(lambda: shared_lock(run.repository))
    if found is None or not is_of_the_dead(found.made, left_by, history):
        return
    await run.clock.sleep(min(LEAST_AGE_S, wait_s(found.made, run.clock.now())) + _APART_S)
    await in_thread(
        lambda: remove_if_nobody_is_there(run.repository, found, run.clock.now()), lambda said: _warn(run, said)
    )


def is_of_the_dead(made: datetime, left_by: LockOwner | None, history: Sequence[Envelope]) -> bool:
    """Tells whether a file is from the time of the process that died with the run."""
    told = (envelope.at for envelope in reversed(history) if not isinstance(envelope.event, LogRecovered))
    last = next(told, None)
    return left_by is not None and last is not None and left_by.started <= made <= last + AFTERWARDS


def wait_s(made: datetime, now: datetime) -> float:
    """Returns how long a lock has to be left alone still."""
    return max(0.0, LEAST_AGE_S - (now - made).total_seconds())


def remove_if_nobody_is_there(repo: Repository, found: SharedLock, now: datetime) -> str:
    """Removes a lock of the dead unless somebody may hold it by now; returns what a person should know. Blocking."""
    if wait_s(found.made, now) > 0:
        return ""
    places = (repo.common_dir, repo.top, *(one.path for one in list_worktrees(repo)))
    if may_be_at_work("git", places) or not remove_shared_lock(repo, found):
        return ""
    return f"{found.path}, which a git command of the run had left when it was killed, is removed"


def _warn(run: RunContext, said: str) -> None:
    if said:
        run.journal.record(WarningRaised(message=said))
