"""Removing worktrees of runs at rest: what nobody needs, and what an earlier removal has left.

Each is looked at anew under the run's lock. What it holds is safe before it goes, and the record is told afterwards: a
removal that is cut short is found by the next call, because the record still has the worktree.
"""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from prodigy_tui.clock import Clock
from prodigy_tui.engine.artifacts import write_leftover
from prodigy_tui.engine.journal_at_rest import journal_at_rest
from prodigy_tui.engine.signals import lock_owner
from prodigy_tui.engine.upkeep.inventory import Listed, open_repository, worktrees_of
from prodigy_tui.engine.upkeep.records import Record, read_record
from prodigy_tui.events.schema import WorktreeLeft, WorktreeRemoved
from prodigy_tui.git.refs import move_ref, read_ref
from prodigy_tui.git.repo import Repository
from prodigy_tui.git.run import GitFailed
from prodigy_tui.git.worktrees import Worktrees
from prodigy_tui.ids import Oid
from prodigy_tui.process import Masker
from prodigy_tui.storage.lock import RunLock
from prodigy_tui.storage.paths import RepositoryFolder, RunFolder


class Choice(Struct, frozen=True, kw_only=True):
    """Which worktrees may go."""

    wanted: Callable[[Listed], bool]
    force: bool = False
    """Those that hold unmerged work too: commits stay on their branches, what is not committed is kept as a patch."""

    def takes(self, listed: Listed) -> bool:
        verdict = listed.verdict
        return self.wanted(listed) and (verdict.removable or (self.force and not verdict.firm))


class Cleaned(Struct, frozen=True, kw_only=True):
    """What has become of one worktree."""

    listed: Listed
    removed: bool
    why: str = ""
    """Why it is still there, wholly or in part."""


def planned(record: Record, choice: Choice, *, live: bool) -> tuple[Cleaned, ...]:
    """Returns what `clean` would do. Blocking; nothing is changed. `live`: somebody else drives the run."""
    found = worktrees_of(record, open_repository(record), live=live)
    return tuple(_said(listed, choice) for listed in found if choice.wanted(listed))


def untouched(plan: Sequence[Cleaned], why: str) -> tuple[Cleaned, ...]:
    """Returns what becomes of worktrees that cannot be taken after all."""
    return tuple(replace(one, removed=False, why=one.why or why) for one in plan)


async def clean(folder: RunFolder, choice: Choice, *, clock: Clock) -> tuple[Cleaned, ...]:
    """Removes the worktrees of a run at rest that a choice takes, and deletes what earlier removals left behind.

    Raises:
        RunHeld: a process drives the run.
        LogDamaged: its record cannot be read.
    """
    with RunLock.acquire(folder.lock, lock_owner(clock)):
        record = await asyncio.to_thread(read_record, folder)
        repository = await asyncio.to_thread(open_repository, record)
        if repository is None:
            return planned(record, choice, live=False)
        worktrees = worktrees_for(record, repository)
        found = await asyncio.to_thread(partial(worktrees_of, record, repository, live=False))
        cleaned: list[Cleaned] = []
        async with journal_at_rest(folder, clock=clock) as journal:
            for listed in filter(choice.wanted, found):
                done = _said(listed, choice)
                if done.removed:
                    left = await asyncio.to_thread(_remove, record, repository, worktrees, listed)
                    done = replace(done, why=left)
                    path = _spelled(record, listed.path)
                    journal.record(WorktreeLeft(path=path, message=left) if left else WorktreeRemoved(path=path))
                cleaned.append(done)
        await asyncio.to_thread(worktrees.empty_trash)
        return tuple(cleaned)


def worktrees_for(record: Record, repository: Repository) -> Worktrees:
    """Returns what removes worktrees of a run."""
    home = RepositoryFolder(record.folder.path.parent.parent)
    return Worktrees(repository, record.folder.worktrees, home.worktree_lock, run_id=record.folder.run_id)


def _said(listed: Listed, choice: Choice) -> Cleaned:
    taken = choice.takes(listed)
    return Cleaned(listed=listed, removed=taken, why="" if taken else listed.verdict.obstacle)


def _remove(record: Record, repository: Repository, worktrees: Worktrees, listed: Listed) -> str:
    """Removes one worktree and returns why not all of it is gone. Blocking."""
    try:
        _keep(record, repository, listed)
        return worktrees.remove(listed.path) or worktrees.empty_trash()  # what an earlier call could not delete
    except (GitFailed, OSError) as error:
        return str(error)


def _keep(record: Record, repository: Repository, listed: Listed) -> None:
    """Sees to it that what a worktree holds is held by something else as well.

    The values of the run's secrets are in no record, and nobody is asked for them here (their commands might want a
    person): of the patch only tokens of known shapes are hidden. It lies where the worktree did, as private as that.
    """
    holds = listed.holdings
    if holds.patch:
        write_leftover(record.folder, f"worktrees/{listed.path.name}", Masker().bytes(holds.patch))
    if holds.unreferenced:
        ref = f"refs/prodigy/{record.state.run_id}/kept/worktrees/{listed.path.name}/{holds.head[:12]}"
        if read_ref(repository, ref) is None:
            move_ref(repository, ref, Oid(holds.head), None)


def _spelled(record: Record, path: Path) -> str:
    made = record.made.get(path)
    return made.path if made is not None else str(path)
