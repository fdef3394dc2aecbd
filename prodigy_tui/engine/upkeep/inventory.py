"""The worktrees of runs as they are found on disk and in git, each with the reason why it is there."""

import os
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from prodigy_tui.engine.upkeep.judging import Found, Verdict, judge
from prodigy_tui.engine.upkeep.records import Record, own_path
from prodigy_tui.errors import ProdigyError
from prodigy_tui.events.item_state import AttemptRecord
from prodigy_tui.git.administration import admin_folders
from prodigy_tui.git.holdings import Extent, Holdings, look_at, measure
from prodigy_tui.git.repo import Repository
from prodigy_tui.ids import RunId
from prodigy_tui.process import Masker
from prodigy_tui.process.users import processes_in
from prodigy_tui.storage.paths import RepositoryFolder, RunFolder

TRASH = ".trash"
"""Where removed worktrees wait for their deletion."""


class Listed(Struct, frozen=True, kw_only=True):
    """One worktree and what is to be said of it."""

    run_id: RunId
    name: str
    path: Path
    verdict: Verdict
    holdings: Holdings
    branch: str = ""
    item_id: str | None = None
    label: str = ""
    size: int = 0
    users: tuple[str, ...] = ()
    """Processes at work in it."""
    patch_is_kept: bool = False
    """A patch of the run has everything that is not committed in it."""


def open_repository(record: Record) -> Repository | None:
    """Returns the repository of a run; None where there is none any more, or the record does not tell which it was."""
    if not record.state.repository:
        return None
    try:
        return Repository.open(record.repository)
    except ProdigyError:
        return None


def worktrees_of(record: Record, repository: Repository | None, *, live: bool) -> tuple[Listed, ...]:
    """Returns what there is of a run's worktrees, by name; `live`: somebody else drives the run."""
    paths = sorted({*_recorded(record), *_on_disk(record.folder), *_registered(record.folder, repository)})
    users = processes_in(paths)
    return tuple(_listed(record, repository, path, users.get(path, ()), live=live) for path in paths)


def unknown_worktrees(home: RepositoryFolder, repository: Repository) -> tuple[Path, ...]:
    """Returns the worktrees of a repository below its part of the state folder that no run's record can explain."""
    runs = own_path(home.path) / "runs"
    known = {run.run_id for run in home.runs()}
    below = (path for path in admin_folders(repository.common_dir).values() if path.is_relative_to(runs))
    return tuple(sorted(path for path in below if path.relative_to(runs).parts[0] not in known))


def _recorded(record: Record) -> Iterator[Path]:
    """Yields what the state has, and what could not be removed."""
    for path in map(own_path, (*record.state.worktrees, *record.state.orphans)):
        if path in record.made:
            yield path


def _on_disk(folder: RunFolder) -> Iterator[Path]:
    try:
        entries = list(os.scandir(folder.worktrees))
    except OSError:
        return
    for entry in entries:
        if entry.name != TRASH:
            yield own_path(entry.path)


def _registered(folder: RunFolder, repository: Repository | None) -> Iterator[Path]:
    """Yields what git knows below the run's folder."""
    if repository is None:
        return
    root = own_path(folder.worktrees)
    for path in admin_folders(repository.common_dir).values():
        if path.is_relative_to(root):
            yield path


def _listed(record: Record, repository: Repository | None, path: Path, users: tuple[str, ...], *, live: bool) -> Listed:
    state, made = record.state, record.made.get(path)
    spelled = made.path if made is not None else str(path)
    extent = measure(path) if path.is_dir() and not path.is_symlink() else Extent()
    holdings = _holdings(record, repository, path, extent)
    found = Found(
        name=made.name if made is not None else path.name,
        made=made,
        holdings=holdings,
        patch_is_kept=_is_kept(record, spelled, holdings),
        live=live,
        users=users,
        repository_is_there=repository is not None,
    )
    files = state.agent_files.get(spelled)
    entry = state.items.get(files.item_id) if files is not None else None
    return Listed(
        run_id=RunId(state.run_id),
        name=found.name,
        path=path,
        verdict=judge(state, spelled, found),
        holdings=holdings,
        branch=entry.branch if entry is not None else (made.branch if made is not None else ""),
        item_id=files.item_id if files is not None else None,
        label=entry.item.label if entry is not None else "",
        size=extent.size,
        users=users,
        patch_is_kept=found.patch_is_kept,
    )


def _holdings(record: Record, repository: Repository | None, path: Path, extent: Extent) -> Holdings:
    if repository is None:
        return Holdings(kind="damaged" if path.exists() else "missing")
    state = record.state
    into = (f"refs/heads/{state.target}", f"refs/prodigy/{state.run_id}/tip", f"refs/heads/{state.run_branch}")
    return look_at(repository, path, into, extent)


def _is_kept(record: Record, path: str, holdings: Holdings) -> bool:
    """Tells whether a patch of the run has everything that is not committed."""
    attempt = attempt_in(record, path)
    if attempt is None or attempt.leftover is None:
        return False
    wanted = (holdings.patch, Masker().bytes(holdings.patch))
    try:
        kept = record.folder.artifact(attempt.leftover)
        return kept.stat().st_size in map(len, wanted) and kept.read_bytes() in wanted
    except (OSError, ProdigyError):
        return False


def attempt_in(record: Record, path: str) -> AttemptRecord | None:
    """Returns the attempt whose files are in a worktree."""
    files = record.state.agent_files.get(path)
    entry = record.state.items.get(files.item_id) if files is not None else None
    if files is None or entry is None:
        return None
    return next((one for one in entry.history if one.attempt == files.attempt), None)
