"""The interface's view of changes: git, asked in a thread.

What reads them is loaded when it is first asked: opening the interface costs nothing for it.
"""

from __future__ import annotations

import asyncio
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prodigy_tui.cli.diff_reading import DiffReader
    from prodigy_tui.tui.model.changes import Changes, Counts, FilePatch, Fit, Ground, History, LandingQuery


class GitDiffs:
    """Reads changes from a repository."""

    def __init__(self, repository: Path) -> None:
        self._repository = repository

    @cached_property
    def _reader(self) -> DiffReader:
        from prodigy_tui.cli.diff_reading import DiffReader

        return DiffReader(self._repository)

    async def diff(self, base: str, head: str) -> str:
        """Returns the unified diff of what `head` adds since it left `base`.

        Raises:
            NoSuchCommit: one of them is not there, or they share no history.
        """
        return await asyncio.to_thread(lambda: self._reader.diff(base, head))

    async def changes(self, base: str, head: str) -> Changes:
        """Returns the files that `head` changes since it left `base`.

        Raises:
            NoSuchCommit: one of them is not there, or they share no history.
        """
        return await asyncio.to_thread(lambda: self._reader.changes(base, head))

    async def between(self, base: str, head: str) -> Changes:
        """Returns the files that differ between two commits.

        Raises:
            NoSuchCommit: one of them is not there.
        """
        return await asyncio.to_thread(lambda: self._reader.between(base, head))

    async def counts(self, changes: Changes, *, ignore_whitespace: bool) -> Counts:
        """Returns how many lines each file gains and loses."""
        return await asyncio.to_thread(lambda: self._reader.counts(changes, ignore_whitespace=ignore_whitespace))

    async def file(self, changes: Changes, key: str, *, ignore_whitespace: bool) -> FilePatch:
        """Returns the difference of one file."""
        return await asyncio.to_thread(lambda: self._reader.file(changes, key, ignore_whitespace=ignore_whitespace))

    async def history(self, changes: Changes) -> History:
        """Returns the commits of a change."""
        return await asyncio.to_thread(lambda: self._reader.history(changes))

    async def fit(self, onto: str, head: str) -> Fit:
        """Returns whether git alone can merge `head` onto `onto`, and where not, both sides.

        Raises:
            NoSuchCommit: one of them is not there.
        """
        return await asyncio.to_thread(lambda: self._reader.fit(onto, head))

    async def ground(self, query: LandingQuery) -> Ground:
        """Returns how things stand where a landing is to go."""
        return await asyncio.to_thread(lambda: self._reader.ground(query))


def diffs_of(repository: str) -> GitDiffs | None:
    """Returns the source of diffs of a recorded run; None when its repository is not at hand."""
    top = Path(repository)
    return GitDiffs(top) if top.is_absolute() and _is_repository(top) else None


def _is_repository(top: Path) -> bool:
    try:
        return (top / ".git").exists()
    except (OSError, ValueError):  # what a log says may be no path at all
        return False
