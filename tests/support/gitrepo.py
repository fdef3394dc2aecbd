"""Real repositories for tests, built with git itself, always with the same identity and dates."""

import functools
import hashlib
import os
import struct
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Self

import pytest

from prodigy_tui.ids import Oid

NAME = "Test Person"
EMAIL = "test@example.org"
_FIRST_SECOND = 1_700_000_000

HERMETIC: Mapping[str, str] = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_AUTHOR_NAME": NAME,
    "GIT_AUTHOR_EMAIL": EMAIL,
    "GIT_COMMITTER_NAME": NAME,
    "GIT_COMMITTER_EMAIL": EMAIL,
    "GIT_AUTHOR_DATE": f"{_FIRST_SECOND} +0000",
    "GIT_COMMITTER_DATE": f"{_FIRST_SECOND} +0000",
    "TZ": "UTC",
    "LC_ALL": "C.UTF-8",
    "HOME": "/no-such-home",
}


def hermetic(monkeypatch: pytest.MonkeyPatch) -> None:
    """Takes this machine's git settings out of the environment of product code under test."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    for name, value in HERMETIC.items():
        monkeypatch.setenv(name, value)


class GitRepo:
    """A working tree and the commands that tests need in it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._commits = 0

    @classmethod
    def init(cls, path: Path, *options: str) -> Self:
        """Makes an empty repository whose first branch is `main`."""
        path.mkdir(parents=True, exist_ok=True)
        repo = cls(path)
        repo.git("init", "--quiet", "--initial-branch=main", *options)
        return repo

    @classmethod
    def begun(cls, path: Path) -> Self:
        """Makes a repository with one commit on `main`, of `readme.txt`: as git made the first one of this process."""
        path.mkdir(parents=True, exist_ok=True)
        repo = cls(path)
        repo._commits = 1
        for name, content in _begun().items():
            if content is None:
                (path / name).mkdir()
            else:
                (path / name).write_bytes(content)
        _know_file(path / ".git" / "index", path / "readme.txt")
        return repo

    def git(self, *arguments: str, ok: tuple[int, ...] = (0,), env: Mapping[str, str] | None = None) -> str:
        """Runs git here and returns what it printed, without the last newline."""
        environment = {"PATH": os.environ["PATH"], **HERMETIC, **(env or {})}
        # The newest git tidies up even in repositories as small as these, and goes on when its command has ended.
        command = ("git", "-c", "maintenance.auto=false", *arguments)
        done = subprocess.run(command, cwd=self.path, env=environment, capture_output=True, check=False)
        assert done.returncode in ok, f"git {arguments}: {done.stderr.decode(errors='replace')}"
        return os.fsdecode(done.stdout).removesuffix("\n")

    def write(self, path: str, content: str | bytes) -> Path:
        """Writes a file, folders included."""
        file = self.path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return file

    def read(self, path: str) -> str:
        return (self.path / path).read_bytes().decode()

    def commit(self, path: str, content: str | bytes | None, message: str | None = None) -> Oid:
        """Commits one file, alone, and returns the commit; content None deletes the file. Dates go up by a second."""
        if content is None:
            (self.path / path).unlink()
        else:
            self.write(path, content)
        self.git("add", "--all", "--", path)
        return self.commit_staged(message or f"change {path}")

    def commit_staged(self, message: str) -> Oid:
        """Commits what is staged, even if that is nothing."""
        self._commits += 1
        date = f"{_FIRST_SECOND + self._commits} +0000"
        env = {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}
        self.git("commit", "--quiet", "--allow-empty", "--no-verify", "-m", message, env=env)
        return self.head

    @property
    def head(self) -> Oid:
        return self.oid("HEAD")

    def oid(self, name: str) -> Oid:
        return Oid(self.git("rev-parse", "--verify", name))

    def branch(self, name: str, at: str = "HEAD") -> None:
        """Makes a branch and checks it out."""
        self.git("checkout", "--quiet", "--no-track", "-b", name, at)

    def checkout(self, name: str) -> None:
        self.git("checkout", "--quiet", name)

    def status(self) -> list[str]:
        """Returns the lines of a short status, untracked files included."""
        return self.git("status", "--porcelain", "--untracked-files=all").splitlines()

    def files(self, commit: str = "HEAD") -> dict[str, str]:
        """Returns path and content of all files of a commit."""
        listed = self.git("ls-tree", "-r", "-z", "--name-only", commit).split("\0")[:-1]
        return {path: self.git("show", f"{commit}:{path}") for path in listed}


@functools.cache
def _begun() -> Mapping[str, bytes | None]:
    """Path -> content of everything in a repository with one commit; None for folders, which come before their files.

    Without git's examples of hooks: a repository is made for nearly every test.
    """
    with tempfile.TemporaryDirectory() as folder:
        repo = GitRepo.init(Path(folder))
        repo.commit("readme.txt", "hello\n", "first")
        found = sorted(path for path in repo.path.rglob("*") if path.suffix != ".sample")
        return {str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None for path in found}


def _know_file(index: Path, file: Path) -> None:
    """Writes into an index of one file what the system says of that file: to git nothing has been touched since."""
    content, facts = bytearray(index.read_bytes()[:-20]), file.stat()
    seconds, rest = divmod(facts.st_mtime_ns, 10**9)
    changed, changed_rest = divmod(facts.st_ctime_ns, 10**9)
    where = (facts.st_dev & 0xFFFFFFFF, facts.st_ino & 0xFFFFFFFF)
    struct.pack_into(">6I", content, 12, changed, changed_rest, seconds, rest, *where)
    struct.pack_into(">3I", content, 40, facts.st_uid, facts.st_gid, facts.st_size)
    index.write_bytes(bytes(content) + hashlib.sha1(content).digest())
