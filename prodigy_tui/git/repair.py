"""Puts right what somebody, or a loss of power, did to git's view of our worktrees while no process of ours was there.

Like `worktrees`, this touches only worktrees below the folder that it is told, and refs of one run. The caller holds
the run and has made sure that no process of it is alive; that is what makes a lock file found here stale.
"""

import hashlib
import os
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from uuid import uuid4

from msgspec import Struct

from prodigy_tui.git.administration import admin_folder, admin_folders, forget, lock_files, locked
from prodigy_tui.git.refs import OWN_REFS, move_ref, read_ref
from prodigy_tui.git.repo import Repository
from prodigy_tui.git.run import GitFailed, run_git
from prodigy_tui.ids import Oid

_SHA1_BYTES: Final = 20


def remove_stale_locks(repo: Repository, root: Path, run_id: str) -> tuple[Path, ...]:
    """Removes lock files in what git keeps about the worktrees below `root`, and those of the run's own refs.

    Those of the user's checkout, and those that all share (`packed-refs.lock`, `config.lock`), are not touched here.
    """
    root = root.resolve()
    folders = [folder for folder, path in admin_folders(repo.common_dir).items() if root in path.parents]
    folders += [repo.common_dir / prefix / run_id for prefix in ("refs/heads/prodigy", "refs/prodigy")]
    removed = []
    for lock in (lock for folder in folders for lock in lock_files(folder)):
        with suppress(FileNotFoundError):
            lock.unlink()
            removed.append(lock)
    return tuple(sorted(removed))


class SharedLock(Struct, frozen=True):
    """The lock file of the packed refs, as it was found. All worktrees share it, the user's own among them."""

    path: Path
    made: datetime
    identity: tuple[int, int, int]


def shared_lock(repo: Repository) -> SharedLock | None:
    """Returns the lock of the packed refs, if somebody holds it or has died with it."""
    path = repo.common_dir / "packed-refs.lock"
    try:
        found = path.lstat()
    except FileNotFoundError:
        return None
    return SharedLock(
        path, datetime.fromtimestamp(found.st_mtime, UTC), (found.st_dev, found.st_ino, found.st_mtime_ns)
    )


def remove_shared_lock(repo: Repository, lock: SharedLock) -> bool:
    """Removes the lock if it still is that one, and returns whether; the caller has made sure that nobody holds it."""
    if shared_lock(repo) != lock:
        return False
    lock.path.unlink(missing_ok=True)
    return True


def remove_empty_objects(repo: Repository) -> int:
    """Removes loose objects without content, and returns how many.

    A loss of power leaves them. Git takes them to be there when the same content is written again, so that work done
    anew would be as broken as before.
    """
    removed = 0
    for folder in (repo.common_dir / "objects").glob("[0-9a-f][0-9a-f]"):
        with os.scandir(folder) as entries:
            for entry in entries:
                # Nearly none is empty: only of those is it asked what they are.
                if not entry.stat(follow_symlinks=False).st_size and entry.is_file(follow_symlinks=False):
                    Path(entry.path).unlink(missing_ok=True)
                    removed += 1
    return removed


def put_ref(repo: Repository, ref: str, commit: Oid) -> None:
    """Makes a ref of a run stand at `commit`, wherever it stood, also where what it holds cannot be read.

    Raises:
        ValueError: it is not a ref that runs make.
        GitFailed: it cannot be moved.
    """
    if not ref.startswith(OWN_REFS):
        raise ValueError(f"not a ref of a run: {ref}")
    before = read_ref(repo, ref)
    if before is None:
        # A file that reads as no ref is one that a crash of the machine emptied; git refuses to replace it.
        (repo.common_dir / ref).unlink(missing_ok=True)
    if before != commit and not move_ref(repo, ref, commit, before):
        raise GitFailed(f"{ref} cannot be moved to {commit[:12]}: somebody else moves it")


def relink(repo: Repository, root: Path) -> tuple[Path, ...]:
    """Leads the worktrees below `root` that git still knows to the repository, where that has moved; returns which."""
    root = root.resolve()
    mended = []
    for folder, path in admin_folders(repo.common_dir).items():
        link = path / ".git"
        if root not in path.parents or not link.is_file() or link.is_symlink():
            continue
        if admin_folder(repo.common_dir, path) == folder:
            continue
        whole = all((folder / name).is_file() for name in ("HEAD", "commondir", "gitdir"))
        if whole and not _leads_to_another(link, folder):
            link.write_text(f"gitdir: {folder}\n")
            mended.append(path)
    return tuple(mended)


def _leads_to_another(link: Path, folder: Path) -> bool:
    """Tells whether a link leads to a repository that is there and is another one."""
    target = Path(link.read_text("utf-8", "surrogateescape").removeprefix("gitdir: ").strip())
    return target.exists() and target.resolve() != folder.resolve()


def reattach(repo: Repository, lock_file: Path, path: Path, branch: str, commit: Oid) -> bool:
    """Makes a worktree again of a folder whose administration is gone; its files stay, the branch stands at `commit`.

    Returns:
        Whether that was possible. The index is that of `commit`: what differs shows as uncommitted.
    """
    link = path / ".git"
    if link.is_symlink() or not link.is_file():
        return False
    aside = path.with_name(f".{path.name}-{uuid4().hex[:8]}")
    here = f"--git-dir={repo.common_dir}"
    with locked(lock_file):
        put_ref(repo, f"refs/heads/{branch}", commit)
        forget(repo.common_dir, path)
        add = ("worktree", "add", "--no-checkout", "--quiet", "--force", os.fspath(aside), branch)
        if run_git(here, *add, cwd=repo.common_dir, ok=None).code != 0:
            forget(repo.common_dir, aside)
            return False
        admin = admin_folder(repo.common_dir, aside)
        if admin is None:
            return False
        (aside / ".git").replace(link)
        (admin / "gitdir").write_text(f"{link}\n")
        with suppress(OSError):
            aside.rmdir()
    rebuild_index(admin, path)
    return True


def last_known_head(repo: Repository, path: Path) -> Oid | None:
    """Returns where HEAD of a worktree stood last, by git's own diary of it; for a branch that was deleted."""
    for folder, worktree in admin_folders(repo.common_dir).items():
        if worktree != path.resolve():
            continue
        with suppress(OSError):
            lines = (folder / "logs" / "HEAD").read_bytes().splitlines()
            words = lines[-1].split() if lines else []
            if len(words) > 1 and words[1].decode("ascii", "replace").strip("0"):
                return Oid(words[1].decode("ascii", "replace"))
    return None


def index_is_readable(path: Path) -> bool:
    """Tells whether git can read the index of a worktree; a loss of power may have emptied it."""
    return _is_as_written(path) or run_git("ls-files", "--", ".git", cwd=path, ok=None).code == 0


def _is_as_written(path: Path) -> bool:
    """Tells whether an index ends with the checksum of all before it; where not, git may know why.

    Git writes it so unless it is told otherwise (`index.skipHash`), or has put a part of it into another file. There
    are as many worktrees as agents at a time, and a process for each takes longer than reading them all.
    """
    admin = _folder_behind(path)
    if admin is None or any(admin.glob("sharedindex.*")):
        return False
    try:
        index = (admin / "index").read_bytes()
    except OSError:
        return False
    body, checksum = index[:-_SHA1_BYTES], index[-_SHA1_BYTES:]
    return body.startswith(b"DIRC") and hashlib.sha1(body, usedforsecurity=False).digest() == checksum


def _folder_behind(path: Path) -> Path | None:
    """Returns the folder in which git keeps the index of a linked worktree."""
    try:
        link = os.fsdecode((path / ".git").read_bytes())
    except OSError:
        return None
    return path / link.removeprefix("gitdir: ").rstrip("\n") if link.startswith("gitdir: ") else None


def rebuild_index(admin: Path, path: Path) -> None:
    """Makes the index of a worktree anew from its commit; its files stay as they are.

    Raises:
        GitFailed: the commit cannot be read.
    """
    (admin / "index").unlink(missing_ok=True)
    run_git("reset", "--quiet", cwd=path, ok=(0, 1))
