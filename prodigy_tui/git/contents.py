"""What files hold in given commits, for comparing: one process answers thousands of questions."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from prodigy_tui.git.open_git import OpenGit, OutOfStep

_ID = re.compile("[0-9a-f]{40}|[0-9a-f]{64}")


class Contents:
    """The files of commits. What it is asked for may come from a log of unknown origin."""

    def __init__(self, git: OpenGit) -> None:
        self._git = git
        self._commits: dict[str, bool] = {}

    def blob(self, commit: str, path: str) -> str | None:
        """Returns what tells the content of a file in a commit from others; None: there is no such file.

        Raises:
            LookupError: the commit is not here, or git cannot be asked for such a path.
        """
        if "\n" in path or "\0" in path or _ID.fullmatch(commit) is None or not self._is_here(commit):
            raise LookupError(path)
        return self._ask(f"{commit}:{path}")

    def _is_here(self, commit: str) -> bool:
        if commit not in self._commits:
            self._commits[commit] = self._ask(f"{commit}^{{commit}}") is not None
        return self._commits[commit]

    def _ask(self, name: str) -> str | None:
        try:
            said = self._git.ask(name.encode("utf-8", "surrogateescape") + b"\n", _line)
        except OutOfStep as error:
            raise LookupError(name) from error
        known = _ID.match(said)  # "… missing" otherwise, behind the name that was asked for
        return known[0] if known is not None and said[known.end()] == " " else None


def _line(said: bytes) -> str | None:
    return said.decode("utf-8", "replace") if said.endswith(b"\n") else None


@contextmanager
def open_contents(repository: Path) -> Iterator[Contents]:
    """Gives a way to the files of a repository's commits.

    Raises:
        GitMissing, GitFailed: git cannot be started.
    """
    git = OpenGit("cat-file", "--batch-check", cwd=repository)
    try:
        yield Contents(git)
    finally:
        git.close()
