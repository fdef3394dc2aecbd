"""The user's repository as a run finds it: where it is, which git serves it, where work may start, who commits."""

import os
import re
import shutil
from pathlib import Path
from typing import Final, NamedTuple, Self

from msgspec import Struct

from prodigy_tui.errors import ExitCode, ProdigyError
from prodigy_tui.git.identity import ROLES, said_outright, settings_about_people
from prodigy_tui.git.run import GitFailed, GitMissing, run_git, shown
from prodigy_tui.git.status import Status, look_at
from prodigy_tui.ids import Oid

MINIMUM_GIT: Final = (2, 38)
"""The first version with `merge-tree --write-tree`."""

_UNFINISHED: Final = (
    ("MERGE_HEAD", "merge"),
    ("rebase-merge", "rebase"),
    ("rebase-apply", "rebase or am"),
    ("CHERRY_PICK_HEAD", "cherry-pick"),
    ("REVERT_HEAD", "revert"),
)

_FALLBACK_NAME: Final = "prodigy-tui"
_FALLBACK_EMAIL: Final = "prodigy-tui@localhost"


class NotARepository(ProdigyError):
    """The folder is in no git working tree."""

    exit_code = ExitCode.ENVIRONMENT


class GitTooOld(ProdigyError):
    """The git program lacks what merging needs."""

    exit_code = ExitCode.ENVIRONMENT


class DetachedHead(ProdigyError):
    """No branch is checked out, so there is none to land on."""


class EmptyRepository(ProdigyError):
    """The branch has no commit to start from."""


class UnfinishedMerge(ProdigyError):
    """A merge, rebase, cherry-pick or revert waits for the user."""


class GitVersion(NamedTuple):
    """Version of the git program."""

    major: int
    minor: int
    patch: int = 0

    @classmethod
    def parse(cls, text: str) -> Self:
        """Returns the version that `git --version` printed; what vendors append is ignored.

        Raises:
            GitMissing: The text is not that of a git program.
        """
        found = re.match(r"git version (\d+)\.(\d+)(?:\.(\d+))?", text)
        if found is None:
            raise GitMissing(f"program git answers {text[:60]!r} when asked for its version", hint="install git")
        return cls(int(found[1]), int(found[2]), int(found[3] or 0))

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"


class StartPoint(Struct, frozen=True, kw_only=True):
    """Where a run starts: the branch that is checked out and its commit."""

    branch: str
    """Short name, such as `main`."""
    commit: Oid


class Repository(Struct, frozen=True, kw_only=True):
    """One working tree of a repository, found once and then handed around."""

    top: Path
    """Root of the working tree."""
    git_dir: Path
    """What belongs to this working tree alone: HEAD, the index, an unfinished merge."""
    common_dir: Path
    """What all working trees of the repository share."""
    version: GitVersion

    @staticmethod
    def open(path: Path) -> "Repository":
        """Returns the repository whose working tree `path` lies in.

        Raises:
            NotARepository: There is none, it is bare, `path` is inside its git folder, or git does not trust its owner.
            GitMissing, GitTooOld: The program cannot serve.
        """
        if not path.is_dir():
            raise NotARepository(f"no such folder: {path}")
        version = installed_version(path)
        answer = run_git(
            "rev-parse",
            "--path-format=absolute",
            "--is-bare-repository",
            "--git-common-dir",
            "--absolute-git-dir",
            "--show-toplevel",
            cwd=path,
            ok=None,
            discover=True,
        )
        lines = answer.text.split("\n")
        if answer.code == 0 and len(lines) == 4:
            _, common, own, top = (Path(line) for line in lines)
            return Repository(top=top.resolve(), git_dir=own.resolve(), common_dir=common.resolve(), version=version)
        raise _not_a_repository(path, lines[0], answer.err)

    def unfinished_operation(self) -> str | None:
        """Returns what waits for the user in this working tree, such as `merge`, or None."""
        return unfinished_operation(self.git_dir)

    def start_point(self, known: Status | None = None) -> StartPoint:
        """Returns the branch that is checked out and its commit; `known`: how the working tree stands.

        Raises:
            UnfinishedMerge, DetachedHead, EmptyRepository: A run cannot start here.
        """
        waiting = self.unfinished_operation()
        if waiting is not None:
            raise UnfinishedMerge(f"an unfinished {waiting} waits in {self.top}", hint="finish or abort it first")
        branch, commit = (known.branch, known.commit) if known is not None else self._checked_out()
        if not branch:
            raise DetachedHead(f"no branch is checked out in {self.top}", hint="check out the branch to work on")
        if not commit:
            raise EmptyRepository(f"branch {branch} in {self.top} has no commit", hint="make a first commit")
        return StartPoint(branch=branch, commit=commit)

    def _checked_out(self) -> tuple[str, Oid | None]:
        ref = run_git("symbolic-ref", "--quiet", "HEAD", cwd=self.top, ok=(0, 1)).text
        if not ref.startswith("refs/heads/"):
            return "", None
        commit = run_git("rev-parse", "--quiet", "--verify", "HEAD^{commit}", cwd=self.top, ok=(0, 1, 128)).text
        return ref.removeprefix("refs/heads/"), Oid(commit) if commit else None

    def dirty_paths(self, known: Status | None = None) -> tuple[str, ...]:
        """Returns paths with changes that are not committed, untracked ones included, ignored ones not; sorted."""
        return tuple(sorted(map(shown, (known or look_at(self.top)).paths)))


def unfinished_operation(git_dir: Path) -> str | None:
    """Returns what waits for the user in the working tree of which git keeps the rest in `git_dir`."""
    return next((what for name, what in _UNFINISHED if (git_dir / name).exists()), None)


_versions: Final[dict[tuple[str, int, int, int], GitVersion]] = {}
"""By program, so that another one, or a newer one in its place, is asked anew."""


def installed_version(path: Path) -> GitVersion:
    """Returns the version of the git program, which is asked once.

    Raises:
        GitMissing, GitTooOld: It cannot serve.
    """
    program = _program()
    version = _versions.get(program) if program is not None else None
    if version is None:
        version = GitVersion.parse(run_git("--version", cwd=path).text)
        if program is not None:
            _versions[program] = version
    if version < MINIMUM_GIT:
        raise GitTooOld(f"git {version} is too old", hint=f"install git {'.'.join(map(str, MINIMUM_GIT))} or newer")
    return version


def _program() -> tuple[str, int, int, int] | None:
    """Returns which file the git program is; None where that cannot be told."""
    found = shutil.which("git")
    if found is None:
        return None
    try:
        facts = os.stat(found)  # noqa: PTH116 - may be relative
    except OSError:
        return None
    return os.path.abspath(found), facts.st_ino, facts.st_size, facts.st_mtime_ns  # noqa: PTH100 - links are kept


def uncommitted_paths(top: Path) -> list[str]:
    """Returns the same as `Repository.dirty_paths` in git's order and in a form that can be given back to git.

    A repository nested in the working tree shows as its folder with a final `/`. What lies inside submodules is theirs.
    """
    return look_at(top).paths


def identity_environment(path: Path) -> dict[str, str]:
    """Returns the variables that name an author and a committer where git has none for `path`; else nothing."""
    result: dict[str, str] = {}
    settings = settings_about_people(path)
    for role in ROLES:
        name = f"GIT_{role.upper()}"
        if said_outright(role, settings) is None and run_git("var", f"{name}_IDENT", cwd=path, ok=None).code != 0:
            result |= {f"{name}_NAME": _FALLBACK_NAME, f"{name}_EMAIL": _FALLBACK_EMAIL}
    return result


def _not_a_repository(path: Path, is_bare: str, stderr: str) -> ProdigyError:
    if is_bare == "true":
        return NotARepository(f"{path} is a bare repository", hint="run in a clone or a worktree of it")
    if is_bare == "false":
        return NotARepository(f"{path} is not in a working tree", hint="run in the folder that holds the files")
    said = next(iter(stderr.splitlines()), "").removeprefix("fatal: ")
    if "dubious ownership" in said:
        hint = f"if you trust it: git config --global --add safe.directory {os.fspath(path)}"
        return NotARepository(f"git refuses {path}: {said}", hint=hint)
    if "not a git repository" in said:
        return NotARepository(f"{path} is not in a git repository", hint="run git init and make a first commit")
    return GitFailed(f"git cannot open {path}: {said}", stderr=stderr)
