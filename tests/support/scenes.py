"""What takes long to come to is come to once: a folder that was filled is put back for each test, where it was.

Runs, worktrees and states know their places by whole paths, so a copy elsewhere would not do.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

from tests.support.gitrepo import GitRepo


class Scenes:
    """The folders that were filled in this process."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._filled: set[str] = set()

    def place(self, name: str) -> Path:
        return self._folder / name

    def put_back(self, name: str) -> bool:
        """Puts back what was kept; whether something was. What is not comes to an empty folder."""
        place = self.place(name)
        shutil.rmtree(place, ignore_errors=True)
        if name not in self._filled:
            place.mkdir(parents=True)
            return False
        shutil.copytree(self._kept(name), place, symlinks=True)
        for repository in self._repositories(place):
            GitRepo(repository).git("update-index", "-q", "--refresh", ok=(0, 1))
        return True

    def keep(self, name: str) -> None:
        """Has the folder put back as it is now from here on."""
        shutil.copytree(self.place(name), self._kept(name), symlinks=True)
        self._filled.add(name)

    def _kept(self, name: str) -> Path:
        return self._folder / f"{name} as it was"

    @staticmethod
    def _repositories(place: Path) -> Iterator[Path]:
        """The working trees whose files are new to git, which would write down that they are the same."""
        for index in place.glob("*/.git/index"):
            yield index.parent.parent
        for known in place.glob("*/.git/worktrees/*/gitdir"):
            if (tree := Path(known.read_text().strip()).parent).is_dir():
                yield tree
