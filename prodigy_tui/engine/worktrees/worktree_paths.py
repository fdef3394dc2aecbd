"""Where a path of a workflow leads, and that it stays inside its worktree (language 3.4)."""

import os
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from prodigy_tui.agents.oneline import one_line


class PathRefused(Exception):
    """A path that a step cannot use; becomes the failure `code` of its step."""

    code: str

    def __init__(self, path: str, why: str) -> None:
        super().__init__(f"path '{one_line(path)}' {why}")


class PathEscapes(PathRefused):
    """A path leads out of the worktree, or into `.git`."""

    code = "PT801"


class FolderNotThere(PathRefused):
    """A `working_dir` does not exist."""

    code = "PT802"


def inside(worktree: Path, path: str) -> Path:
    """Returns where a relative path leads, links resolved.

    Raises:
        PathEscapes: it is absolute, has a component `..` or `.git`, or leaves the worktree through a link.
    """
    parts = PurePosixPath(path).parts
    if not parts or "\0" in path:
        raise PathEscapes(path, "names no file")
    if path.startswith("/"):
        raise PathEscapes(path, "is absolute; name a file below the worktree")
    if ".." in parts:
        raise PathEscapes(path, "has a component '..'")
    if _leads_into_git(parts):
        raise PathEscapes(path, "leads into .git")
    root = _real(worktree)
    target = _real(worktree.joinpath(*parts))
    if not target.is_relative_to(root):
        raise PathEscapes(path, "leaves the worktree through a link")
    if _leads_into_git(target.relative_to(root).parts):
        raise PathEscapes(path, "leads into .git")
    return target


def input_file(worktree: Path, path: str, allowed: Sequence[Path]) -> Path:
    """Returns where the path of a map's input leads: inside the worktree, or absolute and below one of `allowed`.

    Raises:
        PathEscapes: it leads elsewhere.
    """
    if not path.startswith("/") or "\0" in path:
        return inside(worktree, path)
    target = _real(Path(path))
    if any(target.is_relative_to(_real(root)) for root in (worktree, *allowed)):
        return target
    raise PathEscapes(path, "is outside the repository; allow it with --allow-outside")


def working_directory(worktree: Path, path: str, home: str, allowed: Sequence[Path]) -> Path:
    """Returns the folder of a step's `working_dir`; `~` means `home`.

    Raises:
        PathEscapes: it is outside the worktree and below none of `allowed`.
        FolderNotThere: there is no such folder.
    """
    if "\0" in path:
        raise PathEscapes(path, "names no folder")
    expanded = Path(home + path[1:]) if path == "~" or path.startswith("~/") else Path(path)
    target = _real(worktree / expanded)
    if not any(target.is_relative_to(_real(root)) for root in (worktree, *allowed)):
        raise PathEscapes(path, "is outside the worktree; allow it with --allow-outside")
    if not os.path.isdir(target):  # noqa: PTH112 - Path.is_dir raises for a name that is too long
        raise FolderNotThere(path, "is no folder")
    return target


def _real(path: Path) -> Path:
    """Returns the path with links resolved; a circle of links, unlike with `Path.resolve`, is only a missing file."""
    return Path(os.path.realpath(path))


def _leads_into_git(parts: Sequence[str]) -> bool:
    return any(part.lower() == ".git" for part in parts)
