"""What git keeps about the worktrees of a repository, and the lock under which it may be changed.

Git's own commands list all worktrees and fail when they meet one that is half made or half gone ("failed to read
.git/worktrees/X/commondir"), so that two at once break each other, and one left by a crash breaks all later ones.
Hence one lock for making and removing, and hands instead of git where a half-made one must go.
"""

import fcntl
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from msgspec import Struct

from prodigy_tui.git.repo import Repository
from prodigy_tui.git.run import run_git
from prodigy_tui.ids import Oid

_LIST_TRIES: Final = 5
_LINE_BYTES: Final = 1 << 16
"""More than a path can have."""
_GITDIR: Final = "gitdir: "
_REF: Final = "ref: "
_BRANCH: Final = f"{_REF}refs/heads/"
_COMMIT: Final = re.compile(r"(?:[0-9a-f]{40}|[0-9a-f]{64})")


class WorktreeInfo(Struct, frozen=True, kw_only=True):
    """One working tree of a repository."""

    path: Path
    branch: str | None
    """Short name; None when HEAD is detached."""
    head: Oid | None
    """None when the branch has no commit."""


@contextmanager
def locked(lock_file: Path) -> Iterator[None]:
    """Holds the lock of worktree administration, against other threads and other processes alike.

    Each holder opens the file anew: a lock belongs to the open file, so threads exclude each other too, and a dead
    process holds nothing.
    """
    lock_file.parent.mkdir(parents=True, exist_ok=True)
    with lock_file.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def list_worktrees(repo: Repository) -> tuple[WorktreeInfo, ...]:
    """Returns all working trees whose folder exists, the main one first; a bare repository has no main one."""
    command = (f"--git-dir={repo.common_dir}", "worktree", "list", "--porcelain", "-z")
    answer = run_git(*command, cwd=repo.common_dir, ok=None)
    for _ in range(_LIST_TRIES - 1):
        if answer.code != 0:
            # Someone outside our lock, such as an agent, adds or removes a worktree at this moment.
            answer = run_git(*command, cwd=repo.common_dir, ok=None)
    if answer.code != 0:
        raise answer.failure()
    records = (record.split("\0") for record in answer.text.split("\0\0") if record)
    return tuple(info for info in map(_read_record, records) if info is not None and info.path.is_dir())


def admin_folders(common_dir: Path) -> dict[Path, Path]:
    """Returns the folders in which git keeps HEAD and index of linked worktrees, each with the worktree's path."""
    folders = sorted(link.parent for link in common_dir.glob("worktrees/*/gitdir"))
    return {folder: worktree for folder in folders if (worktree := _worktree_of(folder)) is not None}


def admin_folder(common_dir: Path, path: Path) -> Path | None:
    """Returns the folder that git keeps about the worktree `path`, if that worktree is whole: both point at each other.

    An agent may have deleted or replaced `.git`; git would then act on whatever repository it found instead.
    """
    link = f"{path}/.git"
    if os.path.islink(link):  # noqa: PTH114 - twice for every item
        return None
    text = _read_line(link)
    if not text.startswith(_GITDIR):
        return None
    folder = _folder_named(text.removeprefix(_GITDIR), common_dir, path)
    # As git writes it, it says the path itself. To follow all links on both ways took 0.14 ms of CPU, beside other
    # threads 0.4, and that twice an item; this takes 0.04.
    if folder is None or (_read_line(f"{folder}/gitdir") != link and _worktree_of(folder) != path):
        return None
    return folder if all(os.path.isfile(f"{folder}/{name}") for name in ("HEAD", "commondir")) else None  # noqa: PTH113


def _folder_named(text: str, common_dir: Path, path: Path) -> Path | None:
    """Returns the folder among those about worktrees that a link in the worktree `path` names, if it names one."""
    folders = f"{common_dir}/worktrees/"
    name = text.removeprefix(folders)
    if text.startswith(folders) and "/" not in name and name not in ("", ".", "..") and not os.path.islink(text):  # noqa: PTH114
        return Path(text)
    folder = Path(os.path.realpath(path / text))
    return folder if folder.parent == common_dir / "worktrees" else None


def head_in(admin: Path, common_dir: Path) -> Oid | None:
    """Returns the commit that is checked out in the worktree about which git keeps `admin`; None: git must be asked."""
    text = _read_line(f"{admin}/HEAD")
    if text.startswith(_BRANCH) and ".." not in text:
        text = _read_line(f"{common_dir}/{text.removeprefix(_REF)}")
    return Oid(text) if _COMMIT.fullmatch(text) else None


def forget(common_dir: Path, path: Path) -> None:
    """Removes what git keeps about a worktree, whole or half made; its files stay. Needs the lock."""
    for folder, worktree in admin_folders(common_dir).items():
        if worktree == path:
            # The link first: without it other git commands pass over the folder instead of failing on what is missing.
            (folder / "gitdir").unlink(missing_ok=True)
            shutil.rmtree(folder, ignore_errors=True)


def lock_files(folder: Path) -> list[Path]:
    """Returns the lock files in a folder and below, sorted; none where there is no such folder.

    By names alone: the refs of a run may be many thousands, and a lock among them rare.
    """
    found: list[Path] = []
    below = [os.fspath(folder)]
    while below:
        try:
            entries = os.scandir(below.pop())
        except (FileNotFoundError, NotADirectoryError):
            continue  # somebody else's git may take it away at this moment
        with entries:
            for entry in entries:
                if entry.name.endswith(".lock"):
                    found.append(Path(entry.path))
                elif entry.is_dir(follow_symlinks=False):
                    below.append(entry.path)
    return sorted(found)


def _worktree_of(folder: Path) -> Path | None:
    """Returns the worktree that a folder in git's administration says it is about, if it says so."""
    text = _read_line(f"{folder}/gitdir")
    if not text:
        return None
    # Relative to the folder when the user chose `worktree.useRelativePaths`. Only what is above the worktree is
    # resolved: the worktree may have been replaced by a link to somewhere else.
    worktree = (folder / text).parent
    return Path(os.path.realpath(worktree.parent), worktree.name)


def _read_line(file: str) -> str:
    """Returns the text of a small file, or nothing if there is none: someone may remove it at this moment."""
    try:
        handle = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # an agent may have put a pipe there
    except (FileNotFoundError, NotADirectoryError):
        return ""
    try:
        return os.fsdecode(os.read(handle, _LINE_BYTES)).strip()
    except IsADirectoryError:
        return ""
    finally:
        os.close(handle)


def _read_record(lines: list[str]) -> WorktreeInfo | None:
    facts = dict(line.partition(" ")[::2] for line in lines)
    if "bare" in facts:
        return None
    branch, head = facts.get("branch"), facts.get("HEAD", "")
    return WorktreeInfo(
        path=Path(facts["worktree"]),
        branch=branch.removeprefix("refs/heads/") if branch else None,
        head=Oid(head) if head.strip("0") else None,
    )
