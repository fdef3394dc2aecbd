"""The interface's view of changes: git, asked in a thread."""

import asyncio
from pathlib import Path

from prodigy_tui.errors import ProdigyError
from prodigy_tui.git.inspect import diff_text
from prodigy_tui.git.repo import Repository
from prodigy_tui.git.run import run_git
from prodigy_tui.ids import Oid


class NoSuchCommit(ProdigyError):
    """A commit that the record names is not in the repository."""


class GitDiffs:
    """Reads changes from a repository; what it is asked for may come from a log of unknown origin."""

    def __init__(self, repository: Path) -> None:
        self._repository = repository

    async def diff(self, base: str, head: str) -> str:
        """Returns the unified diff of what `head` adds since it left `base`.

        Raises:
            NoSuchCommit: one of them is not there, or they share no history.
        """
        return await asyncio.to_thread(self._diff, base, head)

    def _diff(self, base: str, head: str) -> str:
        old, new = self._commit(base), self._commit(head)
        shared = run_git("merge-base", old, new, cwd=self._repository, ok=(0, 1)).text
        if not shared:
            raise NoSuchCommit(f"{base[:12]} and {head[:12]} share no history")
        return diff_text(self._repository, Oid(shared), new)

    def _commit(self, name: str) -> Oid:
        """A name that looks like an option must never reach git as one."""
        found = (
            ""
            if name.startswith("-")
            else run_git(
                "rev-parse", "--quiet", "--verify", f"{name}^{{commit}}", cwd=self._repository, ok=(0, 1, 128)
            ).text
        )
        if not found:
            raise NoSuchCommit(f"commit {name[:40]!r} is not in {self._repository}")
        return Oid(found)


def diffs_of(repository: str) -> GitDiffs | None:
    """Returns the source of diffs of a recorded run; None when its repository is not at hand."""
    try:
        return GitDiffs(Repository.open(Path(repository)).top)
    except ProdigyError:
        return None
