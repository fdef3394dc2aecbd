"""Tidying up behind dead letters that were discarded while nobody drove their run: worktrees first, then branches."""

import asyncio
from functools import partial

from prodigy_tui.clock import Clock
from prodigy_tui.engine.signals import lock_owner
from prodigy_tui.engine.upkeep.cleaning import Choice, clean, worktrees_for
from prodigy_tui.engine.upkeep.inventory import open_repository
from prodigy_tui.engine.upkeep.records import read_record
from prodigy_tui.engine.worktrees.discarded import forget_branches
from prodigy_tui.events.state import RunState
from prodigy_tui.storage.lock import RunLock
from prodigy_tui.storage.paths import RunFolder


async def tidy_discarded(folder: RunFolder, state: RunState, *, clock: Clock) -> tuple[str, ...]:
    """Removes what is kept of discarded items in git, and returns what had to stay, and why.

    What somebody has changed in a worktree since is kept as a patch of the run.

    Raises:
        RunHeld: a process drives the run.
        LogDamaged: its record cannot be read.
    """
    choice = Choice(wanted=lambda listed: listed.item_id in state.discarded, force=True)
    cleaned = await clean(folder, choice, clock=clock)
    stays = tuple(f"worktree {one.listed.path} stays: {one.why}" for one in cleaned if one.why)
    with RunLock.acquire(folder.lock, lock_owner(clock)):
        record = await asyncio.to_thread(read_record, folder)
        repository = await asyncio.to_thread(open_repository, record)
        if repository is None:
            return stays or ("branches of discarded items stay: the repository is not there",)
        worktrees = worktrees_for(record, repository)
        return (*stays, *await asyncio.to_thread(partial(forget_branches, worktrees, record.state)))
