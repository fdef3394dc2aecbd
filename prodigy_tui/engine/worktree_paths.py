"""Where a path of a workflow leads, and that it stays inside its worktree (language 3.4)."""

from collections.abc import Sequence
from pathlib import Path, PurePosixPath


class PathEscapes(Exception):
    """A path leads out of the worktree, or into `.git`; becomes the failure PT801 of its step."""

    code = "PT801"

    def __init__(self, path: str, why: str) -> None:
        super().__init__(f"path '{path}' {why}")


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
    if any(part.lower() == ".git" for part in parts):
        raise PathEscapes(path, "leads into .git")
    root = worktree.resolve()
    target = worktree.joinpath(*parts).resolve()
    if not target.is_relative_to(root):
        raise PathEscapes(path, "leaves the worktree through a link")
    if ".git" in target.relative_to(root).parts:
        raise PathEscapes(path, "leads into .git")
    return target


def working_directory(worktree: Path, path: str, home: str, allowed: Sequence[Path]) -> Path:
    """Returns the folder of a step's `working_dir`; `~` means `home`.

    Raises:
        PathEscapes: it is outside the worktree and below none of `allowed`.
    """
    expanded = Path(home + path[1:]) if path == "~" or path.startswith("~/") else Path(path)
    target = (worktree / expanded).resolve()
    if target.is_relative_to(worktree.resolve()) or any(target.is_relative_to(root.resolve()) for root in allowed):
        return target
    raise PathEscapes(path, "is outside the worktree; allow it with --allow-outside")
