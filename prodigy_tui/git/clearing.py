"""Takes out of a worktree what git does not track, but for ignored files that are to survive."""

import os
from collections.abc import Callable
from pathlib import Path

from prodigy_tui.git.deleting import delete_tree
from prodigy_tui.git.run import run_git


def clear_untracked(path: Path, here: tuple[str, ...], keep: Callable[[str], bool]) -> bool:
    """Removes untracked files, and ignored ones unless `keep` says of them or of a folder above that they stay.

    Args:
        path: The worktree; its tracked files are in place.
        here: Arguments that lead git to it.
        keep: Says whether a path survives, if git ignores it.

    Returns:
        Whether that is done. It is not where git cannot tell what to remove, or the last user has taken the right to
        change a folder away: then the worktree has to be made anew.
    """
    if run_git(*here, "clean", "-ffdq", cwd=path, ok=None).code != 0:
        return False
    answer = run_git(*here, "ls-files", "--others", "--directory", "-z", cwd=path, ok=None)
    if answer.code != 0:
        return False
    try:
        for field in answer.fields:
            name = field.rstrip("/")
            if not any(keep(one) for one in (*_above(name), name)):
                _clear(path, name, keep)
    except OSError:
        return False
    return True


def _clear(root: Path, name: str, keep: Callable[[str], bool]) -> None:
    """Removes a file or a folder, except for what is kept in it and the folders above that."""
    file = root / name
    if file.is_symlink() or not file.is_dir():
        file.unlink(missing_ok=True)
        return
    kept = _kept_below(root, name, keep)
    if not kept:
        delete_tree(file)
        return
    needed = {above for one in kept for above in _above(one)}
    for folder in sorted(needed):
        if folder == name or folder.startswith(f"{name}/"):
            _empty(root, folder, needed | kept)


def _kept_below(root: Path, name: str, keep: Callable[[str], bool]) -> set[str]:
    """Returns what is kept of a folder: the outermost folders and files."""
    kept: set[str] = set()
    base = os.fspath(root)
    for folder, folders, files in os.walk(root / name):
        below = os.path.relpath(folder, base)
        for one in files:
            if keep(path := f"{below}/{one}"):
                kept.add(path)
        for one in list(folders):
            if keep(path := f"{below}/{one}"):
                kept.add(path)
                folders.remove(one)
    return kept


def _empty(root: Path, folder: str, needed: set[str]) -> None:
    (root / folder).chmod(0o700)
    for entry in list(os.scandir(root / folder)):
        if f"{folder}/{entry.name}" in needed:
            continue
        if entry.is_dir(follow_symlinks=False):
            delete_tree(Path(entry.path))
        else:
            os.unlink(entry.path)  # noqa: PTH108 - there may be many


def _above(path: str) -> list[str]:
    return [path[:at] for at, letter in enumerate(path) if letter == "/"]
