"""What happened in a worktree: commits, changed files, diffs, and what was left uncommitted. Nothing here writes."""

import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Final, Literal

from msgspec import Struct

from prodigy_tui.git.index_copy import stands, throwaway_index
from prodigy_tui.git.messages import read_trailers
from prodigy_tui.git.repo import uncommitted_paths
from prodigy_tui.git.run import GitFailed, run_git, shown
from prodigy_tui.git.status import look_at
from prodigy_tui.ids import Oid

FileStatus = Literal["added", "modified", "deleted"]

_DIFF: Final = ("-r", "--no-renames", "--no-ext-diff", "--no-textconv", "--no-color")
_PATCH: Final = (*_DIFF, "-p", "--binary", "--full-index", "--src-prefix=a/", "--dst-prefix=b/")
_TEXT: Final = (*_DIFF, "-p", "--src-prefix=a/", "--dst-prefix=b/")
_STATUSES: Final[Mapping[str, FileStatus]] = {"A": "added", "D": "deleted"}
_DIFF_LIMIT: Final = 4 * 1024 * 1024


class FileChange(Struct, frozen=True, kw_only=True):
    """One changed file; a rename is a deletion and an addition."""

    path: str
    """Relative to the root of the worktree."""
    status: FileStatus
    insertions: int
    """Lines; 0 for a binary file."""
    deletions: int


class Changes(Struct, frozen=True, kw_only=True):
    """All changed files between two states, sorted by path."""

    files: tuple[FileChange, ...]
    touched: tuple[str, ...] = ()
    """Their paths, in a form that can be given back to git."""

    @property
    def insertions(self) -> int:
        return sum(file.insertions for file in self.files)

    @property
    def deletions(self) -> int:
        return sum(file.deletions for file in self.files)

    def paths(self, status: FileStatus | None = None) -> tuple[str, ...]:
        """Returns the paths of all files, or of those with one status."""
        return tuple(file.path for file in self.files if status in {None, file.status})


class Remains(Struct, frozen=True, kw_only=True):
    """A worktree when its work is over."""

    head: Oid
    patch: bytes
    """What is not committed, as `leftover_patch` returns it."""
    files: tuple[str, ...]
    """The paths that it holds."""


class Work(Struct, frozen=True, kw_only=True):
    """What commits have brought."""

    commits: int
    files: tuple[str, ...]
    """Paths that differ in the end, sorted."""


class CommitInfo(Struct, frozen=True, kw_only=True):
    """One commit as people read it."""

    commit: Oid
    message: str
    author_name: str
    author_email: str
    at: datetime
    files: tuple[str, ...]
    """Paths changed against its first parent, sorted."""

    @property
    def trailers(self) -> dict[str, str]:
        return read_trailers(self.message)


def head(path: Path) -> Oid:
    """Returns the commit that is checked out in the worktree `path`."""
    return Oid(run_git("rev-parse", "--verify", "HEAD^{commit}", cwd=path).text)


def head_and(path: Path, ref: str) -> tuple[Oid, Oid | None]:
    """Returns the commit that is checked out in the worktree `path`, and what the full ref name points at, or None."""
    answer = run_git("rev-parse", "HEAD^{commit}", ref, cwd=path, ok=None)
    if answer.code != 0:
        return head(path), None
    commit, at = answer.text.split("\n")
    return Oid(commit), Oid(at)


def commits_between(path: Path, base: Oid, tip: Oid) -> tuple[Oid, ...]:
    """Returns the commits that `tip` contains and `base` does not, oldest first."""
    text = run_git("rev-list", "--reverse", "--topo-order", f"{base}..{tip}", cwd=path).text
    return tuple(map(Oid, text.split()))


def work_between(path: Path, base: Oid, tip: Oid) -> Work:
    """Returns what the commits bring that `tip` contains and `base` does not."""
    if tip == base:
        return Work(commits=0, files=())
    # Of the usual single commit the same look tells the files; of others they are looked for from end to end.
    plain = ("--no-renames", "--ignore-submodules=none", "--no-show-signature", "--no-color")
    fields = run_git("log", "-z", "--format=/%P", "--name-only", *plain, f"{base}..{tip}", cwd=path).fields
    commits = [field for field in fields if field.startswith("/")]
    if not commits:
        return Work(commits=0, files=())
    if commits == [f"/{base}"]:
        files = "\0".join(fields[1:]).removeprefix("\n").split("\0")
        return Work(commits=1, files=tuple(sorted(shown(file) for file in files if file)))
    return Work(commits=len(commits), files=tuple(sorted(map(shown, changed_paths(path, base, tip)))))


def commit_infos(path: Path, base: Oid, tip: Oid) -> tuple[CommitInfo, ...]:
    """Returns the commits of `commits_between` with their messages, authors and files."""
    fields = run_git(
        "log",
        "-z",
        "--reverse",
        "--topo-order",
        "--format=/%H%x00%an%x00%ae%x00%aI%x00%B%x00",
        "--name-only",
        "--no-renames",
        "--diff-merges=first-parent",
        "--no-show-signature",
        "--no-color",
        f"{base}..{tip}",
        cwd=path,
    ).fields
    return tuple(_read_commits(fields))


def changes(path: Path, base: Oid, tip: Oid | None = None, *, exclude: Collection[str] = ()) -> Changes:
    """Returns the files that differ between `base` and `tip`.

    Without `tip` the worktree as it stands counts, untracked files included, ignored files and `exclude` (files, or
    folders with all below) not.
    """
    if tip is not None:
        return tree_changes(path, base, tip)
    left = left_out(uncommitted_files(path), exclude)
    if not left:
        return changes(path, base, head(path))
    with throwaway_index(path, left) as env:
        cached = ("diff-index", "--cached", *_DIFF, "-z", "--raw", "--numstat", base)
        return _read_changes(run_git(*cached, cwd=path, env=env).fields)


def tree_changes(path: Path, old: str, new: str, env: Mapping[str, str] | None = None) -> Changes:
    """Returns the files that differ between two commits or trees; `env` says where their objects are, if elsewhere."""
    fields = run_git("diff-tree", *_DIFF, "-z", "--raw", "--numstat", old, new, cwd=path, env=env).fields
    return _read_changes(fields)


def leftover_patch(path: Path, *, exclude: Collection[str] = (), only: Collection[str] | None = None) -> bytes:
    """Returns what is not committed in the worktree as a patch for `git apply`, untracked files included; b"" if clean.

    Binary safe. Ignored and unreadable files, repositories nested in the worktree, and `exclude` (files, or folders
    with all below) are left out; `only` limits the patch to these paths.
    """
    left = left_out(uncommitted_files(path), exclude)
    if only is not None:
        left = [one for one in left if one in only]
    return _patch_of(path, left)


def remains(path: Path, *, exclude: Collection[str] = ()) -> Remains:
    """Returns where the worktree stands and what is not committed in it, but for `exclude`."""
    status = look_at(path)
    if status.commit is None:
        raise GitFailed(f"the branch that is checked out in {path} has no commit")
    left = left_out(storable(path, status.paths), exclude)
    return Remains(head=status.commit, patch=_patch_of(path, left), files=tuple(map(shown, left)))


def _patch_of(path: Path, files: Collection[str]) -> bytes:
    if not files:
        return b""
    with throwaway_index(path, files) as env:
        return run_git("diff-index", "--cached", *_PATCH, "HEAD", cwd=path, env=env).out


def diff_text(path: Path, base: Oid, tip: Oid, file: str | None = None) -> str:
    """Returns the difference between two commits, of one file or all, for reading; cut at 4 MiB.

    The text comes from the repository: whoever shows it must escape control characters.
    """
    only = ("--", file) if file is not None else ()
    raw = run_git("diff-tree", *_TEXT, base, tip, *only, cwd=path).out
    text = raw[:_DIFF_LIMIT].decode("utf-8", "replace")
    return text if len(raw) <= _DIFF_LIMIT else f"{text}\n... {len(raw) - _DIFF_LIMIT} more bytes\n"


def changed_paths(path: Path, base: Oid, tip: Oid) -> list[str]:
    """Returns the paths that differ between two commits, in a form that can be given back to git."""
    return run_git("diff-tree", *_DIFF, "-z", "--name-only", base, tip, cwd=path).fields


def uncommitted_files(path: Path) -> list[str]:
    """Returns the files of the worktree with uncommitted changes that git could store, in a form for git.

    Left out are unreadable files, and repositories nested in the worktree, which git lists with a final slash.
    """
    return storable(path, uncommitted_paths(path))


def untracked_files(path: Path) -> list[str]:
    """Returns the files of a worktree that git neither tracks nor ignores, sorted."""
    return sorted(shown(name) for name in run_git("ls-files", "-z", "--others", "--exclude-standard", cwd=path).fields)


def ignored_files(path: Path) -> list[str]:
    """Returns the files of a worktree that git ignores, in a form that can be given back to the system."""
    listing = ("ls-files", "-z", "--others", "--ignored", "--exclude-standard")
    return [one for one in run_git(*listing, cwd=path).fields if not one.endswith("/")]


def other_files(path: Path) -> list[str]:
    """Returns all files of a worktree that git does not track, ignored ones too, as `ignored_files` does."""
    return run_git("ls-files", "-z", "--others", cwd=path).fields


def is_tracked(path: Path, file: str) -> bool:
    """Tells whether git tracks a file of a worktree, or one below a folder of that name, there or not."""
    return bool(run_git("ls-files", "-z", "--", file, cwd=path).out)


def listed_files(path: Path) -> list[str]:
    """Returns the tracked and the untracked, not ignored files of a worktree that exist, sorted."""
    fields = run_git("ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate", cwd=path).fields
    return sorted(field for field in fields if os.path.lexists(path / field))


def committed_files(path: Path, commit: Oid) -> list[str]:
    """Returns the files that a commit holds; submodules are none."""
    entries = (line.partition("\t") for line in run_git("ls-tree", "-r", "-z", "--full-tree", commit, cwd=path).fields)
    return [name for about, _, name in entries if about.split()[1] == "blob"]


def storable(root: Path, paths: Iterable[str]) -> list[str]:
    """Returns those of uncommitted `paths` that git could store: see `uncommitted_files`."""
    return [one for one in paths if not one.endswith("/") and _is_storable(root, one)]


def _is_storable(root: Path, path: str) -> bool:
    file = root / path
    return not stands(root, path) or file.is_symlink() or os.access(file, os.R_OK)


def left_out(paths: Iterable[str], exclude: Collection[str]) -> list[str]:
    """Returns the paths that are neither in `exclude` nor below a folder of it."""
    if not exclude:
        return list(paths)
    gone = {one.rstrip("/") for one in exclude}
    return [one for one in paths if gone.isdisjoint([one.rstrip("/"), *_folders_above(one)])]


def _folders_above(path: str) -> list[str]:
    return [path[:at] for at, letter in enumerate(path) if letter == "/"]


def _read_commits(fields: list[str]) -> Iterator[CommitInfo]:
    """Reads five facts, an empty field and any number of paths for each commit.

    No path begins with "/", so that where a path could stand, a field which does is the next commit.
    """
    start = 0
    while start < len(fields):
        commit, name, email, at, message = fields[start : start + 5]
        files = start + 6
        start = next((n for n in range(files, len(fields)) if fields[n].startswith("/")), len(fields))
        yield CommitInfo(
            commit=Oid(commit[1:]),
            message=shown(message).strip(),
            author_name=shown(name),
            author_email=shown(email),
            at=datetime.fromisoformat(at),
            files=tuple(sorted(shown(file.removeprefix("\n")) for file in fields[files:start])),
        )


def _read_changes(fields: list[str]) -> Changes:
    """Reads `--raw --numstat -z`: first all facts, each with its path behind it, then all counts, path included."""
    statuses: dict[str, FileStatus] = {}
    files: list[FileChange] = []
    rest = iter(fields)
    for field in rest:
        if field.startswith(":"):
            statuses[next(rest)] = _STATUSES.get(field[-1], "modified")
            continue
        insertions, deletions, path = field.split("\t", 2)
        change = FileChange(
            path=shown(path),
            status=statuses[path],
            insertions=_count(insertions),
            deletions=_count(deletions),
        )
        files.append(change)
    return Changes(files=tuple(sorted(files, key=lambda file: file.path)), touched=tuple(sorted(statuses)))


def _count(text: str) -> int:
    return int(text) if text.isdecimal() else 0
