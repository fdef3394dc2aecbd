"""Changes as people read them, file by file, each answer quick and bounded; and both sides of a file they clash on.

Nothing here runs programs that the repository names: no external diff, no text conversion. Paths go back to git as they
came from it, behind `--` and taken literally.
"""

import os
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Final

from msgspec import Struct

from prodigy_tui.git.conflicts import BASE, OURS, THEIRS, Clash
from prodigy_tui.git.merge import join
from prodigy_tui.git.run import GitFailed, own_environment, run_git, shown, start_git
from prodigy_tui.ids import Oid

_PLAIN: Final = ("-r", "--no-renames", "--no-ext-diff", "--no-textconv", "--no-color")
_MARK: Final = 29
"""Letters of a conflict marker: no line of code looks like one."""


class Entry(Struct, frozen=True, kw_only=True):
    """A file that differs between two commits; a rename is a deletion and an addition."""

    path: str
    """In a form that can be given back to git."""
    status: str
    """Git's letter: `A`, `D`, `M`, `T`."""
    old_mode: str
    new_mode: str
    old_blob: str
    new_blob: str


class Patch(Struct, frozen=True, kw_only=True):
    """The difference of one file."""

    text: str
    cut: bool = False
    """There is more than was asked for."""


class Subject(Struct, frozen=True, kw_only=True):
    """A commit in one line."""

    commit: str
    author: str
    subject: str


class Clashes(Struct, frozen=True, kw_only=True):
    """On what two commits do not agree; `detail` alone where they have nothing in common."""

    files: tuple[Clash, ...] = ()
    detail: str = ""

    @property
    def is_clean(self) -> bool:
        return not self.files and not self.detail


def entries(repository: Path, base: Oid, tip: Oid) -> tuple[Entry, ...]:
    """Returns the files that differ; reads trees only, so that thousands cost milliseconds."""
    fields = iter(run_git("diff-tree", *_PLAIN, "--raw", "--no-abbrev", "-z", base, tip, cwd=repository).fields)
    found = []
    for about in fields:
        old_mode, new_mode, old_blob, new_blob, status = about.removeprefix(":").split(" ")
        path = next(fields)
        found.append(
            Entry(
                path=path,
                status=status[:1],
                old_mode=old_mode,
                new_mode=new_mode,
                old_blob=old_blob,
                new_blob=new_blob,
            )
        )
    return tuple(found)


def line_counts(
    repository: Path, base: Oid, tip: Oid, *, ignore_whitespace: bool = False
) -> dict[str, tuple[int, int] | None]:
    """Returns added and removed lines by path; None for a binary file. Reads every file."""
    space = ("-w",) if ignore_whitespace else ()
    counts: dict[str, tuple[int, int] | None] = {}
    for field in run_git("diff-tree", *_PLAIN, *space, "--numstat", "-z", base, tip, cwd=repository).fields:
        added, removed, path = field.split("\t", 2)
        counts[path] = (int(added), int(removed)) if added.isdecimal() and removed.isdecimal() else None
    return counts


def file_patch(
    repository: Path, base: Oid, tip: Oid, path: str, *, ignore_whitespace: bool = False, limit: int
) -> Patch:
    """Returns the difference of one file, at most `limit` bytes of it; git is not asked for more."""
    space = ("-w",) if ignore_whitespace else ()
    arguments = ("diff-tree", *_PLAIN, *space, "-p", "-U3", "--src-prefix=a/", "--dst-prefix=b/", base, tip, "--", path)
    process = start_git(
        ("git", *arguments),
        cwd=repository,
        env=own_environment(repository, {}),
        stdin=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    with process:
        assert process.stdout is not None
        raw = process.stdout.read(limit + 1)
        if len(raw) > limit:
            process.kill()
    if len(raw) <= limit and process.returncode != 0:
        raise GitFailed(f"git diff-tree failed in {repository} ({process.returncode})", code=process.returncode)
    return Patch(text=raw[:limit].decode("utf-8", "replace"), cut=len(raw) > limit)


def subjects(repository: Path, base: Oid, tip: Oid, most: int) -> tuple[Subject, ...]:
    """Returns the newest commits that `tip` contains and `base` does not."""
    fields = run_git(
        "log", "-z", f"--max-count={most}", "--format=%H%x00%an%x00%s", "--no-show-signature", "--no-color",
        f"{base}..{tip}", "--", cwd=repository,
    ).fields  # fmt: skip
    parts = [shown(field) for field in fields]
    triples = zip(parts[::3], parts[1::3], parts[2::3], strict=False)
    return tuple(Subject(commit=commit, author=author, subject=subject) for commit, author, subject in triples)


def commit_count(repository: Path, base: Oid, tip: Oid) -> int:
    """Returns how many commits `tip` contains and `base` does not."""
    return int(run_git("rev-list", "--count", f"{base}..{tip}", "--", cwd=repository).text)


def clashes(repository: Path, onto: Oid, head: Oid) -> Clashes:
    """Returns on what merging `head` onto `onto` would get stuck; moves nothing."""
    joined = join(repository, onto, head)
    if joined is None:
        return Clashes(detail="the two histories have no commit in common")
    return Clashes(files=joined.clashes, detail=joined.detail)


def both_sides(repository: Path, clash: Clash, *, limit: int) -> tuple[str, int] | None:
    """Returns a file with both sides where they clash, and how many letters its markers have.

    None: it is no text, too large, or one side has no such file.
    """
    versions = [clash.versions.get(stage) for stage in (OURS, BASE, THEIRS)]
    ours, _, theirs = versions
    if ours is None or theirs is None or not (ours.is_text_like and theirs.is_text_like):
        return None
    with tempfile.TemporaryDirectory(prefix="prodigy-tui-clash-") as folder:
        names = []
        for side, version in zip(("ours", "base", "theirs"), versions, strict=True):
            content = _blob(repository, version.blob, limit) if version is not None else b""
            if content is None or b"\0" in content:
                return None
            (Path(folder) / side).write_bytes(content)
            names.append(os.path.join(folder, side))  # noqa: PTH118  # for git
        command = ("merge-file", "-p", "--diff3", f"--marker-size={_MARK}", "-L", "ours", "-L", "base", "-L", "theirs")
        answer = run_git(*command, *names, cwd=repository, ok=None)
    if answer.code < 0 or answer.code >= 128:
        return None
    return answer.out.decode("utf-8", "replace"), _MARK


def _blob(repository: Path, blob: str, limit: int) -> bytes | None:
    """Returns the content of a file, unless it is larger than `limit`."""
    with suppress(ValueError):
        if int(run_git("cat-file", "-s", blob, cwd=repository).text) <= limit:
            return run_git("cat-file", "blob", blob, cwd=repository).out
    return None
