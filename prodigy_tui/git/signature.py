"""Whom a commit or a log of a ref names, put together as git does."""

import os
import time
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from prodigy_tui.git.identity import said_outright
from prodigy_tui.git.repo import identity_environment
from prodigy_tui.git.run import run_git


class Signature(Struct, frozen=True, kw_only=True):
    """The author or the committer."""

    who: str
    """Name and address."""
    date: str
    """Given by the environment; else empty."""

    @classmethod
    def of(cls, role: str, worktree: Path, settings: Mapping[str, str]) -> "Signature":
        """Returns who that is in a worktree; `settings` are git's.

        Raises:
            GitMissing, GitFailed, UnicodeDecodeError: It cannot be told.
        """
        given = os.environ.get(f"GIT_{role.upper()}_DATE")
        known = said_outright(role, settings)
        if known is not None and not given:
            return cls(who=f"{known[0]} <{known[1]}>", date="")
        variable = f"GIT_{role.upper()}_IDENT"
        answer = run_git("var", variable, cwd=worktree, ok=None)
        if answer.code != 0:
            answer = run_git("var", variable, cwd=worktree, env=identity_environment(worktree))
        who, second, zone = answer.out.decode("utf-8").rstrip("\n").rsplit(" ", 2)
        return cls(who=who, date=f"{second} {zone}" if given else "")

    def at(self, now: float) -> str:
        """Returns it with the time, as of `now`."""
        return f"{self.who} {self.date or time.strftime(f'{int(now)} %z', time.localtime(now))}"
