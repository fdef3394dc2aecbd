"""Patches of uncommitted changes: brought back into a worktree as they were. `inspect.leftover_patch` makes them."""

from pathlib import Path

from prodigy_tui.git.run import run_git


def apply_patch(worktree: Path, patch: bytes) -> None:
    """Applies a patch to the files of a worktree; nothing is staged. All of it or nothing.

    Git follows no link out of the worktree and writes no path outside of it.

    Raises:
        GitFailed: The files are not those that the patch was made from.
    """
    if patch:
        run_git("apply", "--whitespace=nowarn", "-", cwd=worktree, stdin=patch)
