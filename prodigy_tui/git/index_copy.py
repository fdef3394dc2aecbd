"""A throw-away index: HEAD's files and some of the worktree's, put together without touching the real index."""

import os
import shutil
import tempfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from prodigy_tui.git.run import run_git


@contextmanager
def throwaway_index(path: Path, paths: Collection[str], objects: Path | None = None) -> Iterator[dict[str, str]]:
    """Yields the environment of a throw-away index that holds HEAD's files and `paths` as they are in the worktree.

    New objects go to the folder `objects`, else to a throw-away one too: looking leaves nothing behind in the user's
    repository, and neither a locked nor a conflicted index is in the way.
    """
    where = ("rev-parse", "--path-format=absolute", "--git-path", "index", "--git-path", "objects")
    index, known = run_git(*where, cwd=path).text.split("\n")
    with tempfile.TemporaryDirectory(prefix="prodigy-tui-") as folder:
        copy = Path(folder, "index")
        new_objects = objects or Path(folder, "objects")
        new_objects.mkdir(parents=True, exist_ok=True)
        env = {"GIT_INDEX_FILE": os.fspath(copy), **objects_in(new_objects, Path(known))}
        if Path(index).exists():
            # Copied rather than built from HEAD: its stat data spare git from reading every file again. With its time,
            # by which git knows of which files the stat data cannot be trusted: those written when it was written.
            shutil.copy2(index, copy)
        run_git("read-tree", "--reset", "HEAD", cwd=path, env=env)
        put_into_index(path, paths, env)
        yield env


def objects_in(new: Path, known: Path) -> dict[str, str]:
    """Returns the environment in which git writes objects to `new` and finds those of `known` too."""
    escaped = os.fspath(known).replace("\\", "\\\\").replace('"', '\\"')
    return {"GIT_OBJECT_DIRECTORY": os.fspath(new), "GIT_ALTERNATE_OBJECT_DIRECTORIES": f'"{escaped}"'}


def put_into_index(path: Path, paths: Collection[str], env: Mapping[str, str] | None = None) -> None:
    """Makes the index hold `paths` as they are in the worktree; what is not there goes.

    Raises:
        GitFailed: the index is locked, or a file cannot be read.
    """
    there = [one for one in paths if is_entry(path, one)]
    gone = set(paths).difference(there)
    for option, some in (("--force-remove", gone), ("--replace", there)):
        if some:
            listing = b"".join(os.fsencode(one) + b"\0" for one in some)
            run_git("update-index", "--add", option, "-z", "--stdin", cwd=path, stdin=listing, env=env)


def stands(root: Path, path: str) -> bool:
    """Returns whether the worktree `root` has something at `path`; what shows through a linked folder is not in it."""
    file = root / path
    return os.path.lexists(file) and file.parent.resolve() == root.resolve() / PurePosixPath(path).parent


def is_entry(root: Path, path: str) -> bool:
    """Tells whether git can store what is at `path` under that name: a file, a link, or a submodule."""
    file = root / path
    is_folder = file.is_dir() and not file.is_symlink()
    return stands(root, path) and (not is_folder or (file / ".git").exists())
