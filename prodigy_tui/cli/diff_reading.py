"""What the interface asks git about changes: each answer takes as long as git takes.

What is asked for may come from a log of unknown origin: a name that looks like an option never reaches git, a path only
behind `--`.
"""

import os
import re
from pathlib import Path
from typing import Final

from prodigy_tui.errors import ProdigyError
from prodigy_tui.git.candidates import TargetMissing, reread, tip_of
from prodigy_tui.git.conflicts import OURS, THEIRS, Clash
from prodigy_tui.git.inspect import diff_text
from prodigy_tui.git.landing import checkout_of, obstacle
from prodigy_tui.git.reading import (
    Entry,
    both_sides,
    clashes,
    commit_count,
    entries,
    file_patch,
    line_counts,
    subjects,
)
from prodigy_tui.git.repo import Repository, uncommitted_paths
from prodigy_tui.git.run import run_git, shown
from prodigy_tui.ids import Oid
from prodigy_tui.tui.model.changes import (
    ChangedFile,
    Changes,
    ClashingFile,
    Commit,
    Counts,
    FileKind,
    FilePatch,
    FileStatus,
    Fit,
    Ground,
    History,
    LandingQuery,
)

PATCH_LIMIT: Final = 4 * 1024 * 1024
"""Bytes of one file's difference that are read."""
_CLASH_LIMIT: Final = 1024 * 1024
_COMMITS: Final = 200
_CLASHES: Final = 100
"""Files in conflict that are read."""
_OID: Final = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_STATUSES: Final[dict[str, FileStatus]] = {"A": "added", "D": "deleted", "T": "type"}
_KINDS: Final[dict[str, FileKind]] = {"120000": "link", "160000": "submodule"}


class NoSuchCommit(ProdigyError):
    """A commit that the record names is not in the repository."""


class DiffReader:
    """Reads changes from a repository."""

    def __init__(self, repository: Path) -> None:
        self._repository = repository

    def diff(self, base: str, head: str) -> str:
        """Returns the unified diff of what `head` adds since it left `base`."""
        shared, new = self._shared(base, head)
        return diff_text(self._repository, shared, new)

    def changes(self, base: str, head: str) -> Changes:
        """Returns the files that `head` changes since it left `base`."""
        return self._between(*self._shared(base, head))

    def between(self, base: str, head: str) -> Changes:
        """Returns the files that differ between two commits."""
        return self._between(self._commit(base), self._commit(head))

    def counts(self, changes: Changes, *, ignore_whitespace: bool) -> Counts:
        """Returns how many lines each file gains and loses."""
        base, head = Oid(changes.base), Oid(changes.head)
        return line_counts(self._repository, base, head, ignore_whitespace=ignore_whitespace)

    def file(self, changes: Changes, key: str, *, ignore_whitespace: bool) -> FilePatch:
        """Returns the difference of one file."""
        base, head = Oid(changes.base), Oid(changes.head)
        patch = file_patch(self._repository, base, head, key, ignore_whitespace=ignore_whitespace, limit=PATCH_LIMIT)
        return FilePatch(text=patch.text, cut=patch.cut)

    def _between(self, base: Oid, head: Oid) -> Changes:
        files = tuple(_changed(entry) for entry in entries(self._repository, base, head))
        return Changes(base=base, head=head, files=files)

    def history(self, changes: Changes) -> History:
        """Returns the commits of a change."""
        base, head = Oid(changes.base), Oid(changes.head)
        found = subjects(self._repository, base, head, _COMMITS)
        number = len(found) if len(found) < _COMMITS else commit_count(self._repository, base, head)
        commits = tuple(Commit(commit=one.commit, author=one.author, subject=one.subject) for one in found)
        return History(number=number, commits=commits)

    def fit(self, onto: str, head: str) -> Fit:
        """Returns whether git alone can merge `head` onto `onto`, and where not, both sides."""
        ours, theirs = self._commit(onto), self._commit(head)
        found = clashes(self._repository, ours, theirs)
        files = tuple(self._clashing(clash) for clash in found.files[:_CLASHES])
        return Fit(onto=onto, head=head, files=files, detail=found.detail)

    def _clashing(self, clash: Clash) -> ClashingFile:
        path = shown(clash.path)
        for stage, what in ((OURS, "the run branch does not have it"), (THEIRS, "this branch does not have it")):
            if stage not in clash.versions:
                return ClashingFile(path=path, why=what)
        sides = both_sides(self._repository, clash, limit=_CLASH_LIMIT)
        if sides is None:
            return ClashingFile(path=path, why="no text, or too large to show")
        text, marker = sides
        return ClashingFile(path=path, text=text, marker=marker)

    def ground(self, query: LandingQuery) -> Ground:
        """Returns how things stand where a landing is to go."""
        repository = Repository.open(self._repository)
        try:
            at = tip_of(repository, query.target)
        except TargetMissing as error:
            return Ground(in_the_way=str(error))
        checkout = checkout_of(repository, query.target)
        commit, onto, source = self._commit(query.commit), self._commit(query.onto), self._commit(query.source)
        candidate = reread(self._repository, commit, onto, source, query.strategy)
        found = obstacle(repository, candidate, query.target) if candidate is not None else None
        return Ground(
            target_at=at,
            checkout=shown(os.fspath(checkout)) if checkout is not None else "",
            uncommitted=len(uncommitted_paths(checkout)) if checkout is not None else 0,
            in_the_way=found.reason if found is not None else "",
            paths=found.paths if found is not None else (),
        )

    def _shared(self, base: str, head: str) -> tuple[Oid, Oid]:
        """Returns where `head` left `base`, and `head`."""
        old, new = self._commit(base), self._commit(head)
        answer = run_git("merge-base", old, new, cwd=self._repository, ok=None)
        if answer.code not in (0, 1):
            raise NoSuchCommit(f"commit {base[:12]} or {head[:12]} is not in {self._repository}")
        if not answer.text:
            raise NoSuchCommit(f"{base[:12]} and {head[:12]} share no history")
        return Oid(answer.text.partition("\n")[0]), new

    def _commit(self, name: str) -> Oid:
        """A name that looks like an option must never reach git as one; one that is complete needs no look-up."""
        if _OID.fullmatch(name):
            return Oid(name)
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


def _changed(entry: Entry) -> ChangedFile:
    kind = _KINDS.get(entry.old_mode if entry.status == "D" else entry.new_mode, "file")
    return ChangedFile(
        key=entry.path,
        path=shown(entry.path),
        status=_STATUSES.get(entry.status, "modified"),
        kind=kind,
        old_mode=entry.old_mode,
        new_mode=entry.new_mode,
        old_content=entry.old_blob,
        content=entry.new_blob,
    )
