"""Files that `worktree` puts into a worktree: copied or linked from where they lie (language 13.10).

Sources must lie in one of their roots and targets in the worktree, whatever links are on the way: the last agent may
have left one in a folder that is kept. What is there already stays as it is, tracked files most of all.
"""

import errno
import fcntl
import os
import shutil
import stat
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Final

from msgspec import Struct, field

from prodigy_tui.engine.worktrees.worktree_paths import PathEscapes

_FICLONE: Final = 0x40049409
"""Linux's request to share the blocks of a file until one of both is written to."""


class SourceMissing(Exception):
    """A file that `worktree` names is nowhere."""

    def __init__(self, key: str, path: str) -> None:
        super().__init__(f"worktree.{key}: '{path}' is neither in the run's worktree nor in the checkout")


class Filling(Struct, kw_only=True):
    """Fills one worktree from some roots, the first that has a file wins."""

    worktree: Path
    sources: Sequence[Path]
    is_tracked: Callable[[str], bool]
    """Says of a path that is not there whether git tracks it: a sparse checkout leaves it out."""
    made: set[str] = field(default_factory=set)
    """What was put there, file by file."""
    _folders: dict[str, Path] = field(default_factory=dict)
    _clones: bool = True

    def copy(self, path: str) -> bool:
        """Copies a file, or a folder with all in it; returns whether there is one.

        Raises:
            PathEscapes: the source lies outside of its roots, or the target outside of the worktree.
        """
        found = self._source(path)
        if found is None:
            return False
        self._copy(found, str(PurePosixPath(path)))
        return True

    def copy_entry(self, root: Path, path: str) -> None:
        """Copies a file that git lists below `root`; a link is copied as a link."""
        parent = self._real(root / PurePosixPath(path).parent)
        if parent.is_relative_to(self._real(root)) and os.path.lexists(root / path):
            self._copy(root / path, path)

    def link(self, path: str) -> bool:
        """Links to a file or a folder; returns whether there is one.

        Raises:
            PathEscapes: the source lies outside of its roots, or the target outside of the worktree.
        """
        found = self._source(path)
        if found is None:
            return False
        path = str(PurePosixPath(path))
        target = self._target(path)
        if not os.path.lexists(target) and not self.is_tracked(path):
            target.symlink_to(found)
            self.made.add(path)
        return True

    def _source(self, path: str) -> Path | None:
        roots = [self._real(root) for root in self.sources]
        for root in roots:
            if not os.path.lexists(root / path):
                continue
            real = self._real(root / path)
            home = next((one for one in roots if real.is_relative_to(one)), None)
            if home is None:
                raise PathEscapes(path, f"leaves {root} through a link")
            if any(part.lower() == ".git" for part in real.relative_to(home).parts):
                raise PathEscapes(path, "leads into .git")
            return real if real.exists() else None
        return None

    def _target(self, path: str) -> Path:
        """Returns where a path of the worktree is, its folder made.

        Raises:
            PathEscapes: it lies elsewhere.
        """
        parent, _, name = path.rpartition("/")
        if name in ("", ".", "..") or name.lower() == ".git":
            raise PathEscapes(path, "names no file of the worktree")
        return self._folder(parent) / name

    def _folder(self, path: str) -> Path:
        known = self._folders.get(path)
        if known is not None:
            return known
        root = self._real(self.worktree)
        if not path:
            folder = root
        else:
            folder = self._target(path)
            if not os.path.lexists(folder):
                folder.mkdir()
            folder = self._real(folder)
            if not folder.is_relative_to(root):
                raise PathEscapes(path, "leaves the worktree through a link")
            if not folder.is_dir():
                raise PathEscapes(path, "is no folder of the worktree")
        self._folders[path] = folder
        return folder

    def _copy(self, source: Path, path: str) -> None:
        waiting = [(source, path)]
        while waiting:
            one, where = waiting.pop()
            mode = os.lstat(one).st_mode
            if stat.S_ISDIR(mode):
                self._folder(where)
                waiting += self._inside(one, where)
                continue
            target = self._target(where)
            if os.path.lexists(target) or self.is_tracked(where):
                continue
            if stat.S_ISLNK(mode):
                target.symlink_to(one.readlink())
            elif stat.S_ISREG(mode):
                self._copy_file(one, target)
            else:
                continue  # reading a pipe or a device would never end
            self.made.add(where)

    def _inside(self, folder: Path, where: str) -> Iterator[tuple[Path, str]]:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.lower() != ".git":
                    yield Path(entry.path), f"{where}/{entry.name}"

    def _copy_file(self, source: Path, target: Path) -> None:
        """Copies a file with times and mode; where the file system can, blocks are shared until one is written to."""
        with source.open("rb") as read, target.open("xb") as written:
            if not self._clone(read.fileno(), written.fileno()):
                shutil.copyfileobj(read, written, 1024 * 1024)
        shutil.copystat(source, target)

    def _clone(self, source: int, target: int) -> bool:
        if not self._clones:
            return False
        try:
            fcntl.ioctl(target, _FICLONE, source)
        except OSError as error:
            # Another file system, or one that cannot: it will not be able to for the next file either.
            self._clones = error.errno not in (errno.EOPNOTSUPP, errno.ENOTTY, errno.EXDEV, errno.EINVAL, errno.ENOSYS)
            return False
        return True

    def _real(self, path: Path) -> Path:
        return Path(os.path.realpath(path))
