"""Removing a whole run: its worktrees, branches, private refs and folder.

First the folder is renamed away from among the runs, in one step: from then on there is no such run, nobody can take it
up, and whatever happens the next call goes on with what is left. The record is the last thing that goes.
"""

from contextlib import suppress
from typing import Final

from msgspec import Struct

from prodigy_tui.clock import Clock
from prodigy_tui.engine.signals import lock_owner
from prodigy_tui.engine.upkeep.inventory import Listed, open_repository, worktrees_of
from prodigy_tui.engine.upkeep.losses import Ref, losses, obstacles, own_refs, refs_of
from prodigy_tui.engine.upkeep.records import Record, read_record
from prodigy_tui.errors import ProdigyError
from prodigy_tui.git.administration import forget, locked
from prodigy_tui.git.deleting import delete, why_left
from prodigy_tui.git.refs import delete_ref
from prodigy_tui.git.repo import Repository
from prodigy_tui.git.run import GitFailed
from prodigy_tui.ids import Oid
from prodigy_tui.storage.append import sync_folder
from prodigy_tui.storage.lock import RunHeld, RunLock
from prodigy_tui.storage.paths import RepositoryFolder, RunFolder, make_folder
from prodigy_tui.storage.trouble import disk

REMOVED: Final = "removed"
"""The folder beside `runs` in which runs wait for the end of their removal."""


class CannotRemove(ProdigyError):
    """Something keeps a run from being removed."""


class WorkWouldBeLost(ProdigyError):
    """A run holds work that is nowhere else."""


class Doomed(Struct, frozen=True, kw_only=True):
    """A run that can be removed, and what goes with it."""

    record: Record
    repository: Repository | None
    worktrees: tuple[Listed, ...]
    refs: tuple[Ref, ...]
    lost: tuple[str, ...]
    """What is nowhere else."""

    @property
    def size(self) -> int:
        """Bytes of its worktrees."""
        return sum(one.size for one in self.worktrees)


class Removal(Struct, frozen=True, kw_only=True):
    """How far the removal of a run came."""

    run_id: str
    left: str = ""
    """Why something of it is still there; the next removal tries again."""


def doom(folder: RunFolder, *, force: bool) -> Doomed:
    """Looks at a run that is to be removed. Blocking; nothing is changed.

    Raises:
        RunHeld: it is active.
        CannotRemove: something that is not ours is in the way.
        WorkWouldBeLost: without `force`, for what it holds; a record that cannot be read may hold everything.
    """
    if RunLock.is_held(folder.lock):
        raise RunHeld(folder.run_id, RunLock.owner(folder.lock))
    return _doom(folder, force=force)


def remove_run(folder: RunFolder, *, force: bool, clock: Clock) -> tuple[Doomed, Removal]:
    """Removes a run. Blocking.

    Raises:
        RunHeld, CannotRemove, WorkWouldBeLost: as `doom`.
    """
    with RunLock.acquire(folder.lock, lock_owner(clock)):
        doomed = _doom(folder, force=force)
        return doomed, _finish(_put_aside(folder), folder)


def finish_removals(home: RepositoryFolder, *, clock: Clock) -> tuple[Removal, ...]:
    """Goes on with removals that were cut short. Blocking."""
    done: list[Removal] = []
    for path in sorted((home.path / REMOVED).glob("*")):
        folder = RunFolder(path)
        if not path.is_dir():
            continue
        with suppress(RunHeld), RunLock.acquire(folder.lock, lock_owner(clock)):  # held: another call is at it
            done.append(_finish(folder, home.run(path.name)))
    return tuple(done)


def _doom(folder: RunFolder, *, force: bool) -> Doomed:
    record = read_record(folder, as_far_as_it_goes=True)
    repository = open_repository(record)
    listed = worktrees_of(record, repository, live=False)
    refs = refs_of(record, repository) if repository is not None else ()
    line = record.damaged_at
    hint = f"its record is damaged from line {line} on: nobody can tell what it has made since" if line else ""
    for obstacle in obstacles(repository, listed, refs):
        raise CannotRemove(f"run {folder.run_id!r} is not removed: {obstacle}", hint=hint)
    lost = tuple(losses(record, repository, listed, refs))
    if lost and not force:
        raise WorkWouldBeLost(
            f"run {folder.run_id!r} holds work that is nowhere else: {'; '.join(lost)}",
            hint="--force removes it all the same",
        )
    return Doomed(record=record, repository=repository, worktrees=listed, refs=refs, lost=lost)


def _put_aside(folder: RunFolder) -> RunFolder:
    """Takes a run away from among the others, for good."""
    home = folder.path.parent.parent
    make_folder(home / REMOVED)
    with disk(folder.path, "remove"):
        aside = folder.path.rename(home / REMOVED / folder.path.name)
    sync_folder(aside.parent)
    sync_folder(folder.path.parent)
    return RunFolder(aside)


def _finish(aside: RunFolder, was: RunFolder) -> Removal:
    """Removes what is left of a run that was put aside; `was` is where it had been."""
    left = _take_from_git(aside, was) if aside.events.exists() else ""
    if not left:
        for entry in sorted(aside.path.iterdir()):
            if entry not in (aside.events, aside.lock):
                delete(entry)
                left = left or why_left(entry)
    return Removal(run_id=aside.run_id, left=left or _take_folder(aside))


def _take_from_git(aside: RunFolder, was: RunFolder) -> str:
    """Removes worktrees and refs from the repository, if there is one; returns why something is left.

    What a damaged record does not tell of stays: nobody knows whose it is.
    """
    record = read_record(aside, as_far_as_it_goes=True)
    repository = open_repository(record)
    if repository is None:
        return ""
    home = RepositoryFolder(was.path.parent.parent)
    try:
        with locked(home.worktree_lock):
            for path in record.made:
                forget(repository.common_dir, path)
        for name, commit in own_refs(record, repository):
            delete_ref(repository, name, Oid(commit))
    except (GitFailed, OSError) as error:
        return str(error)
    return ""


def _take_folder(aside: RunFolder) -> str:
    """Removes the record itself, which tells until then what else there is to remove; returns why it is left."""
    try:
        aside.events.unlink(missing_ok=True)
        aside.lock.unlink(missing_ok=True)
        aside.path.rmdir()
    except OSError as error:
        return f"{error.filename or aside.path}: {error.strerror}"
    return ""
