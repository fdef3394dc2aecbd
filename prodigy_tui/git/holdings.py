"""What a worktree holds that would be lost with it: looked at before it is removed, and never changed by looking.

Git runs in the worktree itself only, told where everything is. Repositories inside it were made by agents, settings and
all, so git is never run there: what they are is read from their files.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct

from prodigy_tui.git.administration import admin_folder
from prodigy_tui.git.repo import Repository
from prodigy_tui.git.run import GitFailed, run_git, shown

_LINK: Final = "gitdir: "
_LOCK_REASON_LIMIT: Final = 200


class Holdings(Struct, frozen=True, kw_only=True):
    """What was found in the place of one worktree."""

    kind: str
    """`worktree`; `link`: a link or a file stands there; `other`: it belongs to another repository; `damaged`: git does
    not know it any more; `missing`: nothing is there."""
    head: str = ""
    detached: bool = False
    locked: str | None = None
    """What somebody said who locked it; may be empty."""
    unmerged: int = 0
    """Commits of its HEAD that nothing contains of what it was to be merged into."""
    unreferenced: int = 0
    """Of those, what no branch or other ref contains."""
    patch: bytes = b""
    """What is not committed."""
    changed: int = 0
    """Files that are not committed."""
    repositories: tuple[str, ...] = ()
    """Other repositories in it; submodules at the commit that is committed are none."""


class Extent(Struct, frozen=True, kw_only=True):
    """How large a folder is, and what repositories lie in it."""

    size: int = 0
    """Bytes on disk; a file with several names counts once."""
    repositories: tuple[str, ...] = ()


def look_at(repo: Repository, path: Path, merged_into: Sequence[str], extent: Extent) -> Holdings:
    """Returns what the worktree at `path` holds; `merged_into`: commits or refs that are to contain its work.

    `path` is a name below a folder whose links have been followed.
    """
    if path.is_symlink() or path.is_file():
        return Holdings(kind="link")
    if not path.exists():
        return Holdings(kind="missing")
    admin = admin_folder(repo.common_dir, path)
    if admin is None:
        return Holdings(kind="other" if _is_anothers(repo, path) else "damaged", repositories=extent.repositories)
    try:
        return _look(repo, path, admin, merged_into, extent)
    except (GitFailed, OSError):
        return Holdings(kind="damaged", locked=_locked(admin), repositories=extent.repositories)


def measure(folder: Path) -> Extent:
    """Returns the extent of a folder; links are not followed, and what cannot be read counts as nothing."""
    size, seen, found = 0, set[tuple[int, int]](), list[str]()
    waiting = [os.fspath(folder)]
    while waiting:
        here = waiting.pop()
        try:
            entries = list(os.scandir(here))
        except OSError:
            continue
        for entry in entries:
            try:
                status = entry.stat(follow_symlinks=False)
            except OSError:
                continue
            if entry.name == ".git" and here != os.fspath(folder):
                found.append(os.path.relpath(here, folder))
            if status.st_nlink > 1 and not entry.is_dir(follow_symlinks=False):
                if (status.st_dev, status.st_ino) in seen:
                    continue
                seen.add((status.st_dev, status.st_ino))
            size += status.st_blocks * 512
            if entry.is_dir(follow_symlinks=False):
                waiting.append(entry.path)
    return Extent(size=size, repositories=tuple(sorted(found)))


def _look(repo: Repository, path: Path, admin: Path, merged_into: Sequence[str], extent: Extent) -> Holdings:
    from prodigy_tui.git.inspect import leftover_patch, uncommitted_files

    head = run_git("rev-parse", "--quiet", "--verify", "HEAD^{commit}", cwd=path, ok=(0, 1, 128)).text
    there = [ref for ref in merged_into if _is_commit(repo, ref)]
    return Holdings(
        kind="worktree",
        head=head,
        detached=run_git("symbolic-ref", "--quiet", "HEAD", cwd=path, ok=(0, 1)).code == 1,
        locked=_locked(admin),
        unmerged=_count(repo, head, there),
        unreferenced=_count(repo, head, ["--glob=refs/*"]),
        patch=leftover_patch(path),
        changed=len(uncommitted_files(path)),
        repositories=_foreign(path, admin, extent.repositories),
    )


def _count(repo: Repository, head: str, without: Sequence[str]) -> int:
    if not head:
        return 0
    command = (f"--git-dir={repo.common_dir}", "rev-list", "--count", head, "--not", *without)
    return int(run_git(*command, cwd=repo.common_dir).text)


def _is_commit(repo: Repository, name: str) -> bool:
    command = (f"--git-dir={repo.common_dir}", "rev-parse", "--quiet", "--verify", f"{name}^{{commit}}")
    return run_git(*command, cwd=repo.common_dir, ok=None).code == 0


def _locked(admin: Path) -> str | None:
    try:
        said = (admin / "locked").read_bytes()[:_LOCK_REASON_LIMIT]
    except OSError:
        return None
    return " ".join(said.decode("utf-8", "replace").split())


def _is_anothers(repo: Repository, path: Path) -> bool:
    """Tells whether a folder belongs to a repository, and not to this one."""
    git = path / ".git"
    if git.is_dir() and not git.is_symlink():
        return True
    place = _linked(git)
    return place is not None and place.is_dir() and not place.is_relative_to(Path(os.path.realpath(repo.common_dir)))


def _linked(file: Path) -> Path | None:
    """Returns the folder that a file `.git` names."""
    try:
        text = os.fsdecode(file.read_bytes()[:4096]).strip()
    except OSError:
        return None
    if not text.startswith(_LINK):
        return None
    return Path(os.path.realpath(file.parent / text.removeprefix(_LINK)))


def _foreign(path: Path, admin: Path, repositories: Sequence[str]) -> tuple[str, ...]:
    """Returns the repositories that are no submodules, or submodules with commits of their own."""
    if not repositories:
        return ()
    recorded = {}
    for field in run_git("ls-files", "--stage", "-z", cwd=path).fields:
        facts, _, name = field.partition("\t")
        mode, oid, _ = facts.split()
        if mode == "160000":
            recorded[name] = oid
    return tuple(
        shown(one) for one in repositories if one not in recorded or not _stands_at(path / one, admin, recorded[one])
    )


def _stands_at(submodule: Path, admin: Path, oid: str) -> bool:
    """Tells whether a submodule has nothing of its own: it is kept with the worktree, its HEAD is what is recorded."""
    place = _linked(submodule / ".git")
    if place is None or not place.is_relative_to(Path(os.path.realpath(admin)) / "modules"):
        return False
    try:
        return (place / "HEAD").read_text("utf-8").strip() == oid
    except (OSError, UnicodeDecodeError):
        return False
